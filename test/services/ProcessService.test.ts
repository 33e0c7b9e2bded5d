import { tmpdir } from "node:os"
import { expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { isAlive, sessionMembers } from "../../src/platform.ts"
import { type ProcessHandle, type ProcessOptions, ProcessService } from "../../src/services/ProcessService.ts"

const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", TERM: "xterm", LANG: "C.UTF-8" }

const sh = (script: string, options: Partial<ProcessOptions> = {}): ProcessOptions => ({
  command: "sh",
  args: ["-c", script],
  cwd: tmpdir(),
  env,
  ...options
})

const text = (process: ProcessHandle) =>
  process.output.pipe(
    Stream.runCollect,
    Effect.map((chunks) => Buffer.concat(Chunk.toReadonlyArray(chunks) as Array<Uint8Array>).toString("utf8"))
  )

/** Waits until the process has printed something. */
const seen = (process: ProcessHandle, what: string) =>
  Effect.async<void>((resume) => {
    let all = ""
    const stop = process.on("data", (bytes) => {
      all += Buffer.from(bytes).toString("utf8")
      if (all.includes(what)) resume(Effect.void)
    })
    return Effect.sync(stop)
  })

it.layer(ProcessService.layer)("ProcessService", (it) => {
  it.effect("gives the whole output, both streams in order, and then the exit code", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("echo out; echo err >&2; seq 1 4000; exit 7"))
        const expected = ["out", "err", ...Array.from({ length: 4000 }, (_, i) => i + 1)].map((line) => `${line}\r\n`)
        expect(yield* text(process)).toBe(expected.join(""))
        expect(yield* process.exit).toEqual({ exitCode: 7, signal: null })
      })
    )
  )

  it.effect("runs on a terminal of the given size, which changes and takes keys", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("stty size; echo go; read x; stty size; echo got $x", { cols: 90, rows: 20 }))
        yield* seen(process, "go")
        yield* process.resize(60, 15)
        yield* process.write("key\r")
        expect(yield* text(process)).toBe("20 90\r\ngo\r\nkey\r\n15 60\r\ngot key\r\n")
      })
    )
  )

  it.effect("sends signals to the whole group and tells which one ended it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { spawn } = yield* ProcessService
        const process = yield* spawn(sh("echo up; sleep 60; echo not reached"))
        yield* seen(process, "up")
        yield* process.kill("SIGTERM")
        expect(yield* process.exit).toEqual({ exitCode: null, signal: "SIGTERM" })
        expect(sessionMembers(process.pid)).toEqual([])
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
        process.on("exit", (exit) => void exits.push(exit))
        yield* seen(process, "one")
        stop()
        yield* process.write("\r")
        yield* process.exit
        expect(heard.join("")).toBe("one\r\n")
        expect(exits).toEqual([{ exitCode: 0, signal: null }])
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
        yield* seen(process, "up")
        expect(sessionMembers(process.pid)?.length).toBeGreaterThan(1)
        yield* Scope.close(scope, Exit.void)
        expect(isAlive(process.pid, null)).toBe(false)
        expect(sessionMembers(process.pid)).toEqual([])
      }
    })
  )
})
