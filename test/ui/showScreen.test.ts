import { EventEmitter } from "node:events"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { afterEach, describe, expect, it, vi } from "vitest"
import { readConfig } from "../../src/config.ts"
import { SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { EffectTalkServices } from "../../src/EffectTalkLayer.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { ConfigService } from "../../src/services/ConfigService.ts"
import { SessionShell, type ShellState } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { blockWords } from "../../src/shell/blockWords.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import { OuterTerminal } from "../../src/terminal/OuterTerminal.ts"
import { BlockList } from "../../src/ui/blocks/BlockList.ts"
import { KeyboardGate } from "../../src/ui/KeyboardGate.ts"
import { showScreen } from "../../src/ui/showScreen.tsx"
import { Emulator, INITIAL_MODES } from "../harness/Emulator.ts"
import { eventually } from "../harness/eventually.ts"
import { fakeBeside, fakeSurroundings } from "../services/fakeBeside.ts"
import { fakeHistory } from "../services/fakeHistory.ts"
import { fakeLogging } from "../services/fakeLogging.ts"
import { noArchive, noGit, noSearch, oneSession, tooDifferent } from "./fakeSessions.ts"

/** A shell that waits for ever. */
const idleShell = () =>
  Layer.effect(
    SessionShell,
    Effect.map(
      SubscriptionRef.make<ShellState>({
        phase: "ready",
        prompt: "ada$ ",
        rightPrompt: "",
        running: null,
        slow: false,
        unset: [],
        ending: null
      }),
      (state) =>
        SessionShell.of({
          state,
          typedAhead: Stream.never,
          broken: Effect.never,
          run: () => Effect.never,
          write: () => {},
          signal: () => Effect.succeed(null),
          endInput: () => {},
          resize: () => {},
          blockWords: (text) => blockWords(text, "bash"),
          history: () => [],
          past: () => ({ shell: "bash", read: () => [] }),
          jobs: Effect.succeed([]),
          interrupted: () => false,
          surroundings: fakeSurroundings,
          restart: Effect.void
        })
    )
  )

/** A terminal whose bytes an emulator shows. */
const fakeTerminal = () => {
  const emulator = new Emulator({ cols: 80, rows: 24 })
  const streams = { resume: () => {}, pause: () => {}, columns: 80, rows: 24, fd: 1, pid: 1, kill: () => {} }
  const stdin = Object.assign(new EventEmitter(), streams)
  const stdout = Object.assign(new EventEmitter(), streams, {
    write: (data: string, done: (error?: Error | null) => void) => {
      emulator.write(data, () => done())
      return true
    }
  })
  const terminal = new OuterTerminal({
    stdin,
    stdout,
    process: Object.assign(new EventEmitter(), streams),
    writeNow: (_fd, data) => void emulator.write(data)
  })
  return { terminal, emulator }
}

const scopes: Array<Scope.CloseableScope> = []
afterEach(async () => {
  for (const scope of scopes.splice(0)) await Effect.runPromise(Scope.close(scope, Exit.void))
  vi.restoreAllMocks()
})

/** The screen of an empty session on a fake terminal. */
const screen = (options: { failure?: () => string | null; broken?: Effect.Effect<never> } = {}) => {
  const { terminal, emulator } = fakeTerminal()
  const outputs = new BlockStore({ maxBytes: 1_000_000, restore: () => null })
  const session = emptySession({
    _tag: "SessionCreated",
    at: 0,
    session: SessionId.make("abcdefgh1234"),
    workingDirectory: "/home/ada",
    shell: "/bin/bash"
  })
  const services = oneSession({ session, ...options }).pipe(
    Layer.provideMerge(noGit),
    Layer.provideMerge(noSearch),
    Layer.provideMerge(noArchive),
    Layer.provideMerge(tooDifferent),
    Layer.provideMerge(fakeHistory()),
    Layer.provideMerge(CommandExecutor.layer),
    Layer.provideMerge(idleShell()),
    Layer.provideMerge(fakeBeside().layer),
    Layer.provideMerge(BlockService.layer(outputs)),
    Layer.provideMerge(SessionStore.layer(session, { append: () => {} })),
    Layer.provideMerge(fakeLogging()),
    Layer.provideMerge(ConfigService.layer(readConfig({}).config))
  )
  const scope = Effect.runSync(Scope.make())
  scopes.push(scope)
  const exit = Effect.runPromiseExit(
    Effect.gen(function* () {
      // Nothing asks for the disk.
      const context = (yield* Layer.build(services)) as Context.Context<EffectTalkServices>
      yield* Effect.provide(showScreen({ environment: {}, terminal, signals: { ignore: () => () => {} } }), context)
    }).pipe(Scope.extend(scope))
  )
  const close = () => Effect.runPromise(Effect.exit(Scope.close(scope, Exit.void)))
  const shows = (text: string) => eventually(() => expect(emulator.screen().join("\n")).toContain(text))
  return { exit, close, shows, emulator, terminal }
}

/** Its stack cannot even be shown, so that the failure screen fails as well. */
const unspeakable = (): Error => Object.defineProperty(new Error("deep trouble"), "stack", { value: 1 })

describe("showScreen", () => {
  it("fails with what no boundary has caught, and gives the terminal back", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const { exit, close, emulator, terminal } = screen({
      failure: () => {
        throw unspeakable()
      }
    })
    const ended = await exit
    expect(ended).toMatchObject({ cause: { error: { _tag: "ScreenError" } } })
    expect(String(Exit.isFailure(ended) && Cause.squash(ended.cause))).toContain("the screen failed: ")
    await close()
    expect(terminal.entered).toBe(false)
    await new Promise<void>((resolve) => emulator.write("", resolve))
    expect(emulator.modes).toEqual(INITIAL_MODES)
  })

  it("ends when the session can learn no more of its shell", async () => {
    const bug = new Error("the fold is broken")
    const ended = await screen({ broken: Effect.die(bug) }).exit
    expect(Exit.isFailure(ended) && Cause.squash(ended.cause)).toMatchObject({ message: bug.message })
  })

  it("shows a failure while painting", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    vi.spyOn(BlockList.prototype, "empty", "get").mockImplementation(() => {
      throw new Error("no rows today")
    })
    const { shows } = screen()
    await shows("The screen failed. Your shell and its commands are still running.")
    await shows("no rows today")
  })

  it("gives the terminal back when the rest cannot be taken down", async () => {
    const { close, shows, emulator, terminal } = screen()
    await shows(" EDITOR ")
    vi.spyOn(KeyboardGate.prototype, "dispose").mockImplementation(() => {
      throw new Error("stuck")
    })
    await close()
    expect(terminal.entered).toBe(false)
    await new Promise<void>((resolve) => emulator.write("", resolve))
    expect(emulator.modes).toEqual(INITIAL_MODES)
  })
})
