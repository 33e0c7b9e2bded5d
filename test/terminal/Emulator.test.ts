import { Terminal } from "@xterm/headless"
import { describe, expect, it } from "vitest"
import { Emulator } from "../../src/terminal/Emulator.ts"
import { ProgramTalk } from "../../src/terminal/ProgramTalk.ts"
import { initialModes } from "../../src/terminal/TerminalModes.ts"

const open = (columns = 20, rows = 5) => {
  const out: Array<string> = []
  const emulator = new Emulator({
    columns,
    rows,
    modes: initialModes(),
    talk: new ProgramTalk({ onReply: () => {}, onRequest: () => {} }),
    onLine: (text, ended) => out.push(ended ? text : `${text}…`)
  })
  return { emulator, out }
}

describe("an alternate screen that was smaller when it came on", () => {
  it("has nothing above it that a larger size could bring back", () => {
    const { emulator } = open(20, 5)
    emulator.resize(20, 3)
    emulator.write("\x1b[?1049h\x1b[H1\r\n2\r\n3\r\n4\r\n5")
    expect(emulator.screen().rows).toEqual(["3", "4", "5"])
    emulator.resize(20, 5)
    expect(emulator.screen()).toEqual({ rows: ["3", "4", "5", "", ""], cursor: { row: 2, column: 1 } })
  })

  it("has nothing above it either when it comes back after a larger one", () => {
    const { emulator } = open(20, 5)
    emulator.write("\x1b[?1049h1\r\n2\r\n3\r\n4\r\n5\r\n6\x1b[?1049l")
    emulator.resize(20, 3)
    emulator.write("\x1b[?1049h\x1b[H1\r\n2\r\n3\r\n4")
    emulator.resize(20, 4)
    expect(emulator.screen().rows).toEqual(["2", "3", "4", ""])
  })
})

// What the public interface lacks; a release of @xterm/headless that changes any of it fails here.
describe("the terminal's internals", () => {
  const terminal = new Terminal({ cols: 10, rows: 3, scrollback: 2, allowProposedApi: true, logLevel: "off" })
  // biome-ignore lint/suspicious/noExplicitAny: the internals have no types
  const core = (terminal as any)._core

  it("parse at once", () => {
    core.writeSync("ab\r\n")
    expect(terminal.buffer.active.getLine(0)!.translateToString(true)).toBe("ab")
    core.writeSync("\x1bc")
  })

  it("say whether the parser is between sequences", () => {
    const { _parser } = core._inputHandler
    expect(_parser.currentState).toBe(0)
    for (const part of ["\x1b", "\x1b[3", "\x1b]0;t", "\x1bP1$r", "\x1b_x"]) {
      core.writeSync(part)
      expect(_parser.currentState).not.toBe(0)
      core.writeSync("\x18")
      expect(_parser.currentState).toBe(0)
    }
  })

  it("know cursor, region, charset, attributes and links", () => {
    core.writeSync("\x1b[2;3r\x1b[2;4H")
    expect(core.buffer).toMatchObject({ x: 3, y: 1, ybase: 0, scrollTop: 1, scrollBottom: 2 })
    core.writeSync("\x1b[r\x1b(0")
    expect(core._charsetService.charset).toBeDefined()
    core.writeSync("\x1b(B\x0e")
    expect(core._charsetService.glevel).toBe(1)
    core.writeSync("\x0f\x1b[1;3;38;2;1;2;3m\x1b]8;;https://a.b\x1b\\")
    expect(core._charsetService).toMatchObject({ charset: undefined, glevel: 0 })
    const attributes = core._inputHandler.getAttrData()
    expect(attributes.fg).toBe(0x3000000 | 0x8000000 | 0x010203)
    expect(core._oscLinkService.getLinkData(attributes.extended.urlId).uri).toBe("https://a.b")
    core.writeSync("\x1bc")
  })

  it("tell rows that fall off the scrollback, and follow rows through a reflow", () => {
    let trimmed = 0
    core.buffers.normal.lines.onTrim((rows: number) => {
      trimmed += rows
    })
    core.writeSync("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n")
    expect(trimmed).toBe(2)
    core.writeSync("\x1b[H\x1b[2J0123456789abc\r\nx")
    const marker = core.buffers.normal.addMarker(core.buffer.ybase + 2)
    terminal.resize(20, 3)
    expect(core.buffers.normal.lines.get(marker.line).translateToString(true)).toBe("x")
    expect(core.buffer.lines.get(marker.line).getNoBgTrimmedLength()).toBe(1)
  })

  it("repeat what a sequence says", () => {
    for (const name of [
      "scrollUp",
      "scrollDown",
      "insertLines",
      "deleteLines",
      "cursorForwardTab",
      "cursorBackwardTab"
    ]) {
      expect(core._inputHandler[name]({ params: [1] })).toBe(true)
    }
    core.writeSync("\x1b[H\x1b[2Ja")
    expect(core._inputHandler.repeatPrecedingCharacter({ params: [3] })).toBe(true)
    expect(core.buffer.lines.get(core.buffer.ybase).translateToString(true)).toBe("aaaa")
  })
})

describe("Emulator", () => {
  it("hands out a line when its last row has left the screen, unwrapped", () => {
    const { emulator, out } = open(5, 2)
    emulator.write("\x1b[31m0123456789ab\x1b[m\r\n")
    emulator.handOut()
    expect(out).toEqual([])
    emulator.write("x\r\ny")
    emulator.handOut()
    expect(out).toEqual(["\x1b[0;31m0123456789ab\x1b[0m"])
    expect(emulator.live()).toEqual({
      lines: ["x", "y"],
      open: true,
      cursorLine: 1,
      cursorCells: 1,
      cursorWaits: false
    })
  })

  it("writes wide characters once, and no blank where one did not fit", () => {
    const { emulator } = open(5, 3)
    emulator.write("日本語\r\n")
    expect(emulator.live().lines).toEqual(["日本語"])
    expect(emulator.screen().rows).toEqual(["日本", "語", ""])
  })

  it("keeps blanks that were printed or coloured, and no others", () => {
    const { emulator } = open()
    emulator.write("a  \r\nb\x1b[5Gc\x1b[8G\r\n\x1b[44m \x1b[K\x1b[m\r\n")
    expect(emulator.live().lines).toEqual(["a  ", "b   c", `\x1b[0;44m${" ".repeat(20)}\x1b[0m`])
  })

  it("writes every attribute and colour", () => {
    const { emulator } = open(40)
    const sgr = "\x1b[0;1;2;3;4:3;5;7;8;9;53;38;2;1;2;3;48;5;200;58;5;9m"
    emulator.write(`${sgr}x\x1b[m\x1b[31;107my`)
    expect(emulator.live().lines).toEqual([`${sgr}x\x1b[0;31;107my\x1b[0m`])
  })

  it("keeps http links only", () => {
    const { emulator } = open(40)
    emulator.write("\x1b]8;;https://a.b/\x1b\\x\x1b]8;;\x1b\\ \x1b]8;;file:///b\x1b\\y\x1b]8;;\x1b\\")
    emulator.write(`\x1b]8;;https://${"a".repeat(5_000)}\x1b\\z`)
    expect(emulator.live().lines).toEqual(["\x1b]8;;https://a.b/\x1b\\x\x1b]8;;\x1b\\ yz"])
    expect(emulator.link).toBe("")
  })

  it("is simple only where appending is all that can follow", () => {
    const simpleAfter = (text: string) => {
      const { emulator } = open()
      emulator.write(text)
      return emulator.isSimple
    }
    for (const text of [
      "",
      "a\r\n",
      "\x1b[31ma\r\n",
      "\x1b[2;4r\x1b[r",
      "\x1b[?1049h\x1b[?1049l",
      "\x1b[4h\x1b[4l\x1bc"
    ]) {
      expect({ text, simple: simpleAfter(text) }).toEqual({ text, simple: true })
    }
    const never = [
      "a",
      "a\r\n\x1b[A",
      "a\r",
      "\x1b[2;4r",
      "\x1b[?6h",
      "\x1b[4h",
      "\x1b[?7l",
      "\x1b(0",
      "\x0e",
      "\x1b[?1049h"
    ]
    for (const text of [...never, "\x1b[", "\x1b]0;", "\x1b[3g", '\x1b[1"q', "\x1b[44m\x1b[K"]) {
      expect({ text, simple: simpleAfter(text) }).toEqual({ text, simple: false })
    }
  })

  it("hands out a line longer than its scrollback in parts", () => {
    const { emulator, out } = open(10, 5)
    const long = "0123456789".repeat(3_000)
    emulator.write(`${long}\r\n${"x\r\n".repeat(10)}`)
    emulator.handOut()
    const parts = out.filter((part) => part.endsWith("…"))
    expect(parts.length).toBeGreaterThan(0)
    expect(
      out
        .slice(0, parts.length + 1)
        .join("")
        .replaceAll("…", "")
    ).toBe(long)
  })
})

describe("an emulator that throws", () => {
  /** xterm.js does so in states that only a long search finds: here bracketed paste does, from within the parser too. */
  const failing = (failures: number) => {
    const out: Array<string> = []
    let left = failures
    const modes = Object.defineProperty(initialModes(), "bracketedPaste", {
      set: () => {
        if (left-- > 0) throw new TypeError("Cannot set properties of undefined")
      }
    })
    const emulator = new Emulator({
      columns: 20,
      rows: 5,
      modes,
      talk: new ProgramTalk({ onReply: () => {}, onRequest: () => {} }),
      onLine: (text) => out.push(text)
    })
    return { emulator, out }
  }
  const FAIL = "\x1b[?2004h"

  it("begins anew, keeps what had scrolled off, and takes the text again", () => {
    const { emulator, out } = failing(1)
    emulator.write("kept\r\n".repeat(8))
    emulator.write(`again${FAIL}`)
    emulator.write("\r\nafter")
    emulator.handOut()
    expect(out).toEqual(Array(4).fill("kept"))
    expect(emulator.screen().rows.slice(0, 2)).toEqual(["again", "after"])
  })

  it("gives up a text that fails again, and nothing after it", () => {
    const { emulator } = failing(2)
    emulator.write(`never${FAIL}`)
    emulator.write("after")
    expect(emulator.screen().rows[0]).toBe("after")
  })

  it("leaves a program on its alternate screen, in the size it has", () => {
    const { emulator } = failing(1)
    emulator.write("\x1b[?1049h")
    emulator.resize(30, 7)
    emulator.write(`picture${FAIL}`)
    expect([emulator.alternate, emulator.columns, emulator.rows]).toEqual([true, 30, 7])
    expect(emulator.screen().rows[0]).toBe("picture")
    emulator.write("\x1b[?1049l")
    expect(emulator.alternate).toBe(false)
  })
})
