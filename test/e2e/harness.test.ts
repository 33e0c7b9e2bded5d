import { existsSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { Emulator, INITIAL_MODES } from "../harness/Emulator.ts"
import { eventually } from "../harness/eventually.ts"
import { Home } from "../harness/Home.ts"
import { encodeKey } from "../harness/keys.ts"
import { processesOf } from "../harness/processes.ts"
import { Terminal, type TerminalOptions } from "../harness/Terminal.ts"
import { tmux } from "../harness/tmux.ts"
import { itWith } from "../harness/tools.ts"
import { Wire } from "../harness/Wire.ts"

// The harness is proved on programs we did not write: what it says about them is known.
const bash = (options: TerminalOptions = {}) => new Terminal({ file: "bash" }, options)
const sh = (script: string, options: TerminalOptions = {}) =>
  new Terminal({ file: "sh", args: ["-c", script] }, options)
const node = (script: string, options: TerminalOptions = {}) =>
  new Terminal({ file: process.execPath, args: ["-e", script] }, options)
/** A synchronised update that leaves a text on the first row, for printf. */
const update = (text: string) => `\\033[?2026h\\033[H\\033[K${text}\\033[?2026l`

describe("a program in a terminal", () => {
  it("is typed into and read from the screen", async () => {
    await using t = bash()
    await t.waitFor("$ ")
    t.type("echo $((40 + 2))\r")
    await t.waitFor(/^42$/m)
    expect(t.row(0)).toBe("$ echo $((40 + 2))")
    expect(t.cursor).toEqual({ x: 2, y: 2, visible: true, shape: "block" })
  })

  it("gets the size, a clean environment and directories of its own", async () => {
    await using t = bash({ cols: 100, rows: 30, rc: "export FROM_RC=1", env: { EXTRA: "2", LANG: undefined } })
    t.type('stty size; echo "$FROM_RC$EXTRA[$LANG$CI]"; ls -d $XDG_RUNTIME_DIR $TMPDIR\r')
    await t.waitFor(/^30 100$/m)
    await t.waitFor("12[]")
    await t.waitFor(t.home.runtimeDir)
    t.type("env\r")
    await t.waitFor(`EFFECTTALK_DATA_DIR=${t.home.dataDir}`)
    expect(t.screen().filter((row) => /^(npm_|VITEST|NODE)/.test(row))).toEqual([])
  })

  it("ends with an exit code or a signal's name", async () => {
    await using a = sh("exit 7")
    await using b = sh("kill -9 $$")
    expect(await a.exit).toEqual({ code: 7, signal: null })
    expect(await b.exit).toEqual({ code: null, signal: "SIGKILL" })
  })

  it("loses no byte of a program that prints and ends at once", async () => {
    const expected = Array.from({ length: 4000 }, (_, i) => `${i + 1}`)
    for (let run = 0; run < 10; run++) {
      await using t = sh("seq 1 4000", { scrollback: 5000 })
      await t.exit
      expect(t.primary()).toEqual(expected)
      expect(t.bytesSince()).toBe(expected.join("\r\n").length + 2)
    }
  })

  it("takes a flood larger than xterm's write buffer", async () => {
    await using t = sh("head -c 60000000 /dev/zero | tr '\\0' x; echo; echo END", { cols: 200 })
    await t.waitFor("END", { timeout: 60_000 })
    expect(t.bytesSince()).toBe(60_000_000 + "\r\nEND\r\n".length)
  }, 90_000)

  it("hears of a new size", async () => {
    await using t = bash()
    t.type("trap 'stty size' WINCH; echo re''ady\r")
    await t.waitFor("ready")
    t.resize(60, 15)
    await t.waitFor("15 60")
    expect(t.screen()).toHaveLength(15)
  })

  it("gets answers from the terminal, a mute one excepted", async () => {
    const ask = (query: string) => `printf '${query}'; IFS= read -rs -t 10 -n 6 a; printf '%q' "$a"; echo " asked"`
    const status = `stty -icanon -echo; ${ask("\\033[5n").replace("-n 6", "-n 4")}`
    await using t = new Terminal({ file: "bash", args: ["-c", status] })
    await t.waitFor("$'\\E[0n' asked")
    await using mute = new Terminal({ file: "bash", args: ["-c", status.replace("-t 10", "-t 0.1")] }, { mute: true })
    await mute.waitFor("'' asked")
    const color = `stty -icanon -echo; printf '\\033]11;?\\033\\\\'; IFS= read -rs -t 10 -d '\\' a; printf '%q' "$a"`
    await using dark = new Terminal(
      { file: "bash", args: ["-c", color] },
      { colors: { foreground: "rgb:ffff/ffff/ffff", background: "rgb:1111/2222/3333" } }
    )
    await dark.waitFor("]11;rgb:1111/2222/3333")
  })
})

describe("the emulated screen", () => {
  it("shows colours, attributes and widths by cell", async () => {
    await using t = sh("printf '\\033[1;31mR\\033[0m\\033[38;2;1;2;3;48;5;200;7;4mX\\033[0m你🚀e\\314\\201'; sleep 60")
    await t.waitFor("🚀e\u0301")
    expect(t.cell(0, 0)).toMatchObject({ char: "R", width: 1, fg: 1, bg: "default", bold: true, inverse: false })
    expect(t.cell(1, 0)).toMatchObject({
      char: "X",
      fg: "#010203",
      bg: 200,
      bold: false,
      inverse: true,
      underline: true
    })
    expect(t.cell(2, 0)).toMatchObject({ char: "你", width: 2 })
    expect(t.cell(3, 0)).toMatchObject({ char: "", width: 0 })
    expect(t.find("e\u0301")).toEqual({ x: 6, y: 0 })
    expect(t.cell(6, 0)).toMatchObject({ char: "e\u0301", width: 1 })
    expect(() => t.cell(80, 0)).toThrow(RangeError)
  })

  it("knows the modes, the cursor's look, the title, bells and the clipboard", async () => {
    const on =
      "\\033[?1049h\\033[?2004h\\033[?1h\\033[?1003;1006h\\033[?1004h\\033[?7l\\033[?25l\\033[4 q\\033[>1u\\033[>4;2m"
    const off =
      "\\033[?1049l\\033[?2004l\\033[?1l\\033[?1003;1006l\\033[?1004l\\033[?7h\\033[?25h\\033[0 q\\033[<u\\033[>4m"
    await using t = sh(`printf '${on}\\033]2;hi\\007\\033]52;c;aGVsbG8=\\007\\a.'; read x; printf '${off}done'; read x`)
    expect(t.modes).toEqual(INITIAL_MODES)
    await t.waitFor(".")
    expect(t.modes).toEqual({
      ...INITIAL_MODES,
      alternateScreen: true,
      applicationCursor: true,
      autoWrap: false,
      bracketedPaste: true,
      focusEvents: true,
      mouse: "any",
      mouseSgr: true,
      kittyKeyboard: 1,
      modifyOtherKeys: 2
    })
    expect(t.cursor).toMatchObject({ visible: false, shape: "underline" })
    expect({ title: t.title, bells: t.emulator.bells, clipboard: t.emulator.clipboard }).toEqual({
      title: "hi",
      bells: 1,
      clipboard: ["hello"]
    })
    t.type("\r")
    await t.waitFor("done")
    expect(t.modes).toEqual(INITIAL_MODES)
    expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
  })

  it("shows every synchronised update, and none in part, however the bytes arrive", async () => {
    // In two pieces, cut inside and in the middle of its own first sequence; then three at once.
    const pieces = ["start \\033[?20", "26hhalf", " whole\\033[?2026l", ["one", "two", "three"].map(update).join("")]
    const script = pieces.map((piece) => `printf '${piece}'; read x`).join("; ")
    await using t = sh(`stty -echo; ${script}`)
    const seen = new Set<string>()
    const last = t.waitFor(() => {
      seen.add(t.row(0))
      return t.row(0) === "three"
    })
    for (const piece of pieces) {
      const bytes = piece.replaceAll("\\033", "\x1b")
      await eventually(() => expect(t.outputSince().endsWith(bytes)).toBe(true))
      t.type("\r")
    }
    await last
    expect([...seen].filter((row) => row !== "")).toEqual(["start", "start half whole", "one", "two", "three"])
  })

  it("is the one that was waited for when the wait is over, whatever has come since", async () => {
    const updates = Array.from({ length: 20 }, (_, index) => `picture ${index}`)
    await using t = sh(`printf '${updates.map(update).join("")}'; read x`)
    // As a helper of a helper waits.
    const shown = async (text: string) => {
      await (async () => await t.waitFor(text))()
      return t.row(0)
    }
    for (const text of updates) expect(await shown(text)).toBe(text)
  })

  it("keeps the primary screen beside the alternate one", async () => {
    await using t = sh("seq 1 40; printf '\\033[?1049hother'; read x")
    await t.waitFor("other")
    expect(t.screen()[0]).not.toContain("40")
    expect(t.primary().slice(0, 40)).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}`))
  })
})

describe("keys, pastes and the mouse", () => {
  it("are encoded as xterm does", () => {
    const cases: Array<[string, string]> = [
      ["a", "a"],
      ["enter", "\r"],
      ["ctrl+c", "\x03"],
      ["ctrl+\\", "\x1c"],
      ["ctrl+space", "\0"],
      ["alt+b", "\x1bb"],
      ["alt+enter", "\x1b\r"],
      ["ctrl+alt+a", "\x1b\x01"],
      ["up", "\x1b[A"],
      ["ctrl+left", "\x1b[1;5D"],
      ["shift+tab", "\x1b[Z"],
      ["delete", "\x1b[3~"],
      ["shift+pageup", "\x1b[5;2~"],
      ["f1", "\x1bOP"],
      ["f5", "\x1b[15~"]
    ]
    expect(cases.map(([name]) => [name, encodeKey(name)])).toEqual(cases)
    expect(encodeKey("up", true)).toBe("\x1bOA")
    expect(encodeKey("ctrl+up", true)).toBe("\x1b[1;5A")
    expect(() => encodeKey("ctrl+enterr")).toThrow("unknown key")
  })

  it("reach readline, which asked for bracketed paste", async () => {
    await using t = bash()
    await t.waitFor(() => t.modes.bracketedPaste)
    t.paste("echo one\necho two\n")
    await t.waitFor("echo two")
    t.keys("ctrl+a", "#", "enter")
    t.type("echo th''ree\r")
    await t.waitFor("three")
    expect(t.screen().filter((row) => /^(one|two)$/.test(row))).toEqual(["two"])
  })

  it("are sent as mouse and focus reports only when asked for", async () => {
    const report = "process.stdin.setRawMode(true).on('data', d => console.log(JSON.stringify(String(d))))"
    await using plain = node(`${report}; console.log('ready')`)
    await plain.waitFor("ready")
    expect(plain.mouse({ action: "press", x: 0, y: 0 })).toBe(false)
    expect(plain.focus(true)).toBe(false)
    await using t = node(`${report}; process.stdout.write('\\x1b[?1000;1004;1006h'); console.log('ready')`)
    await t.waitFor("ready")
    expect(t.mouse({ action: "press", x: 4, y: 2 })).toBe(true)
    await t.waitFor("[<0;5;3M")
    expect(t.focus(false)).toBe(true)
    await t.waitFor("[O")
  })
})

describe("waiting", () => {
  it("shows the screen when time is up", async () => {
    await using t = sh("echo what there is; sleep 60")
    await t.waitFor("there")
    await expect(t.waitFor("never", { timeout: 50 })).rejects.toThrow(
      /50 ms went by.*"never"[\s\S]*│what there is[\s\S]*running/
    )
  })

  it("does not wait for the dead", async () => {
    await using t = sh("echo last words; exit 3")
    await expect(t.waitFor("never")).rejects.toThrow(/ended \(exit code 3\)[\s\S]*│last words/)
  })

  it("fails with the error of its condition", async () => {
    await using t = sh("echo hi; sleep 60")
    await expect(t.waitFor(() => t.find("nowhere").x === 0)).rejects.toThrow("not on the screen")
  })

  it("counts the bytes of what came after a mark", async () => {
    await using t = node(
      "process.stdin.setRawMode(true).on('data', () => process.stdout.write('é!'));console.log('go')"
    )
    await t.waitFor("go")
    const mark = t.mark()
    t.type("x")
    await t.waitFor("é!")
    expect(t.bytesSince(mark)).toBe(3)
    expect(t.outputSince(mark)).toBe("é!")
  })
})

describe("ends", () => {
  it("leave no process and no file, whatever the test did", async () => {
    let home = ""
    let left: () => ReadonlyArray<unknown> = () => []
    const failing = async () => {
      await using t = bash({ rc: "(setsid sleep 300 &) ; nohup sleep 300 >/dev/null 2>&1 & trap '' TERM HUP" })
      home = t.home.root
      left = () => t.processes()
      await t.waitFor("$ ")
      expect(left().length).toBeGreaterThanOrEqual(3)
      throw new Error("the test failed")
    }
    await expect(failing()).rejects.toThrow("the test failed")
    expect(left()).toEqual([])
    expect(existsSync(home)).toBe(false)
  })

  it("come with a home to what outlives its terminal, a daemon too", async () => {
    let path = ""
    {
      using home = new Home()
      path = home.path
      await using t = sh("setsid sleep 300 & echo up; read x", { home })
      await t.waitFor("up")
    }
    await eventually(() => expect(processesOf(path)).toEqual([]))
  })

  it("come as a hang-up when the window is closed", async () => {
    await using t = new Terminal({
      file: "bash",
      args: ["-c", "trap 'exit 5' HUP; echo ready; until read x; do :; done"]
    })
    await t.waitFor("ready")
    // It may read the end of its input before it hears why.
    t.hangUp()
    expect(await t.exit).toEqual({ code: 5, signal: null })
    await t.waitForNoProcesses()
  })

  it("name the processes that stay", async () => {
    await using t = sh("setsid sh -c 'echo up; exec sleep 300' & read x")
    await t.waitFor("up")
    t.type("\r")
    await t.exit
    await expect(t.waitForNoProcesses(100)).rejects.toThrow(/still running[\s\S]*sleep 300/)
  })

  it("can be followed by a new start in the same home", async () => {
    await using t = bash()
    await t.waitFor("$ ")
    t.type("echo kept > ~/note; exit\r")
    await using again = await t.restart({ args: ["-c", "cat ~/note; read x"], cols: 40 })
    await again.waitFor("kept")
    expect(again.screen()).toHaveLength(24)
    expect(again.home).toBe(t.home)
  })

  it("leave a shared home to its owner", async () => {
    using home = new Home({ files: { "a/b": "text" } })
    {
      await using t = sh("cat ~/a/b; read x", { home })
      await t.waitFor("text")
    }
    expect(home.read("a/b")).toBe("text")
  })
})

describe("full-screen programs", () => {
  itWith(["vim"], "vim edits a file in the alternate screen", async () => {
    await using t = new Terminal({ file: "vim", args: ["-u", "NONE", "-N", "note"] }, { rows: 12 })
    await t.waitFor((rows) => t.modes.alternateScreen && rows[1] === "~")
    t.type("ihello")
    t.keys("esc")
    await t.waitFor((rows) => rows[0] === "hello" && t.cursor.x === 4)
    t.type(":wq\r")
    expect(await t.exit).toEqual({ code: 0, signal: null })
    expect(t.home.read("note")).toBe("hello\n")
    expect(t.modes).toEqual(INITIAL_MODES)
  })

  itWith(["less"], "less scrolls by application cursor keys and shows inverse cells", async () => {
    await using t = sh("seq 1 100 | less -X", { rows: 10 })
    await t.waitFor((rows) => rows[9] === ":")
    t.keys("down", "down")
    await t.waitFor((rows) => rows[0] === "3")
    t.type("G")
    await t.waitFor("(END)")
    expect(t.cell(t.find("(END)").x, 9).inverse).toBe(true)
    t.type("q")
    expect(await t.exit).toEqual({ code: 0, signal: null })
  })

  itWith(["tmux"], "tmux is a second emulator", async () => {
    await using m = await tmux({ program: ["bash"], cols: 60, rows: 15 })
    await m.waitFor("$")
    await m.type("echo $((40+2)); stty size\r")
    await m.waitFor(/^42\n15 60$/m)
    await m.resize(50, 12)
    await m.type("stty size\r")
    await m.waitFor("12 50")
    await m.type("cat -v")
    await m.keys("enter", "f5", "enter")
    await m.waitFor("^[[15~")
    expect(await m.format("#{alternate_on} #{pane_width}")).toBe("0 50")
    await expect(m.format("#{")).resolves.toBeDefined()
  })
})

describe("the emulator alone", () => {
  it("is fed bytes without any process", async () => {
    const emulator = new Emulator({ cols: 10, rows: 2 })
    await new Promise<void>((resolve) => emulator.write(Buffer.from("a\x1b[7mb\r\nc"), resolve))
    expect(emulator.screen()).toEqual(["ab", "c"])
    expect(emulator.cell(1, 0).inverse).toBe(true)
  })
})

describe("a link", () => {
  it("brings what is sent in its order, however late each of it is", async () => {
    const late = [30, 0, 10, 0, 0]
    const wire = new Wire(0, () => late.shift() ?? 0)
    const came: Array<number> = []
    for (const each of [0, 1, 2, 3, 4]) wire.send(() => came.push(each))
    expect(came).toEqual([])
    await eventually(() => expect(came).toEqual([0, 1, 2, 3, 4]))
    // At once, where there is nothing to wait for.
    wire.send(() => came.push(5))
    expect(came.at(-1)).toBe(5)
  })
})
