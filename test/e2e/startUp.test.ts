import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { ready } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { INITIAL_MODES } from "../harness/Emulator.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { Terminal } from "../harness/Terminal.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

describe("what is typed before the program is there", () => {
  it("runs exactly once, and what is typed behind it is its input", async () => {
    await using t = await effecttalk()
    t.type("echo once >> ran; read word; echo heard $word\rcat\r")
    await t.waitFor("heard cat")
    await ready(t)
    expect(t.home.read("ran")).toBe("once\n")
  })

  it("waits for start files that take their time", async () => {
    await using t = await effecttalk({ rc: "until [ -e ~/go ]; do sleep 0.02; done" })
    t.type("echo o''nce >> ran; cat ran\r")
    await t.waitFor("Alt+Enter")
    expect(existsSync(join(t.home.path, "ran"))).toBe(false)
    t.home.write("go", "")
    await t.waitFor("once")
    await ready(t)
    expect(t.home.read("ran")).toBe("once\n")
  })
})

it("never moves the first prompt, nor the cursor behind it", async () => {
  const rc = "PS1='\\[\\e[32m\\]first-line\\[\\e[0m\\]\\nsecond-line> '"
  await using t = await effecttalk({ cols: 100, rows: 30, rc })
  await t.waitFor("second-line>")
  const early = { prompt: t.find("first-line"), color: t.cell(0, t.find("first-line").y), cursor: { ...t.cursor } }
  expect(early.cursor).toMatchObject({ x: 13, y: early.prompt.y + 1, visible: true })
  await t.waitFor("Alt+Enter")
  expect({ prompt: t.find("first-line"), color: t.cell(0, early.prompt.y), cursor: { ...t.cursor } }).toEqual(early)
})

describe("an end while the program is being loaded", () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`by ${signal} leaves nothing`, async () => {
      await using t = await effecttalk({ rc: "sleep 1000" })
      // The launcher's picture.
      await t.waitFor("EffectTalk")
      expect(t.modes.alternateScreen).toBe(true)
      t.kill(signal)
      expect(await t.exit).toEqual({ code: null, signal })
      expect(t.modes).toEqual(INITIAL_MODES)
      await t.waitForNoProcesses()
      expect(readdirSync(t.home.runtimeDir)).toEqual([])
    })
  }

  it("by a bug of ours is told where it can be read", async () => {
    const bug = `const crypto = require("node:crypto")
      const { randomBytes } = crypto
      // As many as a session's id has.
      crypto.randomBytes = (size) => { if (size === 20) throw new Error("bo" + "om"); return randomBytes(size) }`
    using home = new Home({ files: { "bug.cjs": bug } })
    await using t = await effecttalk({ home, env: { NODE_OPTIONS: `--require=${home.path}/bug.cjs` } })
    expect(await t.exit).toEqual({ code: 1, signal: null })
    expect(t.modes).toEqual(INITIAL_MODES)
    expect(t.primary().join("\n")).toContain("effecttalk: Error: boom")
    await t.waitForNoProcesses()
    expect(readdirSync(home.runtimeDir)).toEqual([])
  })
})

it("gives the commands the default TERM in place of one that does not fit, and says so", async () => {
  await using t = await effecttalk({ cols: 120, env: { PTY_TERM_TYPE: "bad!term" } })
  await t.waitFor(
    'PTY_TERM_TYPE (environment): "bad!term" is not a terminfo name such as xterm-256color; xterm-256color is used'
  )
  t.type("printenv TERM\r")
  await t.waitFor(/^xterm-256color$/m)
})

/** The built program as it is installed, in a folder that may be written to. */
const install = async (): Promise<Home> => {
  await ensureBuilt()
  const home = new Home()
  for (const part of ["bin/effecttalk.cjs", "dist", "package.json"]) {
    cpSync(join(ROOT, part), join(home.path, "app", part), { recursive: true })
  }
  symlinkSync(join(ROOT, "node_modules"), join(home.path, "app/node_modules"))
  return home
}

/** Starts what is installed, runs a command and leaves. */
const startOnce = async (home: Home): Promise<void> => {
  await using t = new Terminal({ file: process.execPath, args: [join(home.path, "app/bin/effecttalk.cjs")] }, { home })
  await ready(t)
  t.type("echo it wo''rks\r")
  await t.waitFor("it works")
  await ready(t)
  t.type("exit\r")
  expect(await t.exit).toEqual({ code: 0, signal: null })
}

describe("the code cache", () => {
  it("is made by the first program that leaves without one, and kept by the next", async () => {
    using home = await install()
    const cache = join(home.path, "app/dist/start.cache")
    rmSync(cache)
    await startOnce(home)
    const made = statSync(cache)
    expect(made.size, "functions that ran are in it").toBeGreaterThan(1_000_000)
    await startOnce(home)
    expect(statSync(cache)).toMatchObject({ ino: made.ino, mtimeMs: made.mtimeMs })
  })

  /** Caches that cannot be used, made of a good one and the length of its header. */
  const bad: Readonly<Record<string, (good: Buffer, header: number) => Buffer>> = {
    "of another V8": (good, header) => {
      const changed = Buffer.from(good)
      // Behind the header V8's own begins: a magic number, then the hash of its version.
      changed.writeUInt32LE(good.readUInt32LE(header + 4) ^ 1, header + 4)
      return changed
    },
    "of another build": (good, header) =>
      Buffer.concat([Buffer.from(`0${good.subarray(1, header).toString()}`), Buffer.alloc(good.length)]),
    "that is empty": () => Buffer.alloc(0)
  }
  for (const [name, make] of Object.entries(bad)) {
    it(`${name} is not used, but replaced`, async () => {
      using home = await install()
      const cache = join(home.path, "app/dist/start.cache")
      const good = readFileSync(cache)
      const header = good.indexOf("\n") + 1
      writeFileSync(cache, make(good, header))
      await startOnce(home)
      expect(readFileSync(cache).subarray(0, header + 8)).toEqual(good.subarray(0, header + 8))
    })
  }

  it("may be missing for good where nothing can be written", async () => {
    using home = await install()
    const cache = join(home.path, "app/dist/start.cache")
    rmSync(cache)
    // Root may write anywhere, but not over a directory.
    mkdirSync(join(cache, "taken"), { recursive: true })
    await startOnce(home)
    expect(statSync(cache).isDirectory()).toBe(true)
  })
})
