import { execFileSync } from "node:child_process"
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { afterEach, beforeEach } from "vitest"
import { isAlive, sessionMembers } from "../../src/platform.ts"
import { type HelperOptions, runHelper } from "../../src/services/runHelper.ts"
import { openPty } from "../../src/shell/Pty.ts"
import { eventually } from "../harness/eventually.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effecttalk-helper-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const env = { PATH: process.env.PATH ?? "/usr/bin:/bin" }

const sh = (script: string, options: Partial<HelperOptions> = {}): HelperOptions => ({
  command: "sh",
  args: ["-c", script],
  cwd: folder,
  env,
  timeout: 10_000,
  maxOutputBytes: 100_000,
  ...options
})

/** Waits until a script has written its pid. */
const pidIn = (name: string) =>
  Effect.promise(async () => {
    const path = join(folder, name)
    await eventually(() => expect(existsSync(path) && statSync(path).size).toBeGreaterThan(1))
    return Number(readFileSync(path, "utf8"))
  })

const LINKS = "for fd in /proc/$$/fd/*; do readlink $fd; done; true"

it.effect("gives output, the beginning of the errors and the exit code", () =>
  Effect.gen(function* () {
    const result = yield* runHelper(sh("seq 1 5000; echo no >&2; cat; pwd; env; exit 3", { env: { ...env, A: "b" } }))
    const out = result.stdout.toString()
    expect(out.startsWith("1\n2\n")).toBe(true)
    expect(out).toContain(`\n5000\n${folder}\n`)
    expect(out).toContain("\nA=b\n")
    expect(out).not.toContain("HOME=")
    expect(result).toMatchObject({ exitCode: 3, stderr: "no\n" })
    expect((yield* runHelper(sh("head -c 100000 /dev/zero >&2"))).stderr).toHaveLength(4096)
    expect((yield* runHelper(sh("kill -9 $$"))).exitCode).toBeNull()
  })
)

it.effect("lets a helper hold no terminal of a block, which a plain child does", () =>
  Effect.gen(function* () {
    const ptys = [0, 1].map(() => openPty({ file: "cat", args: [], cwd: folder, env, cols: 80, rows: 24 }))
    // A gap in the descriptors and one far up: all are covered.
    const high = Array.from({ length: 40 }, () => openSync("/dev/null", "r"))
    const last = openPty({ file: "cat", args: [], cwd: folder, env, cols: 80, rows: 24 })
    for (const descriptor of high) closeSync(descriptor)
    try {
      expect(execFileSync("sh", ["-c", LINKS]).toString()).toContain("ptmx")
      const { stdout } = yield* runHelper(sh(`${LINKS}; (exec </dev/tty) 2>/dev/null && echo terminal`))
      const links = stdout.toString().trim().split("\n")
      expect(links.length).toBeGreaterThan(40)
      expect(links.filter((link) => !/^(\/dev\/null|(pipe|socket):\[\d+\]|\/proc\/\d+\/fd)$/.test(link))).toEqual([])
    } finally {
      for (const pty of [...ptys, last]) {
        pty.close()
      }
    }
  })
)

it.effect("fails when it cannot start", () =>
  Effect.gen(function* () {
    const reason = (options: HelperOptions) => Effect.map(Effect.flip(runHelper(options)), (error) => error.reason)
    expect(yield* reason(sh("", { command: "no-such-program" }))).toBe("NotFound")
    expect(yield* reason(sh("", { command: folder }))).toBe("NotFound")
    expect(yield* reason(sh("", { cwd: join(folder, "missing") }))).toBe("NoDirectory")
    expect(yield* reason(sh("", { args: ["a\0b"] }))).toBe("NotStarted")
  })
)

it.effect("ends what takes too long, with its children, however stubborn", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(
      Effect.flip(runHelper(sh("trap '' TERM; (trap '' TERM; sleep 60; sleep 60) & echo $$ > pid; wait; sleep 60")))
    )
    const pid = yield* pidIn("pid")
    expect(sessionMembers(pid)?.length).toBeGreaterThan(1)
    yield* TestClock.adjust(9_999)
    expect(isAlive(pid, null)).toBe(true)
    yield* TestClock.adjust(1)
    expect(yield* Fiber.join(fiber)).toMatchObject({ reason: "TooSlow", message: "sh took too long and was ended" })
    expect(isAlive(pid, null)).toBe(false)
    // A process that ends lets its output go before it has ended.
    yield* Effect.promise(() => eventually(() => expect(sessionMembers(pid)).toEqual([])))
  })
)

it.effect("ends what prints without end", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(runHelper(sh("echo $$ > pid; yes")))
    expect(error.reason).toBe("TooMuch")
    expect(isAlive(yield* pidIn("pid"), null)).toBe(false)
    expect((yield* runHelper(sh("head -c 100000 /dev/zero"))).stdout).toHaveLength(100_000)
  })
)

it.effect("ends with the fiber that waits for it, and lets it tidy up", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(
      runHelper(sh("trap 'rm lock; exit' TERM; touch lock; echo $$ > pid; sleep 60 & wait"))
    )
    const pid = yield* pidIn("pid")
    yield* Fiber.interrupt(fiber)
    expect(isAlive(pid, null)).toBe(false)
    expect(existsSync(join(folder, "lock"))).toBe(false)
  })
)

it.effect("does not wait for ever for a child that keeps its output open", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.flip(runHelper(sh("sleep 60 & echo $! > pid"))))
    const pid = yield* pidIn("pid")
    yield* TestClock.adjust(10_000)
    expect((yield* Fiber.join(fiber)).reason).toBe("TooSlow")
    yield* Effect.promise(() => eventually(() => expect(isAlive(pid, null)).toBe(false)))
  })
)
