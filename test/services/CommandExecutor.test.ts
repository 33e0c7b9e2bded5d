// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { BlockHeader } from "../../src/domain/Block.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { ProcessSlots } from "../../src/services/ProcessSlots.ts"
import { SessionShell } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { withRealShells } from "./realShells.ts"

const execute = (command: string, timeLimit?: number) =>
  Effect.flatMap(CommandExecutor, (executor) =>
    executor.executeCommand({ command, ...(timeLimit !== undefined && { timeLimit }) })
  )
const isRunning = ({ status }: BlockHeader) => status === "running"
const isIdle = ({ status }: BlockHeader) => status === "idle"
const isOver = ({ endTime }: BlockHeader) => endTime !== null
const noticesOf = ({ metadata }: BlockHeader) => metadata.notices

/** How often a fiber gives others a turn, where that is asked for: in steps of Effect, of which fewer than 10 never end. */
const STEPS_BETWEEN_YIELDS = 20

const CTRL_C = Uint8Array.of(3)

describe("executeCommand", () => {
  it.live("gives the exit code, of each of many at once, and runs them in order", () =>
    withRealShells({}, ({ home, text, block }) =>
      Effect.gen(function* () {
        const executor = yield* CommandExecutor
        const commands = Array.from({ length: 12 }, (_, n) => ({ command: `echo ${n} >> order; (exit ${n})` }))
        const results = yield* Effect.all(commands.map(executor.executeCommand), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          results,
          commands.map((_, n) => ({ success: n === 0, exitCode: n }))
        )
        yield* execute("cat order")
        assert.strictEqual(text((yield* block("cat order")).id), commands.map((_, n) => `${n}\n`).join(""))
        const { blocks } = yield* (yield* SessionStore).get
        assert.deepStrictEqual(
          blocks.map(({ command, metadata }) => [metadata.number, command]),
          [...commands.map(({ command }) => command), "cat order"].map((command, n) => [n + 1, command])
        )
        assert.isTrue(blocks.every(({ metadata }) => metadata.directory === home))
        assert.isFalse(executor.willQueue())
        assert.strictEqual((yield* ProcessSlots).used, 0)
      })
    )
  )

  it.live("lets a command wait in an idle block while another runs, and runs it where the session is by then", () =>
    withRealShells({}, ({ block, text }) =>
      Effect.gen(function* () {
        const shell = yield* SessionShell
        const first = yield* Effect.fork(execute("read x; cd /usr"))
        yield* block("read x; cd /usr", isRunning)
        assert.isTrue((yield* CommandExecutor).willQueue())
        const second = yield* Effect.fork(execute("pwd; (exit 2)"))
        const third = yield* Effect.fork(execute("echo !!"))
        const idle = yield* block("pwd; (exit 2)", isIdle)
        assert.deepStrictEqual([idle.startTime, idle.metadata.number], [null, 2])
        yield* block("echo !!", isIdle)
        shell.write(Buffer.from("go\r"))
        yield* Effect.forEach([first, second, third], Fiber.join)
        const ended = yield* block("pwd; (exit 2)", isOver)
        assert.strictEqual(text(ended.id), "/usr\n")
        assert.deepInclude(ended.metadata, { directory: "/usr", number: 2 })
        assert.isNotNull(ended.startTime)
        // History expansion happens when it runs, and the block says what ran.
        const expanded = yield* block("echo pwd; (exit 2)", isOver)
        assert.strictEqual(expanded.metadata.number, 3)
      })
    )
  )

  it.live("cancels one, or all, or what its caller gives up; what runs goes on", () =>
    withRealShells({}, ({ block, events }) =>
      Effect.gen(function* () {
        const executor = yield* CommandExecutor
        const first = yield* Effect.fork(execute("read x"))
        yield* block("read x", isRunning)
        const names = ["echo a", "echo b", "echo c", "echo d"]
        const fibers = yield* Effect.forEach(names, (command) => Effect.fork(execute(command)))
        const blocks = yield* Effect.forEach(names, (command) => block(command, isIdle), { concurrency: "unbounded" })
        assert.isTrue(yield* executor.cancel(blocks[1]!.id))
        const error = yield* Effect.flip(Fiber.join(fibers[1]!))
        assert.deepStrictEqual([error.reason, error.message], ["Cancelled", "not run: cancelled"])
        const cancelled = yield* block("echo b", isOver)
        assert.deepInclude(cancelled, { status: "interrupted", startTime: null, exitCode: null })
        assert.isFalse(yield* executor.cancel(blocks[1]!.id))
        yield* Fiber.interrupt(fibers[2]!)
        assert.deepInclude(yield* block("echo c", isOver), { status: "interrupted", startTime: null })
        yield* executor.cancelAll
        assert.deepStrictEqual(noticesOf(yield* block("echo a", (header) => noticesOf(header).length > 0)), [
          "not run: cancelled"
        ])
        assert.isTrue(isOver(yield* block("echo d")))
        assert.isTrue(isRunning(yield* block("read x")))
        ;(yield* SessionShell).write(Buffer.from("\r"))
        assert.isTrue((yield* Fiber.join(first)).success)
        assert.strictEqual(events.filter(({ _tag }) => _tag === "BlockStarted").length, 1)
      })
    )
  )

  it.live("does not end what runs in the session's shell when its caller gives up, and goes on after it", () =>
    withRealShells({}, ({ block }) =>
      Effect.gen(function* () {
        const first = yield* Effect.fork(execute("read x"))
        yield* block("read x", isRunning)
        const second = yield* Effect.fork(execute("echo second"))
        yield* block("echo second", isIdle)
        yield* Fiber.interrupt(first)
        assert.isTrue(isRunning(yield* block("read x")))
        assert.isTrue(isIdle(yield* block("echo second")))
        ;(yield* SessionShell).write(Buffer.from("\r"))
        assert.isTrue((yield* Fiber.join(second)).success)
        assert.strictEqual((yield* block("read x")).status, "success")
        assert.strictEqual((yield* ProcessSlots).used, 0)
      })
    )
  )

  it.live(
    "leaves nothing behind that waits for ever, whichever step its caller gives up at",
    () =>
      withRealShells({}, () =>
        Effect.gen(function* () {
          const executor = yield* CommandExecutor
          const slots = yield* ProcessSlots
          for (let step = 0; step < STEPS_BETWEEN_YIELDS * 8; step++) {
            const before = step % 2 === 0 ? [] : [yield* Effect.fork(execute("true"))]
            const given = yield* execute("true given up").pipe(
              (effect) => Effect.zipRight(Effect.repeatN(Effect.void, step % STEPS_BETWEEN_YIELDS), effect),
              Effect.withMaxOpsBeforeYield(STEPS_BETWEEN_YIELDS),
              Effect.fork
            )
            yield* Effect.repeatN(Effect.yieldNow(), Math.floor(step / STEPS_BETWEEN_YIELDS))
            yield* Fiber.interrupt(given)
            yield* Effect.forEach(before, Fiber.join)
            assert.isTrue((yield* execute("true")).success)
          }
          assert.deepStrictEqual([executor.willQueue(), slots.used], [false, 0])
        })
      ),
    120_000
  )

  it.live("drops what waits when the command that runs is interrupted, as a terminal drops what was typed ahead", () =>
    withRealShells({}, ({ block, home, prints }) =>
      Effect.gen(function* () {
        // Once its program says that it runs: shells lose a Ctrl+C that comes while they start one.
        writeFileSync(join(home, "up"), "up\n")
        const command = "cat up -"
        const first = yield* Effect.fork(execute(command))
        yield* prints((yield* block(command, isRunning)).id, "up")
        const second = yield* Effect.fork(execute("echo after"))
        yield* block("echo after", isIdle)
        ;(yield* SessionShell).write(CTRL_C)
        assert.strictEqual((yield* Fiber.join(first)).exitCode, 130)
        assert.strictEqual((yield* Effect.flip(Fiber.join(second))).reason, "Cancelled")
        assert.deepStrictEqual(noticesOf(yield* block("echo after", (header) => noticesOf(header).length > 0)), [
          "not run: the command before it was interrupted"
        ])
        assert.isTrue((yield* execute("echo again")).success)
      })
    )
  )

  for (const [how, command, killed] of [
    ["leaves", "read x; exit 3", false],
    ["is killed", "read x; kill -9 $$", true]
  ] as const) {
    it.live(`drops what waits when the shell ${how}`, () =>
      withRealShells({}, ({ block }) =>
        Effect.gen(function* () {
          yield* Effect.fork(execute(command))
          yield* block(command, isRunning)
          const second = yield* Effect.fork(execute("echo after"))
          yield* block("echo after", isIdle)
          ;(yield* SessionShell).write(Buffer.from("\r"))
          assert.strictEqual((yield* Effect.flip(Fiber.join(second))).reason, "Cancelled")
          assert.deepStrictEqual(noticesOf(yield* block("echo after", (header) => noticesOf(header).length > 0)), [
            "not run: the shell has ended"
          ])
          if (killed) assert.isTrue((yield* execute("echo in the new shell")).success)
          else assert.strictEqual((yield* Effect.flip(execute("echo x"))).reason, "Ended")
        })
      )
    )
  }

  it.live("says under its block why a queued text did not run, and goes on with the next", () =>
    withRealShells({}, ({ block }) =>
      Effect.gen(function* () {
        yield* Effect.fork(execute("read x"))
        yield* block("read x", isRunning)
        const open = yield* Effect.fork(execute("echo 'open"))
        const next = yield* Effect.fork(execute("echo next"))
        yield* block("echo next", isIdle)
        assert.strictEqual((yield* Effect.flip(execute("echo \0"))).reason, "ControlCharacter")
        ;(yield* SessionShell).write(Buffer.from("\r"))
        assert.strictEqual((yield* Effect.flip(Fiber.join(open))).reason, "Cancelled")
        const header = yield* block("echo 'open", (header) => noticesOf(header).length > 0)
        assert.deepStrictEqual(
          [header.status, noticesOf(header)],
          ["interrupted", ["not run: The command is not finished yet"]]
        )
        assert.isTrue((yield* Fiber.join(next)).success)
        // One that did not wait comes back to the editor: no block tells of it.
        assert.strictEqual((yield* Effect.flip(execute("echo 'open again"))).reason, "Incomplete")
        const { blocks } = yield* (yield* SessionStore).get
        assert.isFalse(blocks.some(({ command }) => command === "echo 'open again"))
      })
    )
  )

  it.live("cancels what waits when the session is left", () =>
    Effect.gen(function* () {
      const { events, fibers, slots } = yield* withRealShells({}, ({ block, events }) =>
        Effect.gen(function* () {
          const running = yield* Effect.forkDaemon(execute("sleep 100"))
          yield* block("sleep 100", isRunning)
          const waits = yield* Effect.forkDaemon(execute("echo waits"))
          yield* block("echo waits", isIdle)
          return { events, fibers: [running, waits], slots: yield* ProcessSlots }
        })
      )
      // Nobody waits for ever, and another session may use the slots.
      assert.deepStrictEqual(yield* Fiber.join(fibers[0]!), { success: false, exitCode: null })
      assert.strictEqual((yield* Effect.flip(Fiber.join(fibers[1]!))).reason, "Cancelled")
      assert.strictEqual(slots.used, 0)
      const ends = events.flatMap((event) => (event._tag === "BlockFinished" ? [event.status] : []))
      assert.deepStrictEqual(ends, ["interrupted", "interrupted"])
      assert.deepInclude(
        events.find(({ _tag }) => _tag === "NoticeAdded"),
        { lines: ["not run: its session was left"] }
      )
    })
  )

  it.live("runs no more commands than there are slots, the session's among them", () =>
    withRealShells({ slots: 2 }, ({ block }) =>
      Effect.gen(function* () {
        const { executeCommand } = yield* CommandExecutor
        const beside = yield* Effect.fork(executeCommand({ command: "sleep 61", cwd: "/" }))
        yield* block("sleep 61", isRunning)
        const first = yield* Effect.fork(execute("read x"))
        yield* block("read x", isRunning)
        const error = yield* Effect.flip(executeCommand({ command: "echo x", beside: true }))
        assert.strictEqual(error.reason, "TooManyProcesses")
        assert.include(error.message, "MAX_CONCURRENT_PROCESSES")
        // What waits takes over the slot of what it waits for.
        const next = yield* Effect.fork(execute("echo next"))
        yield* block("echo next", isIdle)
        ;(yield* SessionShell).write(Buffer.from("\r"))
        yield* Fiber.join(first)
        assert.isTrue((yield* Fiber.join(next)).success)
        assert.isTrue((yield* executeCommand({ command: "echo x", beside: true })).success)
        yield* Fiber.interrupt(beside)
        assert.strictEqual((yield* ProcessSlots).used, 0)
      })
    )
  )

  const outside = { TERM: "dumb", BACK: "0", DROPPED: "0", FROM_RC: "outside" }
  it.live("takes a directory and variables for a command in a shell of its own", () =>
    withRealShells({ env: outside, rc: "PS1='$ '\nexport FROM_RC=rc\n" }, ({ block, text }) =>
      Effect.gen(function* () {
        const { executeCommand } = yield* CommandExecutor
        yield* execute("mkdir sub; export KEPT=1 CHANGED=1 BACK=1; unset DROPPED")
        const command = 'cd .; echo "${PWD##*/}|$KEPT|$CHANGED|$BACK|$DROPPED|$SHLVL|$TERM|$FROM_RC"'
        // As a caller may give all of its own environment.
        const environment = {
          ...outside,
          CHANGED: "2",
          PWD: "/nowhere",
          SHLVL: "77",
          LINES: "3",
          GONE: undefined
        }
        assert.deepStrictEqual(yield* executeCommand({ command, cwd: "sub", environment }), {
          success: true,
          exitCode: 0
        })
        const { id, metadata } = yield* block(command)
        assert.strictEqual(text(id), "sub|1|2|0|0|1|xterm-256color|rc\n")
        // Nobody watches it: MAX_PROCESS_TIMEOUT binds it.
        assert.deepInclude(metadata, { beside: true, timeLimit: 30_000 })
      })
    )
  )
})

describe("a stderr that is kept apart", () => {
  for (const beside of [false, true]) {
    it.live(`has an output and an account of its own, ${beside ? "beside" : "in the session's shell"}`, () =>
      withRealShells({}, ({ block }) =>
        Effect.gen(function* () {
          const { executeCommand } = yield* CommandExecutor
          const { outputs } = yield* BlockService
          const command = "echo out; echo err >&2; echo more >&2; (exit 3)"
          assert.deepStrictEqual(yield* executeCommand({ command, split: true, beside }), {
            success: false,
            exitCode: 3
          })
          const { id, metadata } = yield* block(command)
          assert.strictEqual(outputs.get(id)?.text(), "out\n")
          assert.strictEqual(outputs.get(id, "stderr")?.text(), "err\nmore\n")
          assert.strictEqual(metadata.lines, 1)
          assert.strictEqual(metadata.stderr?.lines, 2)
        })
      )
    )
  }

  it.live("is refused, and nothing runs, where the shell cannot", () =>
    withRealShells({}, ({ home }) =>
      Effect.gen(function* () {
        const { executeCommand } = yield* CommandExecutor
        yield* execute("set +o emacs")
        const error = yield* Effect.flip(executeCommand({ command: "touch never", split: true }))
        assert.strictEqual(error.reason, "NotSplit")
        assert.isFalse(existsSync(join(home, "never")))
        assert.deepStrictEqual(yield* execute("true"), { success: true, exitCode: 0 })
      })
    )
  )
})

describe("a time limit", () => {
  for (const [what, command] of [
    ["a program", "sleep 101"],
    ["a program that ignores SIGTERM", "sh -c 'trap \"\" TERM; sleep 102; sleep 103'"],
    ["a builtin", "read x"],
    ["a loop", "while :; do sleep 1; done"],
    ["a line of several programs", "sleep 104; sleep 105; sleep 106"]
  ] as const) {
    it.live(`ends ${what} in the session's shell, which goes on`, () =>
      withRealShells({}, ({ block }) =>
        Effect.gen(function* () {
          const result = yield* execute(command, 100)
          assert.isFalse(result.success)
          const header = yield* block(command)
          assert.deepStrictEqual(noticesOf(header).slice(0, 1), ["ended by its time limit of 100 ms"])
          assert.strictEqual(header.metadata.timeLimit, 100)
          assert.isTrue((yield* execute("echo on")).success)
        })
      )
    )
  }

  it.live("ends a command beside with its shell when nothing else does", () =>
    withRealShells({}, ({ block }) =>
      Effect.gen(function* () {
        const { executeCommand } = yield* CommandExecutor
        const command = "true; trap '' INT; while :; do :; done"
        const result = yield* executeCommand({ command, cwd: "/", timeLimit: 50 })
        assert.deepStrictEqual(result, { success: false, exitCode: null })
        assert.deepInclude(yield* block(command), { status: "failure", signal: "SIGKILL" })
      })
    )
  )

  // On a clock that the test moves: on a busy machine even what does nothing takes longer than a short limit.
  it.effect("is not felt by a command that ends in time, nor by the next", () =>
    withRealShells({}, ({ block }) =>
      Effect.gen(function* () {
        assert.isTrue((yield* execute("true", 200)).success)
        const next = yield* Effect.fork(execute("read x"))
        yield* block("read x", isRunning)
        yield* TestClock.adjust(200)
        ;(yield* SessionShell).write(Buffer.from("\r"))
        // A limit would make it 130.
        assert.deepStrictEqual(yield* Fiber.join(next), { success: true, exitCode: 0 })
        assert.deepStrictEqual(noticesOf(yield* block("true")), [])
      })
    )
  )
})
