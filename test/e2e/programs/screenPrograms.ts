import { SSH_TOOLS, sshToHere } from "../../harness/sshd.ts"
import { click, keys, type Program, paste, resize, type, typed } from "./session.ts"
import { COLORED, MANUAL, REPOSITORY, SOURCE, UNICODE, VIMRC } from "./texts.ts"

/** Programs that take the alternate screen. */
export const SCREEN_PROGRAMS: ReadonlyArray<Program> = [
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
      // Said aloud, it would tell how many seconds ago the lines went: not the same ones in two sessions.
      type(":silent undo\r", (rows) => /\/\* An example/.test(rows[0] ?? "")),
      type(":vsplit\r", /a\.c.{20}.*a\.c/),
      type(":split\r\x06", (rows) => !/^ +1 /.test(rows[0] ?? "")),
      resize(100, 30, (rows) => /a\.c.{20}.*a\.c/.test(rows[27] ?? "")),
      click(70, 20, "21,19"),
      type("R", "REPLACE"),
      keys("esc", (rows) => !rows.join("\n").includes("REPLACE")),
      type(":set termguicolors nonumber | colorscheme desert\r", (rows) => /\|\/\* An example/.test(rows[0] ?? "")),
      resize(60, 16, (rows) => rows[13]!.includes("21,18"))
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
      resize(100, 30, (rows) => /a\.c.{20}.*a\.c/.test(rows[27] ?? "")),
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
      resize(60, 18, (rows) => rows[0]!.startsWith("line 117 ") && rows[16] === ":"),
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
      type(" ", "--option8 "),
      type("/option2\r", (rows) => rows[0]!.includes("--option20 ")),
      resize(100, 30, (rows) => rows[28]!.includes("talk.1 line 70/")),
      type("G", "(END)"),
      type("g", "SYNOPSIS")
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
      resize(110, 30, (rows) => rows[28]!.includes("F10Quit"))
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
      resize(60, 18, (rows) => rows[16]!.includes("─╯")),
      keys("ctrl+u", "500/500")
    ],
    quit: typed("\r")
  },
  {
    tools: ["tmux"],
    command: "tmux -S ~/nested -f ~/tmux.conf new-session 'PS1=\"% \" bash --norc'",
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
      resize(110, 32, (rows) => rows[30]!.startsWith("[0]")),
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
      type("\x17return\r", (rows, t) => rows[t.cursor.y]!.slice(t.cursor.x).startsWith("return 100")),
      type(`${UNICODE} `, "end "),
      keys("ctrl+k ctrl+k", (rows) => !rows.join("\n").includes("return 101")),
      resize(100, 30, (rows) => rows[28]!.includes("^X")),
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
      keys("down", /│ ?colored\.txt {10,}│/),
      keys("f9", (_, t) => t.cell(3, 0).bg !== t.cell(13, 0).bg),
      keys("down", "Listing format"),
      keys("esc esc", (rows) => !rows.join("\n").includes("Listing format")),
      keys("f3", "3Quit"),
      resize(100, 30, (rows) => rows[28]!.includes("10Quit")),
      keys("f10", "8Delete"),
      resize(60, 16, (rows) => rows[14]!.includes("8De~te"))
    ],
    quit: (t) => t.keys("f10")
  },
  {
    tools: ["watch"],
    command: "watch --color --interval 60 head -20 colored.txt",
    files: { "colored.txt": COLORED },
    opens: "line 12",
    steps: [resize(100, 30, (rows) => rows[0]!.length > 80)],
    quit: (t) => t.keys("ctrl+c")
  },
  {
    tools: ["git", "less"],
    command: "LESS=R git -c color.ui=always log --graph -p",
    files: { repository: REPOSITORY },
    before: "bash repository",
    opens: "commit",
    steps: [type(" ", "Change 4"), resize(100, 30, (rows) => rows[28]!.startsWith(":"))],
    quit: typed("q")
  },
  {
    tools: ["screen"],
    command: "mkdir -m 700 ~/sockets; SCREENDIR=~/sockets screen -c ~/screenrc",
    files: {
      screenrc:
        "startup_message off\nvbell off\ndefutf8 on\nterm screen-256color\nshell $HOME/shell\nhardstatus alwayslastline '%w'\n",
      shell: "#!/bin/sh\nPS1='% ' exec bash --norc\n",
      "colored.txt": COLORED
    },
    before: "chmod +x ~/shell",
    opens: /^%/m,
    steps: [
      type("head -12 colored.txt\r", "line 6 "),
      type("\x01c", (rows) => /1\*?.*shell/.test(rows[22] ?? "") && /^%$/.test(rows[0] ?? "")),
      type("less -R colored.txt\r", "line 10 "),
      resize(100, 30, (rows) => /1\*?.*shell/.test(rows[28] ?? "")),
      type("q", (rows) => /^%$/m.test(rows.join("\n"))),
      type("\x01S", (rows) => /1 shell/.test(rows[13] ?? "")),
      type("\x01\x1b", "Copy mode"),
      keys("esc", (rows) => !rows.join("\n").includes("Copy mode"))
    ],
    quit: typed("\x01:quit\r")
  },
  {
    tools: [...SSH_TOOLS, "vim"],
    name: "ssh localhost vim",
    command: (home) => `${sshToHere(home)} -t 'cd; vim -u ~/vimrc a.c'`,
    files: { vimrc: VIMRC, "a.c": SOURCE },
    opens: "int main",
    steps: [
      type("/return\r", "10,19-26"),
      type(`O${UNICODE} `, "INSERT"),
      resize(100, 30, (rows) => /10,\d+/.test(rows[28] ?? "")),
      keys("esc", (rows) => !rows.join("\n").includes("INSERT"))
    ],
    quit: typed(":qa!\r")
  },
  {
    tools: ["gdb"],
    name: "gdb with its source window",
    command: "gdb -q -nx -ex 'set confirm off' -ex 'layout asm'",
    opens: "No Assembly Available",
    steps: [
      type("print 6*7\r", "$1 = 42"),
      type(`print "${UNICODE}"\r`, "$2 = "),
      resize(100, 30, (rows) => rows[0]!.length > 80),
      keys("ctrl+x o", (_, t) => !t.cell(0, 0).bold)
    ],
    quit: typed("quit\r")
  }
]
