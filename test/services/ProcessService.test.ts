import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { afterEach, vi } from "vitest"
import { KILL_GRACE_MS } from "../../src/domain/limits.ts"
import { isAlive, sessionMembers } from "../../src/platform.ts"
import { ErrorRecoveryService } from "../../src/services/ErrorRecoveryService.ts"
import {
  type ProcessHandle,
  type ProcessLimits,
  type ProcessOptions,
  ProcessService
} from "../../src/services/ProcessService.ts"
import { ProcessSlots } from "../../src/services/ProcessSlots.ts"
import type { PtyOptions } from "../../src/shell/Pty.ts"
import { eventually } from "../harness/eventually.ts"

/** What the next attempts to open a terminal throw; the real thing once there is nothing left. */
const pty = vi.hoisted(() => ({ openings: [] as Array<Error> }))

vi.mock("../../src/shell/Pty.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/shell/Pty.ts")>()
  return {
    ...original,
    openPty: (options: PtyOptions) => {
      const failure = pty.openings.shift()
      if (failure !== undefined) throw failure
      return original.openPty(options)
    }
  }
})

/** Lets the pauses between attempts pass until all failures have been met, and the one after the last of them too. */
const untilEmpty = ({ openings }: typeof pty) =>
  Effect.gen(function* () {
    while (openings.length > 0) yield* TestClock.adjust(10)
    yield* TestClock.adjust(10_000)
  })

const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", TERM: "xterm", LANG: "C.UTF-8" }

const sh = (script: string, options: Partial<ProcessOptions> = {}): ProcessOptions => ({
  command: "sh",
  args: ["-c", script],
  cwd: tmpdir(),
  env,
  ...options
})

const recovery = ErrorRecoveryService.layer({
  errorRetryMaxAttempts: 3,
  errorRetryBaseDelay: 100,
  errorRetryMaxDelay: 10_000
})
const processes = ({ slots = 100, ...limits }: Partial<ProcessLimits> & { readonly slots?: number } = {}) =>
  ProcessService.layer({ processSpawnTimeout: 5000, maxProcessTimeout: 30_000, ...limits }).pipe(
    Layer.provide(recovery),
    Layer.provideMerge(ProcessSlots.layer(slots))
  )

const text = (process: ProcessHandle) =>
  process.output.pipe(
    Stream.runCollect,
    Effect.map((chunks) => Buffer.concat(Chunk.toReadonlyArray(chunks) as Array<Uint8Array>).toString("utf8"))
  )

/** Everything it prints; `has` waits until something is in it. */
const printed = (process: ProcessHandle) => {
  let all = ""
  const waiting = new Set<() => void>()
  process.on("stdout", (text) => {
    all += text
    for (const look of waiting) look()
  })
  const has = (what: string) =>
    Effect.async<void>((resume) => {
      const look = () => {
        if (all.includes(what)) resume(Effect.void)
      }
      waiting.add(look)
      look()
      return Effect.sync(() => waiting.delete(look))
    })
  return { has, text: () => all }
}

it.layer(processes())("ProcessService", (it) => {
  it.effect("gives the whole output, both streams in order, and then the exit code", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("echo out; echo err >&2; seq 1 4000; exit 7"))
        const expected = ["out", "err", ...Array.from({ length: 4000 }, (_, i) => i + 1)].map((line) => `${line}\r\n`)
        expect(yield* text(process)).toBe(expected.join(""))
        expect(yield* process.exit).toEqual({ exitCode: 7, signal: null, timedOut: false })
      })
    )
  )

  it.effect("runs on a terminal of the given size, which changes and takes keys", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("stty size; echo go; read x; stty size; echo got $x", { cols: 90, rows: 20 }))
        const output = printed(process)
        yield* output.has("go\r\n")
        yield* process.resize(60, 15)
        yield* process.write("key\r")
        yield* process.exit
        expect(output.text()).toBe("20 90\r\ngo\r\nkey\r\n15 60\r\ngot key\r\n")
      })
    )
  )

  it.effect("sends signals to the whole group and tells which one ended it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("echo up; sleep 60; echo not reached"))
        yield* printed(process).has("up")
        yield* process.kill("SIGTERM")
        expect(yield* process.exit).toEqual({ exitCode: null, signal: "SIGTERM", timedOut: false })
        // The others of the group have the signal too; the kernel ends them in its own time.
        yield* Effect.promise(() => eventually(() => expect(sessionMembers(process.pid)).toEqual([])))
        yield* process.kill("SIGKILL")
      })
    )
  )

  it.effect("tells listeners until they stop listening", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("echo one; read x; echo two"))
        const heard: Array<string> = []
        const stop = process.on("data", (bytes) => void heard.push(Buffer.from(bytes).toString("utf8")))
        const exits: Array<unknown> = []
        process.on("exit", (...exit) => void exits.push(exit))
        yield* printed(process).has("one\r\n")
        stop()
        yield* process.write("\r")
        yield* process.exit
        expect(heard.join("")).toBe("one\r\n")
        expect(exits).toEqual([[0, null]])
        yield* Effect.async<void>(
          (resume) => void process.on("exit", (...exit) => resume(Effect.sync(() => void exits.push(exit))))
        )
        expect(exits).toEqual([
          [0, null],
          [0, null]
        ])
      })
    )
  )

  it.effect("keeps what was printed before anybody listened, up to its end", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("printf 'caf\\303\\251'; exit 3"))
        yield* process.exit
        const heard: Array<string> = []
        process.on("stdout", (text) => void heard.push(text))
        expect(heard.join("")).toBe("café")
        expect(yield* text(process)).toBe("")
      })
    )
  )

  it.effect("lets a program wait whose output nobody takes, and goes on with it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("head -c 5000000 /dev/zero | tr '\\0' x; echo; echo done"))
        const all = yield* process.output.pipe(Stream.runFold(0, (sum, bytes) => sum + bytes.length))
        expect(all).toBe(5_000_000 + 2 + "done\r\n".length)
      })
    )
  )

  it.effect("fails when it cannot start", () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const reason = (options: ProcessOptions) =>
        Effect.scoped(spawn(options)).pipe(
          Effect.flip,
          Effect.map((error) => error.reason)
        )
      expect(yield* reason({ ...sh(""), command: "no-such-program" })).toBe("NotFound")
      expect(yield* reason({ ...sh(""), command: tmpdir() })).toBe("NotFound")
      expect(yield* reason(sh("", { cwd: "/nowhere" }))).toBe("NoDirectory")
      expect(yield* reason(sh("", { cwd: "/dev/null" }))).toBe("NoDirectory")
      expect(yield* reason({ ...sh(""), command: "./sh" })).toBe("NotFound")
    })
  )

  it.effect("ends the process and its children when the scope closes, however stubborn they are", () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      for (const script of [
        "sleep 60 & echo up; sleep 60",
        "trap '' TERM; trap : HUP; (trap '' TERM; trap : HUP; while :; do sleep 0.1; done) & echo up; while :; do sleep 0.1; done"
      ]) {
        const scope = yield* Scope.make()
        const process = yield* Scope.extend(spawn(sh(script)), scope)
        yield* printed(process).has("up")
        expect(sessionMembers(process.pid)?.length).toBeGreaterThan(1)
        yield* Scope.close(scope, Exit.void)
        expect(isAlive(process.pid, null)).toBe(false)
        expect(sessionMembers(process.pid)).toEqual([])
      }
    })
  )
})

/** Beyond what `untilEmpty` lets pass, whether or not a busy disk has answered by then. */
const PATIENT = { processSpawnTimeout: 600_000 }

/** A test with a clock of its own. */
const limited = <E>(
  name: string,
  limits: Parameters<typeof processes>[0],
  body: () => Effect.Effect<void, E, ProcessService | ProcessSlots | Scope.Scope>
) => it.scoped(name, () => Effect.provide(body(), processes(limits)))

describe("a process that takes too long", () => {
  const stubborn = "trap 'echo no' TERM; echo up; while :; do sleep 0.02; done"

  limited("is asked to end, and says that its time was up", { maxProcessTimeout: 30_000 }, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const process = yield* spawn(sh("trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.02; done"))
      const output = printed(process)
      yield* output.has("up")
      yield* TestClock.adjust(29_999)
      expect(isAlive(process.pid, null)).toBe(true)
      yield* TestClock.adjust(1)
      expect(yield* process.exit).toEqual({ exitCode: 4, signal: null, timedOut: true })
      expect(output.text()).toContain("bye")
    })
  )

  limited("is killed when it does not end", {}, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const process = yield* spawn(sh(stubborn, { timeout: 50 }))
      const output = printed(process)
      yield* output.has("up")
      yield* TestClock.adjust(50)
      yield* output.has("no")
      yield* TestClock.adjust(KILL_GRACE_MS - 1)
      expect(isAlive(process.pid, null)).toBe(true)
      yield* TestClock.adjust(1)
      expect(yield* process.exit).toEqual({ exitCode: null, signal: "SIGKILL", timedOut: true })
    })
  )

  limited("does not exist without a limit, and one that ended in time is left alone", {}, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const endless = yield* spawn(sh(stubborn, { timeout: null }))
      yield* printed(endless).has("up")
      const short = yield* spawn(sh("exit 5", { timeout: 50 }))
      expect(yield* short.exit).toEqual({ exitCode: 5, signal: null, timedOut: false })
      yield* TestClock.adjust("10 days")
      expect(isAlive(endless.pid, null)).toBe(true)
      yield* endless.kill("SIGKILL")
      expect(yield* endless.exit).toEqual({ exitCode: null, signal: "SIGKILL", timedOut: false })
    })
  )
})

describe("concurrent processes", () => {
  limited("are refused beyond the limit, until one ends or its scope does", { slots: 2 }, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const slots = yield* ProcessSlots
      const waiting = yield* spawn(sh("read x"))
      // By a command of a session.
      slots.take()
      const error = yield* Effect.flip(Effect.scoped(spawn(sh("exit 0"))))
      expect(error.reason).toBe("TooMany")
      expect(error.message).toBe('"sh" was not started: 2 processes run already (MAX_CONCURRENT_PROCESSES)')
      expect(slots.used).toBe(2)
      yield* waiting.write("\r")
      yield* waiting.exit
      expect(slots.used).toBe(1)
      yield* Effect.scoped(spawn(sh("read x")))
      expect(slots.used).toBe(1)
    })
  )

  limited("that cannot start keep no place", { slots: 1 }, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const slots = yield* ProcessSlots
      // In the test's scope, which stays open.
      expect((yield* Effect.flip(spawn(sh("", { cwd: "/nowhere" })))).reason).toBe("NoDirectory")
      expect(slots.used).toBe(0)
    })
  )

  limited("are told to observers, with how long they ran and how they ended", {}, () =>
    Effect.gen(function* () {
      const { spawn, observe } = yield* ProcessService
      const events: Array<unknown> = []
      const watched = yield* Scope.make()
      const observer = {
        processSpawned: () => void events.push("spawned"),
        processExited: (...how: ReadonlyArray<unknown>) => void events.push(how)
      }
      yield* Scope.extend(observe(observer), watched)
      const process = yield* spawn(sh("read x; exit 3"))
      yield* TestClock.adjust(1234)
      yield* process.write("\r")
      yield* process.exit
      yield* Scope.close(watched, Exit.void)
      yield* Effect.flatMap(spawn(sh("exit 0")), ({ exit }) => exit)
      expect(events).toEqual(["spawned", [1234, 3, null]])
    })
  )
})

describe("a start that fails", () => {
  const promises = { stat: fs.promises.stat }

  afterEach(() => {
    pty.openings = []
    Object.assign(fs.promises, promises)
    syncBuiltinESMExports()
  })

  const systemError = (code: string) => Object.assign(new Error(code), { code })

  limited("is tried again while the system has no process or terminal to spare", PATIENT, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      pty.openings = [new Error("forkpty(3) failed."), systemError("EMFILE")]
      const fiber = yield* Effect.fork(spawn(sh("echo at last")))
      yield* untilEmpty(pty)
      expect(yield* text(yield* Fiber.join(fiber))).toBe("at last\r\n")
    })
  )

  limited("says so after its attempts, and keeps no place", PATIENT, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const slots = yield* ProcessSlots
      pty.openings = [1, 2, 3, 4].map(() => new Error("forkpty(3) failed."))
      const fiber = yield* Effect.fork(Effect.flip(spawn(sh("echo never"))))
      yield* untilEmpty(pty)
      const error = yield* Fiber.join(fiber)
      expect(error.reason).toBe("NoTerminal")
      expect(error.message).toBe('No terminal could be opened for "sh"')
      expect(slots.used).toBe(0)
    })
  )

  limited("is not tried again when that would change nothing", {}, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      pty.openings = [new Error("Failed to load native module"), new Error("asked again")]
      const error = yield* Effect.flip(spawn(sh("echo never")))
      expect(error.cause).toEqual(new Error("Failed to load native module"))
      expect(pty.openings).toHaveLength(1)
    })
  )

  limited("by taking too long says so, and holds up nothing meanwhile", { processSpawnTimeout: 5000 }, () =>
    Effect.gen(function* () {
      const { spawn } = yield* ProcessService
      const slots = yield* ProcessSlots
      // A directory on a server that does not answer.
      Object.assign(fs.promises, { stat: () => new Promise(() => {}) })
      syncBuiltinESMExports()
      const fiber = yield* Effect.fork(Effect.flip(spawn(sh("echo never"))))
      yield* TestClock.adjust(4999)
      expect((yield* Fiber.poll(fiber))._tag).toBe("None")
      expect(slots.used).toBe(1)
      yield* TestClock.adjust(1)
      const error = yield* Fiber.join(fiber)
      expect(error.reason).toBe("SpawnTimedOut")
      expect(error.message).toBe('"sh" did not start within 5000 ms (PROCESS_SPAWN_TIMEOUT)')
      expect(slots.used).toBe(0)
    })
  )
})
