import { describe } from "vitest"
import { sshToHere } from "../../harness/sshd.ts"
import { itWith } from "../../harness/tools.ts"
import { keys, nameOf, type Program, resize, type Shows, session, type, typed, widerTo, write } from "./session.ts"
import { aptConfig, COLORED, MENU, REPOSITORY, SLOW_DPKG, SPINNER, UNICODE } from "./texts.ts"

/** A window of other columns and rows, for programs that say nothing to it. */
const wider = resize(100, 30)

/** The menu's item that stands in reverse. */
const marked =
  (item: string): Shows =>
  (_, t) => {
    const place = t.emulator.find(item)
    return place !== undefined && t.cell(place.x, place.y).inverse
  }

/** What dialog draws in the colours of its choice. */
const chosen =
  (item: string): Shows =>
  (_, t) => {
    const place = t.emulator.find(item)
    return place !== undefined && t.cell(place.x, place.y).bg === 4
  }

const PROGRAMS: ReadonlyArray<Program> = [
  {
    tools: ["top"],
    command: "top -d 60",
    inline: true,
    scrolls: true,
    opens: "PID USER",
    steps: [
      type("z", (_, t) => t.cell(0, 9).fg !== "default"),
      type("t", /%Cpu\(s\):.*\[/),
      type("h", "to continue"),
      keys("esc", "PID USER"),
      widerTo(/^%Cpu.*\[.{60,}\]$/)
    ],
    quit: typed("q")
  },
  {
    tools: ["dialog"],
    command: "dialog --menu 'Which one?' 15 50 6 a alpha b beta c 漢字",
    inline: true,
    opens: "Which one?",
    steps: [keys("down down", chosen("漢字")), keys("tab", chosen("<Cancel>")), widerTo(/─{60}/)],
    quit: typed("\r")
  },
  {
    tools: ["git"],
    command: "seq 3 12 >numbers; git -c color.ui=always add -p",
    files: { repository: REPOSITORY },
    before: "bash repository",
    inline: true,
    scrolls: true,
    opens: "(1/1) Stage",
    steps: [type("?\r", "print help"), type("s\r", /Split|Sorry/)],
    quit: typed("q\r")
  },
  {
    tools: ["python3"],
    command: "python3 -q",
    inline: true,
    scrolls: true,
    opens: ">>>",
    steps: [
      type(`'${UNICODE}'`, "end'"),
      keys("home right right right", (_, t) => t.cursor.x === 9),
      type("x\r", "漢字xかな"),
      type("[i * i for i in range(40)]\r", "1521]"),
      type("\x1b[A\x1b[A", (rows, t) => rows[t.cursor.y]!.includes("漢字xかな")),
      type("\r[*range(400)]\r", "399]")
    ],
    quit: (t) => t.keys("ctrl+d")
  },
  {
    tools: ["bash"],
    command: "PS1='% ' exec bash --norc",
    inline: true,
    scrolls: true,
    opens: /^%$/m,
    steps: [
      type("printf '\\033[5 q'\r", (rows) => rows.filter((row) => row.startsWith("%")).length === 2),
      type("clear; tput cup 5 10; tput rev; echo rever''sed\r", "reversed")
    ],
    quit: typed("\x15exit\r")
  },
  {
    tools: ["sqlite3"],
    command: "sqlite3 -box",
    inline: true,
    scrolls: true,
    opens: "sqlite>",
    steps: [
      type("select 1 as one, '漢字' as two;\r", "└"),
      keys("up", /two;.*\n(?:.*\n)*.*two;/),
      keys("ctrl+a ctrl+k", /sqlite>$/m)
    ],
    quit: (t) => t.keys("ctrl+d")
  },
  {
    tools: ["node"],
    command: "node",
    inline: true,
    scrolls: true,
    opens: /^>$/m,
    steps: [
      type(`'${UNICODE}'.length`, "length"),
      type("\r1 + 4", /^> 1 \+ 4\n5$/m),
      keys("enter", /^> 1 \+ 4\n5\n>$/m),
      type("[...Array(300).keys()]\r", "more items"),
      wider,
      type("proc\t", "process"),
      keys("ctrl+u up", (rows, t) => rows[t.cursor.y]!.includes("Array(300)"))
    ],
    quit: typed("\x15.exit\r")
  },
  {
    tools: ["gdb"],
    command: "gdb -q -nx",
    inline: true,
    scrolls: true,
    opens: "(gdb)",
    steps: [
      type("print 6*7\r", "$1 = 42"),
      type(`print "${UNICODE}"\r`, "$2 = "),
      keys("up up", (rows, t) => rows[t.cursor.y] === "(gdb) print 6*7"),
      keys("ctrl+a ctrl+k", /^\(gdb\)$/m),
      type("help\r", "--Type <RET>"),
      type("q\r", /^Quit\n\(gdb\)$/m),
      wider,
      type("info lin\t", "(gdb) info line")
    ],
    quit: typed("\x15quit\r")
  },
  {
    tools: ["ssh", "ssh-keygen", "sshd"],
    name: "ssh localhost",
    command: (home) => `${sshToHere(home)} -t 'cd; PS1="% " exec bash --norc'`,
    files: { "colored.txt": COLORED },
    inline: true,
    scrolls: true,
    opens: /^%$/m,
    steps: [
      type("stty size\r", "20 80"),
      type("head -5 colored.txt\r", "@ @"),
      resize(100, 30),
      type("stty size\r", "26 100"),
      type("clear\r", (rows) => !rows.join("\n").includes("stty"))
    ],
    quit: typed("exit\r")
  },
  {
    tools: ["stty"],
    command: "stty size; stty -a; read x; stty size; stty raw -echo; printf 'one\\ntwo'; dd bs=1 count=1 status=none",
    inline: true,
    opens: "speed",
    steps: [resize(100, 30), type("\r", /^26 100\none\n {3}two$/m)],
    quit: typed("x")
  },
  {
    tools: ["tput"],
    name: "a menu of tput",
    command: "echo Which one?; . ~/menu",
    files: { menu: MENU },
    inline: true,
    opens: "delta",
    steps: [
      type("j", marked("漢字")),
      type("k", marked("alpha")),
      type("k", marked("delta")),
      wider,
      type("k", marked("gamma"))
    ],
    quit: typed("\r")
  },
  {
    tools: ["bash"],
    name: "a spinner, a bar and three bars",
    command: ". ~/spinner",
    files: { spinner: SPINNER },
    inline: true,
    opens: "⠋ resolving",
    steps: [
      type("n", "⠙"),
      type("n", "⠹"),
      wider,
      type("n", "⠸"),
      type("n", "25%"),
      type("nn", "75%"),
      type("nn", "bar 3: 1 of 3"),
      resize(60, 18),
      type("n", "bar 3: 2 of 3"),
      type("n", "bar 3: 3 of 3")
    ],
    quit: typed("n")
  },
  {
    tools: ["reset"],
    command: "printf '\\033[31mred \\033(0qqq\\033[?25l\\033[3;5r'; reset; echo after; read x",
    inline: true,
    opens: /^after$/m,
    steps: [wider],
    quit: typed("\r")
  },
  {
    tools: ["script"],
    command: "script -q ~/typescript -c 'PS1=\"% \" bash --norc'",
    inline: true,
    opens: /^%$/m,
    steps: [
      type("tput setaf 3; tty\r", "/dev/pts"),
      wider,
      type("\x0c", (rows) => rows.filter((row) => row !== "").length <= 4)
    ],
    quit: typed("exit\r")
  },
  {
    tools: ["fzf"],
    command: "echo above; seq 100 | fzf --height 40%",
    inline: true,
    opens: "100/100",
    steps: [type("5", "19/100"), keys("up", /^> 50/m), widerTo(/─{85}/), type("0", "1/100"), keys("ctrl+u", "100/100")],
    quit: typed("\r")
  },
  {
    tools: ["fzf"],
    command: "echo above; seq 7 | fzf --height=~50% --layout=reverse --border",
    inline: true,
    opens: "7/7",
    steps: [keys("down down", /> 3 /), type("5", "1/7"), widerTo(/─{85}/), keys("ctrl+u", "7/7")],
    quit: (t) => t.keys("esc")
  },
  {
    tools: ["less"],
    command: "less -RX colored.txt",
    files: { "colored.txt": COLORED },
    inline: true,
    scrolls: true,
    opens: "line 10 ",
    steps: [
      type(" ", "line 30"),
      type("/line 12\r", "line 130"),
      type("k", "line 119"),
      widerTo(/^line 143 /),
      type("G", "END")
    ],
    quit: typed("q")
  },
  {
    tools: ["npm"],
    name: "npm install, offline",
    command: "cd pkg; npm_config_update_notifier=false npm install --offline --no-audit --no-fund ../dep-1.0.0.tgz",
    files: {
      "dep/package.json": `{"name":"dep","version":"1.0.0","scripts":{"postinstall":"until [ -e ~/go ]; do sleep 0.05; done"}}`,
      "pkg/package.json": `{"name":"pkg","version":"1.0.0"}`
    },
    before: "command npm pack -s ./dep",
    inline: true,
    opens: /^ ?[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]$/m,
    steps: [wider],
    quit: async (t) => {
      t.home.write("go", "")
      await t.waitFor("added 1 package")
    }
  },
  {
    tools: ["apt-get", "dpkg-deb"],
    name: "apt-get install with its progress bar",
    command: (home) => {
      home.write("apt.conf", aptConfig(home.path))
      return "APT_CONFIG=~/apt.conf apt-get -y install ./demo.deb"
    },
    files: {
      dpkg: SLOW_DPKG,
      "demo/DEBIAN/control":
        "Package: et-demo\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: demo\n"
    },
    before:
      "chmod +x dpkg; mkdir -p state/lists/partial cache/archives/partial; cp /var/lib/dpkg/status .; dpkg-deb -b demo demo.deb",
    inline: true,
    scrolls: true,
    opens: /^Progress: \[/m,
    steps: [
      write("unpack", "Unpacking"),
      resize(100, 30, (rows) => /^Progress: \[/.test(rows[27] ?? "")),
      write("configure", "Setting up")
    ],
    quit: (t) => t.home.write("end", "")
  }
]

describe("a program in its block is painted as its own bytes say, live and resized, and freezes to its last picture", () => {
  for (const program of PROGRAMS)
    itWith([...program.tools, "script"], nameOf(program), () =>
      session(program, { COLORTERM: "truecolor" }, "truecolor")
    )
})
