import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { executed, inForeground, inModes, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { INITIAL_MODES } from "../harness/Emulator.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import { Home } from "../harness/Home.ts"
import { SLOW_ROUND_TRIP_MS } from "../harness/screens.ts"
import { Terminal, type TerminalOptions } from "../harness/Terminal.ts"

/**
 * EffectTalk as the child of a shell, as users start it: afterwards the shell prints how it ended and what `stty -a`
 * says of the terminal, so that both can be compared with before.
 */
const underShell = async (options: TerminalOptions = {}): Promise<Terminal> => {
  await ensureBuilt()
  const script = `before=$(stty -a); echo scroll-back; "$0" "$@"; status=$?
    [ "$before" = "$(stty -a)" ] && echo "same terminal, status $status" || { echo different; stty -a; }
    trap : HUP; read -r rest; echo "rest: $rest"`
  return new Terminal({ file: "bash", args: ["-c", script, process.execPath, BINARY] }, options)
}

/** The process of EffectTalk below that shell: what it starts begins under its name. */
const program = (t: Terminal): number =>
  t.processes().find(({ ppid, command }) => ppid === t.pid && command.includes(BINARY))!.pid

/** The journal of the only session. */
const journal = (home: Home): string => {
  const active = join(home.dataDir, "active")
  return readFileSync(join(active, readdirSync(active).find((name) => name.endsWith(".journal"))!), "latin1")
}

describe("the terminal after the end", () => {
  const endings: Readonly<Record<string, readonly [(t: Terminal) => void, number]>> = {
    "leaving by the leader": [(t) => t.keys("ctrl+\\", "q"), 0],
    "leaving by exit": [(t) => t.type("exit\r"), 0],
    SIGTERM: [(t) => process.kill(program(t), "SIGTERM"), 143],
    SIGHUP: [(t) => process.kill(program(t), "SIGHUP"), 129],
    SIGINT: [(t) => process.kill(program(t), "SIGINT"), 130],
    SIGQUIT: [(t) => process.kill(program(t), "SIGQUIT"), 131],
    SIGUSR2: [(t) => process.kill(program(t), "SIGUSR2"), 140],
    SIGALRM: [(t) => process.kill(program(t), "SIGALRM"), 142]
  }
  for (const [name, [end, status]] of Object.entries(endings)) {
    it(`is as it was: ${name}`, async () => {
      await using t = await underShell()
      await ready(t)
      t.type("true\r")
      await t.waitFor((rows) => shownBlocks(rows)[0]?.sign === "✓")
      await ready(t)
      await inModes(t, { alternateScreen: true, autoWrap: false, bracketedPaste: true })
      end(t)
      await t.waitFor(`same terminal, status ${status}`)
      expect(t.modes).toEqual(INITIAL_MODES)
      expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
      expect(t.row(0)).toBe("scroll-back")
      // Cooked: the shell's own line editor reads again, and echoes.
      t.type("typed\r")
      await t.waitFor("rest: typed")
      await t.waitForNoProcesses()
    })
  }

  it("is as it was after a full-screen program and a running command were cut short", async () => {
    await using t = await underShell()
    await ready(t)
    t.type(
      "printf '\\033[?1049h\\033[?1h\\033=\\033[?1003h\\033[?1006h\\033[?2004l\\033[?25l\\033[5 qFU''LL'; sleep 1000\r"
    )
    await t.waitFor("FULL")
    await t.waitFor(() => t.modes.mouse === "any" && t.modes.applicationCursor)
    process.kill(program(t), "SIGTERM")
    await t.waitFor("same terminal, status 143")
    expect(t.modes).toEqual(INITIAL_MODES)
    expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
  })

  for (const failure of ["throw new Error('bo' + 'om')", "Promise.reject(new Error('bo' + 'om'))"]) {
    it(`is as it was after a bug of ours: ${failure}`, async () => {
      // Preloaded by Node, so that the program needs no hook for it.
      const files = { "bug.cjs": `process.on("SIGUSR1", () => { ${failure} })` }
      using home = new Home({ files })
      await using t = await underShell({ home, env: { NODE_OPTIONS: `--require=${home.path}/bug.cjs` } })
      expect((await run(t, "echo ke''pt")).rows[0]).toBe("kept")
      t.type("echo ru''ns; sleep 1000\r")
      await t.waitFor(/^runs$/m)
      // Commands do not wait for the disk.
      await eventually(() => expect(journal(home)).toContain("sleep 1000"))
      process.kill(program(t), "SIGUSR1")
      await t.waitFor("same terminal, status 1")
      expect(t.modes).toEqual(INITIAL_MODES)
      expect(t.primary().join("\n")).toContain("Error: boom")
      await using u = await effecttalk({ home, args: ["--continue"] })
      await ready(u)
      expect(shownBlocks(u.screen()).map(({ sign }) => sign)).toEqual(["✓", "⊘"])
      expect(shownBlocks(u.screen())[0]?.rows[0]).toBe("kept")
    })
  }

  it("gets nothing typed by an answer that was under way", async () => {
    await using t = await underShell({ colors: { foreground: "rgb:0/0/0", background: "rgb:f/f/f" } })
    const answer = t.emulator.onReply
    let asked = false
    t.emulator.onReply = (bytes) => {
      if (!asked) process.kill(program(t), "SIGTERM")
      asked = true
      // A line with a way to go.
      setTimeout(() => answer(bytes), SLOW_ROUND_TRIP_MS)
    }
    await ready(t)
    t.type("printf '\\033]11;?\\033\\\\'; sleep 1000\r")
    await t.waitFor("same terminal, status 143")
    expect(asked).toBe(true)
    t.type("typed\r")
    await t.waitFor(/^rest: .*typed$/m)
    // As bytes: an answer that is printed again is not seen.
    expect(t.outputSince()).toContain("rest: typed\r\n")
    expect(t.primary().join("\n")).not.toContain("rgb:")
  })

  it("is nobody's when its window is closed: everything is saved and gone", async () => {
    await using t = await effecttalk()
    await run(t, "echo ke''pt")
    t.type("echo ru''ns; sleep 1000\r")
    await t.waitFor("runs")
    // The end of the line has been printed, too.
    await executed(t, "sleep 1000")
    t.hangUp()
    expect(await t.exit).toEqual({ code: null, signal: "SIGHUP" })
    await t.waitForNoProcesses()
    expect(storedSession(t.home).blocks.map(({ status, stdout }) => [status, stdout])).toEqual([
      ["success", "kept\n"],
      ["interrupted", "runs\n"]
    ])
  })

  it("is nobody's either when no signal tells so, because it is not the controlling terminal", async () => {
    await ensureBuilt()
    await using t = new Terminal({ file: "setsid", args: ["--wait", process.execPath, BINARY] })
    await run(t, "echo ke''pt")
    t.type("echo ru''ns; sleep 1000\r")
    await t.waitFor("runs")
    // The end of the line has been printed, too.
    await executed(t, "sleep 1000")
    t.hangUp()
    await t.waitForNoProcesses()
    expect(storedSession(t.home).blocks.map(({ status, stdout }) => [status, stdout])).toEqual([
      ["success", "kept\n"],
      ["interrupted", "runs\n"]
    ])
  })

  it("takes nothing with it that a library had to say", async () => {
    const files = { "noise.cjs": 'process.on("SIGUSR1", () => { console.error("noise"); process.title = "noisy" })' }
    using home = new Home({ files })
    await using t = await effecttalk({ home, env: { NODE_OPTIONS: `--require=${home.path}/noise.cjs` } })
    t.type("echo ru''ns; sleep 1000\r")
    await t.waitFor(/^runs$/m)
    t.kill("SIGUSR1")
    await t.waitForFile(`/proc/${t.pid}/cmdline`, "noisy")
    await executed(t, "sleep 1000")
    t.hangUp()
    expect(await t.exit).toEqual({ code: null, signal: "SIGHUP" })
    await t.waitForNoProcesses()
    expect(storedSession(t.home).blocks.map(({ status, stdout }) => [status, stdout])).toEqual([
      ["interrupted", "runs\n"]
    ])
    expect(readdirSync(home.runtimeDir)).toEqual([])
  })

  it("is given to the shell while the program is stopped, and taken again", async () => {
    await ensureBuilt()
    await using t = new Terminal({ file: "bash" }, { rows: 16 })
    await t.waitFor("$ ")
    t.type(`${process.execPath} ${BINARY}\r`)
    await ready(t)
    t.type("echo bef''ore\r")
    await t.waitFor(/^before$/m)
    await ready(t)
    process.kill(program(t), "SIGTSTP")
    await t.waitFor("Stopped")
    expect(t.modes).toMatchObject({ alternateScreen: false, autoWrap: true })
    expect(t.cursor.visible).toBe(true)
    t.type("fg\r")
    await t.waitFor(/^before$/m)
    await ready(t)
    t.type("echo af''ter\r")
    await t.waitFor(/^after$/m)
  })

  it("has the size again that its window was given while the program was stopped", async () => {
    await ensureBuilt()
    await using t = new Terminal({ file: "bash" }, { cols: 100, rows: 30 })
    await t.waitFor("$ ")
    t.type(`${process.execPath} ${BINARY}\r`)
    await ready(t)
    process.kill(program(t), "SIGTSTP")
    await t.waitFor("Stopped")
    // SIGWINCH is the shell's: it has the foreground.
    t.resize(80, 20)
    t.type("fg\r")
    await t.waitFor((rows) => rows[19]?.startsWith(" EDITOR ") === true)
    // The first picture may be of the size that was known before: the terminal is asked behind it.
    await eventually(async () => expect((await run(t, "stty size")).rows[0]).toMatch(/^\d+ 80$/))
  })
})

describe("Ctrl+C", () => {
  it("never leaves", async () => {
    await using t = await effecttalk()
    await ready(t)
    t.keys(...Array.from({ length: 20 }, () => "ctrl+c"))
    t.type("half a command")
    await t.waitFor("half a command")
    t.keys("ctrl+c")
    await t.waitFor((rows) => !rows.join("\n").includes("half"))
    t.type("sleep 1000\r")
    await inForeground(t, "sleep 1000")
    t.keys("ctrl+c")
    await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "⊘")
    t.keys("ctrl+c", "ctrl+c")
    expect((await run(t, "echo al''ive")).rows[0]).toBe("alive")
    t.keys("ctrl+\\", "?")
    await t.waitFor("Anywhere, after the leader")
    t.keys("ctrl+c")
    await t.waitFor(/^alive$/m)
    expect((await run(t, "echo st''ill")).rows[0]).toBe("still")
  })
})

describe("a user's environment", () => {
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "CI=true": { CI: "true" },
    "NO_COLOR=1": { NO_COLOR: "1" },
    "TERM=dumb": { TERM: "dumb" },
    "TERM unset, NODE_ENV and FORCE_COLOR set": { TERM: "", NODE_ENV: "development", FORCE_COLOR: "3", DEV: "true" }
  }
  for (const [name, env] of Object.entries(cases)) {
    it(`with ${name} gets a screen that works, and reaches the commands`, async () => {
      await using t = await effecttalk({ cols: 100, rows: 24, env })
      const known = await run(t, "printenv CI NO_COLOR NODE_ENV")
      expect(known.rows[0]).toBe(env.CI ?? env.NO_COLOR ?? env.NODE_ENV ?? "$")
      const block = await run(t, "printf '\\033[31mre''d\\033[0m\\n'; (exit 3)")
      expect(block.sign).toBe("✗")
      expect(block.header).toContain("exit 3")
      const row = t.screen().indexOf("red")
      expect(row).toBeGreaterThan(0)
      const colorless = env.NO_COLOR !== undefined || env.TERM === "dumb"
      if (colorless) {
        const colors = t.screen().flatMap((_, y) => Array.from({ length: 100 }, (_, x) => t.cell(x, y).fg))
        expect(new Set(colors)).toEqual(new Set(["default"]))
      }
      t.resize(80, 20)
      await t.waitFor((rows) => rows.length === 20 && rows[19]!.startsWith(" EDITOR "))
      t.keys("ctrl+\\", "q")
      expect(await t.exit).toEqual({ code: 0, signal: null })
    })
  }
})

describe("the window's size", () => {
  it("may change at any time, also to one that is too small, while a command runs", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await ready(t)
    // It asks for its size: bash forgets a SIGWINCH that comes while it still runs a trap for the one before.
    const look = 'now=$(stty size); [ "$now" = "$old" ] || echo $now; old=$now; sleep 0.05'
    t.home.write("watch", `old=$(stty size); echo waits; until [ -e go ]; do ${look}; done`)
    t.type("bash watch; read line; echo en''ded\r")
    await t.waitFor(/^waits$/m)
    // The header, the prompt and the status line are ours.
    t.resize(60, 15)
    await t.waitFor(/^11 60$/m)
    expect(t.screen()).toHaveLength(15)
    expect(t.row(0)).toMatch(/^EffectTalk/)
    expect(t.row(14)).toMatch(/^ PROGRAM/)
    for (const [cols, rows] of [
      [59, 15],
      [60, 14],
      [20, 4],
      [2, 1],
      [1, 1]
    ] as const) {
      t.resize(cols, rows)
      await t.waitFor(
        (screen) => screen.length === rows && "EffectTalk needs 60×15".startsWith(screen[0]!.replace("…", ""))
      )
    }
    t.resize(40, 10)
    await t.waitFor(/^this is 40×10$/m)
    t.resize(120, 40)
    await t.waitFor(/^36 120$/m)
    expect(t.row(39)).toMatch(/^ PROGRAM/)
    t.type("\r")
    t.home.write("go", "")
    await t.waitFor(/^ended$/m)
    await ready(t)
    t.resize(60, 15)
    await t.waitFor((rows) => rows.length === 15 && rows[14]!.startsWith(" EDITOR "))
    t.resize(100, 30)
    await t.waitFor((rows) => rows[29]?.startsWith(" EDITOR ") === true)
    expect((await run(t, "trap - WINCH; stty size")).rows[0]).toBe("26 100")
  })

  it("may change in bursts, and ends as the last one", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await run(t, "seq 5")
    for (let i = 0; i < 40; i++) t.resize(61 + ((i * 37) % 60), 15 + ((i * 13) % 30))
    t.resize(90, 25)
    await t.waitFor((rows) => rows.length === 25 && rows[24]!.startsWith(" EDITOR ") && rows.includes("5"))
    expect((await run(t, "stty size")).rows[0]).toBe("21 90")
    expect(shownBlocks(t.screen())[0]?.rows.slice(0, 5)).toEqual(["1", "2", "3", "4", "5"])
  })
})
