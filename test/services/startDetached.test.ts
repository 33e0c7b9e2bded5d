import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { afterEach, beforeEach } from "vitest"
import { isAlive } from "../../src/platform.ts"
import { startDetached } from "../../src/services/startDetached.ts"
import { eventually } from "../harness/eventually.ts"

/** The clock stands still unless a test moves it: on a busy machine what ends at once may take seconds. */
describe("a program of its own", () => {
  let directory = ""
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "detached-"))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const start = (script: string, command = "sh", name = command) =>
    startDetached(
      {
        command,
        args: ["-c", script, "sh", "$(touch injected); x"],
        cwd: directory,
        env: { PATH: process.env.PATH ?? "" }
      },
      name
    )

  it.effect("gets its arguments as they are, and has no terminal and nothing to read", () =>
    Effect.gen(function* () {
      yield* start('printf "%s|" "$1" "$(cat)" > said; test ! -t 1 -a ! -t 2')
      expect(readFileSync(join(directory, "said"), "utf8")).toBe("$(touch injected); x||")
      expect(existsSync(join(directory, "injected"))).toBe(false)
    })
  )

  it.effect("says when it is not there, and when it ends with an error at once", () =>
    Effect.gen(function* () {
      expect((yield* Effect.flip(start("", "no-such-program"))).message).toBe("no-such-program was not found on PATH")
      expect((yield* Effect.flip(start("exit 3"))).message).toBe("sh ended with an error")
      expect((yield* Effect.flip(start("kill $$"))).reason).toBe("Failed")
      // By a shell, which says it in its own way.
      expect((yield* Effect.flip(start("no-such-program", "sh", "code"))).message).toBe("code was not found on PATH")
    })
  )

  it.effect("has started when it runs for a while, and runs on", () =>
    Effect.gen(function* () {
      const file = join(directory, "pid")
      const fiber = yield* Effect.fork(start("echo $$ > pid; exec sleep 60"))
      yield* Effect.promise(() =>
        eventually(() => expect(existsSync(file) && readFileSync(file, "utf8")).toMatch(/\d\n/))
      )
      const pid = Number(readFileSync(file, "utf8"))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(fiber)
      expect(isAlive(pid, null)).toBe(true)
      process.kill(pid)
    })
  )
})
