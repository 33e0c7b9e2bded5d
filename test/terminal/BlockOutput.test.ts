import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BlockOutput, type BlockOutputOptions } from "../../src/terminal/BlockOutput.ts"

const COLUMNS = 40
const ROWS = 10
const NOTHING_HIDDEN = { lines: 0, bytes: 0, headLines: 0 }

const open = (options: Partial<BlockOutputOptions> = {}): BlockOutput =>
  new BlockOutput({ columns: COLUMNS, rows: ROWS, onChange: () => {}, onReply: () => {}, ...options })

const write = (block: BlockOutput, ...pieces: ReadonlyArray<string>): BlockOutput => {
  for (const piece of pieces) block.write(Buffer.from(piece))
  return block
}

const finish = (block: BlockOutput): BlockOutput => {
  let done = 0
  block.finish(() => done++)
  expect(done).toBe(1)
  return block
}

const run = (...pieces: ReadonlyArray<string>): BlockOutput => finish(write(open(), ...pieces))

const lines = (block: BlockOutput): Array<string> =>
  Array.from({ length: block.lineCount }, (_, index) => block.line(index))

describe("lines that only grow", () => {
  it("keep tabs, trailing blanks and a missing last newline", () => {
    const block = run("all:\r\n\tcc -o x  \r\n\r\nend")
    expect(block.text()).toBe("all:\n\tcc -o x  \n\nend")
    expect(block.isOpen).toBe(true)
    expect(lines(block)).toEqual(["all:", "\tcc -o x  ", "", "end"])
  })

  it("go on where the last write left them", () => {
    expect(run("a", "b", "\r", "\nc").text()).toBe("ab\nc")
  })

  it("carry their own looks, with the state in force before them", () => {
    expect(lines(run("\x1b[31mred\r\n\r\nstill\x1b[0m not\r\nplain\r\n"))).toEqual([
      "\x1b[0;31mred\x1b[0m",
      "",
      "\x1b[0;31mstill\x1b[0m not",
      "plain"
    ])
  })

  it("keep http links across lines and drop every other OSC", () => {
    const block = run(
      "\x1b]0;title\x07a \x1b]8;id=1;https://example.org/?a;b\x07one\r\ntwo\x1b]8;;\x1b\\ b\r\n",
      "\x1b]8;;file:///etc/passwd\x07f\x1b]8;;\x07 \x1b]52;c;aGk=\x07\x1b]8;;javascript:alert(1)\x1b\\j\r\n"
    )
    const link = "\x1b]8;;https://example.org/?a;b\x1b\\"
    expect(lines(block)).toEqual([`a ${link}one\x1b]8;;\x1b\\`, `${link}two\x1b]8;;\x1b\\ b`, "f j"])
  })

  it("show broken UTF-8 as U+FFFD, each maximal part once", () => {
    const block = open()
    // Unicode 15, table 3-8, and a surrogate, an overlong form and a lone lead at the end.
    block.write(Buffer.from([0x61, 0xf1, 0x80, 0x80, 0xe1, 0x80, 0xc2, 0x62, 0x80, 0x63, 0x80, 0xbf, 0x64, 0x0d, 0x0a]))
    block.write(Buffer.from([0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf5, 0x0d, 0x0a, 0xe6, 0x97]))
    const expected = new TextDecoder().decode(Buffer.from([0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf5]))
    expect(finish(block).text()).toBe(`a\ufffd\ufffd\ufffdb\ufffdc\ufffd\ufffdd\n${expected}\n\ufffd`)
  })

  it("never need an emulator for what grep and compilers print", () => {
    const block = open()
    write(
      block,
      "\x1b[35m\x1b[Ksrc/a.c\x1b[m\x1b[K\x1b[36m\x1b[K:\x1b[m\x1b[K\tx \x1b[01;31m\x1b[Kmatch\x1b[m\x1b[K\r\n"
    )
    expect(block.text()).toBe("src/a.c:\tx match\n")
  })
})

describe("lines that are redrawn", () => {
  it("end as they last were, and leave the tabs around them alone", () => {
    const bar = Array.from({ length: 101 }, (_, i) => `\r${i}% [${"=".repeat(i / 10)}]\x1b[K`).join("")
    expect(run("a\tb\r\n", bar, "\r\nc\td\r\n").text()).toBe(`a\tb\n100% [${"=".repeat(10)}]\nc\td\n`)
  })

  it("keep what an overwrite does not reach", () => {
    expect(run("abcdef\rXY\b\bZ\r\n").text()).toBe("ZYcdef\n")
  })

  it("go up and down as docker and npm do", () => {
    const frame = (n: number) => `\x1b[3A\x1b[2K\ra: ${n}\r\n\x1b[2K\rb: ${n}\r\n\x1b[2K\rc: ${n}\r\n`
    const block = run("x\ty\r\n", "a\r\nb\r\nc\r\n", frame(1), frame(2), frame(3), "z\t.\r\n")
    expect(block.text()).toBe("x\ty\na: 3\nb: 3\nc: 3\nz\t.\n")
  })

  it("go up from an unfinished line and come back", () => {
    expect(run("one\ttab\r\ntwo", "\x1b[A\rONE\x1b[B!\r\n").text()).toBe("ONE     tab\ntwo!\n")
  })

  it("erase what is below", () => {
    expect(run("keep\r\na\r\nb\r\nc\r\n\x1b[3A\x1b[Jdone\r\n").text()).toBe("keep\ndone\n")
  })

  it("start afresh, whatever an earlier row held that cells could not", () => {
    const filler = Array.from({ length: ROWS + 1 }, (_, i) => `${i}\r\n`).join("")
    const block = run("ab日\rX\r\n", filler, "\x1b[5Gz\r\n")
    expect(block.text().endsWith(`${ROWS}\n    z\n`)).toBe(true)
  })

  it("agree on wide and combining characters, which the emulator draws", () => {
    expect(run("日本語\r漢\r\ne\r\x1b[1Ce\u0301\u0301\r\n").text()).toBe("漢本語\nee\u0301\u0301\n")
  })
})

describe("a cleared or addressed screen", () => {
  it("loses the lines on it, as in every terminal, and none above it", () => {
    const many = Array.from({ length: 30 }, (_, i) => `line\t${i}\r\n`).join("")
    const kept = Array.from({ length: 21 }, (_, i) => `line\t${i}\n`).join("")
    expect(run(many, "\x1b[H\x1b[2J\x1b[3J", "after\tclear\r\n").text()).toBe(`${kept}after\tclear\n`)
  })

  it("shows the last picture of a program that clears again and again", () => {
    expect(run("1\r\n\x1b[H\x1b[2J\x1b[3J2\r\n\x1b[H\x1b[J3\r\n\x1bc4\r\n").text()).toBe("4\n")
  })

  it("keeps the tabs of lines that the program did not touch", () => {
    expect(run("a\tb\r\nc\td\r\ne\tf\r\n\x1b[2;1HC\x1b[4;1Hg\th\r\n").text()).toBe("a\tb\nC       d\ne\tf\ng       h\n")
  })

  it("scrolls in regions without losing what scrolled off the screen", () => {
    const many = Array.from({ length: 12 }, (_, i) => `${i}\r\n`).join("")
    const block = run(many, "\x1b[3;6r\x1b[6;1H\nregion\r\n\x1b[r\x1b[10;1H\r\nend\r\n")
    expect(block.text().startsWith("0\n1\n2\n")).toBe(true)
    expect(block.text()).toContain("region")
    expect(block.text().endsWith("end\n")).toBe(true)
  })

  it("understands line drawing, insertion and no autowrap", () => {
    expect(run("\x1b(0lqk\x1b(B\r\nac\x1b[D\x1b[4hb\x1b[4l\r\n\x1b[?7l", "x".repeat(60), "y\x1b[?7h\r\n").text()).toBe(
      `┌─┐\nabc\n${"x".repeat(39)}y\n`
    )
  })

  it("drops nothing when more scrolls at once than the emulator keeps", async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => String(i))
    // A tab stop of its own keeps the emulator at work.
    const block = write(open(), `\x1b[5G\x1bH\r${text.join("\r\n")}\r\n`)
    await new Promise<void>((resolve) => block.finish(resolve))
    expect(block.text()).toBe(`${text.join("\n")}\n`)
  })

  it("is not held up by counts of two billion", () => {
    const block = run(
      "a\x1b[2147483647b\r\n\x1b[2147483647S\x1b[2147483647T\x1b[2147483647L\x1b[2147483647M\x1b[2147483647I."
    )
    expect(block.text().endsWith(".")).toBe(true)
  })
})

describe("the alternate screen", () => {
  const before = "before\tit\r\n"
  it("leaves no lines, and what was on the normal screen stays exact", () => {
    const block = write(open(), before, "\x1b[?1049h\x1b[2J\x1b[Hfull\r\nscreen")
    expect(block.alternate).toBe(true)
    expect(block.text()).toBe("before\tit\n")
    expect(block.cursor(COLUMNS)).toBeNull()
    expect(block.screen().rows.slice(0, 3)).toEqual(["full", "screen", ""])
    expect(block.screen().cursor).toEqual({ row: 1, column: 6 })
    write(block, "\x1b[?1049l")
    expect(block.alternate).toBe(false)
    expect(finish(write(block, "after\tit\r\n")).text()).toBe("before\tit\nafter\tit\n")
  })

  it("goes away with a program that is killed on it", () => {
    expect(run(before, "\x1b[?1049h\x1b[2J\x1b[Hgone").text()).toBe("before\tit\n")
  })

  it("survives a resize and gives the lines back", () => {
    const block = write(open(), Array.from({ length: 20 }, (_, i) => `${i}\r\n`).join(""), "\x1b[?1049h\x1b[Hx")
    block.resize(60, 5)
    block.resize(30, 15)
    expect(finish(write(block, "\x1b[?1049lend\r\n")).text()).toBe(
      `${Array.from({ length: 20 }, (_, i) => `${i}\n`).join("")}end\n`
    )
  })
})

describe("resizing", () => {
  const long = "0123456789".repeat(9)
  it("wraps a live block's lines anew and keeps them whole", () => {
    const block = write(open(), `${long}\r\n`, "a\tb\r\n", "\x1b[10;1H\x1b[A", "at\r\n")
    block.resize(25, ROWS)
    expect(block.line(0)).toBe(long)
    block.resize(100, 4)
    expect(finish(write(block, "end\r\n")).line(0)).toBe(long)
  })

  it("wraps a finished block's lines to any width", () => {
    const block = run(`${long}\r\n\x1b[31m${long}\x1b[0m\r\n日本語\r\n`)
    expect(block.rows(50, 0, 10)).toEqual([
      long.slice(0, 50),
      long.slice(50),
      `\x1b[0;31m${long.slice(0, 50)}\x1b[0m`,
      `\x1b[0;31m${long.slice(50)}\x1b[0m`,
      "日本語"
    ])
    expect(block.rows(5, 36, 10)).toEqual(["日本", "語"])
  })

  it("in the middle of a redraw keeps what was drawn and where the cursor is", () => {
    const block = write(open(), "a\r\nb\r\nc\r\n\x1b[2A")
    block.resize(60, 20)
    expect(finish(write(block, "B\r\n")).text()).toBe("a\nB\nc")
  })

  it("to a higher screen shows frozen lines again, but never twice in the block", () => {
    const block = write(open(), Array.from({ length: 30 }, (_, i) => `${i}\r\n`).join(""))
    const frozen = block.takeFrozen()!.lines
    block.resize(COLUMNS, 25)
    write(block, "\x1b[24A\x1b[K", "top\r\n\x1b[25;1H")
    expect(frozen.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
    const text = finish(block).text()
    expect(text.match(/^19$/gm)).toHaveLength(1)
    expect(text.match(/^29$/gm)).toHaveLength(1)
  })
})

describe("the journal", () => {
  it("gets lines once they cannot change, then the rest", () => {
    const block = write(open(), Array.from({ length: 25 }, (_, i) => `${i}\r\n`).join(""), "part")
    const first = block.takeFrozen()!
    expect(first.firstLine).toBe(0)
    expect(first.lines).toEqual(Array.from({ length: first.lines.length }, (_, i) => String(i)))
    expect(first.lines.length).toBeGreaterThanOrEqual(25 - ROWS)
    expect(first.lines.length).toBeLessThan(25)
    expect(block.takeFrozen()).toBeNull()
    // What it got is not changed by a program that goes as far up as it can.
    write(block, "\x1b[99A\r", "changed", "\x1b[99B\r\n")
    finish(block)
    const rest = block.takeFrozen()!
    expect(rest.firstLine).toBe(first.lines.length)
    expect([...first.lines, ...rest.lines]).toEqual(lines(block))
    expect(block.takeFrozen()).toBeNull()
  })
})

describe("the limit", () => {
  it("keeps head and tail; what is kept and what is said to be hidden is what was printed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[ -~é日\t]{0,60}$/u), { maxLength: 200 }),
        fc.integer({ min: 200, max: 3_000 }),
        fc.boolean(),
        fc.boolean(),
        (texts, maxBytes, styled, ended) => {
          const block = open({ maxBytes })
          write(
            block,
            texts.map((text) => (styled ? `\x1b[32m${text}\x1b[0m` : text)).join("\r\n") + (ended ? "\r\n" : "")
          )
          finish(block)
          const { hidden } = block
          const printed = texts.join("\n") + (ended ? "\n" : "")
          const all = printed === "" ? [] : printed.split("\n").slice(0, ended ? -1 : undefined)
          const count = !ended && all.at(-1) === "" ? all.length - 1 : all.length
          expect(Buffer.byteLength(block.text()) + hidden.bytes).toBe(Buffer.byteLength(printed))
          expect(block.lineCount + hidden.lines).toBe(count)
          const plain = block.text().split("\n")
          expect(plain.slice(0, hidden.headLines)).toEqual(all.slice(0, hidden.headLines))
          const tail = block.lineCount - hidden.headLines
          if (hidden.lines > 0 && tail > 0) {
            expect(plain.slice(hidden.headLines, block.lineCount)).toEqual(all.slice(count - tail, count))
          }
          let stored = 0
          for (let line = 0; line < block.lineCount; line++) stored += Buffer.byteLength(block.line(line)) + 1
          expect(stored).toBeLessThanOrEqual(maxBytes + 80)
        }
      )
    )
  })

  it("says in the journal where lines are missing", () => {
    const block = open({ maxBytes: 2_000 })
    write(block, Array.from({ length: 1_000 }, (_, i) => `line ${i}\r\n`).join(""))
    finish(block)
    const head = block.takeFrozen()!
    const tail = block.takeFrozen()!
    expect(block.takeFrozen()).toBeNull()
    expect(head.firstLine).toBe(0)
    expect(head.lines).toHaveLength(block.hidden.headLines)
    expect(tail.firstLine).toBe(block.hidden.headLines + block.hidden.lines)
    expect(tail.lines.at(-1)).toBe("line 999")
    expect(tail.lines[0]).toBe(`line ${tail.firstLine}`)
  })

  it("holds for redrawn and addressed output too", () => {
    const block = open({ maxBytes: 4_000 })
    for (let i = 0; i < 500; i++) write(block, `\x1b7line ${i}\r\n`, `bar\r${"=".repeat(20)}\r\n`)
    finish(block)
    expect(Buffer.byteLength(block.text())).toBeLessThanOrEqual(4_000)
    expect(block.lineCount + block.hidden.lines).toBe(1_000)
    expect(block.text().endsWith(`${"=".repeat(20)}\n`)).toBe(true)
  })

  it.each([
    { who: "the fast path", before: "", after: "", megabytes: 64 },
    { who: "the emulator", before: "\x1b[5G\x1bH\r", after: "", megabytes: 8 },
    { who: "an emulator that comes later", before: "", after: "\x1b[6n", megabytes: 8 }
  ])("bounds one endless line that $who draws, and counts the rest", async ({ before, after, megabytes }) => {
    const piece = Buffer.alloc(1 << 20, "x")
    const block = write(open({ columns: 200, maxBytes: 1 << 20 }), before)
    const start = process.memoryUsage().arrayBuffers
    let most = 0
    for (let i = 0; i < megabytes; i++) {
      block.write(piece)
      while (block.backlog > 0) await new Promise(setImmediate)
      most = Math.max(most, process.memoryUsage().arrayBuffers - start)
    }
    write(block, after, "\r\nend\r\n")
    await new Promise<void>((resolve) => block.finish(resolve))
    const [long, end] = block.text().split("\n")
    expect(end).toBe("end")
    expect(long).toBe("x".repeat((1 << 19) - 1))
    expect(long!.length + block.hidden.bytes).toBe(megabytes * piece.length)
    expect(block.hidden).toMatchObject({ lines: 0, headLines: 1 })
    expect(most).toBeLessThan(32 << 20)
  })
})

describe("a long write", () => {
  it("is parsed in turns, with a backlog that falls to nothing and no byte lost", async () => {
    const told: Array<number> = []
    let changes = 0
    const block = open({ maxBytes: 1e9, onBacklog: (bytes) => told.push(bytes), onChange: () => changes++ })
    const text = "日本語 and more of it\r\n".repeat(400_000)
    block.write(Buffer.from(text))
    expect(block.backlog).toBeGreaterThan(0)
    await new Promise<void>((resolve) => block.finish(resolve))
    expect(block.backlog).toBe(0)
    expect(told.at(-1)).toBe(0)
    expect(told.length).toBeGreaterThan(2)
    expect(changes).toBeGreaterThan(2)
    expect(block.text()).toBe(text.replaceAll("\r\n", "\n"))
  })
})

describe("a reset", () => {
  it("keeps what had scrolled off of a line that goes on on the screen", () => {
    const head = "h".repeat(COLUMNS * 5)
    const rest = "r".repeat(COLUMNS * ROWS)
    for (const erase of ["\x1bc", "\x1b[H\x1b[2J"]) {
      expect(run("before\r\n\x1b[6n", head, rest, erase, "after\r\n").text()).toBe(`before\n${head}\nafter\n`)
    }
  })
})

describe("what the program asks of its terminal", () => {
  it("is followed by whoever reads the sequence", () => {
    const asks = "\x1b[?1h\x1b=\x1b[?2004h\x1b[?1002;1006h\x1b[?1004h\x1b[?25l\x1b[5 q\x1b[?2026h"
    const expected = {
      applicationCursorKeys: true,
      applicationKeypad: true,
      bracketedPaste: true,
      mouse: "drag",
      mouseEncoding: "sgr",
      sendFocus: true,
      cursorVisible: false,
      cursorShape: "bar",
      cursorBlink: true,
      synchronizedOutput: true
    }
    expect(write(open(), asks).modes).toEqual(expected)
    expect(write(open(), "a\rb", asks).modes).toEqual(expected)
    expect(write(open(), "\x1b[?1049h", asks).modes).toEqual(expected)
    // An emulator that comes later does not undo it.
    expect(write(open(), asks, "\x1b[?1049h").modes).toEqual(expected)
    const reset = write(open(), asks, "\x1bc").modes
    expect(reset.mouse).toBe("none")
    expect(reset.cursorVisible).toBe(true)
  })

  it("is answered to the program alone, from where its cursor is", () => {
    const replies: Array<string> = []
    const block = open({ onReply: (bytes) => replies.push(bytes) })
    write(block, "one\r\ntwo", "\x1b[6n", "\x1b[c")
    expect(replies[0]).toBe("\x1b[2;4R")
    expect(replies[1]).toMatch(/^\x1b\[\?[\d;]+c$/)
    expect(finish(block).text()).toBe("one\ntwo")
  })
})

describe("the cursor", () => {
  it("has the shape that the program asked for, among lines and on a screen of its own", () => {
    const block = write(open(), "ab\x1b[5 q")
    expect(block.cursor(COLUMNS)).toEqual({ row: 0, column: 2, shape: "bar", blink: true })
    write(block, "\x1b[?1049h\x1b[H\x1b[4 q")
    expect(block.screen().cursor).toEqual({ row: 0, column: 0, shape: "underline", blink: false })
    write(block, "\x1b[?1049l\x1b[0 q")
    expect(block.cursor(COLUMNS)).toEqual({ row: 0, column: 2 })
  })

  it("is where the program's next character goes, at the block's width", () => {
    const block = write(open(), "0123456789\r\nabc")
    expect(block.cursor(COLUMNS)).toEqual({ row: 1, column: 3 })
    expect(block.cursor(5)).toEqual({ row: 2, column: 3 })
    write(block, "\x1b[A")
    expect(block.cursor(COLUMNS)).toEqual({ row: 0, column: 3 })
    write(block, "\x1b[5;7H")
    expect(block.cursor(COLUMNS)).toEqual({ row: 4, column: 6 })
    write(block, "\x1b[?25l")
    expect(block.cursor(COLUMNS)).toBeNull()
    expect(finish(block).cursor(COLUMNS)).toBeNull()
  })

  it("goes back with a carriage return, whatever follows later", () => {
    const block = write(open(), "one\r\ntwo\r")
    expect(block.cursor(COLUMNS)).toEqual({ row: 1, column: 0 })
    expect(block.screen().cursor).toEqual({ row: 1, column: 0 })
    write(block, "\n")
    expect(block.cursor(COLUMNS)).toEqual({ row: 2, column: 0 })
    expect(finish(block).text()).toBe("one\ntwo\n")
  })

  it("waits on the last cell of a full row, whoever draws it", () => {
    const full = "x".repeat(COLUMNS)
    for (const before of ["", "\x1b[H", "\x1b[?7l"]) {
      const block = write(open(), before, full)
      expect(block.cursor(COLUMNS)).toEqual({ row: 0, column: COLUMNS - 1 })
      write(block, "\x1b[?7hy")
      expect(block.cursor(COLUMNS)).toEqual({ row: 1, column: 1 })
    }
  })
})

describe("hostile output", () => {
  it("leaves nothing in stored lines but text, looks and links", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), fc.boolean(), (pieces, emulated) => {
        const block = open()
        if (emulated) write(block, "\x1b[?6h\x1b[5;5H")
        for (const piece of pieces) {
          // Random bytes seldom spell sequences: half of them are drawn from what sequences are made of.
          const alphabet = "\x1b[]P_^XN;:?>=!0138mhlcHJK\x07\x9b\\\x18\x90 a\r\n\b\t"
          const made = [...piece].map((byte) => alphabet[byte % alphabet.length]).join("")
          block.write(piece[0]! % 2 === 0 ? piece : Buffer.from(made))
        }
        finish(block)
        for (const line of lines(block)) {
          const rest = line.replace(/\x1b\[[\d;:]*m|\x1b\]8;;(https?:\/\/[\x21-\x7e]+)?\x1b\\/g, "")
          expect(rest).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/)
        }
        for (const row of block.rows(13, 0, 10_000)) expect(row).not.toMatch(/\t|[\u202a-\u202e\u2066-\u2069]/)
      }),
      { numRuns: 500 }
    )
  })

  it("keeps direction controls in the text and out of the rows", () => {
    const block = run("a\u202eb\u2066c\r\n")
    expect(block.text()).toBe("a\u202eb\u2066c\n")
    expect(block.rows(20, 0, 1)).toEqual(["abc"])
  })
})

describe("restored output", () => {
  it("is sanitised, finished and says what is hidden", () => {
    const hidden = { lines: 5, bytes: 50, headLines: 1 }
    const block = BlockOutput.fromLines(["a\x1b]0;x\x07\x1b[2J\x1b[31mb\x1b[0m", "c\td"], hidden)
    expect(lines(block)).toEqual(["a\x1b[31mb\x1b[0m", "c\td"])
    expect(block.hidden).toEqual(hidden)
    expect(block.cursor(80)).toBeNull()
    expect(block.takeFrozen()).toBeNull()
    expect(block.isOpen).toBe(false)
    expect(BlockOutput.fromLines(["a", "b"], NOTHING_HIDDEN, true).text()).toBe("a\nb")
    expect(BlockOutput.fromLines([], NOTHING_HIDDEN).lineCount).toBe(0)
  })

  it("does not keep the text that it was made of beside its own", async () => {
    setFlagsFromString("--expose-gc")
    const collect: () => void = runInNewContext("gc")
    let lines: Array<string> | null = ["one", "two"]
    const made = new WeakRef(lines)
    const block = BlockOutput.fromLines(lines, NOTHING_HIDDEN)
    lines = null
    // A reference that was just made or read lasts until the end of the job.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(made.deref()).toBeUndefined()
    expect(block.text()).toBe("one\ntwo\n")
  })
})
