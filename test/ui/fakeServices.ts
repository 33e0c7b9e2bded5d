import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { afterEach } from "vitest"
import { readConfig } from "../../src/config.ts"
import type { HistoryEntry } from "../../src/domain/HistoryEntry.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { EffectTalkServices } from "../../src/EffectTalkLayer.ts"
import { type BlockEnd, BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { ConfigService } from "../../src/services/ConfigService.ts"
import type { OpenSessions } from "../../src/services/OpenSessions.ts"
import { type RunOptions, SessionShell, ShellError, type ShellState } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { blockWords } from "../../src/shell/blockWords.ts"
import type { Job } from "../../src/shell/ShellDriver.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import { fakeBeside, fakeSurroundings } from "../services/fakeBeside.ts"
import { fakeHistory } from "../services/fakeHistory.ts"
import { fakeLogging } from "../services/fakeLogging.ts"
import { noArchive, noGit, noSearch, oneSession, tooDifferent } from "./fakeSessions.ts"

/** A shell of the test's own: `echo` prints, `hold` runs until it is let go, an open quote is unfinished. */
const fakeShell = (outputs: BlockStore, jobs: ReadonlyArray<Job>) => {
  const written: Array<string> = []
  let release: () => void = () => {}
  let count = 0
  const layer = Layer.effect(
    SessionShell,
    Effect.gen(function* () {
      const blocks = yield* BlockService
      const state = yield* SubscriptionRef.make<ShellState>({
        phase: "ready",
        prompt: "ada$ ",
        rightPrompt: "",
        running: null,
        slow: false,
        unset: [],
        ending: null
      })
      const run = Effect.fn(function* (command: string, options: RunOptions = {}) {
        if (command.includes("'")) return yield* new ShellError({ reason: "Incomplete" })
        const id = options.id ?? BlockId.make(`b${++count}`)
        outputs.open(
          id,
          { columns: 100, rows: 20 },
          () => {},
          () => {}
        )
        yield* blocks.startBlock(id, command, { directory: "/home/ada" })
        yield* SubscriptionRef.update(state, (now) => ({ ...now, phase: "running" as const, running: id }))
        outputs.live(id)?.write(Buffer.from(command.startsWith("echo ") ? `${command.slice(5)}\r\n` : ""))
        if (command === "hold")
          yield* Effect.async<void>((resume) => {
            release = () => resume(Effect.void)
          })
        const end: BlockEnd = { status: "success", exitCode: 0, signal: null }
        yield* blocks.finishBlock(id, end)
        yield* SubscriptionRef.update(state, (now) => ({ ...now, phase: "ready" as const, running: null }))
        return end
      })
      return SessionShell.of({
        state,
        typedAhead: Stream.never,
        broken: Effect.never,
        run,
        write: (bytes) => written.push(Buffer.from(bytes).toString("latin1")),
        signal: () => Effect.succeed(null),
        endInput: () => written.push("the end"),
        resize: () => {},
        blockWords: (text) => blockWords(text, "bash"),
        history: () => ["make install"],
        past: () => ({ shell: "bash", read: () => [] }),
        jobs: Effect.succeed(jobs),
        interrupted: () => false,
        surroundings: fakeSurroundings,
        restart: Effect.void
      })
    })
  )
  return { layer, written, release: () => release() }
}

interface Options {
  readonly jobs?: ReadonlyArray<Job>
  /** What the sessions of the process do instead of nothing. */
  readonly sessions?: Partial<typeof OpenSessions.Service>
  /** What was run before. */
  readonly history?: ReadonlyArray<HistoryEntry>
}

const runtimes: Array<ManagedRuntime.ManagedRuntime<never, never>> = []
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.dispose()
})

/** An empty session of Ada's over a fake shell, and everything that components reach; ended with the test. */
export const fakeServices = async ({ jobs = [], sessions = {}, history = [] }: Options = {}) => {
  const outputs = new BlockStore({ maxBytes: 1_000_000, restore: () => null })
  const shell = fakeShell(outputs, jobs)
  const beside = fakeBeside()
  const session = emptySession({
    _tag: "SessionCreated",
    at: 0,
    session: SessionId.make("abcdefgh1234"),
    workingDirectory: "/home/ada",
    shell: "/bin/bash"
  })
  const managed = ManagedRuntime.make(
    oneSession({ session, jobs, overrides: sessions }).pipe(
      Layer.provideMerge(noGit),
      Layer.provideMerge(noSearch),
      Layer.provideMerge(noArchive),
      Layer.provideMerge(tooDifferent),
      Layer.provideMerge(CommandExecutor.layer),
      Layer.provideMerge(shell.layer),
      Layer.provideMerge(beside.layer),
      Layer.provideMerge(BlockService.layer(outputs)),
      Layer.provideMerge(SessionStore.layer(session, { append: () => {} })),
      Layer.provideMerge(fakeLogging()),
      Layer.provideMerge(fakeHistory(history)),
      Layer.provideMerge(ConfigService.layer(readConfig({}).config))
    )
  )
  runtimes.push(managed as never)
  // Nothing asks for the disk.
  const runtime = (await managed.runtime()) as Runtime.Runtime<EffectTalkServices>
  return { runtime, session, shell, beside }
}
