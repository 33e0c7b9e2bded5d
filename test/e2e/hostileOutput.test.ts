import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { inModes, isReady, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { INITIAL_MODES } from "../harness/Emulator.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"

const wide = {
  cols: 100,
  rows: 40,
  colors: { foreground: "rgb:1111/1111/1111", background: "rgb:eeee/eeee/eeee" }
}

/** Our mark's number (src/shell/MarkParser.ts), as somebody who has read the source would forge it. */
const MARK = "7717"

const b64 = Buffer.from("stolen").toString("base64")

/** Output that tries to reach through the block to the terminal, the program or the next block. */
const HOSTILE: Readonly<Record<string, string | Uint8Array>> = {
  "clipboard and titles": `\x1b]52;c;${b64}\x07\x1b]52;c;?\x07\x1b]0;pwned\x07\x1b]2;pwned\x1b\\\x1b]1;pwned\x9c\x9d2;pwned\x07\x1bkpwned\x1b\\\x1b[22;0t`,
  "questions to the terminal":
    "\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[18t\x1b[21t\x1b[?2026$p\x1b[>q\x1bZ\x05\x1b]10;?\x07\x1b]4;1;?\x07",
  "settings asked back": '\x1bP$q"p\x1b\\\x1bP$qm\x1b\\\x1bP$q q\x1b\\\x1bP+q544e\x1b\\\x1b_Gi=1,a=q;AAAA\x1b\\',
  "reports and rewrites": [
    "\x1b[0c\x1b[>0c\x1b[=0c\x1b[?6n\x1b[?15n\x1b[?25n\x1b[?26n\x1b[?53n\x1b[?55n\x1b[?62n\x1b[?996n\x1b[0x\x1b[1x\x1b[>0q\x1b[?u\x1b[?4m",
    "\x1b[11t\x1b[13t\x1b[14t\x1b[15t\x1b[16t\x1b[18t\x1b[19t\x1b[20t\x1b[21t\x1b[3;0;0t\x1b[2t\x1b[9;1t\x1b[5i\x1b[4i\x1b[?5i\x1b[0i",
    "\x1b[4$p\x1b[?1$p\x1b[?1049$p\x1b[?2004$p\x1b[?2048$p\x1b[1$w\x1b[2$w\x1b[1;1;1;1;5;5*y\x1b[&u\x1b[1$u",
    '\x1bP$q"q\x1b\\\x1bP$qr\x1b\\\x1bP$qs\x1b\\\x1bP$q;rm -rf x\x1b\\\x1bP0;0|17/6563686f2070776e65640d\x1b\\\x1bP1$tx\x1b\\',
    "\x1bP+q436f;6b6331\x1b\\\x1bP>|rm -rf x\x1b\\\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b]1337;ReportCellSize\x07\x1b]1337;RequestUpload=format=tgz\x07",
    "\x1b]4;0;?;1;?;255;?\x07\x1b]10;?;?;?\x07\x1b]11;?\x1b\\\x1b]12;?\x07\x1b]17;?\x07\x1b]19;?\x07\x1b]5;0;?\x07\x1b]21;foreground=?\x07\x1b]50;?\x07"
  ].join(""),
  "colours, notices, pictures and fonts":
    "\x1b]4;1;rgb:00/ff/00\x07\x1b]10;#f00\x07\x1b]11;#0f0\x07\x1b]12;#00f\x07\x1b]104\x07\x1b]110\x07\x1b]P1ff0000\x1b\\\x1b]R\x1b\\\x1b]9;pwned\x07\x1b]777;notify;pwned;pwned\x07\x1b]99;i=1;pwned\x07\x1b]50;fixed\x07\x1b]22;wait\x07\x1b]7;file:///pwned\x07\x1b]1337;SetBadgeFormat=cHduZWQ=\x07\x1b]1337;File=inline=1:AAAA\x07\x1bPq#0;2;0;0;0~~\x1b\\\x1b[?5h\x1b[?3h\x1b[?40h\x1b[?2031h\x1b#8\x1b[2J\x1b[H",
  "modes and resets":
    "\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?2004l\x1b[?7h\x1b[?1h\x1b=\x1b[?1004h\x1b[>4;2m\x1b[>31u\x1b[4h\x1b[20h\x1b[?6h\x1b[?69h\x1b(0\x1b[!p",
  "a full reset and scrolling regions":
    "\x1bc\x1b[3J\x1b[1;2r\x1b[999;999H\x1b[999S\x1b[999T\x1b[999L\x1b[999M\x1b[8;3;3t",
  "oversized parameters": [
    `\x1b[${"9".repeat(5_000)}A\x1b[${"1;".repeat(5_000)}m\x1b[${"1:".repeat(5_000)}m\x1b[?${"1;".repeat(5_000)}h\x1b[0m`,
    "\x1b[2147483648;2147483648H\x1b[4294967297S\x1b[99999999999T\x1b[999999999L\x1b[999999999M\x1b[999999999@\x1b[999999999P\x1b[999999999X",
    "x\x1b[999999999b\x1b[999999999I\x1b[999999999Z\x1b[8;99999;99999t\x1b[999999999 q\x1b[1;999999999r\x1b[r\x1b[2J\x1b[H"
  ].join(""),
  "strings of megabytes": ["]0;", "]52;c;", "]8;;http://", "]11;", "P", "P$q", "_", "^", "X", "]"]
    .map((start) => `\x1b${start}${"A".repeat(1_000_000)}\x1b\\`)
    .join(""),
  "a device string of megabytes without an end": `\x1bP${"A".repeat(3_000_000)}`,
  "an application's string without an end": `\x1b_${"A".repeat(100_000)}`,
  "links that are none": [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://a\nb",
    `http://${"a".repeat(5_000)}`,
    "http://a b",
    "http://a\x9b31m",
    "ssh://root@host",
    "data:text/html,x",
    " http://a"
  ]
    .flatMap((address) =>
      ["", "id=1", "id=a:b=c", "id=\u202e", ":::"].map((id) => `\x1b]8;${id};${address}\x07l\x1b]8;;\x07`)
    )
    .concat("\x1b]8;;http://never.ends\x07")
    .join(""),
  "addresses in text": [
    "javascript://x/%0aalert(1) file:///etc/passwd ssh://root@host data://text/html,x",
    "https://a.io/\u202egnp.exe https://a.io/\u2066x\u2069 https://a.io/\u200b\ufeffx",
    `https://a.io/\x1b]52;c;${b64}\x07b https://a.io/\x9d2;pwned\x9cb https://a.io/\x1b[?1049lb https://a.io/\x07\x00b`,
    `https://a.io/;id=1;b https://a.io/\\\x1b\\b http://\x1b]8;;http://b.io\x07c http://\x1b]8;;\x07`,
    `https://${"a".repeat(5_000)} https://${"漢".repeat(500)} ${"https://".repeat(2_000)}`,
    "https://[::1]:80]/ https://%00@:0/ http://a:b@c@d/ https://日本.jp/\u202ex"
  ].join("\n"),
  "C1 in one byte and in two": Buffer.concat([
    Buffer.from(
      "9d323b70776e65640796" + "9b3f313030306890713d9c9e9f98" + "9d35323b633b" + "6333526c6247567507" + "9b63",
      "hex"
    ),
    Buffer.from(`\u009d2;pwned\u009c\u009d52;c;${b64}\u009c\u009b?1000h\u009bc\u0090$qm\u009c\u009fGa=q\u009c`)
  ]),
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

/**
 * All that may ever be written to the outer terminal: looks, places, erasing, the modes that EffectTalk itself uses, links,
 * its questions about colours, the bell. Texts of sequences, without their ESC.
 */
const OURS = [
  /^\[[\d;:]*m$/,
  /^\[[\d;]*[HGCDABKJX]$/,
  /^\[\?(?:1|7|25|9|1000|1002|1003|1004|1005|1006|1015|1049|2004|2026)[hl]$/,
  /^[=>]$/,
  /^\[[0-6] q$/,
  /^\]8;(?:id=[\da-z]+)?;(?:https?:\/\/[\x21-\x7e]*)?$/,
  /^\](?:1[012]|4;\d+);\?$/,
  /^\[c$/
]

/** The sequences and controls in what was written that are not ours. */
const foreign = (written: string): ReadonlyArray<string> => {
  const sequences = /\x1b(\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|[^[\]P_^X])/g
  const rest = written.replace(sequences, (_, text: string) =>
    OURS.some((ours) => ours.test(text.replace(/(?:\x07|\x1b\\)$/, ""))) ? "" : `\x1b${text}`
  )
  return rest.match(/\x1b[\s\S]{0,20}|[\x00-\x06\x08\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]/g) ?? []
}

/** The whole of what EffectTalk asks of the outer terminal itself, and is answered. */
const ANSWERS = /\x1b\]1[01];rgb:[\da-f/]+\x1b\\|\x1b\[\?1;2c/g

/** What must be true of the outer terminal whatever was printed into a block. */
const expectUntouched = async (t: Terminal, name: string): Promise<void> => {
  await inModes(t, {
    alternateScreen: true,
    autoWrap: false,
    bracketedPaste: true,
    applicationCursor: false,
    applicationKeypad: false,
    // EffectTalk's own, for the wheel and clicks.
    mouse: "vt200",
    mouseSgr: true,
    focusEvents: false,
    insert: false,
    origin: false,
    kittyKeyboard: 0,
    modifyOtherKeys: 0
  })
  expect(t.title, name).toBe("")
  expect(t.emulator.clipboard, name).toEqual([])
  expect(t.row(0), name).toMatch(/^EffectTalk · \w{8} · ~/)
  expect(t.row(39), name).toMatch(/^ EDITOR /)
  // Nothing was typed into the editor.
  expect(t.row(38), name).toMatch(/^\S*\$$/)
  expect(foreign(t.outputSince()), name).toEqual([])
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
      await expectUntouched(t, name)
      // Blocks end where they end, and the next one is whole.
      expect((await run(t, "echo n''ext; (exit 4)")).rows[0]).toBe("next")
      await expectUntouched(t, name)
      // The program's own questions are answered by its own emulator; the outer terminal is asked for its colours at most.
      expect(replies.replace(ANSWERS, "")).toBe("")
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
      expect(stored.replace(/\x1b\[[\d;:]*m|\x1b\]8;;(https?:\/\/[\x21-\x7e]+)?\x1b\\/g, "")).not.toMatch(
        /[\x00-\x08\x0b-\x1f\x7f-\x9f]/
      )
      expect(stored).not.toContain("stolen")
      if (!name.includes("without an end")) expect(stored).toContain("after")

      await using u = await t.restart({ args: [BINARY, "--continue"] })
      await ready(u)
      await u.waitFor(/^next$/m)
      await expectUntouched(u, name)
      expect(shownBlocks(u.screen()).at(-1)).toMatchObject({ sign: "✗", number: 3 })
      expect(u.emulator.bells).toBe(0)
      // What is stored asks nothing, copies nothing, rings nothing.
      expect(u.outputSince()).not.toMatch(/\x1b\](?!8;)|\x1b\[c|\x07/)
      expect(u.row(39)).not.toContain("wants to copy")
      u.keys("ctrl+\\", "q")
      await u.exit

      await using shown = await effecttalk({ ...wide, home: t.home, args: ["show", storedSession(t.home).id] })
      let answered = ""
      shown.emulator.onReply = (bytes) => {
        answered += bytes
      }
      expect((await shown.exit).code).toBe(0)
      expect(shown.title).toBe("")
      expect(shown.emulator.clipboard).toEqual([])
      expect(shown.emulator.bells).toBe(0)
      expect(shown.modes).toEqual(INITIAL_MODES)
      expect(answered).toBe("")
      expect(foreign(shown.outputSince())).toEqual([])
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
    await expectUntouched(u, "edited")
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
