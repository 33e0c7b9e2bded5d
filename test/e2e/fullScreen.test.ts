import { describe, expect, vi } from "vitest"
import { ready, run } from "../harness/blocks.ts"
import { Emulator, INITIAL_MODES } from "../harness/Emulator.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { encodeKey, encodeMouse, type MouseEvent } from "../harness/keys.ts"
import { cellDifferences, type Depth, Reference, TEE_RC } from "../harness/reference.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { type Tmux, tmux } from "../harness/tmux.ts"
import { itWith } from "../harness/tools.ts"

/** How long two sessions may take to look alike; only spent when a test fails. */
const WAIT = { timeout: 8000, interval: 20 }

/** Where a user acts. `rows` are those of the window, of which a full-screen program has all but the last. */
interface Keyboard {
  type(text: string): unknown
  keys(...names: ReadonlyArray<string>): unknown
  paste(text: string): unknown
  mouse(event: MouseEvent): unknown
  resize(cols: number, rows: number): unknown
}

/** What stands on the screen once a program has answered. */
type Shows = string | RegExp | ((rows: ReadonlyArray<string>, t: Terminal) => boolean)

const shown = (t: Terminal, shows: Shows): Promise<void> =>
  t.waitFor(typeof shows === "function" ? (rows) => shows(rows, t) : shows)

/** What a user does to a program, and what only its answer shows. */
interface Step {
  readonly act: (at: Keyboard) => unknown
  readonly shows: Shows
}

const type = (text: string, shows: Shows): Step => ({ act: (at) => at.type(text), shows })
const keys = (names: string, shows: Shows): Step => ({ act: (at) => at.keys(...names.split(" ")), shows })
const paste = (text: string, shows: Shows): Step => ({ act: (at) => at.paste(text), shows })
/** Another window; `shows` stands in it once the program has heard. */
const resize = (cols: number, rows: number, shows: Shows): Step => ({ act: (at) => at.resize(cols, rows), shows })
const click = (x: number, y: number, shows: Shows): Step => ({
  act: async (at) => {
    await at.mouse({ action: "press", x, y })
    await at.mouse({ action: "release", x, y })
  },
  shows
})

/** A program of the distribution, and a session with it. */
interface Program {
  /** Programs that must be there, its own first. */
  readonly tools: ReadonlyArray<string>
  readonly command: string
  readonly files?: Readonly<Record<string, string>>
  /** It never leaves the normal screen, and is painted below its block's header. */
  readonly inline?: boolean
  readonly opens: string | RegExp
  readonly steps: ReadonlyArray<Step>
  readonly quit: (t: Terminal) => void
}

const typed = (text: string) => (t: Terminal) => t.type(text)

/** A line of the Unicode that rows are shifted by: wide, combining, ambiguous, box drawing, emoji. */
const UNICODE = "漢字かな e\u0301a\u0308 ±…→ ┌─┐ 🚀👍 end"

const SOURCE = [
  "/* An example with what highlighting knows. */",
  "#include <stdio.h>",
  "",
  'static const char *name = "talk";',
  "int main(int argc, char **argv) {",
  "\tfor (int i = 0; i < argc; i++) {",
  '\t\tprintf("%d: %s\\n", i, argv[i]); // TODO',
  "\t}",
  `\tputs("${UNICODE}");`,
  ...Array.from({ length: 80 }, (_, i) => `\tif (argc == ${i + 100}) return ${i + 100};`),
  "\treturn 0;",
  "}"
].join("\n")

const VIMRC = `set nocompatible background=dark mouse=a ttymouse=sgr number cursorline hlsearch incsearch ruler showcmd
set encoding=utf-8 ttimeoutlen=10 noswapfile nomore
let &t_SI = "\\e[6 q"
let &t_EI = "\\e[2 q"
let &t_SR = "\\e[4 q"
syntax on
`

/** All looks, all kinds of colours, and Unicode, in 200 lines. */
const COLORED = [
  Array.from({ length: 16 }, (_, i) => `\x1b[${i < 8 ? 30 + i : 82 + i}m${i}\x1b[0m`).join(" "),
  Array.from({ length: 16 }, (_, i) => `\x1b[${i < 8 ? 40 + i : 92 + i}m${i}\x1b[0m`).join(" "),
  Array.from({ length: 36 }, (_, i) => `\x1b[38;5;${16 + i * 6}m#\x1b[48;5;${255 - i}m \x1b[0m`).join(""),
  Array.from({ length: 32 }, (_, i) => `\x1b[38;2;${i * 8};${255 - i * 8};99m@\x1b[48;2;9;${i * 8};0m \x1b[0m`).join(
    ""
  ),
  "\x1b[1mbold\x1b[0m \x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munder\x1b[0m \x1b[7minverse\x1b[0m \x1b[9mstrike\x1b[0m",
  UNICODE,
  ...Array.from({ length: 200 }, (_, i) => `line ${i + 1} \x1b[3${i % 8}mcolour\x1b[0m ${"word ".repeat(i % 9)}`)
].join("\n")

const MANUAL = `.TH TALK 1 2026-01-01
.SH NAME
talk \\- says something
.SH SYNOPSIS
.B talk
[\\fB\\-v\\fR] \\fIfile\\fR ...
.SH OPTIONS
${Array.from({ length: 60 }, (_, i) => `.TP\n.BI \\-\\-option${i} " value"\nSets the option number ${i}.`).join("\n")}
`

const PROGRAMS: ReadonlyArray<Program> = [
  {
    tools: ["vim"],
    command: "vim -u ~/vimrc a.c",
    files: { vimrc: VIMRC, "a.c": SOURCE },
    opens: "int main",
    steps: [
      type("/return\r", "10,19-26"),
      type("5j", "15,"),
      type("Vjjj", "VISUAL LINE"),
      type("d", "4 fewer lines"),
      type(`O${UNICODE} `, "INSERT"),
      paste("\tpasted\n\ttwice\n", "twice"),
      keys("esc", (rows) => !rows.join("\n").includes("INSERT")),
      type("gg10dd", "10 fewer lines"),
      type("u", "10 more lines"),
      type(":vsplit\r", /a\.c.{20}.*a\.c/),
      type(":split\r\x06", (rows) => !/^ +1 /.test(rows[0] ?? "")),
      resize(100, 30, (rows) => rows.length === 30 && /a\.c.{20}.*a\.c/.test(rows[27] ?? "")),
      click(70, 20, "21,19"),
      type("R", "REPLACE"),
      keys("esc", (rows) => !rows.join("\n").includes("REPLACE")),
      type(":set termguicolors nonumber | colorscheme desert\r", (rows) => /\|\/\* An example/.test(rows[0] ?? "")),
      resize(60, 16, (rows) => rows.length === 16 && rows[13]!.includes("a.c") && rows[15]!.startsWith(" PROGRAM "))
    ],
    quit: typed(":qa!\r")
  },
  {
    tools: ["nvim"],
    command: "nvim -u ~/vimrc a.c",
    files: { vimrc: VIMRC.replace("ttymouse=sgr", "").replaceAll(/let.*\n/g, ""), "a.c": SOURCE },
    opens: "int main",
    steps: [
      type("/return\r", "/return"),
      type(`o${UNICODE} `, "INSERT"),
      keys("esc", (rows) => !rows.join("\n").includes("INSERT")),
      type("Vjjjd", "fewer lines"),
      type(":vsplit\r", /a\.c.{20}.*a\.c/),
      resize(100, 30, (rows) => rows.length === 30 && /a\.c.{20}.*a\.c/.test(rows[27] ?? "")),
      type(":set termguicolors\r:colorscheme desert\r", "desert")
    ],
    quit: typed(":qa!\r")
  },
  {
    tools: ["less"],
    command: "less -R colored.txt",
    files: { "colored.txt": COLORED },
    opens: "line 10 ",
    steps: [
      type(" ", "line 30"),
      type("/line 12\r", (rows) => rows[0]!.startsWith("line 120 ")),
      type("n", (rows) => rows[0]!.startsWith("line 121 ")),
      type("kkk", (rows) => rows[0]!.startsWith("line 118 ")),
      keys("up", (rows) => rows[0]!.startsWith("line 117 ")),
      resize(60, 18, (rows) => rows.length === 18 && rows[0]!.startsWith("line 117 ")),
      type("-N\r", (rows) => /^ +123 +line 117/.test(rows[0]!)),
      type("g", "漢字"),
      type("h", "HELP -- Press RETURN"),
      type("q", "漢字"),
      type("G", "END")
    ],
    quit: typed("q")
  },
  {
    tools: ["man"],
    command: "man ./talk.1",
    files: { "talk.1": MANUAL },
    opens: "SYNOPSIS",
    steps: [
      type("g", "NAME"),
      type(" ", "--option8 "),
      type("/option2\r", "option2"),
      resize(100, 30, (rows) => rows.length === 30 && rows[28]!.includes("talk.1 line 70/")),
      type("G", "(END)")
    ],
    quit: typed("q")
  },
  {
    tools: ["htop"],
    command: "htop -d 100",
    opens: "F10Quit",
    steps: [
      keys("f5", "F5List"),
      keys("f6", "Sort by"),
      keys("esc", "F10Quit"),
      keys("f3", "Search:"),
      type("htop", "htop"),
      keys("esc", "F10Quit"),
      keys("f2", "Categories"),
      keys("esc", "F10Quit"),
      resize(110, 30, (rows) => rows.length === 30 && rows[28]!.includes("F10Quit"))
    ],
    quit: typed("q")
  },
  {
    tools: ["top"],
    command: "top -d 60",
    inline: true,
    opens: "PID USER",
    steps: [
      type("z", (_, t) => t.cell(0, 9).fg !== "default"),
      type("t", /%Cpu\(s\):.*\[/),
      type("h", "to continue"),
      keys("esc", "PID USER"),
      resize(100, 30, (rows) => rows.length === 30 && rows.join("\n").includes("PID USER"))
    ],
    quit: typed("q")
  },
  {
    tools: ["fzf"],
    command: "seq 1 500 | fzf --multi --border --preview 'echo preview {}; seq 5'",
    opens: "preview 1",
    steps: [
      type("12", "preview 12"),
      keys("tab", "(1)"),
      keys("up tab", "(2)"),
      paste("5", "> 125"),
      resize(60, 18, (rows) => rows.length === 18 && rows[16]!.includes("─╯")),
      keys("ctrl+u", "500/500")
    ],
    quit: typed("\r")
  },
  {
    tools: ["tmux"],
    command: "tmux -L nested -f ~/tmux.conf new-session 'PS1=\"% \" bash --norc'",
    files: {
      "tmux.conf":
        "set -g assume-paste-time 0\nset -g status-right ''\nset -g mouse on\nset -g default-command \"PS1='% ' bash --norc\"\n",
      "colored.txt": COLORED
    },
    opens: /^%/m,
    steps: [
      type("head -12 colored.txt\r", "line 6 "),
      type("\x02%", "│%"),
      type('\x02"', /├─+/),
      type("seq 60\r", (rows) => rows.some((row) => /│60$/.test(row))),
      resize(110, 32, (rows) => rows.length === 32 && rows[30]!.startsWith("[0]")),
      type("\x02[", "[0/"),
      keys("pageup", /\[[1-9]\d*\/\d+\]$/m),
      type("q", (rows) => !/\[\d+\/\d+\]/.test(rows.join("\n"))),
      type("\x02:", (rows) => rows[30] === ":")
    ],
    quit: typed("kill-server\r")
  },
  {
    tools: ["nano"],
    command: "nano --syntax=c --linenumbers --mouse a.c",
    files: { "a.c": SOURCE },
    opens: "int main",
    steps: [
      type("\x17return\r", "return 100"),
      type(`${UNICODE} `, "end "),
      keys("ctrl+k ctrl+k", /a\.c \*/),
      resize(100, 30, (rows) => rows.length === 30 && rows[28]!.includes("^X")),
      keys("ctrl+g", "Main nano help text")
    ],
    quit: typed("\x18\x18n")
  },
  {
    tools: ["mc"],
    command: "mc --nosubshell ~/files ~/files",
    files: { "files/colored.txt": COLORED, "files/two.txt": "two\n" },
    opens: "10Quit",
    steps: [
      keys("down", "colored.txt"),
      keys("f9", "Left"),
      keys("down", "Listing format"),
      keys("esc esc", "10Quit"),
      keys("f3", "3Quit"),
      resize(100, 30, (rows) => rows.length === 30 && rows[28]!.includes("10Quit")),
      keys("f10", "8Delete"),
      resize(60, 16, (rows) => rows.length === 16 && rows[14]!.includes("1Help"))
    ],
    quit: (t) => t.keys("f10")
  },
  {
    tools: ["watch"],
    command: "watch --color --interval 60 head -20 colored.txt",
    files: { "colored.txt": COLORED },
    opens: "line 12",
    steps: [resize(100, 30, (rows) => rows.length === 30 && rows.join("\n").includes("line 14"))],
    quit: (t) => t.keys("ctrl+c")
  },
  {
    tools: ["dialog"],
    command: "dialog --menu 'Which one?' 15 50 6 a alpha b beta c 漢字",
    inline: true,
    opens: "Which one?",
    steps: [keys("down down", "漢字"), keys("tab", "Cancel"), resize(100, 30, (rows) => rows.length === 30)],
    quit: typed("\r")
  },
  {
    tools: ["git", "less"],
    command: "LESS=R git -c color.ui=always log --graph -p",
    opens: "commit",
    steps: [type(" ", ":"), resize(100, 30, (rows) => rows.length === 30 && rows[28]!.startsWith(":"))],
    quit: typed("q")
  },
  {
    tools: ["git"],
    command: "seq 3 12 >numbers; git -c color.ui=always add -p",
    inline: true,
    opens: "(1/1) Stage",
    steps: [type("?\r", "print help"), type("s\r", /Split|Sorry/)],
    quit: typed("q\r")
  },
  {
    tools: ["python3"],
    command: "python3 -q",
    inline: true,
    opens: ">>>",
    steps: [
      type(`'${UNICODE}'`, "end'"),
      keys("home right right right", "end'"),
      type("x\r", "漢字xかな"),
      type("[i * i for i in range(40)]\r", "1521]"),
      type("\x1b[A\x1b[A", "漢字xかな"),
      type("\r[*range(400)]\r", "399]")
    ],
    quit: (t) => t.keys("ctrl+d")
  },
  {
    tools: ["bash"],
    command: "PS1='% ' exec bash --norc",
    inline: true,
    opens: /^%$/m,
    steps: [
      type("printf '\\033[5 q'\r", (rows) => rows.filter((row) => row.startsWith("%")).length === 2),
      type("clear; tput cup 5 10; tput rev; echo rever''sed\r", "reversed"),
      type("\x1b[?", "%")
    ],
    quit: typed("\x15exit\r")
  },
  {
    tools: ["sqlite3"],
    command: "sqlite3 -box",
    inline: true,
    opens: "sqlite>",
    steps: [
      type("select 1 as one, '漢字' as two;\r", "└"),
      keys("up", /two;.*\n(?:.*\n)*.*two;/),
      keys("ctrl+a ctrl+k", /sqlite>$/m)
    ],
    quit: (t) => t.keys("ctrl+d")
  }
]

/** History for git: rows that highlight, longer than a screen. */
const REPOSITORY = `repository() (
  unset -f git
  git init -q -b trunk . && git config user.name T && git config user.email t@example.org
  for i in 1 2 3 4 5 6; do seq $i 9 >numbers; git add numbers; git commit -q -m "Change $i"; done
)
`

/** What EffectTalk itself asks of its terminal while its editor waits. */
const OWN_MODES = { ...INITIAL_MODES, alternateScreen: true, autoWrap: false, bracketedPaste: true }

const open = (program: Program, env: Readonly<Record<string, string>>): Promise<Terminal> =>
  effecttalk({
    rc: `${TEE_RC}\n${REPOSITORY}\n${program.tools[0]}() { tee_pty '. ~/program'; }`,
    env: { LESSCHARSET: "utf-8", ...env },
    files: program.files
  })

/** A session with a program, compared after each step; then it leaves, and nothing of it stays. */
const session = async (program: Program, env: Readonly<Record<string, string>>, depth: Depth): Promise<void> => {
  await using t = await open(program, env)
  using reference = new Reference(t)
  if (program.tools[0] === "git") await run(t, "repository")
  await ready(t)
  t.home.write("program", program.command)
  t.type(`${program.tools[0]}\r`)
  const agrees = () => (program.inline ? reference.agreesInline(t) : reference.agrees(t, depth))
  await t.waitFor(program.opens)
  await agrees()
  for (const { act, shows } of program.steps) {
    await act(t)
    await shown(t, shows)
    await agrees()
  }
  program.quit(t)
  await ready(t)
  expect(t.modes).toEqual(OWN_MODES)
  expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
  const block = await run(t, "echo cl''ean")
  expect(block.rows[0]).toBe("clean")
  const { x, y } = t.find("clean")
  expect(t.cell(x, y)).toMatchObject({ fg: "default", bg: "default", bold: false, inverse: false, underline: false })
  t.keys("ctrl+d")
  expect(await t.exit).toEqual({ code: 0, signal: null })
  expect(t.modes).toEqual(INITIAL_MODES)
  expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
}

describe("a full-screen program is painted as its own bytes say, live and resized, and leaves nothing behind", () => {
  for (const program of PROGRAMS)
    itWith([...program.tools, "script"], program.command, () =>
      session(program, { COLORTERM: "truecolor" }, "truecolor")
    )
})

/** A pane of tmux as a window whose last row, EffectTalk's own, is not there. */
const keyboardOf = (pane: Tmux): Keyboard => ({
  type: (text) => pane.type(text),
  keys: async (...names) => {
    const application = (await pane.format("#{keypad_cursor_flag}")) === "1"
    await pane.type(names.map((name) => encodeKey(name, application)).join(""))
  },
  paste: (text) => pane.type(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`),
  mouse: (event) => pane.type(encodeMouse(event)),
  resize: (cols, rows) => pane.resize(cols, rows - 1)
})

/**
 * The pane's picture, drawn again from tmux's own account of it. That tells nothing of what was erased behind the last
 * character of a row: those cells are invisible blanks here, of any background.
 */
const pictureOf = async (pane: Tmux, cols: number, rows: number): Promise<Emulator> => {
  const lines = await pane.styledScreen()
  const [x, y, visible] = (await pane.format("#{cursor_x} #{cursor_y} #{cursor_flag}")).split(" ").map(Number)
  const picture = new Emulator({ cols, rows })
  const untold = lines.map((_, row) => `\x1b[${row + 1}H${" ".repeat(cols)}`).join("")
  const drawn = lines.map((line, row) => `\x1b[${row + 1}H${line}`).join("")
  const bytes = `\x1b)0\x1b[8m${untold}\x1b[m${drawn}\x1b[m\x1b[${y! + 1};${x! + 1}H${visible === 1 ? "" : "\x1b[?25l"}`
  await new Promise<void>((resolve) => picture.write(bytes, resolve))
  return picture
}

/** Both sessions side by side: the same keys, in EffectTalk and in a bare pane. */
const beside = async (program: Program): Promise<void> => {
  const env = { COLORTERM: "truecolor", LESSCHARSET: "utf-8" }
  const files = { program: program.command, ...program.files }
  const words = ["env", "TERM=xterm-256color", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
  await using pane = await tmux({ files, cols: 80, rows: 23, program: [...words, "bash", "-c", ". ~/program"] })
  await using t = await effecttalk({ env, files })
  const other = keyboardOf(pane)
  const agree = async (shows: Shows) => {
    await shown(t, shows)
    await vi.waitFor(async () => {
      const { cols, rows } = t.emulator.xterm
      using picture = await pictureOf(pane, cols, rows - 1)
      const [mine, theirs] = [t.cursor, picture.cursor]
      expect(cellDifferences(picture, t.emulator, { cols, rows: rows - 1, onlyVisible: true })).toBe("")
      expect(mine.visible).toBe(theirs.visible)
      if (mine.visible) expect([mine.x, mine.y]).toEqual([theirs.x, theirs.y])
    }, WAIT)
  }
  await ready(t)
  t.type(`${program.command}\r`)
  await agree(program.opens)
  for (const { act, shows } of program.steps) {
    await act(t)
    await act(other)
    await agree(shows)
  }
}

describe("a full-screen program is painted as tmux paints it after the same keys", () => {
  for (const program of PROGRAMS.filter(({ tools }) => ["vim", "less", "man", "fzf", "nano"].includes(tools[0]!)))
    itWith([...program.tools, "tmux"], program.command, () => beside(program))
})

describe("a full-screen program on a terminal of fewer colours keeps those that it has and gets the nearest of others", () => {
  const depths: ReadonlyArray<readonly [Depth, string]> = [
    ["256", "xterm-256color"],
    ["16", "xterm-16color"]
  ]
  for (const [depth, term] of depths) {
    for (const program of PROGRAMS.filter(({ tools }) => ["vim", "less", "tmux"].includes(tools[0]!)))
      itWith([...program.tools, "script"], `${depth}: ${program.command}`, () =>
        session(program, { TERM: term }, depth)
      )
  }
})
