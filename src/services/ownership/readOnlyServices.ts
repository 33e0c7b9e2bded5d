import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { isFinished } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { reduce } from "../../domain/reduce.ts"
import type { Session } from "../../domain/Session.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"
import { BlockStore } from "../../terminal/BlockStore.ts"
import { BesideError, BesideShells } from "../BesideShells.ts"
import { BlockService } from "../BlockService.ts"
import { CommandError, CommandExecutor } from "../CommandExecutor.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import { SessionShell } from "../SessionShell.ts"
import { SessionStore } from "../SessionStore.ts"
import { ShellError } from "../ShellError.ts"
import { type ShellState, STARTING } from "../ShellState.ts"
import { FollowedOutputs } from "./FollowedOutputs.ts"
import type { SessionFollower } from "./SessionFollower.ts"

/** What the services of a session that is only read are made with. */
export interface ReadOnlyOptions {
  /** Bytes of stored text kept per block that runs. */
  readonly maxBytes: number
  /** The environment EffectTalk was started with. */
  readonly environment: Readonly<Record<string, string>>
}

/** There is no shell, and it has not ended either: nobody is asked about it. */
const NO_SHELL: ShellState = { ...STARTING, phase: "ended" }

const READ_ONLY = "This session is read-only here"

/**
 * The services of a session that another process has: they show what it does. Folding is this screen's own; whatever else
 * would change the session changes nothing, and no command runs.
 */
export const readOnlyServices = (follower: SessionFollower, options: ReadOnlyOptions) =>
  Layer.mergeAll(shell, besideShells(options), executor).pipe(
    Layer.provideMerge(BlockService.layer(outputsOf(follower, options))),
    Layer.provideMerge(storeOf(follower))
  )

/** The outputs, of which the live ones follow the journal until the follower is closed. */
const outputsOf = (follower: SessionFollower, { maxBytes }: ReadOnlyOptions): BlockStore => {
  const outputs = new BlockStore({
    maxBytes,
    restore: (id, stream) => {
      try {
        return follower.output(id, stream)
      } catch (cause) {
        const hidden = { lines: 0, bytes: 0, headLines: 0 }
        return { lines: [PersistenceError.from(cause, id).message], unfinished: false, hidden }
      }
    }
  })
  const followed = new FollowedOutputs(outputs, follower)
  follower.follow((change) => followed.take(change))
  follower.followOwner(() => followed.ownerChanged())
  return outputs
}

/** A session as it is shown: nobody has it open, so nothing runs; and folded as this screen's user likes it. */
const shownSession = (follower: SessionFollower, folds: ReadonlyMap<BlockId, boolean>): Session => {
  const { session, owner } = follower
  const ended =
    owner === null && session.blocks.some(({ status }) => !isFinished(status))
      ? reduce(session, { _tag: "SessionResumed", at: session.lastModified })
      : session
  if (folds.size === 0) return ended
  return {
    ...ended,
    blocks: ended.blocks.map((block) => {
      const folded = folds.get(block.id) ?? block.metadata.folded
      return folded === block.metadata.folded ? block : { ...block, metadata: { ...block.metadata, folded } }
    })
  }
}

/** A store that is fed by the follower; nothing that is dispatched to it goes anywhere. */
const storeOf = (follower: SessionFollower) =>
  Layer.scoped(
    SessionStore,
    Effect.gen(function* () {
      const folds = new Map<BlockId, boolean>()
      const shown = () => shownSession(follower, folds)
      const store = Context.get(yield* Layer.build(SessionStore.layer(shown(), { append: () => {} })), SessionStore)
      const run = Runtime.runSync(yield* Effect.runtime())
      const show = () => run(SubscriptionRef.set(store.ref, shown()))
      yield* Effect.acquireRelease(
        Effect.sync(() => [follower.follow(show), follower.followOwner(show)]),
        (stops) =>
          Effect.sync(() => {
            for (const stop of stops) stop()
          })
      )
      const dispatch = (event: SessionEvent) =>
        Effect.suspend(() => {
          if (event._tag === "BlockFolded") folds.set(event.block, event.folded)
          else if (event._tag === "AllFolded") for (const { id } of follower.session.blocks) folds.set(id, event.folded)
          else return Effect.void
          return SubscriptionRef.set(store.ref, shown())
        })
      return SessionStore.of({
        ...store,
        dispatch,
        addBlock: () => Effect.void,
        updateSession: () => Effect.void,
        setActiveBlock: () => Effect.void,
        clearBlocks: Effect.void
      })
    })
  )

const noJobs = Effect.succeed([])
const NO_NAMES = { functions: new Set<string>(), aliases: new Map<string, string>() }

const shell = Layer.effect(
  SessionShell,
  Effect.gen(function* () {
    const store = yield* SessionStore
    const state = yield* SubscriptionRef.make(NO_SHELL)
    return SessionShell.of({
      state,
      typedAhead: Stream.never,
      broken: Effect.never,
      run: () => new ShellError({ reason: "Ended" }),
      write: () => {},
      interrupted: () => false,
      signal: () => Effect.succeed(null),
      endInput: () => {},
      resize: () => {},
      blockWords: () => [],
      history: () => [],
      past: () => ({ shell: "", read: () => [] }),
      jobs: noJobs,
      surroundings: Effect.map(store.get, ({ workingDirectory, environment, metadata }) => ({
        directory: workingDirectory,
        changes: { set: environment, unset: metadata.unset },
        names: { start: NO_NAMES, now: NO_NAMES, builtins: new Set<string>() }
      })),
      restart: Effect.void
    })
  })
)

const besideShells = ({ environment }: ReadOnlyOptions) => {
  const refused = () => new BesideError({ reason: "NotStarted", detail: READ_ONLY })
  return Layer.succeed(
    BesideShells,
    BesideShells.of({
      run: refused,
      openShell: refused,
      write: () => {},
      endInput: () => {},
      signal: () => Effect.succeed(null),
      resize: () => {},
      running: () => [],
      jobs: noJobs,
      environment,
      warm: () => 0,
      utilisation: () => 0
    })
  )
}

const executor = Layer.sync(CommandExecutor, () => {
  const refused = () => new CommandError({ reason: "Ended", detail: READ_ONLY })
  return CommandExecutor.of({
    executeCommand: refused,
    openShell: refused,
    cancel: () => Effect.succeed(false),
    cancelAll: Effect.void,
    willQueue: () => false
  })
})
