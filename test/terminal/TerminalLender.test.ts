import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { beforeAll, describe, expect, it } from "vitest"
import { TerminalLender } from "../../src/terminal/TerminalLender.ts"
import { INITIAL_MODES } from "../harness/Emulator.ts"
import { Home } from "../harness/Home.ts"
import { Terminal } from "../harness/Terminal.ts"

/**
 * Has the terminal and shows what it hears. `L` lends the terminal to the shell command in LENT, `I` gives that an input,
 * `q` ends, SIGTERM too.
 */
const PROGRAM = `
import { OuterTerminal } from "./OuterTerminal.ts"
import { TerminalLender } from "./TerminalLender.ts"
const terminal = new OuterTerminal({ stdin: process.stdin, stdout: process.stdout, process })
let refused = null
let heard = ""
let said = "-"
let interrupts = 0
let ignoring = false
const show = () => {
  const { columns, rows } = terminal.size
  terminal.write("\\x1b[2J\\x1b[Hours " + columns + "x" + rows + "\\x1b[2;1Hend: " + said + "\\x1b[3;1Hinterrupts: " + interrupts +
    "\\x1b[4;1Hheard:" + (heard + "$").match(/.{1,70}/g).join("\\r\\n"), () => {})
}
process.on("SIGINT", () => { if (!ignoring) interrupts++; show() })
const lender = new TerminalLender({
  terminal,
  process,
  refuseKeys: () => { refused = 0; return () => { const n = refused; refused = null; return n } },
  ignoreInterrupt: () => { ignoring = true; return () => { ignoring = false } }
})
const lend = (input, file = "sh") => {
  const program = { file, args: ["-c", process.env.LENT], cwd: process.cwd(), env: process.env, ...(input && { input }) }
  void lender.lend(program).then((end) => { said = JSON.stringify(end); show() })
}
function* lines() { for (let i = 0; i < 1e6; i++) yield "line " + i + "\\n" }
terminal.onData((bytes) => {
  for (const key of bytes.toString()) {
    if (refused !== null) { refused++; continue }
    if (key === "L") { heard = ""; lend() }
    else if (key === "I") lend(lines())
    else if (key === "X") lend(undefined, "no-such-program")
    else if (key === "q") process.exit(0)
    else heard += key
  }
  show()
})
terminal.onResume(show)
terminal.onResize(show)
process.on("SIGTERM", () => void lender.end().then(() => { terminal.close(); process.exit(143) }))
setInterval(() => {}, 1e9)
terminal.enter()
show()
`

let program = ""
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: PROGRAM,
      resolveDir: fileURLToPath(new URL("../../src/terminal", import.meta.url)),
      loader: "ts"
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm"
  })
  program = outputFiles[0]!.text
})

const place = (home: Home): string => {
  const file = `${home.path}/program.mjs`
  writeFileSync(file, program)
  return file
}

/** The program on its screen, which lends the terminal to the command `lent`. */
const start = async (home: Home, lent: string): Promise<Terminal> => {
  const t = new Terminal({ file: process.execPath, args: [place(home)] }, { home, env: { LENT: lent } })
  await t.waitFor("ours 80x24")
  return t
}

/** Text of which every piece tells its place: `a0001a0002…`. */
const numbered = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `a${String(index).padStart(4, "0")}`)

const heard = (t: Terminal): string => /heard:([^$]*)\$/.exec(t.screen().join(""))?.[1] ?? ""

describe("a lent terminal", () => {
  it("starts nothing that was asked for when EffectTalk ends meanwhile", async () => {
    using home = new Home()
    let taken = 0
    const terminal = { entered: true, quiet: async () => {}, giveAway: () => {}, takeBack: () => void taken++ }
    const lender = new TerminalLender({
      terminal,
      process,
      refuseKeys: () => () => 0,
      ignoreInterrupt: () => () => {}
    })
    const program = {
      file: "sh",
      args: ["-c", "echo >started; sleep 1000"],
      cwd: home.path,
      env: { ...process.env } as Record<string, string>
    }
    let ended: Promise<void> | undefined
    const end = await lender.lend({
      ...program,
      before: async () => {
        ended = lender.end()
      }
    })
    await ended
    expect(end._tag).toBe("Failed")
    expect(existsSync(`${home.path}/started`)).toBe(false)
    expect(taken).toBe(1)
    expect((await lender.lend(program))._tag).toBe("Failed")
  })

  const endings = { "a raw line": "", "a cooked line": "stty sane;" }
  for (const [name, last] of Object.entries(endings)) {
    it(`gives every key to the program until its end, and to us from there on, over ${name}`, async () => {
      using home = new Home()
      await using t = await start(home, `stty raw -echo; echo o''n; head -c 1500 >got; ${last}`)
      t.type("L")
      await t.waitFor("on")
      const keys = numbered(340)
      for (const key of keys) t.type(key)
      await t.waitFor(() => heard(t).endsWith(keys.at(-1)!))
      expect(home.read("got") + heard(t)).toBe(keys.join(""))
      expect(home.read("got")).toHaveLength(1500)
      await t.waitFor('end: {"_tag":"Ended","exitCode":0,"signal":null,"dropped":0}')
    })
  }

  it("keeps what is typed behind the key in the same read from everybody, and says how much", async () => {
    using home = new Home()
    await using t = await start(home, "stty raw -echo; echo o''n; head -c 3 >got")
    t.type("Lrm")
    await t.waitFor("on")
    t.type("xyz")
    await t.waitFor('"dropped":2}')
    expect(home.read("got")).toBe("xyz")
    expect(heard(t)).toBe("")
  })

  it("is ours again, in order, after a program that was killed in the middle", async () => {
    using home = new Home()
    const modes =
      "\\033[?1049h\\033[?1;5;69;1003;1006;1004;2004h\\033=\\033[5;9r\\033[?6h\\033[4h\\033[?25l\\033[5 q\\033(0"
    await using t = await start(home, `stty raw -echo; printf '${modes}'; echo $$ >pid; exec sleep 1000`)
    const before = { ...t.modes }
    t.type("L")
    await t.waitForFile(`${home.path}/pid`, "\n")
    await t.waitFor(() => t.modes.mouse === "any")
    process.kill(Number(home.read("pid")), "SIGKILL")
    await t.waitFor('end: {"_tag":"Ended","exitCode":null,"signal":"SIGKILL","dropped":0}')
    expect(t.modes).toEqual(before)
    expect(t.cursor.shape).toBe("block")
    rmSync(`${home.path}/pid`)
    t.type("L")
    await t.waitForFile(`${home.path}/pid`, "\n")
    await t.waitFor(() => t.modes.mouse === "any")
    process.kill(Number(home.read("pid")), "SIGKILL")
    await t.waitFor("ours")
    t.type("q")
    await t.exit
    expect(t.modes).toEqual(INITIAL_MODES)
  })

  it("has the line settings again that a killed program has changed", async () => {
    using home = new Home()
    await using t = await start(
      home,
      "stty -a >settings.$(ls settings* 2>/dev/null | wc -l); stty raw -echo; kill -9 $$"
    )
    t.type("L")
    await t.waitFor("SIGKILL")
    t.type("L")
    await t.waitFor(() => existsSync(`${home.path}/settings.1`))
    await t.waitFor("SIGKILL")
    expect(home.read("settings.1")).toBe(home.read("settings.0"))
  })

  it("carries key signals to the program, not to us", async () => {
    using home = new Home()
    await using t = await start(
      home,
      "trap 'echo i''nt' INT; trap 'echo q''uit' QUIT; echo o''n; read x; read x; read x; true"
    )
    t.type("L")
    await t.waitFor("on")
    t.keys("ctrl+c")
    await t.waitFor("int")
    t.keys("ctrl+\\")
    await t.waitFor("quit")
    t.type("\r\r\r")
    await t.waitFor('"exitCode":0')
    await t.waitFor("interrupts: 0")
    process.kill(t.pid, "SIGINT")
    await t.waitFor("interrupts: 1")
  })

  it("says why a program does not start, and stays ours", async () => {
    using home = new Home()
    await using t = await start(home, "")
    t.type("X")
    await t.waitFor('end: {"_tag":"Failed","problem":"no-such-program was not found on PATH"}')
    t.type("abc")
    await t.waitFor("heard:abc$")
  })

  it("gives an input at the program's pace, which it may leave", async () => {
    using home = new Home()
    await using t = await start(home, "head -n 3 >got; read key </dev/tty")
    t.type("I")
    await t.waitForFile(`${home.path}/got`, "line 2\n")
    t.type("\r")
    await t.waitFor('"exitCode":0')
    expect(home.read("got")).toBe("line 0\nline 1\nline 2\n")
    t.type("abc")
    await t.waitFor("heard:abc$")
  })

  it("has the size afterwards that its window was given meanwhile", async () => {
    using home = new Home()
    await using t = await start(home, "echo o''n; read x")
    t.type("L")
    await t.waitFor("on")
    t.resize(100, 30)
    t.type("\r")
    await t.waitFor("ours 100x30")
  })

  it("ends the program when we end", async () => {
    using home = new Home()
    await using t = await start(home, "printf '\\033[?1049h\\033[?1003h'; echo o''n; sleep 1000; true")
    t.type("L")
    await t.waitFor("on")
    t.kill("SIGTERM")
    expect(await t.exit).toMatchObject({ code: 143 })
    expect(t.modes).toEqual(INITIAL_MODES)
    await t.waitForNoProcesses()
  })

  const stops = {
    "by Ctrl+Z": (t: Terminal) => t.keys("ctrl+z"),
    // As programs do that read keys raw: only they themselves stop.
    "by itself": (t: Terminal) => process.kill(Number(readFileSync(`${t.home.path}/pid`, "utf8")), "SIGTSTP")
  }
  for (const [name, stop] of Object.entries(stops)) {
    it(`goes to the shell above with the program stopped ${name}, and back to both`, async () => {
      using home = new Home()
      await using t = new Terminal({ file: "bash" }, { home, env: { LENT: "echo $$ >pid; echo o''n; read x; read y" } })
      await t.waitFor("$ ")
      t.type(`${process.execPath} ${place(home)}\r`)
      await t.waitFor("ours 80x24")
      t.type("L")
      await t.waitFor("on")
      await t.waitForFile(`${home.path}/pid`, "\n")
      stop(t)
      await t.waitFor("Stopped")
      t.type("echo sh''ell; fg\r")
      await t.waitFor("shell")
      t.type("one\rtwo\r")
      await t.waitFor('end: {"_tag":"Ended","exitCode":0')
      expect(heard(t)).toBe("")
      t.type("abc")
      await t.waitFor("heard:abc$")
    })
  }
})
