import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Block } from "../../src/domain/Block.ts"
import { executed, opened, storedSession } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { INITIAL_MODES } from "../harness/Emulator.ts"
import { BINARY } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import { Home } from "../harness/Home.ts"
import { readIfThere, runPiped, runScript, startPiped } from "../harness/piped.ts"
import { killAll, processesOf } from "../harness/processes.ts"
import { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const exec = (home: Home, ...words: ReadonlyArray<string>) => runPiped(home, ["exec", "--", ...words])

const onlyBlock = (home: Home): Block => {
  const { blocks } = storedSession(home)
  expect(blocks).toHaveLength(1)
  return blocks[0]!
}

/** Runs a script in a terminal in which `et` is EffectTalk. */
const inTerminal = async (script: string, options: ConstructorParameters<typeof Terminal>[1] = {}) => {
  await ensureBuilt()
  const text = `et() { "$NODE" "$BINARY" "$@"; }\n${script}`
  return new Terminal(
    { file: "bash", args: ["-c", text] },
    { cols: 100, rows: 30, ...options, env: { NODE: process.execPath, BINARY, ...options.env } }
  )
}

describe("exec in pipes", () => {
  it("streams the output, ends with the command's code and stores the block", async () => {
    using home = new Home()
    const before = Date.now()
    const result = await exec(home, "echo one; echo two >&2; printf 'three\\t '; exit 7")
    expect(result).toEqual({ code: 7, signal: null, stdout: "one\ntwo\nthree\t ", stderr: "" })
    const block = onlyBlock(home)
    expect(block).toMatchObject({
      command: "echo one; echo two >&2; printf 'three\\t '; exit 7",
      status: "failure",
      exitCode: 7,
      signal: null,
      stdout: "one\ntwo\nthree\t ",
      stderr: "",
      metadata: { number: 1, directory: home.path, lines: 3, timeLimit: 30_000 }
    })
    expect(block.startTime).toBeGreaterThanOrEqual(before)
    expect(block.endTime).toBeGreaterThanOrEqual(block.startTime!)
    const session = storedSession(home)
    expect(session.workingDirectory).toBe(home.path)
    expect(session.id).toHaveLength(32)
    expect(readdirSync(join(home.dataDir, "active"))).toEqual([`${session.id}.json`])
    expect(readdirSync(home.runtimeDir)).toEqual([])
  })

  it("gives the command the caller's directory, by the name that the caller has for it, and whole environment", async () => {
    using home = new Home()
    mkdirSync(join(home.path, "real"))
    symlinkSync("real", join(home.path, "link"))
    const link = join(home.path, "link")
    const env = { PWD: link, TOKEN: "secret value", "BASH_FUNC_hi%%": "() { echo hi there; }" }
    const { stdout } = await runPiped(home, ["exec", "--", 'pwd; pwd -P; echo "$TOKEN"; hi'], { cwd: link, env })
    expect(stdout).toBe(`${link}\n${realpathSync(link)}\nsecret value\nhi there\n`)
    expect(onlyBlock(home).metadata.directory).toBe(link)
    expect(storedSession(home).environment).toEqual({})
  })

  it("takes several words as they are, and stores them as a line that means the same", async () => {
    using home = new Home()
    const words = ["printf", "<%s>", "a b", "it's", "*", "$HOME", "", "~", "-x", "a=b", "\n", "é"]
    const { stdout } = await exec(home, ...words)
    expect(stdout).toBe("<a b><it's><*><$HOME><><~><-x><a=b><\n><é>")
    const again = spawnSync("bash", ["-c", onlyBlock(home).command], { encoding: "utf8" })
    expect(again.stdout).toBe(stdout)
  })

  it("has no terminal for the command: no colours, no CRLF, and standard input is ours to the end", async () => {
    using home = new Home()
    const { stdout } = await runPiped(home, ["exec", "--", "cat; test -t 1 || test -t 2 || echo pipes"], {
      input: "to the\nend"
    })
    expect(stdout).toBe("to the\nendpipes\n")
  })

  it("leaves standard input as it was: a command waits for what comes late", async () => {
    using home = new Home()
    await using running = await startPiped(home, ["exec", "--", "echo ready; cat"])
    await running.waitFor("ready")
    running.child.stdin.write("first\n")
    await running.waitFor("first")
    running.child.stdin.end("second\n")
    expect(await running.result).toMatchObject({ code: 0, stdout: "ready\nfirst\nsecond\n" })
  })

  it("needs nothing on the caller's PATH for itself", async () => {
    using home = new Home()
    for (const PATH of ["/nowhere", ""]) {
      const result = await runPiped(home, ["exec", "--", "echo $PATH"], { env: { PATH } })
      expect(result).toMatchObject({ code: 0, stdout: `${PATH}\n`, stderr: "" })
    }
  })

  it("lets a command open /dev/stdout and /dev/stderr, which sockets would not", async () => {
    using home = new Home()
    const { stdout } = await exec(
      home,
      "echo a >/dev/stderr; echo b >/dev/stdout; echo c >&2; echo d | tee /dev/stderr"
    )
    expect(stdout).toBe("a\nb\nc\nd\nd\n")
  })

  it("keeps standard error apart when asked to", async () => {
    using home = new Home()
    const command = "echo out; echo err >&2; printf more; printf 'last line' >/dev/stderr"
    const result = await runPiped(home, ["exec", "--split-stderr", "--", command])
    expect(result).toEqual({ code: 0, signal: null, stdout: "out\nmore", stderr: "err\nlast line" })
    expect(onlyBlock(home)).toMatchObject({
      stdout: "out\nmore",
      stderr: "err\nlast line",
      metadata: { lines: 2, stderr: { lines: 2, hiddenLines: 0 } }
    })
  })

  it("keeps standard error apart where the configuration says so", async () => {
    using home = new Home()
    const env = { EFFECTTALK_SPLIT_STDERR: "true" }
    const result = await runPiped(home, ["exec", "--", "echo out; echo err >&2"], { env })
    expect(result).toMatchObject({ stdout: "out\n", stderr: "err\n" })
    expect(onlyBlock(home)).toMatchObject({ stdout: "out\n", stderr: "err\n" })
  })

  it("loses nothing of commands that print 20 KB and end, and nothing of a million lines", async () => {
    using home = new Home()
    const script = `
      for i in {1..8}; do et exec -- 'head -c 20000 /dev/zero | tr "\\0" x' | wc -c; done
      et exec --split-stderr -- 'seq 1000000; seq 200000 >&2' 2> >(md5sum >&2) | md5sum`
    const { stdout, stderr } = await runScript(home, script)
    const sum = (count: number) => spawnSync("bash", ["-c", `seq ${count} | md5sum`], { encoding: "utf8" }).stdout
    expect(stdout).toBe(`${"20000\n".repeat(8)}${sum(1_000_000)}`)
    expect(stderr).toBe(sum(200_000))
  }, 60_000)

  it("streams everything but stores head and tail of each stream", async () => {
    using home = new Home()
    const result = await runPiped(home, ["exec", "--split-stderr", "--", "seq 5000; seq 9000 >&2"], {
      env: { MAX_BLOCK_OUTPUT_SIZE: "4096" }
    })
    expect(result.stdout.split("\n")).toHaveLength(5001)
    expect(result.stderr.split("\n")).toHaveLength(9001)
    const { stdout, stderr, metadata } = onlyBlock(home)
    for (const [text, account, count] of [
      [stdout, metadata, 5000],
      [stderr, metadata.stderr!, 9000]
    ] as const) {
      expect(text.length).toBeLessThanOrEqual(4096)
      expect(text).toMatch(new RegExp(`^1\\n2\\n[^]*\\n${count}\\n$`))
      expect(account.lines).toBe(count)
      expect(text.split("\n").length - 1 + account.hiddenLines).toBe(count)
    }
  })

  it("ends as a pipe's writer does when nobody reads any more, and stores what there was", async () => {
    using home = new Home()
    const { stdout, stderr } = await runScript(home, `et exec -- yes | head -2; echo "\${PIPESTATUS[*]}"`)
    expect(stdout).toBe("y\ny\n141 0\n")
    expect(stderr).toBe("")
    const block = onlyBlock(home)
    expect(block).toMatchObject({ status: "failure", signal: "SIGPIPE" })
    expect(block.stdout).toMatch(/^y\ny\n/)
  })

  it("says when its output cannot be written for another reason", async () => {
    using home = new Home()
    const { stderr } = await runScript(home, "et exec -- 'echo lost' >/dev/full")
    expect(stderr).toMatch(/^effecttalk: stdout could not be written: .*ENOSPC.*\n$/)
    expect(onlyBlock(home).stdout).toBe("lost\n")
  })

  it("follows the command, not what it leaves in the background without our output", async () => {
    using home = new Home()
    const { stdout, code } = await exec(home, "sleep 1000 >/dev/null 2>&1 & echo $!")
    expect(code).toBe(0)
    process.kill(Number(stdout))
  })

  it("uses ids of the configured length", async () => {
    using home = new Home()
    await runPiped(home, ["exec", "--", "true"], { env: { SESSION_ID_LENGTH: "40" } })
    expect(storedSession(home).id).toMatch(/^[0-9a-z]{40}$/)
  })

  it("does not wait for those who hold a pipe of ours once its time is up", async () => {
    using home = new Home()
    const { code, stdout, stderr } = await runPiped(home, ["exec", "--timeout", "2s", "--", "echo a; sleep 1000 &"])
    expect(stdout).toBe("a\n")
    expect(code).toBe(0)
    expect(stderr).toMatch(/^effecttalk: the command was ended after 2000 ms \(--timeout\)\n$/)
  })
})

describe("exec and a stored session", () => {
  it("adds its block to the end, found by the beginning of its id", async () => {
    using home = new Home()
    await exec(home, "echo first")
    const { id } = storedSession(home)
    const result = await runPiped(home, ["exec", "--session", id.slice(0, 6), "--", "echo second; exit 3"])
    expect(result).toEqual({ code: 3, signal: null, stdout: "second\n", stderr: "" })
    const { blocks } = storedSession(home)
    expect(blocks.map(({ command, stdout, metadata }) => [metadata.number, command, stdout])).toEqual([
      [1, "echo first", "first\n"],
      [2, "echo second; exit 3", "second\n"]
    ])
  })

  it("does not run the command when another process has it open, or there is none", async () => {
    using home = new Home()
    await using owner = await startPiped(home, ["exec", "--", "echo ready; read -r line; echo $line"])
    await owner.waitFor("ready")
    const id = await opened(home)
    const locked = await runPiped(home, ["exec", "--session", id, "--", "touch", "ran"])
    expect(locked).toMatchObject({ code: 1, stdout: "" })
    expect(locked.stderr).toMatch(new RegExp(`^effecttalk: .*process ${owner.child.pid}.*\n$`))
    const unknown = await runPiped(home, ["exec", "--session", "zzzz", "--", "touch", "ran"])
    expect(unknown).toMatchObject({ code: 2, stderr: 'effecttalk: There is no session "zzzz"\n' })
    expect(existsSync(join(home.path, "ran"))).toBe(false)
    owner.child.stdin.end("done\n")
    expect(await owner.result).toMatchObject({ code: 0, stdout: "ready\ndone\n" })
    expect(onlyBlock(home).stdout).toBe("ready\ndone\n")
  })

  it("leaves what a killed exec has printed so far, both streams", async () => {
    using home = new Home()
    const command = "seq 200; seq 1001 1200 >&2; echo ready; sleep 1000"
    await using running = await startPiped(home, ["exec", "--split-stderr", "--", command])
    await running.waitFor("ready")
    const active = join(home.dataDir, "active")
    await eventually(() => {
      const [journal] = readdirSync(active).filter((name) => name.endsWith(".journal"))
      const text = readIfThere(join(active, journal ?? "none"))
      expect(text).toContain('"1100"')
      expect(text).toContain('"100"')
    })
    running.child.kill("SIGKILL")
    await eventually(() => expect(running.child.signalCode).toBe("SIGKILL"))
    killAll(processesOf(home.path))
    const { stdout: list } = await runPiped(home, ["sessions", "--json"])
    const [{ id }] = JSON.parse(list)
    const { stdout } = await runPiped(home, ["show", id])
    expect(stdout).toContain("\n99\n100\n")
    expect(stdout).toMatch(/\nstderr:\n1001\n/)
    expect(stdout).toContain("\n1100\n")
    // And it can be gone on with.
    await runPiped(home, ["exec", "--session", id, "--", "true"])
    expect(storedSession(home).blocks.map(({ status }) => status)).toEqual(["interrupted", "success"])
  })
})

/** A program of Node that says so and stays. */
const STAY = 'console.log("ready"); setInterval(() => {}, 1000)'

describe("signals to exec", () => {
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1]
  ] as const) {
    it(`${signal} reaches the command, whose answer counts`, async () => {
      using home = new Home()
      const script = `process.on("${signal}", () => { console.log("got ${signal}"); process.exit(9) })`
      await using running = await startPiped(home, ["exec", "--", "node", "-e", `${script}; ${STAY}`])
      await running.waitFor("ready")
      running.child.kill(signal)
      expect(await running.result).toEqual({ code: 9, signal: null, stdout: `ready\ngot ${signal}\n`, stderr: "" })
      expect(onlyBlock(home)).toMatchObject({ exitCode: 9, stdout: `ready\ngot ${signal}\n` })
    })

    it(`${signal} ends a command that does not expect it, and all it has started`, async () => {
      using home = new Home()
      await using running = await startPiped(home, ["exec", "--", "sleep 1000 & sleep 2000; echo on"])
      const commands = () => processesOf(home.path).map(({ command }) => command)
      // A child that has not begun its program yet has the shell's own way with signals.
      await eventually(() => expect(commands()).toEqual(expect.arrayContaining(["sleep 1000", "sleep 2000"])))
      running.child.kill(signal)
      const { code } = await running.result
      // bash starts background jobs of a script with SIGINT ignored: nobody asked for its end.
      await eventually(() => expect(commands()).toEqual(signal === "SIGINT" ? ["sleep 1000"] : []))
      // Nor is it waited for, though it holds our pipe.
      expect(code).toBe(128 + number)
      expect(onlyBlock(home).status).toBe(signal === "SIGINT" ? "interrupted" : "failure")
    })
  }

  it("a second one ends it at once", async () => {
    using home = new Home()
    const script = 'process.on("SIGTERM", () => console.log("no"))'
    await using running = await startPiped(home, ["exec", "--", "node", "-e", `${script}; ${STAY}`])
    await running.waitFor("ready")
    running.child.kill("SIGTERM")
    await running.waitFor("no")
    running.child.kill("SIGTERM")
    expect(await running.result).toMatchObject({ code: 137, signal: null })
    expect(onlyBlock(home)).toMatchObject({ signal: "SIGKILL", stdout: "ready\nno\n" })
    await eventually(() => expect(processesOf(home.path)).toEqual([]))
  })

  it("a command that dies of one gives 128 and its number", async () => {
    using home = new Home()
    expect(await exec(home, "kill -KILL $$")).toMatchObject({ code: 137, stderr: "" })
    expect(onlyBlock(home)).toMatchObject({ status: "failure", exitCode: null, signal: "SIGKILL" })
  })
})

describe("the time limit of exec", () => {
  it("is MAX_PROCESS_TIMEOUT: SIGTERM for all of it, one line that says what allows more", async () => {
    using home = new Home()
    const result = await runPiped(home, ["exec", "--", "echo begun; sleep 1000; echo never"], {
      env: { MAX_PROCESS_TIMEOUT: "2000" }
    })
    expect(result).toEqual({
      code: 143,
      signal: null,
      stdout: "begun\n",
      stderr:
        "effecttalk: the command was ended after 2000 ms (MAX_PROCESS_TIMEOUT); --timeout 10m or --timeout none allows more\n"
    })
    expect(onlyBlock(home)).toMatchObject({ signal: "SIGTERM", stdout: "begun\n", metadata: { timeLimit: 2000 } })
    expect(onlyBlock(home).metadata.notices).toHaveLength(1)
    await eventually(() => expect(processesOf(home.path)).toEqual([]))
  })

  it("kills what ignores SIGTERM", async () => {
    using home = new Home()
    const { code } = await runPiped(home, ["exec", "--timeout", "2s", "--", "trap '' TERM; while :; do sleep 1; done"])
    expect(code).toBe(137)
    await eventually(() => expect(processesOf(home.path)).toEqual([]))
  })

  it("is --timeout before it, also for none at all", async () => {
    using home = new Home()
    const env = { MAX_PROCESS_TIMEOUT: "100" }
    for (const limit of ["1h", "none"]) {
      const result = await runPiped(home, ["exec", "--timeout", limit, "--", "sleep 0.5; echo done"], { env })
      expect(result).toMatchObject({ code: 0, stdout: "done\n", stderr: "" })
    }
  })
})

describe("exec that cannot", () => {
  it("refuses a configuration that does not fit, with every problem, before anything runs", async () => {
    using home = new Home()
    const result = await runPiped(home, ["exec", "--", "touch ran"], {
      env: { MAX_PROCESS_TIMEOUT: "soon", EFFECTTALK_LEADER: "F1" }
    })
    expect(result).toMatchObject({ code: 2, stdout: "" })
    expect(result.stderr).toContain("MAX_PROCESS_TIMEOUT")
    expect(result.stderr).toContain("EFFECTTALK_LEADER")
    expect(existsSync(join(home.path, "ran"))).toBe(false)
    expect(existsSync(home.dataDir)).toBe(false)
  })

  it("runs nothing somewhere else when the caller's directory is gone", async () => {
    using home = new Home()
    const result = await runScript(home, "mkdir -p here/gone; cd here/gone; rmdir ../gone; et exec -- 'pwd; ls ..'")
    expect(result).toMatchObject({ code: 1, stdout: "" })
    expect(result.stderr).toBe("effecttalk: the working directory is gone; exec runs its command in no other one\n")
    expect(existsSync(join(home.dataDir, "active"))).toBe(false)
  })

  it("tells usage errors in one line", async () => {
    using home = new Home()
    for (const [args, line] of [
      [["exec"], "exec needs a command after --, as in: effecttalk exec -- ls -l"],
      [["exec", "--"], "exec needs a command after --, as in: effecttalk exec -- ls -l"],
      [["exec", "ls", "-l"], "exec needs a command after --, as in: effecttalk exec -- ls -l"],
      [["exec", "--timeout", "never", "--", "touch ran"], '--timeout: "never" is neither none nor a duration']
    ] as const) {
      const result = await runPiped(home, args)
      expect(result).toMatchObject({ code: 2, stdout: "" })
      expect(result.stderr).toContain(line)
      expect(result.stderr.split("\n")).toHaveLength(2)
    }
    expect(existsSync(join(home.path, "ran"))).toBe(false)
  })

  it("save still runs: output, exit code, and one line on stderr", async () => {
    using home = new Home()
    writeFileSync(home.dataDir, "in its place")
    const result = await exec(home, "echo runs; exit 4")
    expect(result).toMatchObject({ code: 4, stdout: "runs\n" })
    expect(result.stderr).toMatch(/^effecttalk: this block was not saved: .*\n$/)
  })

  const mounts = spawnSync("unshare", ["-m", "true"]).status === 0
  it.skipIf(!mounts)("save on a full disk runs to the end as well", async () => {
    using home = new Home()
    mkdirSync(home.dataDir, { mode: 0o700 })
    const script = `mount -t tmpfs -o size=128k,mode=700 none "$EFFECTTALK_DATA_DIR"
      head -c 1000000 /dev/zero >"$EFFECTTALK_DATA_DIR/filler" 2>/dev/null
      et exec -- 'seq 50000; exit 5' | tail -1; echo "\${PIPESTATUS[0]}"`
    await ensureBuilt()
    const text = `et() { "$NODE" "$BINARY" "$@"; }\n${script}`
    const { stdout, stderr } = spawnSync("unshare", ["-m", "bash", "-c", text], {
      env: { ...home.environment(), NODE: process.execPath, BINARY },
      cwd: home.path,
      encoding: "utf8"
    })
    expect(stdout).toBe("50000\n5\n")
    expect(stderr).toMatch(/^effecttalk: this block was not saved: .*ENOSPC.*\n$/)
  })
})

describe("exec on a terminal", () => {
  it("gives the command one of the same size, which follows", async () => {
    await using t = await inTerminal(
      `et exec -- 'test -t 0 && test -t 1 && test -t 2 && echo all; stty size; trap "stty size; exit" WINCH; echo rea""dy; while :; do sleep 0.05; done'; echo "status $?"`
    )
    await t.waitFor("ready")
    expect(t.screen().slice(0, 2)).toEqual(["all", "30 100"])
    t.resize(70, 20)
    await t.waitFor(/^status 0$/m)
    expect(t.screen()).toContain("20 70")
    expect(onlyBlock(t.home).stdout).toBe("all\n30 100\nready\n20 70\n")
    // Whoever sits there ends a program when they like.
    expect(onlyBlock(t.home).metadata).not.toHaveProperty("timeLimit")
  })

  it("passes every key on as it is, and gives the terminal back as it was", async () => {
    await using t = await inTerminal(
      `before=$(stty -g); et exec -- 'stty raw -echo; echo rea""dy; head -c 6 | od -An -tx1'; [[ $(stty -g) == "$before" ]] && echo "as before"`
    )
    await t.waitFor("ready")
    t.bytes(Buffer.from([0x03, 0x1a, 0x1c, 0x11, 0xc3, 0x28]))
    await t.waitFor(/03 1a 1c 11 c3 28/)
    await t.waitFor("as before")
  })

  it("lets Ctrl+C end the program, not us", async () => {
    await using t = await inTerminal(
      `et exec -- 'trap "echo caught; exit 6" INT; echo rea""dy; while :; do sleep 0.05; done'; echo "status $?"`
    )
    await t.waitFor("ready")
    t.keys("ctrl+c")
    await t.waitFor(/^status 6$/m)
    expect(onlyBlock(t.home)).toMatchObject({ exitCode: 6 })
    expect(onlyBlock(t.home).stdout).toContain("caught\n")
  })

  it("mends a terminal that a killed program has left on its alternate screen", async () => {
    await using t = await inTerminal(
      `before=$(stty -g); et exec --timeout 300ms -- 'printf "\\e[?1049h\\e[?1000h\\e[?25l\\e[?2004hfull"; sleep 1000'; echo "status $?"; [[ $(stty -g) == "$before" ]] && echo same`
    )
    await t.waitFor(/^same$/m)
    expect(t.screen()).toContain("status 143")
    expect(t.modes).toEqual(INITIAL_MODES)
  })

  it("loses nothing of commands that print 20 KB and end", async () => {
    await using t = await inTerminal(
      `for i in {1..8}; do et exec -- 'head -c 20000 /dev/zero | tr "\\0" x'; done >/dev/tty`
    )
    await t.exit
    expect(t.outputSince().split("x").length - 1).toBe(8 * 20_000)
    const active = join(t.home.dataDir, "active")
    const stored = readdirSync(active).map((name) => JSON.parse(readIfThere(join(active, name))).blocks[0].stdout)
    expect(stored).toEqual(Array(8).fill("x".repeat(20_000)))
  }, 60_000)

  it("keeps standard error apart on a second terminal, without pagers that would wait there", async () => {
    await using t = await inTerminal(
      `et exec --split-stderr -- 'test -t 2 && echo tty; echo "$PAGER" "$GIT_PAGER"; echo oops >&2; (exec </dev/tty && stty size)'; echo "status $?"`
    )
    await t.waitFor(/^status 0$/m)
    expect(onlyBlock(t.home)).toMatchObject({ stdout: "tty\ncat cat\n30 100\n", stderr: "oops\n" })
    expect(t.screen()).toContain("oops")
  })

  it("holds up nobody who prints much on a second terminal, or on one without keys", async () => {
    await using t = await inTerminal(`et exec --split-stderr -- 'seq 20000 >&2'; et exec -- 'seq 30000' </dev/null`)
    await t.exit
    const active = join(t.home.dataDir, "active")
    const blocks = readdirSync(active).map((name): Block => JSON.parse(readIfThere(join(active, name))).blocks[0])
    expect(blocks.map(({ stdout, stderr }) => `${stdout}${stderr}`.split("\n").length - 1).sort()).toEqual([
      20000, 30000
    ])
  })

  it("sends standard error where the caller wants it", async () => {
    await using t = await inTerminal(
      `et exec --split-stderr -- 'test -t 2 || echo no tty; echo oops >&2; seq 30000 >&2' 2>~/log; wc -l <~/log`
    )
    await t.exit
    expect(t.screen().slice(0, 2)).toEqual(["no tty", "30001"])
    expect(onlyBlock(t.home).stderr).toMatch(/^oops\n1\n/)
  })

  it("reads standard input that is no terminal from where it comes, and still prints on one", async () => {
    await using t = await inTerminal(
      `printf 'x\\ny' | et exec -- 'cat; test -t 1 && echo; echo tty; stty size <&1; exit 3'; echo "status $?"; et exec -- cat </dev/null; echo "and $?"`
    )
    await t.waitFor(/^and 0$/m)
    expect(t.screen().slice(0, 6)).toEqual(["x", "y", "tty", "30 100", "status 3", "and 0"])
  })

  it("lets Ctrl+C reach a command in a pipeline once", async () => {
    await using t = await inTerminal(
      `et exec -- 'trap "echo one more" INT; echo rea""dy; for i in {1..40}; do sleep 0.05; done; echo over; exit 8' | (trap "" INT; cat); echo "status \${PIPESTATUS[0]}"`
    )
    await t.waitFor("ready")
    t.keys("ctrl+c")
    await t.waitFor(/^status 8$/m)
    expect(t.screen().filter((row) => row.includes("one more"))).toHaveLength(1)
  })

  it("takes no keys in the background", async () => {
    await using t = await inTerminal(`set -m; et exec -- 'echo from the back' & wait; read -r line; echo "got $line"`)
    await t.waitFor("from the back")
    t.type("mine\r")
    await t.waitFor("got mine")
  })

  it("ends with its terminal", async () => {
    await using t = await inTerminal(`et exec -- 'sleep 1000'`)
    await executed(t, "sleep 1000")
    t.hangUp()
    await t.waitForNoProcesses()
    expect(onlyBlock(t.home)).toMatchObject({ status: "failure", signal: "SIGHUP" })
    rmSync(t.home.dataDir, { recursive: true })
  })

  it("binds a command there too by a limit that somebody has set", async () => {
    await using t = await inTerminal(`et exec -- 'sleep 1000'; echo "status $?"`, {
      env: { MAX_PROCESS_TIMEOUT: "300" }
    })
    await t.waitFor(/^status 143$/m)
    expect(t.row(0)).toMatch(/^effecttalk: the command was ended after 300 ms \(MAX_PROCESS_TIMEOUT\)/)
  })

  itWith(["vim"], "runs an editor", async () => {
    await using t = await inTerminal(`et exec -- vim -u NONE -n file.txt; echo "status $?"`)
    await t.waitFor(/^~/m)
    t.type("ihello\x1b:wq\r")
    await t.waitFor(/^status 0$/m)
    expect(t.home.read("file.txt")).toBe("hello\n")
    expect(t.modes).toEqual(INITIAL_MODES)
  })
})
