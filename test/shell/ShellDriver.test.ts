// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { execFileSync, spawn } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { isAlive, sessionMembers } from "../../src/platform.ts"
import { EndClaim } from "../../src/shell/driver/EndClaim.ts"
import { eventually } from "../harness/eventually.ts"
import { lines } from "./commandTable.ts"
import { TestShell } from "./TestShell.ts"

/** Pids printed by a command, each on a line of its own. */
const pids = (text: string) => [...text.matchAll(/^(\d+)\r$/gm)].map(([, pid]) => Number(pid))

describe("output", () => {
  it("arrives byte for byte when it is not text", async () => {
    await using shell = await TestShell.start()
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7 + (i >> 8)) & 255)).filter((b) => b !== 10)
    writeFileSync(join(shell.home, "bytes"), bytes)
    const id = shell.submit("cat bytes")
    await shell.done(id)
    expect(shell.bytesOf(id).equals(Buffer.from(bytes))).toBe(true)
  })

  it("pauses the program and goes on", async () => {
    await using shell = await TestShell.start()
    const id = shell.submit("seq 1 200000")
    await shell.seen(id, "1\r\n")
    shell.driver.pause()
    shell.driver.resume()
    const result = await shell.done(id)
    expect(result.output.length).toBe(
      Array.from({ length: 200_000 }, (_, i) => String(i + 1).length + 2).reduce((a, b) => a + b)
    )
  })
})

describe("what a command sees", () => {
  it("is the environment outside but for the documented names", async () => {
    const env = { ODD: "a'b\"c\\d\n$e`f\x1b", EMPTY: "", COLUMNS: "5", LINES: "6", SHLVL: "3", OLDPWD: "/tmp" }
    await using shell = await TestShell.start({ env })
    const inside = new Map(
      (await shell.run("env -0 | od -An -v -tx1 | tr -d ' \\n'")).output
        .replace(/\s/g, "")
        .match(/../g)!
        .reduce((text, byte) => text + String.fromCharCode(Number.parseInt(byte, 16)), "")
        .split("\0")
        .filter((entry) => entry !== "")
        .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)] as const)
    )
    const outside = new Map(Object.entries(shell.environment))
    // docs/shells.md lists these.
    const documented = new Set(["TERM", "TERM_PROGRAM", "COLUMNS", "LINES", "PWD", "OLDPWD", "SHLVL", "_"])
    for (const name of new Set([...inside.keys(), ...outside.keys()])) {
      if (!documented.has(name)) expect(inside.get(name), name).toBe(outside.get(name))
    }
    expect([inside.get("TERM"), inside.get("TERM_PROGRAM")]).toEqual(["xterm-256color", "effecttalk"])
    expect(inside.has("COLORTERM")).toBe(false)
    expect(inside.has("COLUMNS")).toBe(false)
    expect(inside.get("SHLVL")).toBe("4")
  })

  it("is the terminal it was promised", async () => {
    await using shell = await TestShell.start({ term: "xterm-direct", columns: 91, rows: 17 })
    expect(lines((await shell.run("echo $TERM; stty size")).output)).toBe("xterm-direct\n17 91\n")
  })

  for (const [outer, seen] of [
    [{ TERM: "xterm-kitty" }, "truecolor"],
    [{ TERM: "screen", COLORTERM: "24bit" }, "truecolor"],
    [{ TERM: "xterm-256color" }, "unset"],
    [{ TERM: "xterm-kitty", NO_COLOR: "1" }, "unset"],
    [{ TERM: "dumb", COLORTERM: "truecolor" }, "truecolor"]
  ] as const) {
    it(`is COLORTERM=${seen} in a terminal with ${JSON.stringify(outer)}`, async () => {
      await using shell = await TestShell.start({ env: outer })
      expect((await shell.run("echo ${COLORTERM-unset} $TERM")).output).toBe(`${seen} xterm-256color\r\n`)
    })
  }

  it("has the descriptors 0, 1 and 2 only", async () => {
    await using other = await TestShell.start()
    await using shell = await TestShell.start()
    const helper = spawn("sleep", ["5"], { stdio: "ignore" })
    const seen = await shell.run("ls -l /proc/self/fd | grep -o '[0-9]* -> .*'")
    expect(seen.output.split("\r\n").filter((line) => /pts|ptmx/.test(line))).toEqual([
      `0 -> ${shell.path}`,
      // stdout is the pipe to grep.
      `2 -> ${shell.path}`
    ])
    expect(seen.output.split("\r\n").filter((line) => line !== "" && !/^[012] |^3 -> \/proc/.test(line))).toEqual([])
    helper.kill()
    expect(other.driver.isReady).toBe(true)
  })

  it("is told about sizes: a running program at once, the shell with its next command", async () => {
    await using shell = await TestShell.start()
    shell.driver.resize(70, 20)
    expect(lines((await shell.run("stty size; echo $COLUMNS")).output)).toBe("20 70\n70\n")
    const id = shell.submit("sh -c 'trap \"stty size; exit\" WINCH; echo go; while :; do sleep 0.01; done'")
    await shell.seen(id, "go")
    shell.driver.resize(60, 15)
    expect(lines((await shell.done(id)).output)).toBe("go\n15 60\n")
    expect(shell.loose).toBe("")
  })
})

describe("a size that comes while a command is on its way", () => {
  for (const [how, text] of [
    ["at once", "read x; stty size"],
    ["after the shell was asked", "if read x; then stty size; fi"]
  ]) {
    it(`is the program's when the command is accepted ${how}`, async () => {
      await using shell = await TestShell.start()
      const id = shell.submit(text!)
      shell.driver.resize(60, 15)
      await shell.started(id)
      shell.driver.write(Buffer.from("\n"))
      expect(lines((await shell.done(id)).output)).toBe("\n15 60\n")
    })
  }
})

describe("what is reported", () => {
  it("its directory, however it was entered, and without PWD", async () => {
    await using shell = await TestShell.start()
    expect((await shell.run("cd /usr/bin/.")).end?.directory).toBe("/usr/bin")
    expect((await shell.run("unset PWD")).end?.directory).toBe("/usr/bin")
  })

  it("when a command ended, whatever the prompt's hooks do then", async () => {
    const hook = "[[ -e slow ]] && { rm slow; until [[ -e go ]]; do sleep 0.01; done; }"
    await using shell = await TestShell.start({ rc: `PS1='$ '\nPROMPT_COMMAND='${hook}'\n` })
    writeFileSync(join(shell.home, "slow"), "")
    const marked = vi.spyOn(EndClaim.prototype, "makeByMark")
    const id = shell.submit("true")
    await eventually(() => expect(marked).toHaveBeenCalled())
    marked.mockRestore()
    const from = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const waited = performance.now() - from
    writeFileSync(join(shell.home, "go"), "")
    expect((await shell.done(id)).end?.ago).toBeGreaterThan(waited)
  })

  it("a slow start", async () => {
    await using shell = new TestShell({ rc: "echo asking; read x; PS1='$ '\n" })
    await shell.until(() => shell.slow, "word about the slow start")
    expect(shell.loose).toBe("asking\r\n")
    expect(shell.ready).toBe(false)
    shell.driver.write(Buffer.from("go\r"))
    await shell.until(() => shell.ready, "prompt")
  })
})

describe("the end of the shell", () => {
  const endings: ReadonlyArray<
    readonly [string, { exitCode: number | null; signal: string | null; byItself: boolean }]
  > = [
    ["exit", { exitCode: 0, signal: null, byItself: true }],
    ["exit 3", { exitCode: 3, signal: null, byItself: true }],
    ["exec sh -c 'exit 6'", { exitCode: 6, signal: null, byItself: true }],
    ["kill -9 $$", { exitCode: null, signal: "SIGKILL", byItself: false }],
    ["set -e; false", { exitCode: 1, signal: null, byItself: false }],
    ["echo x\nexit 2", { exitCode: 2, signal: null, byItself: true }]
  ]
  for (const [text, expected] of endings) {
    it(`by ${JSON.stringify(text)} is reported`, async () => {
      await using shell = await TestShell.start()
      const id = shell.submit(text)
      await shell.until(() => shell.exited !== null, "exit")
      expect(shell.exited).toEqual({ ...expected, during: id })
    })
  }

  it("by set -e that was set earlier is reported", async () => {
    await using shell = await TestShell.start()
    await shell.run("set -e")
    expect((await shell.run("true; ! false")).status).toBe(0)
    const id = shell.submit("nosuch")
    await shell.until(() => shell.exited !== null, "exit")
    expect(shell.exited).toEqual({ exitCode: 127, signal: null, byItself: false, during: id })
    expect(shell.outputOf(id)).toContain("nosuch: command not found")
  })

  it("by an exec'd program that reads and ends", async () => {
    await using shell = await TestShell.start()
    const id = shell.submit("exec cat")
    await shell.started(id)
    shell.driver.write(Buffer.from("hi\r"))
    await shell.seen(id, "hi\r\nhi\r\n")
    shell.driver.write(Buffer.from("\x04"))
    await shell.until(() => shell.exited !== null, "exit")
    expect(shell.exited).toMatchObject({ exitCode: 0, byItself: true })
  })
})

describe("closing", () => {
  /** Starts a shell with jobs, closes it, and returns which of the printed pids are alive then. */
  const survivors = async (setup: ReadonlyArray<string>, last?: string) => {
    const shell = await TestShell.start()
    let printed = ""
    for (const text of setup) printed += (await shell.run(text)).output
    if (last !== undefined) {
      const id = shell.submit(last)
      await shell.seen(id, "up")
      printed += shell.outputOf(id)
    }
    const started = pids(printed)
    expect(started.length).toBeGreaterThan(0)
    expect(started.every((pid) => isAlive(pid, null))).toBe(true)
    const { pid } = shell.driver
    await shell[Symbol.asyncDispose]()
    expect(isAlive(pid, null)).toBe(false)
    const alive = started.filter((pid) => isAlive(pid, null))
    for (const survivor of alive) process.kill(survivor, "SIGKILL")
    return { started, alive }
  }

  it("ends background, stopped and foreground programs", async () => {
    const { alive } = await survivors(
      ["sleep 61 & echo $!", "sleep 62 | cat & echo $!; jobs -p"],
      "sh -c 'echo $$; echo up; sleep 63'"
    )
    expect(alive).toEqual([])
  })

  it("ends what ignores or survives SIGHUP and SIGTERM, unless it asked to stay", async () => {
    const { alive } = await survivors([
      "bash -c 'trap : HUP TERM; while :; do sleep 0.1; done' & echo $!",
      "(trap : HUP; while :; do sleep 0.1; done) & echo $!"
    ])
    expect(alive).toEqual([])
  })

  it("leaves alone what the user protected by nohup, setsid or disown", async () => {
    const { started, alive } = await survivors([
      // Until nohup has done its work.
      "nohup sleep 61 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done; echo $!",
      "setsid sh -c 'echo $$ >own; exec sleep 62' & until [ -s own ]; do sleep 0.01; done; cat own",
      "sleep 63 & disown; echo $!"
    ])
    expect(started.length).toBe(3)
    expect(alive).toEqual(started)
  })

  it("ends jobs that the shell left behind when it exited", async () => {
    const shell = await TestShell.start()
    const [kept] = pids((await shell.run("sleep 64 & echo $!; disown")).output)
    const [job] = pids((await shell.run("sleep 65 & echo $!")).output)
    shell.submit("exit")
    await shell.until(() => shell.exited !== null, "exit")
    expect(shell.driver.jobs().map(({ pid }) => pid)).toEqual([job])
    await shell[Symbol.asyncDispose]()
    expect(isAlive(job!, null)).toBe(false)
    expect(isAlive(kept!, null)).toBe(true)
    process.kill(kept!, "SIGKILL")
  })

  it("names what it would end", async () => {
    await using shell = await TestShell.start()
    expect(shell.driver.jobs()).toEqual([])
    await shell.run("sleep 66 & sleep 67 | cat &")
    await shell.run("nohup sleep 68 >/dev/null 2>&1 &")
    const id = shell.submit("sh -c 'echo up; sleep 69; :'")
    await shell.seen(id, "up")
    // Until each has become the program it is named after.
    await eventually(() => {
      const names = shell.driver.jobs().map(({ name }) => name)
      expect(names.sort()).toEqual(["sh -c echo up; sleep 69; :", "sleep 66", "sleep 67"])
    })
  })

  it("leaves no process, no file and no listener call behind", async () => {
    const shell = await TestShell.start()
    const { pid } = shell.driver
    const id = shell.submit("sleep 70 & sleep 71")
    await shell.started(id)
    const runtime = readdirSync(shell.runtime)
    expect(runtime.length).toBe(1)
    await Promise.all([shell.driver.close(), shell.driver.close()])
    expect(sessionMembers(pid)).toEqual([])
    expect(readdirSync(shell.runtime)).toEqual([])
    expect(shell.exited).toBeNull()
    expect(shell.driver.submit("x", "true")).toBe(false)
    await shell[Symbol.asyncDispose]()
  })
})

describe("speed", () => {
  it("does not wait between commands", async () => {
    await using shell = await TestShell.start()
    // No timer comes to its end: who waits for one waits for ever.
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval"] })
    try {
      for (let i = 0; i < 200; i++) expect((await shell.run(`echo ${i}`)).output).toBe(`${i}\r\n`)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe("hostile output", () => {
  it("moves no boundary, however it is cut", async () => {
    await using shell = await TestShell.start()
    const nonces = "\\033]7717;E;1;0;;/;\\n\\007\\033]7717;D;1;0;1;/\\007\\033]7717;Q;1\\007"
    for (const text of [
      `printf '${nonces}'; echo end`,
      `printf '\\033]7717;'; echo end`,
      `printf '\\033'; sleep 0.05; printf ']7717;C;1\\007'; echo end`
    ]) {
      const result = await shell.run(text)
      expect(result.status).toBe(0)
      expect(result.output.endsWith("end\r\n")).toBe(true)
    }
    expect((await shell.run("echo next")).output).toBe("next\r\n")
  })

  it("is not read from the environment: nothing of ours is exported", async () => {
    await using shell = await TestShell.start()
    await shell.run("true")
    const environ = readFileSync(`/proc/${shell.driver.pid}/environ`, "latin1")
    expect(environ).not.toContain("__et")
    expect(execFileSync("ps", ["-o", "args=", "-p", String(shell.driver.pid)]).toString()).toMatch(
      /^bash --init-file \S+ -i\n$/
    )
  })
})
