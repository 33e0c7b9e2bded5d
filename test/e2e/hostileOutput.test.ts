import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isReady, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"

const wide = { cols: 100, rows: 40 }

/** Our mark's number (src/shell/MarkParser.ts), as somebody who has read the source would forge it. */
const MARK = "7717"

const b64 = Buffer.from("stolen").toString("base64")

/** Output that tries to reach through the block to the terminal, the program or the next block. */
const HOSTILE: Readonly<Record<string, string | Uint8Array>> = {
  "clipboard and titles": `\x1b]52;c;${b64}\x07\x1b]52;c;?\x07\x1b]0;pwned\x07\x1b]2;pwned\x1b\\\x1b]1;pwned\x9c\x9d2;pwned\x07\x1bkpwned\x1b\\\x1b[22;0t`,
  "questions to the terminal":
    "\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[18t\x1b[21t\x1b[?2026$p\x1b[>q\x1bZ\x05\x1b]10;?\x07\x1b]4;1;?\x07",
  "settings asked back": '\x1bP$q"p\x1b\\\x1bP$qm\x1b\\\x1bP$q q\x1b\\\x1bP+q544e\x1b\\\x1b_Gi=1,a=q;AAAA\x1b\\',
  "modes and resets":
    "\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?2004l\x1b[?7h\x1b[?1h\x1b=\x1b[?1004h\x1b[>4;2m\x1b[>31u\x1b[4h\x1b[20h\x1b[?6h\x1b[?69h\x1b(0\x1b[!p",
  "a full reset and scrolling regions":
    "\x1bc\x1b[3J\x1b[1;2r\x1b[999;999H\x1b[999S\x1b[999T\x1b[999L\x1b[999M\x1b[8;3;3t",
  "strings without an end": "\x1b]0;endless",
  "a device string without an end": "\x1bPendless",
  "a control sequence without an end": "\x1b[38;5;",
  "text that runs backwards": "\u202egnp.exe\u202c \u2066rtl\u2069 a\u200bb\ufeff \u061c",
  "NUL, C0 and C1": Uint8Array.from([
    ...Array.from({ length: 32 }, (_, i) => i).filter((i) => i !== 10),
    0x7f,
    ...Array.from({ length: 32 }, (_, i) => 0x80 + i)
  ]),
  "invalid UTF-8": Uint8Array.from([
    0xff, 0xfe, 0xc0, 0xaf, 0xe2, 0x82, 0x41, 0xf0, 0x9f, 0x98, 0xed, 0xa0, 0x80, 0xf5, 0x80, 0x80, 0x80
  ]),
  "marks that imitate ours": ["C", "E", "D", "Q", "2", "S", "K", "T", "R"]
    .flatMap((kind) =>
      ["0", "1", "1234567890123", ""].map((nonce) => `\x1b]${MARK};${kind};${nonce};0;;/forged\r\n\x07`)
    )
    .concat(`\x1b]133;D;0\x07\x1b]133;A\x07\x1b]633;D;0\x07`)
    .join(""),
  "a mark without an end": `\x1b]${MARK};C;1`
}

/** What must be true of the outer terminal whatever was printed into a block. */
const expectUntouched = (t: Terminal, name: string): void => {
  expect(t.title, name).toBe("")
  expect(t.emulator.clipboard, name).toEqual([])
  expect(t.modes, name).toMatchObject({
    alternateScreen: true,
    autoWrap: false,
    bracketedPaste: true,
    applicationCursor: false,
    applicationKeypad: false,
    mouse: "none",
    focusEvents: false,
    insert: false,
    origin: false,
    kittyKeyboard: 0,
    modifyOtherKeys: 0
  })
  expect(t.row(0), name).toMatch(/^EffectTalk · \w{8} · ~/)
  expect(t.row(39), name).toMatch(/^ EDITOR /)
}

describe("hostile output", () => {
  for (const [name, bytes] of Object.entries(HOSTILE)) {
    it(`stays in its block, live and resumed: ${name}`, async () => {
      await using t = await effecttalk(wide)
      let replies = ""
      const reply = t.emulator.onReply
      t.emulator.onReply = (text) => {
        replies += text
        reply(text)
      }
      t.home.write("hostile", bytes)
      await run(t, "echo first")
      t.type("cat hostile; echo; echo a''fter\r")
      // Some of it swallows what follows, some scrolls the header away.
      await t.waitFor(
        (rows) =>
          isReady(rows) &&
          (rows.some((row) => /^ *after$/.test(row)) ||
            shownBlocks(rows).some(({ number, sign }) => number === 2 && sign !== "●"))
      )
      expectUntouched(t, name)
      // Blocks end where they end, and the next one is whole.
      expect((await run(t, "echo n''ext; (exit 4)")).rows[0]).toBe("next")
      expectUntouched(t, name)
      // The program's own questions are answered by its own emulator, not by the outer terminal.
      expect(replies).toBe("")
      t.keys("ctrl+\\", "q")
      await t.exit
      const { blocks } = storedSession(t.home)
      expect(blocks.map(({ command, exitCode }) => [command, exitCode])).toEqual([
        ["echo first", 0],
        ["cat hostile; echo; echo a''fter", 0],
        ["echo n''ext; (exit 4)", 4]
      ])
      expect(blocks[2]?.stdout).toBe("next\n")
      const stored = blocks[1]!.stdout
      // SGR and links are all that is kept.
      expect(stored.replace(/\x1b\[[\d;:]*m/g, "")).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
      expect(stored).not.toContain("stolen")
      if (!name.includes("without an end")) expect(stored).toContain("after")

      await using u = await t.restart({ args: [BINARY, "--continue"] })
      await ready(u)
      await u.waitFor(/^next$/m)
      expectUntouched(u, name)
      expect(shownBlocks(u.screen()).at(-1)).toMatchObject({ sign: "✗", number: 3 })
      expect(u.emulator.bells).toBe(0)
    })
  }

  it("cannot come back from a file that was edited", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo pla''in")
    t.keys("ctrl+\\", "q")
    await t.exit
    const document = storedSession(t.home)
    const path = join(t.home.dataDir, "active", `${document.id}.json`)
    const hostile = JSON.stringify(`\x1b]0;pwned\x07\x1b]52;c;${b64}\x07\x1b[?1003h\x1b[2J\x9b31mplain`).slice(1, -1)
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("plain", hostile).replaceAll("pla''in", hostile))
    await using u = await t.restart({ args: [BINARY, "--continue"] })
    await ready(u)
    await u.waitFor("plain")
    expectUntouched(u, "edited")
    await using list = await effecttalk({ ...wide, home: t.home, args: ["--resume"] })
    await list.exit
    expect(list.outputSince()).not.toContain("\x1b")
  })

  it("of 300 MB without a newline costs little memory, and the next block is whole", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    const memory = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${t.pid}/status`, "utf8"))![1]) / 1024
    const before = memory()
    t.type("head -c 300000000 /dev/zero | tr '\\0' x; echo; echo do''ne\r")
    await t.waitFor(/^done$/m, { timeout: 60_000 })
    await ready(t)
    expect(memory() - before).toBeLessThan(300)
    expect((await run(t, "echo n''ext")).rows[0]).toBe("next")
    t.keys("ctrl+\\", "q")
    await t.exit
    const [block] = storedSession(t.home).blocks
    expect(block!.stdout.length).toBeLessThan(12_000_000)
    expect(block!.stdout).toMatch(/done\n$/)
    expect(block!.metadata.hiddenBytes + block!.stdout.length).toBeGreaterThanOrEqual(300_000_000)
  }, 90_000)
})
