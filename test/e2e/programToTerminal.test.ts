import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { headerRow, inModes, isReady, ready, run, shownBlocks } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { Terminal } from "../harness/Terminal.ts"
import { itWith, which } from "../harness/tools.ts"

const size = { cols: 100, rows: 30 }
const LIGHT = { foreground: "rgb:1111/1111/1111", background: "rgb:fdfd/f6f6/e3e3" }

/** A program that writes to the clipboard, from a file so that the text is not on the screen. */
const copier = (text: string, targets = "c") =>
  `#!/bin/sh\nprintf '\\033]52;${targets};%s\\a' ${Buffer.from(text).toString("base64")}\n`

/** Asks its terminal the way programs do, in raw mode, and prints what came until DA1's answer, legibly. */
const ASK = `#!/bin/bash
saved=$(stty -g); stty raw -echo
printf "$1\\033[c"
reply=
while IFS= read -rsn1 -t 5 char; do reply+=$char; [ "$char" = c ] && [[ $reply == *$'\\033[?'* ]] && break; done
stty "$saved"
printf 'reply: %q\\n' "$reply"
`

const statusLine = (t: Terminal): string => t.screen().at(-1)!

describe("the bell", () => {
  it("of a program is heard, and a BEL that ends a string or stands in a prompt is none", async () => {
    await using t = await effecttalk({
      ...size,
      rc: "PS1='\\[\\e]0;prompt\\a\\]$ '; PROMPT_COMMAND=\"printf '\\\\a'\"\n"
    })
    await ready(t)
    expect((await run(t, "printf '\\033]0;title\\a\\033]52;c;\\aq\\x75iet\\n'")).rows[0]).toBe("quiet")
    expect(t.emulator.bells).toBe(0)
    await run(t, "printf '\\a'")
    await t.waitFor(() => t.emulator.bells === 1)
  })

  it("of a program that does not stop is heard a few times", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("timeout 3 yes $'\\a'\r")
    await t.waitFor(" PROGRAM ")
    await t.waitFor(isReady)
    expect(t.emulator.bells).toBeGreaterThan(1)
    // Twelve would be four a second; a busy machine may make a pause or two, after which they are counted anew.
    expect(t.emulator.bells).toBeLessThan(11)
  })

  it("of what runs beside is heard", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("sleep 1000\r")
    await t.waitFor(" PROGRAM ")
    t.keys("ctrl+\\", "e")
    await t.waitFor(" EDITOR ")
    t.type("printf '\\a'")
    t.keys("ctrl+\\", "enter")
    await t.waitFor(() => t.emulator.bells === 1)
  })

  it("of a job in the background is heard", async () => {
    await using t = await effecttalk(size)
    await run(t, "{ sleep 0.5; printf 'ready\\a\\n'; } &")
    await t.waitFor(() => t.emulator.bells === 1)
  })

  it("of a program on the alternate screen is heard", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("printf '\\033[?1049hf''ull\\a'; read -r; printf '\\033[?1049l'\r")
    await t.waitFor("full")
    await t.waitFor(() => t.emulator.bells === 1)
  })
})

describe("the clipboard", () => {
  const files = { yank: copier("from the block\n"), other: copier("of another"), primary: copier("chosen", "p") }

  it("is written after a question that names the command and the size, and only then", async () => {
    await using t = await effecttalk({ ...size, files })
    await run(t, "sh yank first")
    await t.waitFor(
      /^ EDITOR {2}sh yank first wants to copy 15 B · Ctrl\+\\ y copy · Ctrl\+\\ N no · Ctrl\+\\ Y always/m
    )
    expect(t.emulator.clipboard).toEqual([])
    t.keys("ctrl+\\", "N")
    await t.waitFor(() => !statusLine(t).includes("wants to copy"))
    expect((await run(t, "sh other; echo d''one")).rows[0]).toBe("done")
    await t.waitFor("sh other; echo … wants to copy 10 B")
    t.keys("ctrl+\\", "y")
    await t.waitFor("sent 10 B to the clipboard")
    expect(t.emulator.clipboard).toEqual(["of another"])
    // Asked once, answered once.
    t.keys("ctrl+\\", "y")
    await t.waitFor("No program asks to copy anything")
    await run(t, "sh primary")
    await t.waitFor("sh primary wants to copy 6 B")
    t.keys("ctrl+\\", "Y")
    await t.waitFor(() => t.emulator.clipboard.length === 2)
    await run(t, "sh yank")
    await t.waitFor(() => t.emulator.clipboard.length === 3)
    expect(t.emulator.clipboard.slice(1)).toEqual(["chosen", "from the block\n"])
    expect(t.outputSince().match(/\x1b\]52;[^;]*;/g)).toEqual(["\x1b]52;c;", "\x1b]52;p;", "\x1b]52;c;"])
  })

  it("is asked about with a key that answers, also where there is little room", async () => {
    await using t = await effecttalk({ cols: 60, rows: 15, files: { yank: copier("x".repeat(12_000)) } })
    await ready(t)
    t.type("sh yank whatever the name; cat -v\r")
    await t.waitFor(/^ PROGRAM {2}sh yank.*… wants to copy 12 kB · Ctrl\+\\ y copy$/m)
    t.keys("ctrl+\\", "n")
    await t.waitFor(/^ NAVIGATE {2}sh yank.*… wants to copy 12 kB · Ctrl\+\\ y copy$/m)
  })

  it("asks while a program has the keyboard, which gets every other key", async () => {
    await using t = await effecttalk({ ...size, files })
    await ready(t)
    t.type("sh yank; cat -v\r")
    await t.waitFor(/^ PROGRAM {2}sh yank; cat -v wants to copy 15 B · Ctrl\+\\ y copy/m)
    t.type("y\rN\rY\r")
    await t.waitFor((rows) => rows.filter((row) => /^[yNY]$/.test(row)).length === 6)
    expect(t.emulator.clipboard).toEqual([])
    t.keys("ctrl+\\", "y")
    await t.waitFor(() => t.emulator.clipboard.length === 1)
    // The program has the keyboard again.
    t.type("more\r")
    await t.waitFor((rows) => rows.filter((row) => row === "more").length === 2)
  })

  it("copies nothing without a question where it is never allowed, and asks nothing where it always is", async () => {
    await using never = await effecttalk({ ...size, files, env: { EFFECTTALK_CLIPBOARD: "never" } })
    await run(never, "sh yank")
    await run(never, "echo af''ter")
    never.keys("ctrl+\\", "y")
    await never.waitFor("No program asks to copy anything")
    expect(never.emulator.clipboard).toEqual([])

    await using always = await effecttalk({ ...size, files, env: { EFFECTTALK_CLIPBOARD: "always" } })
    await run(always, "sh yank")
    await always.waitFor("sh yank sent 15 B to the clipboard")
    expect(always.emulator.clipboard).toEqual(["from the block\n"])
    // A hundred at once: the last one is what is left.
    const hundred = Array.from({ length: 100 }, (_, index) => Buffer.from(String(index + 1)).toString("base64"))
    always.home.write("hundred", hundred.map((text) => `\x1b]52;c;${text}\x07`).join(""))
    await run(always, "cat hundred")
    await always.waitFor(() => always.emulator.clipboard.at(-1) === "100")
    expect(always.emulator.clipboard.length).toBeLessThan(20)
  })

  it("is neither read, nor filled with what is no text, nor with too much", async () => {
    await using t = await effecttalk({ ...size, files: { ask: ASK }, env: { EFFECTTALK_CLIPBOARD: "always" } })
    expect((await run(t, "bash ask '\\033]52;c;?\\033\\\\'")).rows[0]).toMatch(/^reply: \$'\\E\[\?[\d;]+c'$/)
    await run(t, "printf '\\033]52;c;!!!\\a\\033]52;c;/w==\\a\\033]52;c;\\a\\033]52;;\\a\\033]52\\a'")
    await run(t, "{ printf '\\033]52;c;'; head -c 5000000 /dev/zero | tr '\\0' A; printf '\\a'; }; echo en''d")
    await t.waitFor("wants to copy more than terminals take: not copied")
    expect(t.emulator.clipboard).toEqual([])
  })
})

describe("the title", () => {
  it("of a program stands in the header while it runs, cleaned and cut, and in no other place", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(
      "printf '\\033]2;a \\342\\200\\256t\\303\\256tle \\346\\227\\245\\346\\234\\254 that is far too long for any header\\a'; cat\r"
    )
    await t.waitFor((rows) => rows[0]!.includes("a <U+202E>tîtle 日本 that"))
    expect(headerRow(t)).toMatch(/^EffectTalk · \w{8} · ~ .*…$/)
    expect(t.title).toBe("")
    t.keys("ctrl+d")
    await t.waitFor((rows) => isReady(rows) && !rows[0]!.includes("tîtle"))
    await run(t, "printf '\\033]0;gone at once\\a'")
    expect((await run(t, "echo n''ext")).rows[0]).toBe("next")
    expect(t.row(0)).not.toContain("gone")
    expect(t.title).toBe("")
  })

  it("is put aside and taken back, and stands on the status line of a program that has the screen", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("printf '\\033]0;outer\\a\\033[22;0t\\033]0;inner\\a\\033[?1049h'; read -r; printf '\\033[23;0t'; read -r\r")
    await t.waitFor(/^ PROGRAM .* inner$/m)
    t.type("\r")
    await t.waitFor(/^ PROGRAM .* outer$/m)
    expect(t.row(0)).not.toContain("EffectTalk")
    t.keys("ctrl+\\", "e")
    await t.waitFor((rows) => /^EffectTalk .* outer$/.test(rows[0]!))
  })

  const prompts = {
    bash: [".bashrc", `PS1='\\[\\e]0;PROMPTED\\a\\]$ '; PROMPT_COMMAND='printf "\\e]2;HOOKED\\a\\a"'\n`],
    zsh: [
      ".zshrc",
      `PS1='$ '; precmd() { printf '\\e]0;PROMPTED\\a\\a' }; preexec() { printf '\\e]2;HOOKED\\a\\a' }\n`
    ],
    fish: [
      ".config/fish/config.fish",
      "function fish_prompt; printf '\\a$ '; end\nfunction fish_title; echo PROMPTED; end\n"
    ]
  } as const
  for (const [shell, [rc, text]] of Object.entries(prompts)) {
    itWith([shell], `of a prompt is nobody's: ${shell}`, async () => {
      await using t = await effecttalk({ ...size, env: { SHELL: which(shell)! }, files: { [rc]: text } })
      await run(t, "echo o''ne")
      await run(t, "sleep 1")
      // A program's own is one in this shell, too.
      t.type("sh -c 'printf \"\\033]0;program\\a\"; read -r line'\r")
      await t.waitFor((rows) => /^EffectTalk .* program$/.test(rows[0]!))
      t.type("\r")
      await t.waitFor((rows) => isReady(rows) && !rows[0]!.includes("program"))
      expect(t.outputSince()).not.toMatch(/PROMPTED|HOOKED/)
      // Nor is a bell of theirs one.
      expect(t.emulator.bells).toBe(0)
    })
  }
})

describe("questions about colours", () => {
  it("are answered by the real terminal, in the order of the questions", async () => {
    await using t = await effecttalk({ ...size, colors: LIGHT, files: { ask: ASK } })
    await ready(t)
    expect(t.outputSince()).not.toContain("]11;?")
    const { rows } = await run(t, "bash ask '\\033]11;?\\a\\033[5n\\033]10;?\\033\\\\'")
    expect(rows.join("")).toMatch(
      new RegExp(
        String.raw`^reply: \$'\\E\]11;${LIGHT.background}\\E\\\\\\E\[0n\\E\]10;${LIGHT.foreground}\\E\\\\\\E\[\?[\d;]+c'`
      )
    )
    // Nothing of it was typed into the editor or the shell.
    expect(statusLine(t)).toMatch(/^ EDITOR {2}Enter run/)
    expect((await run(t, "echo cl''ean")).rows[0]).toBe("clean")
  })

  it("are answered by nobody where the terminal does not answer, soon and without harm", async () => {
    await using t = await effecttalk({ ...size, mute: true, files: { ask: ASK } })
    for (const _ of [1, 2]) {
      expect((await run(t, "bash ask '\\033]11;?\\a'")).rows[0]).toMatch(/^reply: \$'\\E\[\?[\d;]+c'$/)
    }
    await using dark = await effecttalk({ ...size, files: { ask: ASK } })
    expect((await run(dark, "bash ask '\\033]11;?\\a\\033]4;1;?\\a'")).rows[0]).toMatch(/^reply: \$'\\E\[\?[\d;]+c'$/)
  })

  it("that come too late or in pieces are nobody's keys", async () => {
    await using t = await effecttalk({ ...size, mute: true, files: { ask: ASK } })
    const answers: Array<string> = []
    t.emulator.onReply = (bytes) => answers.push(bytes)
    await ready(t)
    t.type("bash ask '\\033]11;?\\a'; cat -v\r")
    await t.waitFor("reply: ")
    await t.waitFor(() => answers.length > 0)
    // A second after the question, in pieces that could be no keys, into a program that reads keys.
    for (const piece of ["\x1b]11;rgb:fd", "fd/f6f6/e3e3\x1b", "\\\x1b[?1", ";2c"]) t.type(piece)
    t.type("key\r")
    await t.waitFor((rows) => rows.filter((row) => row === "key").length === 2)
    t.keys("ctrl+d")
    await t.waitFor(isReady)
    const [block] = shownBlocks(t.screen())
    expect(block!.rows.slice(1)).toEqual(["key", "key", "$", expect.stringMatching(/^ EDITOR {2}Enter run/)])
  })

  const DARK = { foreground: "rgb:eeee/eeee/eeee", background: "rgb:1111/1111/2222" }
  for (const [program, file] of [
    ["vim", "vim -u NONE -N"],
    ["nvim", "nvim -u NONE"]
  ] as const) {
    itWith([program], `let ${program} see whether the terminal is light or dark`, async () => {
      for (const [colors, background] of [
        [LIGHT, "light"],
        [DARK, "dark"]
      ] as const) {
        await using t = await effecttalk({ ...size, colors })
        await ready(t)
        t.type(`${file}\r`)
        // Its greeting is gone with the next redraw: one that comes of our answer may be early.
        await t.waitFor((rows) => rows.includes("~") && t.cursor.y === 0)
        t.type(":set background?\r")
        await t.waitFor(`background=${background}`)
      }
    })
  }

  itWith(["tmux", "vim"], "are answered inside tmux where tmux knows the colour", async () => {
    await ensureBuilt()
    using home = new Home({ files: { "tmux.conf": "set -g window-style 'bg=#111122'\n" } })
    const args = [
      "-S",
      join(home.root, "tmux"),
      "-f",
      join(home.path, "tmux.conf"),
      "new-session",
      `${process.execPath} ${BINARY}`
    ]
    await using t = new Terminal({ file: "tmux", args }, { ...size, home })
    await t.waitFor(" EDITOR ")
    t.type("vim -u NONE -N\r")
    await t.waitFor("VIM - Vi IMproved")
    t.type(":set background?\r")
    await t.waitFor("background=dark")
    t.keys("ctrl+\\", "q")
    await t.waitFor("still running")
    t.type("y")
    await t.exit
  })
})

/** Shows what it hears of the mouse, under a line that says where its screen begins. */
const listener = (encoding: string) =>
  `stty -icanon -echo min 1; printf '\\033[?1000h${encoding}top\\nlis''tening\\n'; cat -v`

describe("the mouse", () => {
  const program = async (encoding: string) => {
    const t = await effecttalk(size)
    await run(t, "seq 5")
    t.type(`${listener(encoding)}\r`)
    // With the row behind it: those above move with it.
    await t.waitFor((rows) => t.cursor.x === 0 && rows[t.cursor.y - 1] === "listening")
    await t.waitFor(() => t.modes.mouse !== "none" && t.modes.mouseSgr === encoding.includes("1006"))
    return { t, top: t.screen().indexOf("top") }
  }

  const encodings: Readonly<Record<string, readonly [string, (x: number, y: number) => string, string]>> = {
    "SGR (1006)": ["\\033[?1006h", (x, y) => `\x1b[<0;${x};${y}M`, "^[[<0;4;2M"],
    "urxvt's (1015)": ["\\033[?1015h", (x, y) => `\x1b[32;${x};${y}M`, "^[[32;4;2M"],
    "UTF-8 (1005)": ["\\033[?1005h", (x, y) => `\x1b[M ${String.fromCharCode(32 + x, 32 + y)}`, '^[[M $"'],
    "the first one": ["", (x, y) => `\x1b[M ${String.fromCharCode(32 + x, 32 + y)}`, '^[[M $"']
  }
  for (const [name, [mode, click, heard]] of Object.entries(encodings)) {
    it(`is told in the cells of a program in its block, in its encoding: ${name}`, async () => {
      const { t, top } = await program(mode)
      await using _ = t
      // Above it, below it, on the status line: not its cells.
      for (const y of [0, top - 1, size.rows - 2, size.rows - 1]) t.bytes(Buffer.from(click(4, y + 1), "latin1"))
      t.bytes(Buffer.from(click(4, top + 2), "latin1"))
      t.type("|")
      await t.waitFor("|")
      expect(t.screen()).toContain(`${heard}|`)
    })
  }

  it("of a drag out of the program is told at its edge, until the button is let go", async () => {
    const { t, top } = await program("\\033[?1002h\\033[?1006h")
    await using _ = t
    t.bytes(Buffer.from(`\x1b[<32;9;1M\x1b[<0;9;${top + 1}M\x1b[<32;9;1M\x1b[<0;9;1m\x1b[<32;9;1M\x1b[<64;9;1M`))
    t.type("|")
    await t.waitFor("|")
    expect(t.screen()).toContain("^[[<0;9;1M^[[<32;9;1M^[[<0;9;1m|")
  })

  it("of a full-screen program is its own but for the status line", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`printf '\\033[?1049h'; ${listener("\\033[?1006h")}\r`)
    await t.waitFor("listening")
    await t.waitFor(() => t.modes.mouse === "vt200")
    t.bytes(Buffer.from(`\x1b[<0;7;30M\x1b[<0;7;29M|`))
    await t.waitFor("|")
    expect(t.screen()).toContain("^[[<0;7;29M|")
  })

  itWith(["fzf"], "chooses in fzf --height", async () => {
    await using t = await effecttalk(size)
    await run(t, "seq 5")
    t.type("seq 101 120 | fzf --height 8 --layout reverse\r")
    await t.waitFor(/^.* 103 *$/m)
    const { x, y } = t.find("103")
    t.mouse({ action: "press", x, y })
    t.mouse({ action: "release", x, y })
    await t.waitFor(/^[>▌] *103/m)
    t.type("\r")
    await t.waitFor(isReady)
    expect(shownBlocks(t.screen()).at(-1)!.rows[0]).toBe("103")
  })

  itWith(["dialog"], "presses a button of dialog", async () => {
    await using t = await effecttalk(size)
    await run(t, "seq 5")
    t.type("dialog --yesno Really? 8 40; echo s''tatus $?\r")
    await t.waitFor(/< *No *>/)
    const { x, y } = t.find("No ")
    t.mouse({ action: "press", x, y })
    t.mouse({ action: "release", x, y })
    await t.waitFor("status 1")
  })
})

describe("focus and pastes", () => {
  it("of a program reach it also where they come in one read with the key that gives it the keyboard", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("stty -icanon -echo -icrnl min 1; printf 'list''ening\n'; cat -v\r")
    await t.waitFor("listening")
    // The keys of a moment in which the line stood still.
    t.type("\x1cni\x1b[200~one\rtwo\x1b[201~.")
    await t.waitFor(/^one\^Mtwo\.$/m)
    t.keys("ctrl+c")
    await ready(t)
    t.type("stty -icanon -echo -icrnl min 1; printf '\\033[?2004hag''ain\n'; cat -v\r")
    await t.waitFor("again")
    t.type("\x1cni\x1b[200~one\rtwo\x1b[201~.")
    await t.waitFor(/^\^\[\[200~one\^Mtwo\^\[\[201~\.$/m)
  })

  it("of a program in its block are told as it has asked for them, and only while it has the keyboard", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("stty -icanon -echo -icrnl min 1; printf '\\033[?1004h\\033[?2004hlis''tening\\n'; cat -v\r")
    await t.waitFor("listening")
    await t.waitFor(() => t.modes.focusEvents)
    t.focus(false)
    t.focus(true)
    t.paste("one\ntwo")
    await t.waitFor("two^[[201~")
    expect(t.row(t.find("listening").y + 1)).toBe("^[[O^[[I^[[200~one^Mtwo^[[201~")
    t.keys("ctrl+\\", "e")
    await t.waitFor(" EDITOR ")
    await inModes(t, { focusEvents: false, bracketedPaste: true })
    t.paste("for the editor")
    await t.waitFor("$ for the editor")
  })
})

describe("a program that is killed with its modes on", () => {
  const MODES =
    "\\033[?1049h\\033[?1h\\033=\\033[?1003h\\033[?1006h\\033[?2004h\\033[?1004h\\033[?25l\\033[5 q\\033[5;9r\\033[?6h\\033[4h\\033(0\\033[1;7;31m\\033[?7l\\033]0;dead\\a"

  for (const [name, modes] of [
    ["on the alternate screen", MODES],
    ["in its block", MODES.replace("\\033[?1049h", "")]
  ] as const) {
    it(`leaves no trace in the next block, the editor or the outer terminal: ${name}`, async () => {
      await using t = await effecttalk({
        ...size,
        files: { dies: `stty raw -echo\nprintf '${modes}lqk'\nread -r x\nkill -9 $$\n` }
      })
      await run(t, "true")
      const before = t.modes
      t.type("sh dies\r")
      await t.waitFor(() => t.modes.mouse === "any" && t.modes.applicationCursor && t.modes.focusEvents)
      await t.waitFor(() => !t.cursor.visible)
      t.type("\r\n")
      await t.waitFor((rows) => isReady(rows) && shownBlocks(rows).at(-1)?.sign !== "●")
      await inModes(t, before)
      expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
      expect(t.title).toBe("")
      expect(t.row(0)).not.toContain("dead")
      expect(t.row(28)).toBe("$")
      const { rows } = await run(t, "echo lqk; stty -a | grep -ow -e '-*icanon' -e '-*echo'")
      expect(rows.slice(0, 3)).toEqual(["lqk", "icanon", "echo"])
      expect(t.cell(0, t.screen().lastIndexOf("lqk"))).toMatchObject({ bold: false, inverse: false, fg: "default" })
      t.paste("pasted")
      await t.waitFor("$ pasted")
    })
  }
})
