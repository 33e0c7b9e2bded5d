import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { BesideShells } from "../../src/services/BesideShells.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { SessionShell, type ShellState } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { withRealShells } from "./realShells.ts"

/** The shell's state once it is in a phase. */
const phase = (wanted: ShellState["phase"]) =>
  Effect.flatMap(SessionShell, ({ state }) =>
    state.changes.pipe(
      Stream.filter((now) => now.phase === wanted),
      Stream.runHead,
      Effect.map(Option.getOrThrow)
    )
  )

/** A "shell" that has no prompt, no line editor and no integration. */
const CAT = { shell: "/bin/cat" }

describe("a shell without integration", () => {
  it.live("is bare from the first state on, in a block of its own", () =>
    withRealShells(CAT, ({ prints, events }) =>
      Effect.gen(function* () {
        const shell = yield* SessionShell
        const { phase: first, running, slow } = yield* shell.state.get
        assert.deepStrictEqual([first, slow], ["bare", false])
        const [block] = (yield* (yield* SessionStore).get).blocks
        assert.strictEqual(block?.id, running)
        assert.deepInclude(block, { command: "", status: "running" })
        // Looking at it is no reason to keep it; typing is, once.
        assert.isFalse(events.some(({ _tag }) => _tag === "ShellUsed"))
        shell.write(Buffer.from("typed\r"))
        yield* prints(block!.id, "typed\ntyped\n")
        shell.write(Buffer.from("more\r"))
        yield* prints(block!.id, "more\nmore\n")
        assert.strictEqual(events.filter(({ _tag }) => _tag === "ShellUsed").length, 1)
      })
    )
  )

  it.live("takes no command, and has none beside; its end is the user's", () =>
    withRealShells(CAT, () =>
      Effect.gen(function* () {
        const executor = yield* CommandExecutor
        const refused = yield* Effect.flip(executor.executeCommand({ command: "true" }))
        assert.strictEqual(refused.reason, "NoIntegration")
        const beside = yield* Effect.flip(executor.executeCommand({ command: "true", beside: true }))
        assert.strictEqual(beside.reason, "NoIntegration")
        assert.deepStrictEqual((yield* BesideShells).running(), [])
        const shell = yield* SessionShell
        shell.write(Buffer.from("x\r"))
        shell.endInput()
        const { ending } = yield* phase("ended")
        assert.deepInclude(ending, { byItself: true, beforePrompt: false, exitCode: 0, problem: null })
        const { blocks } = yield* (yield* SessionStore).get
        assert.deepStrictEqual(
          blocks.map(({ status }) => status),
          ["success"]
        )
        assert.deepStrictEqual((yield* BlockService).outputs.liveIds(), [])
      })
    )
  )

  it.live("that ends before anything was typed was of no use", () =>
    withRealShells({ shell: "/bin/uname" }, () =>
      Effect.gen(function* () {
        const { ending } = yield* phase("ended")
        assert.deepInclude(ending, { byItself: true, beforePrompt: true })
      })
    )
  )

  it.live("that is killed is followed by another one, once it was of use", () =>
    withRealShells(CAT, ({ prints }) =>
      Effect.gen(function* () {
        const shell = yield* SessionShell
        const { running } = yield* shell.state.get
        // Ctrl+\: SIGQUIT.
        shell.write(Buffer.from("x\r"))
        yield* prints(running!, "x\nx\n")
        shell.write(Uint8Array.of(0x1c))
        const { running: next } = yield* shell.state.changes.pipe(
          Stream.filter((now) => now.phase === "bare" && now.running !== running),
          Stream.runHead,
          Effect.map(Option.getOrThrow)
        )
        shell.write(Buffer.from("y\r"))
        yield* prints(next!, "y\ny\n")
        const [first] = (yield* (yield* SessionStore).get).blocks
        assert.match(first!.metadata.notices.join(), /killed by SIGQUIT\. A new one was started/)
      })
    )
  )
})

describe("a shell that is replaced", () => {
  it.live("keeps its command's block, and the commands that wait are dropped", () =>
    withRealShells({}, ({ block, prints }) =>
      Effect.gen(function* () {
        const executor = yield* CommandExecutor
        const running = yield* Effect.fork(executor.executeCommand({ command: "sleep 1; exec cat" }))
        const { id } = yield* block("sleep 1; exec cat")
        const waiting = yield* Effect.flip(executor.executeCommand({ command: "touch nowhere" }))
        assert.strictEqual(waiting.reason, "Cancelled")
        const { running: bare } = yield* phase("bare")
        assert.strictEqual(bare, id)
        const shell = yield* SessionShell
        shell.write(Buffer.from("on\r"))
        yield* prints(id, "on\non\n")
        shell.endInput()
        assert.deepStrictEqual(yield* Fiber.join(running), { success: true, exitCode: 0 })
        const { ending } = yield* phase("ended")
        assert.isTrue(ending?.byItself)
      })
    )
  )
})
