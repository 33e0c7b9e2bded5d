import { EventEmitter } from "node:events"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { beforeAll, describe, expect, it } from "vitest"
import { DEFAULT_INPUT_MODES } from "../../src/terminal/inputModes.ts"
import { OuterTerminal } from "../../src/terminal/OuterTerminal.ts"
import { stopped } from "../harness/blocks.ts"
import { Emulator, INITIAL_MODES } from "../harness/Emulator.ts"
import { Home } from "../harness/Home.ts"
import { Terminal } from "../harness/Terminal.ts"

class FakeInput extends EventEmitter {
  isTTY = true
  raw = false
  rawCalls: Array<boolean> = []
  setRawMode(on: boolean) {
    this.raw = on
    this.rawCalls.push(on)
  }
  resume() {}
  pause() {}
}

class FakeOutput extends EventEmitter {
  readonly fd = 1
  columns = 80
  rows = 24
  failWith: Error | null = null
  written: Array<string> = []
  write(data: string, done: (error?: Error | null) => void): boolean {
    this.written.push(data)
    done(this.failWith)
    return true
  }
}

class FakeProcess extends EventEmitter {
  readonly pid = 42
  readonly kills: Array<string> = []
  kill(_pid: number, signal: string) {
    this.kills.push(signal)
  }
}

/** An OuterTerminal on fakes; everything it writes, by either way, is parsed by `emulator`. */
const terminal = (writeNow?: (fd: number, data: string) => void) => {
  const stdin = new FakeInput()
  const stdout = new FakeOutput()
  const host = new FakeProcess()
  const emulator = new Emulator()
  const errors: Array<unknown> = []
  const outer = new OuterTerminal({
    stdin,
    stdout,
    process: host,
    writeNow: writeNow ?? ((_fd, data) => void stdout.written.push(data))
  })
  outer.onClosed((cause) => errors.push(cause))
  let parsed = 0
  const modes = async () => {
    for (; parsed < stdout.written.length; parsed++) emulator.write(stdout.written[parsed]!)
    await new Promise<void>((resolve) => emulator.write("", resolve))
    return { ...emulator.modes, cursor: emulator.cursor.visible, shape: emulator.cursor.shape, title: emulator.title }
  }
  const untouched = { ...INITIAL_MODES, cursor: true, shape: "block", title: "" }
  return { outer, stdin, stdout, host, emulator, errors, modes, untouched }
}

describe("enter and restore", () => {
  it("takes the terminal and gives it back as it was", async () => {
    const { outer, stdin, modes, untouched } = terminal()
    outer.enter()
    expect(await modes()).toEqual({ ...untouched, alternateScreen: true, autoWrap: false, bracketedPaste: true })
    expect(stdin.raw).toBe(true)
    outer.restore()
    expect(await modes()).toEqual(untouched)
    expect(stdin.raw).toBe(false)
  })

  it("takes back whatever was set in between, once", async () => {
    const { outer, modes, untouched, stdout } = terminal()
    outer.enter()
    outer.write(`\x1b[?25l${outer.cursorShape("bar", true)}`, () => {})
    outer.setOwnModes({ mouse: "drag", mouseEncoding: "sgr", sendFocus: true })
    outer.mirror({ ...DEFAULT_INPUT_MODES, applicationCursorKeys: true, applicationKeypad: true, mouse: "any" })
    expect(await modes()).toMatchObject({
      applicationCursor: true,
      applicationKeypad: true,
      mouse: "any",
      cursor: false
    })
    outer.restore()
    expect(await modes()).toEqual(untouched)
    const count = stdout.written.length
    outer.restore()
    expect(stdout.written).toHaveLength(count)
  })

  it("writes no mode that it has not set", () => {
    const { outer, stdout } = terminal()
    outer.enter()
    outer.restore()
    expect(stdout.written.join("")).not.toMatch(
      /\?(9|1000|1002|1003|1004|1005|1006|1015|1016)[hl]|[>=<]\d*u|;2t| q|\x1b\]/
    )
    expect(stdout.written.at(-1)).toContain("\x1b[?2004l")
  })

  it("lets nothing reach the screen that is no longer ours", () => {
    const { outer, stdout } = terminal()
    outer.enter()
    outer.restore()
    const count = stdout.written.length
    let done = false
    outer.write("late frame", () => {
      done = true
    })
    outer.mirror({ ...DEFAULT_INPUT_MODES, mouse: "any" })
    expect(stdout.written).toHaveLength(count)
    expect(done).toBe(true)
  })

  it("after close listens for nothing but errors, which come late when the terminal was closed", () => {
    const { outer, stdin, stdout, host } = terminal()
    outer.enter()
    outer.close()
    expect([stdin, stdout, host].map((emitter) => emitter.eventNames())).toEqual([["error"], ["error"], []])
    expect(() => stdout.emit("error", new Error("write EIO"))).not.toThrow()
  })
})

describe("a program's modes", () => {
  it("are mirrored while it has the keyboard, then ours are back", async () => {
    const { outer, modes } = terminal()
    outer.enter()
    const asked = { ...DEFAULT_INPUT_MODES, mouse: "vt200" as const, mouseEncoding: "sgr" as const, sendFocus: true }
    outer.mirror(asked)
    expect(await modes()).toMatchObject({ mouse: "vt200", mouseSgr: true, focusEvents: true, bracketedPaste: false })
    outer.mirror({ ...asked, mouse: "any", bracketedPaste: true })
    expect(await modes()).toMatchObject({ mouse: "any", mouseSgr: true, bracketedPaste: true })
    outer.unmirror()
    expect(await modes()).toMatchObject({ mouse: "none", mouseSgr: false, focusEvents: false, bracketedPaste: true })
  })

  it("leave our own mouse reports on where they ask for none and may, until we leave them to the terminal", async () => {
    const { outer, modes } = terminal()
    outer.setOwnModes({ mouse: "vt200", mouseEncoding: "sgr" })
    outer.enter()
    outer.mirror(DEFAULT_INPUT_MODES, true)
    expect(await modes()).toMatchObject({ mouse: "vt200", mouseSgr: true, bracketedPaste: false })
    outer.setOwnModes({ mouse: "none", mouseEncoding: "default" })
    expect(await modes()).toMatchObject({ mouse: "none", mouseSgr: false })
    outer.setOwnModes({ mouse: "vt200", mouseEncoding: "sgr" })
    outer.mirror({ ...DEFAULT_INPUT_MODES, mouse: "any" }, true)
    expect(await modes()).toMatchObject({ mouse: "any", mouseSgr: false })
    outer.mirror(DEFAULT_INPUT_MODES)
    expect(await modes()).toMatchObject({ mouse: "none", mouseSgr: false })
    outer.unmirror()
    expect(await modes()).toMatchObject({ mouse: "vt200", mouseSgr: true })
  })

  it("cost nothing when they have not changed, though the program's own record goes on changing", async () => {
    const { outer, stdout, modes } = terminal()
    outer.enter()
    const changing = { ...DEFAULT_INPUT_MODES, mouse: "vt200" as "vt200" | "none" }
    outer.mirror(changing)
    const count = stdout.written.length
    outer.mirror(changing)
    expect(stdout.written).toHaveLength(count)
    changing.mouse = "none"
    outer.mirror(changing)
    expect(await modes()).toMatchObject({ mouse: "none" })
  })
})

describe("suspension", () => {
  it("gives the terminal back, stops, and takes it again with the program's modes", async () => {
    const { outer, host, stdin, modes, untouched } = terminal()
    const heard: Array<string> = []
    outer.onSuspend(() => heard.push("suspend"))
    outer.onResume(() => heard.push("resume"))
    outer.enter()
    outer.mirror({ ...DEFAULT_INPUT_MODES, mouse: "any" })
    host.emit("SIGTSTP")
    expect(host.kills).toEqual(["SIGSTOP"])
    expect(await modes()).toEqual(untouched)
    expect(stdin.raw).toBe(false)
    host.emit("SIGCONT")
    expect(await modes()).toMatchObject({ alternateScreen: true, autoWrap: false, mouse: "any" })
    expect(stdin.raw).toBe(true)
    expect(heard).toEqual(["suspend", "resume"])
    // So that the size is asked for again.
    expect(host.kills).toEqual(["SIGSTOP", "SIGWINCH"])
  })

  it("sets everything again after a stop that nobody announced", async () => {
    const { outer, host, stdin, emulator, modes } = terminal()
    outer.enter()
    emulator.write("\x1b[?1049l\x1b[?7h\x1b[?2004l")
    stdin.rawCalls.length = 0
    host.emit("SIGCONT")
    expect(await modes()).toMatchObject({ alternateScreen: true, autoWrap: false, bracketedPaste: true })
    // Off first: what is on already would not be set again.
    expect(stdin.rawCalls).toEqual([false, true])
  })

  it("is not begun by a SIGCONT after leaving", () => {
    const { outer, host, stdout } = terminal()
    outer.enter()
    outer.restore()
    const count = stdout.written.length
    host.emit("SIGCONT")
    host.emit("SIGTSTP")
    expect(stdout.written).toHaveLength(count)
    expect(host.kills).toEqual([])
  })
})

describe("size, input and failure", () => {
  it("tells of new sizes and passes input untouched", () => {
    const { outer, stdin, stdout } = terminal()
    outer.enter()
    const heard: Array<unknown> = []
    const stop = outer.onResize((size) => heard.push(size))
    outer.onData((chunk) => heard.push(chunk))
    stdout.columns = 100
    stdout.emit("resize")
    stop()
    stdout.emit("resize")
    const chunk = Buffer.of(0xff, 0x1b, 0x00)
    stdin.emit("data", chunk)
    expect(heard).toEqual([{ columns: 100, rows: 24 }, chunk])
  })

  it("keeps what was typed before anybody listened for the first who does", () => {
    const { outer, stdin } = terminal()
    outer.enter()
    stdin.emit("data", Buffer.from("ear"))
    stdin.emit("data", Buffer.from("ly"))
    const heard: Array<string> = []
    const stop = outer.onData((chunk) => heard.push(chunk.toString()))
    expect(heard).toEqual(["ear", "ly"])
    stop()
    stdin.emit("data", Buffer.from("nobody"))
    outer.onData((chunk) => heard.push(chunk.toString()))
    stdin.emit("data", Buffer.from("late"))
    expect(heard).toEqual(["ear", "ly", "late"])
  })

  it("takes Enter for Enter that was typed before the terminal was raw, which has made a newline of it", () => {
    const { stdin, stdout, host } = terminal()
    const heard: Array<string> = []
    const takeTyped = () => {
      expect(stdin.raw).toBe(true)
      return Buffer.from("one\ntwo")
    }
    const outer = new OuterTerminal({ stdin, stdout, process: host, takeTyped, writeNow: () => {} })
    outer.enter()
    stdin.emit("data", Buffer.from("\n"))
    outer.onData((chunk) => heard.push(chunk.toString()))
    expect(heard).toEqual(["one\rtwo", "\n"])
  })

  it("reports a terminal that is gone once, from wherever it shows, and never throws", () => {
    const gone = Object.assign(new Error("write EIO"), { code: "EIO" })
    const { outer, stdin, stdout, errors } = terminal(() => {
      throw gone
    })
    outer.enter()
    expect(errors).toEqual([gone])
    stdout.emit("error", new Error("later"))
    stdin.emit("end")
    // Whoever asks late is told too, and whoever writes, that it is not there.
    outer.onClosed((cause) => errors.push(cause))
    outer.write("late", (error) => errors.push(error))
    expect(errors).toEqual([gone, gone, gone])
    expect(stdout.written).toEqual([])
    outer.restore()
    expect(errors).toHaveLength(3)

    const closed = terminal()
    closed.outer.enter()
    closed.stdin.emit("end")
    expect(closed.errors).toEqual([new Error("the terminal was closed")])

    const failing = terminal()
    failing.outer.enter()
    failing.stdout.failWith = gone
    failing.outer.write("frame", (error) => failing.errors.push(error))
    expect(failing.errors).toEqual([gone, gone])
  })

  it("restores before a fatal signal nobody listens for, then lets it kill", () => {
    const { outer, host, stdout } = terminal()
    outer.enter()
    host.emit("SIGQUIT")
    expect(stdout.written.at(-1)).toContain("\x1b[?1049l")
    expect(host.kills).toEqual(["SIGQUIT"])
    expect(host.listenerCount("SIGQUIT")).toBe(0)
    expect(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => host.listenerCount(signal))).toEqual([0, 0, 0])
  })

  it("keeps the screen of a program that survives its uncaught errors", () => {
    const { outer, host } = terminal()
    outer.enter()
    host.on("uncaughtException", () => {})
    host.emit("uncaughtExceptionMonitor")
    expect(outer.entered).toBe(true)
    host.removeAllListeners("uncaughtException")
    host.emit("uncaughtExceptionMonitor")
    expect(outer.entered).toBe(false)
  })
})

/** Takes the terminal, shows a word, and ends in the way its argument says. */
const PROGRAM = `
import { OuterTerminal } from "./OuterTerminal.ts"
const outer = new OuterTerminal({ stdin: process.stdin, stdout: process.stdout, process })
outer.onClosed(() => process.exit(9))
outer.enter()
outer.setOwnModes({ mouse: "drag", mouseEncoding: "sgr" })
outer.write("\\x1b[H\\x1b[?25lready" + outer.cursorShape("bar", false), () => {})
outer.onResume(() => outer.write("\\x1b[Hresumed", () => {}))
outer.onData((chunk) => {
  const key = chunk.toString()
  if (key === "x") throw new Error("the crash")
  if (key === "q") process.exit(3)
  if (key === "c") outer.close()
})
`

describe("in a real terminal", () => {
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

  const start = async (home: Home) => {
    const file = `${home.path}/program.mjs`
    writeFileSync(file, program)
    const screen = new Terminal({ file: process.execPath, args: [file] }, { home })
    await screen.waitFor("ready")
    expect(screen.modes).toMatchObject({ alternateScreen: true, autoWrap: false, mouse: "drag", bracketedPaste: true })
    return screen
  }
  const expectUntouched = (screen: Terminal) => {
    expect(screen.modes).toEqual(INITIAL_MODES)
    expect(screen.cursor).toMatchObject({ visible: true, shape: "block" })
  }

  it("a crash leaves the modes as they were and the error readable", async () => {
    using home = new Home()
    await using screen = await start(home)
    screen.type("x")
    expect(await screen.exit).toMatchObject({ code: 1 })
    expectUntouched(screen)
    expect(screen.screen().join("\n")).toContain("the crash")
  })

  it("process.exit and the natural end leave the modes as they were", async () => {
    using home = new Home()
    await using left = await start(home)
    left.type("q")
    expect(await left.exit).toMatchObject({ code: 3 })
    expectUntouched(left)
    await using closed = await start(home)
    closed.type("c")
    expect(await closed.exit).toMatchObject({ code: 0 })
    expectUntouched(closed)
  })

  it("a fatal signal leaves the modes as they were and still kills", async () => {
    using home = new Home()
    await using screen = await start(home)
    screen.kill("SIGALRM")
    expect(await screen.exit).toMatchObject({ signal: "SIGALRM" })
    expectUntouched(screen)
  })

  it("SIGTSTP gives the terminal back and SIGCONT takes it again", async () => {
    using home = new Home()
    await using screen = await start(home)
    screen.kill("SIGTSTP")
    await screen.waitFor(() => !screen.modes.alternateScreen)
    expectUntouched(screen)
    await stopped(screen.pid)
    screen.kill("SIGCONT")
    await screen.waitFor("resumed")
    expect(screen.modes).toMatchObject({ alternateScreen: true, autoWrap: false, mouse: "drag", mouseSgr: true })
    screen.type("q")
    expect(await screen.exit).toMatchObject({ code: 3 })
    expectUntouched(screen)
  })

  it("a closed terminal is reported", async () => {
    using home = new Home()
    await using screen = await start(home)
    // With SIGHUP ignored by the program, the end of input is all that tells.
    screen.hangUp()
    expect(await screen.exit).not.toMatchObject({ code: 0 })
  })
})
