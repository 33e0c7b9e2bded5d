import { execFileSync, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gone, headerRow, opened, ready, run, shownBlocks } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runScript } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const wide = { cols: 120, rows: 30 }

const leave = async (t: Terminal): Promise<void> => {
  t.keys("ctrl+\\", "q")
  expect(await t.exit).toEqual({ code: 0, signal: null })
}

const active = (home: Home): string => join(home.dataDir, "active")

/** Leaves a session with one block behind; its id. */
const makeSession = async (home: Home, command: string): Promise<string> => {
  const before = existsSync(active(home)) ? readdirSync(active(home)) : []
  await using t = await effecttalk({ ...wide, home })
  await run(t, command)
  await leave(t)
  const [made] = readdirSync(active(home)).filter((name) => !before.includes(name))
  return made!.replace(".json", "")
}

/** Runs without a terminal on the streams that `stdio` makes pipes of. */
const piped = async (home: Home, args: ReadonlyArray<string>) => {
  await ensureBuilt()
  const { status, stdout, stderr } = spawnSync(process.execPath, [BINARY, ...args], {
    env: home.environment(),
    cwd: home.path,
    encoding: "utf8"
  })
  return { status, stdout, stderr }
}

/** What the arguments of the test under strace name; a session's own id may begin or end with any of their letters. */
const NAMED = /passwd|\/x\.json|\/x\b|\bzzzz\b/

const HOSTILE_IDS: ReadonlyArray<readonly [string, string]> = [
  ["../../x", '"../../x" cannot be a session id'],
  ["/etc/passwd", '"/etc/passwd" cannot be a session id'],
  ["..", '".." cannot be a session id'],
  ["", "A session id cannot be empty"],
  ["-x", '"-x" cannot be a session id'],
  ["a b", '"a b" cannot be a session id'],
  ["a\x1b]0;pwned\x07b\n", '"a\\u001b]0;pwned\\u0007b\\n" cannot be a session id'],
  ["\u202eabc", '"\\u{202e}abc" cannot be a session id'],
  ["a".repeat(5000), `"${"a".repeat(64)}"… (5000 characters) cannot be a session id`],
  ["zzzz", 'There is no session "zzzz"']
]

describe("an id that names no session", () => {
  describe("is refused in one escaped line", () => {
    let home: Home
    beforeAll(async () => {
      home = new Home()
      await makeSession(home, "true")
    })
    afterAll(() => home[Symbol.dispose]())

    it.each(HOSTILE_IDS.map(([id, message]) => ({ id, message })))("$message", async ({ id, message }) => {
      await using t = await effecttalk({ ...wide, home, args: ["--resume", id] })
      expect(await t.exit).toEqual({ code: 2, signal: null })
      expect(t.primary().join("")).toBe(`effecttalk: ${message}`)
      expect(t.outputSince()).not.toMatch(/\x1b/)
    })
  })

  it("is refused when it is ambiguous, naming those it could be", async () => {
    using home = new Home()
    const id = await makeSession(home, "true")
    const twin = `${id.slice(0, 8)}${"0".repeat(18)}`
    const text = readFileSync(join(active(home), `${id}.json`), "utf8")
    writeFileSync(join(active(home), `${twin}.json`), text.replaceAll(id, twin), { mode: 0o600 })
    await using t = await effecttalk({ ...wide, home, args: ["--resume", id.slice(0, 4)] })
    expect(await t.exit).toEqual({ code: 2, signal: null })
    const named = [id, twin].sort().join(", ")
    expect(t.primary()).toEqual([`effecttalk: 2 sessions begin with "${id.slice(0, 4)}": ${named}`])
  })

  itWith(["strace"], "opens nothing that the arguments name", async () => {
    using home = new Home()
    await makeSession(home, "true")
    home.write("x.json", "{}")
    const trace = join(home.root, "trace")
    for (const id of ["../../home/x", `${home.path}/x`, "/etc/passwd", "../active/x", "zzzz"]) {
      await using t = new Terminal(
        {
          file: "strace",
          args: ["-f", "-qq", "-e", "trace=%file", "-o", trace, process.execPath, BINARY, "--resume", id]
        },
        { ...wide, home }
      )
      expect(await t.exit).toEqual({ code: 2, signal: null })
      const touched = readFileSync(trace, "latin1").split("\n")
      expect(touched.length).toBeGreaterThan(10)
      expect(touched.filter((line) => NAMED.test(line) && !line.includes("execve"))).toEqual([])
    }
  })
})

describe("arguments", () => {
  describe("that are wrong are told once, in one line", () => {
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [["--bogus"], 'effecttalk has no option "--bogus": effecttalk --help lists them'],
      [["some", "words"], 'there is no command "some": effecttalk help lists them'],
      [["--continue", "x"], "Received unknown argument: 'x'"],
      [["--resume", "a", "b"], "Received unknown argument: 'b'"],
      [["--\x1b[2J\x07"], 'effecttalk has no option "--\\u001b[2J\\u0007": effecttalk --help lists them']
    ]
    it.each(cases.map(([args, message]) => ({ args, message })))("$message", async ({ args, message }) => {
      using home = new Home()
      expect(await piped(home, args)).toEqual({ status: 2, stdout: "", stderr: `effecttalk: ${message}\n` })
    })
  })

  it("that are long are told in short", async () => {
    using home = new Home()
    const long = await piped(home, ["x".repeat(100_000)])
    expect(long.status).toBe(2)
    expect(long.stderr.length).toBeLessThan(250)
  })

  it("that ask for the version are answered", async () => {
    using home = new Home()
    const version = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version
    for (const option of ["--version", "-v"]) {
      expect(await piped(home, [option])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" })
    }
  })
})

describe("without a terminal", () => {
  it("the program says what to do instead", async () => {
    using home = new Home()
    await ensureBuilt()
    const instead =
      "a terminal is needed on standard input and output; over ssh use `ssh -t host effecttalk`, and in a script run the command itself"
    for (const args of [[], ["--continue"], ["--resume", "abc"]]) {
      expect(await piped(home, args)).toEqual({ status: 2, stdout: "", stderr: `effecttalk: ${instead}\n` })
    }
    // One of the two is not enough, and the other is left as it was.
    for (const redirection of ["</dev/null", "| cat"]) {
      const script = `"$0" "$@" ${redirection}; echo "status \${PIPESTATUS[0]}"`
      await using t = new Terminal(
        { file: "bash", args: ["-c", script, process.execPath, BINARY] },
        { cols: 200, rows: 10, home }
      )
      await t.exit
      expect(t.primary()).toEqual([`effecttalk: ${instead}`, "status 2"])
      expect(t.outputSince()).not.toContain("\x1b")
    }
    expect(existsSync(home.dataDir)).toBe(false)
  })

  it("the list of sessions is printed all the same", async () => {
    using home = new Home()
    const id = await makeSession(home, "true")
    const list = await piped(home, ["--resume"])
    expect(list).toMatchObject({ status: 0, stderr: "" })
    expect(list.stdout).toMatch(new RegExp(`^${id.slice(0, 8)}  .*  1 block  ~  true\n$`))
  })
})

describe("a session file that cannot be trusted", () => {
  const HARM: Readonly<Record<string, (file: string) => void>> = {
    truncated: (file) => truncateSync(file, 200),
    empty: (file) => truncateSync(file, 0),
    "not JSON": (file) => writeFileSync(file, "\x1b]0;pwned\x07 not json"),
    "a symbolic link": (file) => {
      renameSync(file, `${file}.real`)
      symlinkSync(`${file}.real`, file)
    },
    "a directory": (file) => {
      rmSync(file)
      mkdirSync(file)
    },
    "a FIFO": (file) => {
      rmSync(file)
      execFileSync("mkfifo", [file])
    },
    ...(process.getuid?.() === 0
      ? { "another user's": (file: string) => chownSync(file, 12345, 12345) }
      : { unreadable: (file: string) => chmodSync(file, 0) })
  }

  const names = Object.keys(HARM)
  let home: Home
  let good = ""
  const bad = (name: string): string => `bad${names.indexOf(name)}${good.slice(4)}`
  beforeAll(async () => {
    home = new Home()
    good = await makeSession(home, "echo the go''od one")
    const whole = readFileSync(join(active(home), `${good}.json`), "utf8")
    for (const [name, harm] of Object.entries(HARM)) {
      const file = join(active(home), `${bad(name)}.json`)
      writeFileSync(file, whole.replaceAll(good, bad(name)), { mode: 0o600 })
      harm(file)
    }
  })
  afterAll(() => home[Symbol.dispose]())

  it.each(names)("is refused by name: %s", async (name) => {
    await using refused = await effecttalk({ cols: 400, rows: 5, home, args: ["--resume", bad(name)] })
    expect(await refused.exit).toEqual({ code: 3, signal: null })
    expect(refused.primary()).toEqual([expect.stringMatching(`^effecttalk: .*${bad(name)}`)])
    expect(refused.outputSince()).not.toContain("\x1b")
  })

  it("leaves the others listed and working", async () => {
    const list = await piped(home, ["--resume"])
    expect(list.status).toBe(0)
    expect(list.stdout).toMatch(new RegExp(`^${good.slice(0, 8)} [^\n]*the go''od one\n$`))
    const lines = list.stderr.split("\n")
    expect(lines.map((line) => names.find((name) => line.includes(bad(name))))).toEqual([...names, undefined])
    await using other = await effecttalk({ ...wide, home, args: ["--continue"] })
    await other.waitFor("the good one")
    await leave(other)
    expect(other.primary()).toEqual([expect.stringMatching(/^effecttalk --resume \w{6}$/)])
    // Refusing is all that was done.
    for (const name of names) expect(lstatSync(join(active(home), `${bad(name)}.json`)), name).toBeDefined()
  })
})

describe("a DATA_DIR that cannot be written", () => {
  it("costs nothing but the saving, says so, and recovers by itself", async () => {
    using home = new Home()
    writeFileSync(home.dataDir, "a file in its place")
    await using t = await effecttalk({ ...wide, home })
    await t.waitFor(/^EffectTalk .* not saved: /m)
    expect((await run(t, "echo wor''ks")).rows[0]).toBe("works")
    expect(t.row(0)).toMatch(/ · ~ .* not saved: .+$/)
    rmSync(home.dataDir)
    await t.waitFor((rows) => !rows[0]!.includes("not saved"))
    await leave(t)
    expect(t.primary()).toEqual([expect.stringMatching(/^effecttalk --resume \w{6}$/)])
    await using u = await effecttalk({ ...wide, home, args: ["--continue"] })
    await u.waitFor(/^works$/m)
  })

  it("may be removed in the middle of a session, which is written again whole", async () => {
    using home = new Home()
    await using t = await effecttalk({ ...wide, home })
    await run(t, "echo bef''ore")
    await opened(home)
    // At once: what is taken away file by file gets new ones meanwhile.
    writeFileSync(`${home.dataDir}.file`, "")
    for (let away = 0; !statSync(home.dataDir, { throwIfNoEntry: false })?.isFile(); away++) {
      renameSync(home.dataDir, `${home.dataDir}.${away}`)
      try {
        linkSync(`${home.dataDir}.file`, home.dataDir)
      } catch {
        // It has been made anew in between.
      }
    }
    await run(t, "echo dur''ing")
    await t.waitFor(/^.* not saved: .+$/m)
    rmSync(home.dataDir)
    await t.waitFor((rows) => !rows[0]!.includes("not saved"))
    await leave(t)
    await using u = await effecttalk({ ...wide, home, args: ["--continue"] })
    await u.waitFor(/^during$/m)
    expect(shownBlocks(u.screen()).map(({ rows }) => rows[0])).toEqual(["before", "during"])
  })

  it("asks who leaves what was never saved, and leaves no line to resume it", async () => {
    using home = new Home()
    writeFileSync(home.dataDir, "")
    await using t = await effecttalk({ ...wide, home })
    await run(t, "echo lo''st")
    t.keys("ctrl+d")
    await t.waitFor("It is lost when you leave now.")
    t.type("y")
    await gone(t)
    expect(t.primary()).toEqual([
      `effecttalk: this session was not saved: "${home.dataDir}" was refused: it is no directory`
    ])
    expect(readFileSync(home.dataDir, "utf8")).toBe("")
  })

  // A file system of its own needs a mount namespace of its own, which root has and some others may make.
  const mounts = spawnSync("unshare", ["-m", "true"]).status === 0
  it.skipIf(!mounts)("may be a full disk, until there is room again", async () => {
    await ensureBuilt()
    using home = new Home()
    mkdirSync(home.dataDir, { mode: 0o700 })
    const script = `mount -t tmpfs -o size=256k,mode=700 none "$DATA" && exec "$0" "$@"`
    await using t = new Terminal(
      { file: "unshare", args: ["-m", "sh", "-c", script, process.execPath, BINARY] },
      { ...wide, home, env: { DATA: home.dataDir } }
    )
    await run(t, "echo sa''ved")
    expect(t.row(0)).not.toContain("not saved")
    // Fill it from inside: the namespace is the shell's as well.
    t.type('head -c 1000000 /dev/zero > "$DATA/filler" 2>/dev/null; seq 4000\r')
    await t.waitFor(/^4000$/m)
    await t.waitFor(/^.* not saved: the disk is full \(ENOSPC\)$/m)
    expect((await run(t, "echo go''es on")).rows[0]).toBe("goes on")
    await run(t, 'rm "$DATA/filler"')
    await t.waitFor((rows) => !rows[0]!.includes("not saved"))
    await run(t, 'cp -r "$DATA" "$HOME/copy"')
    await leave(t)
    expect(t.primary()).toEqual([expect.stringMatching(/^effecttalk --resume \w{6}$/)])
    const [journal] = readdirSync(join(home.path, "copy/active")).filter((name) => name.endsWith(".journal"))
    const kept = readFileSync(join(home.path, "copy/active", journal!), "latin1")
    for (const text of ["saved", "4000", "goes on"]) expect(kept).toContain(`"${text}"`)
  })

  it.skipIf(!mounts)("may be read-only, until it is not", async () => {
    await ensureBuilt()
    using home = new Home()
    mkdirSync(home.dataDir, { mode: 0o700 })
    const script = `mount -t tmpfs -o ro,mode=700 none "$DATA" && exec "$0" "$@"`
    await using t = new Terminal(
      { file: "unshare", args: ["-m", "sh", "-c", script, process.execPath, BINARY] },
      { ...wide, home, env: { DATA: home.dataDir } }
    )
    await t.waitFor(/^.* not saved: the file system is read-only \(EROFS\)$/m)
    await run(t, 'mount -o remount,rw "$DATA"')
    await t.waitFor((rows) => !rows[0]!.includes("not saved"))
    expect((await run(t, 'ls "$DATA/active"')).rows.join()).toMatch(/\.journal/)
  })
})

describe("a disk that is full", () => {
  it.each(
    ["sessions", "sessions --json", "show $id", "show --json $id", "config", "config --check", "paths"].concat([
      "help",
      "completions bash",
      "--version"
    ])
  )("is told of when it should take what %s prints", async (args) => {
    using home = new Home()
    const script = `id=$(et exec -- 'echo kept' >/dev/null; ls ${JSON.stringify(active(home))}); id=\${id%.json}; et ${args} >/dev/full`
    const { code, stderr } = await runScript(home, script)
    expect(stderr).toBe("effecttalk: standard output could not be written: ENOSPC: no space left on device, write\n")
    expect(code).toBe(1)
  })
})

describe("a directory that is gone", () => {
  it("does not keep the program from starting above it", async () => {
    await ensureBuilt()
    const script = `mkdir -p ~/here/gone && cd ~/here/gone && rmdir ~/here/gone && exec "$0" "$@"`
    await using t = new Terminal({ file: "sh", args: ["-c", script, process.execPath, BINARY] }, wide)
    await ready(t)
    expect(headerRow(t)).toMatch(/ · ~\/here$/)
    expect((await run(t, "pwd")).rows[0]).toBe(`${t.home.path}/here`)
  })
})
