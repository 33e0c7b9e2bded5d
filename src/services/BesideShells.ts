import { statSync } from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { BlockId } from "../domain/ids.ts"
import { foregroundWorks } from "../platform.ts"
import type { EnvironmentChange } from "../shell/integration/ShellIntegration.ts"
import type { PlainShell } from "../shell/PlainShell.ts"
import type { Job, ShellDriver, ShellEnd, ShellListener } from "../shell/ShellDriver.ts"
import { type SignalOutcome, sendToForeground } from "../shell/signalForeground.ts"
import { sanitise } from "../terminal/sanitise.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"
import { BlockFiles, type CutWord, cutNotice } from "./BlockFiles.ts"
import { type BlockEnd, BlockService, statusOf } from "./BlockService.ts"
import { openLiveOutput, resizeOutputs } from "./liveOutput.ts"
import { decodeText, noticeLines } from "./noticeText.ts"
import { ProgramSize } from "./ProgramSize.ts"
import { runPlainShell } from "./plainShellBlock.ts"
import type { PoolError } from "./ResourcePool.ts"
import { NOT_SPLIT, ShellError, type ShellStartError, textProblem } from "./ShellError.ts"
import { ShellPool } from "./ShellPool.ts"
import { commandEndOf, shellEndWords } from "./shellEnd.ts"
import { makeTimeLimiter, timeLimitNotice } from "./timeLimit.ts"

/** What Ctrl+D sends. */
const END_OF_INPUT = Uint8Array.of(0x04)
/** What start files printed is kept up to here, in bytes: it is shown only when they take their time. */
const MAX_START_BYTES = 65_536

/** Why a command did not run beside. */
export class BesideError extends Schema.TaggedError<BesideError>()("BesideError", {
  /**
   * `PoolExhausted`: RESOURCE_POOL_SIZE shells are in use. `NotStarted`: no shell could be started, or it ended before its
   * first prompt. `NoIntegration`: shells of this kind cannot be given a command. `NoDirectory`: the directory cannot be
   * entered. `Incomplete`, `TooLong`, `ControlCharacter`, `NotSplit`, `NoFile`: see `ShellError`.
   */
  reason: Schema.Literal(
    "PoolExhausted",
    "NotStarted",
    "NoIntegration",
    "NoDirectory",
    "Incomplete",
    "TooLong",
    "ControlCharacter",
    "NotSplit",
    "NoFile"
  ),
  /** A sentence for the user. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** A command to run in a shell of its own. */
export interface BesideRequest {
  readonly command: string
  /** Absolute. */
  readonly directory: string
  /** Exported variables on top of what start files make. */
  readonly changes: EnvironmentChange
  /** Milliseconds after which it is ended, the start of its shell not counted. */
  readonly timeLimit?: number
  /** Keeps its stderr apart. */
  readonly split?: boolean
  /** Keeps it in memory only. */
  readonly incognito?: boolean
  /** Whose variables `changes` are, when they are an earlier block's, see `BlockOptions`. */
  readonly environment?: number
}

/** Where a plain shell begins. */
export type ShellPlace = Pick<BesideRequest, "directory" | "changes">

/** Commands of one session that run beside its shell, each in a shell of its own that ends with it. */
export class BesideShells extends Context.Tag("effecttalk/BesideShells")<
  BesideShells,
  {
    /**
     * Runs a command in a block of its own, with `beside` set, and waits for its end. Its shell ends as a closing window
     * does: what it left in the background is hung up on. Interrupting ends it, too; the block is `interrupted` then.
     */
    readonly run: (id: BlockId, request: BesideRequest) => Effect.Effect<BlockEnd, BesideError>
    /**
     * Opens a plain shell in a block of its own, with `beside` and `plain` set, and waits for its end: the user's shell with
     * its own line editor and nothing of ours in it. Ended as with `run`.
     */
    readonly openShell: (id: BlockId, place: ShellPlace) => Effect.Effect<BlockEnd, BesideError>
    /**
     * Types into a running command, or, from the call of `openShell` on, into that shell. Plain: it is called for every key.
     * Does nothing for what does not run here.
     */
    readonly write: (id: BlockId, bytes: Uint8Array) => void
    /** Tells a running command that its input has ended (Ctrl+D). */
    readonly endInput: (id: BlockId) => void
    /** Signals the process group in the foreground of a command's terminal; null for what does not run here. */
    readonly signal: (id: BlockId, signal: NodeJS.Signals) => Effect.Effect<SignalOutcome | null>
    /** Sizes the terminals of all of them: `room` among the blocks, `screen` for a full-screen program. */
    readonly resize: (room: TerminalSize, screen: TerminalSize) => void
    /** The blocks whose commands run here. */
    readonly running: () => ReadonlyArray<BlockId>
    /** What leaving would end. */
    readonly jobs: Effect.Effect<ReadonlyArray<Job>>
    /** The environment that the shells are started with, before their start files. */
    readonly environment: Readonly<Record<string, string | undefined>>
    /** How many shells wait, ready, and which part of the pool is in use (0–1): over all sessions. */
    readonly warm: () => number
    readonly utilisation: () => number
  }
>() {
  /** @param size of the terminals, in cells, until `resize` */
  static readonly layer = (size: TerminalSize) => Layer.scoped(this, make(size))
}

/** One thing a driver reported, in order. */
type Report =
  | { readonly _tag: "Ready"; readonly directory: string }
  | { readonly _tag: "Slow" }
  | { readonly _tag: "Bare" }
  | { readonly _tag: "Started"; readonly text: string }
  | { readonly _tag: "Finished"; readonly end: BlockEnd; readonly ago: number }
  | { readonly _tag: "Notice"; readonly text: string }
  | { readonly _tag: "Incomplete" }
  | { readonly _tag: "Exited"; readonly end: ShellEnd }

const LEFT: BlockEnd = { status: "interrupted", exitCode: null, signal: "SIGHUP" }

/** Whether two paths name one directory; false when one of them is none. */
const isSameDirectory = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return a?.isDirectory() === true && a.dev === b?.dev && a.ino === b.ino
}

const noIntegration = new BesideError({
  reason: "NoIntegration",
  detail: "Nothing can run beside: the shell has no integration"
})

const noDirectory = (directory: string) =>
  new BesideError({ reason: "NoDirectory", detail: `${sanitise(directory)} cannot be entered` })

const notStarted = ({ _tag, message }: PoolError | ShellStartError) =>
  new BesideError({ reason: _tag === "PoolError" ? "PoolExhausted" : "NotStarted", detail: message })

const make = Effect.fn("BesideShells.make")(function* (initialSize: TerminalSize) {
  const pool = yield* ShellPool
  const blocks = yield* BlockService
  const files = yield* BlockFiles
  // Side by side: each shell may take its time to end.
  const scope = yield* Effect.acquireRelease(Scope.make(ExecutionStrategy.parallel), Scope.close)
  const drivers = new Map<BlockId, Pick<ShellDriver, "pid" | "write" | "jobs">>()
  /** Keys typed behind the wish for a plain shell until it is there. */
  const opening = new Map<BlockId, Array<Uint8Array>>()
  const sizes = new Map<BlockId, ProgramSize>()
  let room = initialSize
  let screen = initialSize
  const stopFollowing = blocks.outputs.subscribe((id) => {
    const output = sizes.has(id) ? blocks.outputs.live(id) : null
    if (output !== null) sizes.get(id)?.printed(output.alternate)
  })
  yield* Effect.addFinalizer(() => Effect.sync(stopFollowing))

  /** Gives a leased shell its driver; what it says comes by the mailbox, its output goes to the block at once. */
  const drive = Effect.fn("BesideShells.drive")(function* (id: BlockId, { directory, changes, split }: BesideRequest) {
    const shell = yield* Effect.mapError(pool.lease, notStarted)
    const reports = yield* Mailbox.make<Report>()
    const offer = (report: Report) => void reports.unsafeOffer(report)
    let driver: ShellDriver
    const resize = (next: TerminalSize) => {
      driver.resize(next.columns, next.rows)
      resizeOutputs(blocks.outputs, id, next)
    }
    const size = new ProgramSize(room, resize, () => foregroundWorks(driver.pid))
    let open = false
    const openOutput = () => {
      if (open) return
      open = true
      openLiveOutput(blocks.outputs, id, size.current, () => driver)
      if (split === true) openLiveOutput(blocks.outputs, id, size.current, () => driver, "stderr")
    }
    let start: Array<Uint8Array> = []
    let startBytes = 0
    const listener: ShellListener = {
      ready: ({ directory: now }) => offer({ _tag: "Ready", directory: now }),
      started: (_, text) => {
        openOutput()
        offer({ _tag: "Started", text })
      },
      output: (_, bytes, stream) => {
        if (open) blocks.outputs.live(id, stream)?.write(bytes)
        else {
          startBytes += bytes.length
          if (startBytes <= MAX_START_BYTES) start.push(bytes)
        }
      },
      finished: (_, { exitCode, signal, ago }) =>
        offer({ _tag: "Finished", end: { status: statusOf(exitCode, signal), exitCode, signal }, ago }),
      notice: (after, bytes) => {
        if (after !== null) offer({ _tag: "Notice", text: decodeText(bytes) })
      },
      incomplete: () => offer({ _tag: "Incomplete" }),
      slow: () => {
        openOutput()
        for (const bytes of start) blocks.outputs.live(id)?.write(bytes)
        start = []
        offer({ _tag: "Slow" })
      },
      bare: () => offer({ _tag: "Bare" }),
      exited: (end) => offer({ _tag: "Exited", end }),
      // Neither what it has not read nor what it makes of its environment outlives the command.
      typeAhead: () => {},
      jobs: () => {},
      environment: () => {}
    }
    const driven = shell.drive(directory, changes, listener)
    if (driven === null) {
      return yield* new BesideError({ reason: "NotStarted", detail: "The shell's private directory cannot be written" })
    }
    driver = driven
    driver.resize(room.columns, room.rows)
    size.window(room, screen)
    return { driver, size, reports }
  })

  const runIn = Effect.fn("BesideShells.runIn")(function* (id: BlockId, request: BesideRequest) {
    const { command, directory, timeLimit, split = false, environment, incognito = false } = request
    const { driver, size, reports } = yield* drive(id, request)
    let isOpen = false
    const openBlock = Effect.suspend(() => {
      if (isOpen) return Effect.void
      isOpen = true
      const limit = timeLimit !== undefined && { timeLimit }
      const again = environment !== undefined && { environment }
      return blocks.createBlock(command, { id, directory, beside: true, split, incognito, ...limit, ...again })
    })
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        drivers.delete(id)
        sizes.delete(id)
        size.end()
        files.release(id)
        if (blocks.outputs.live(id) === null) return
        // What its programs say to the hang-up belongs to the block.
        yield* Effect.promise(() => driver.close())
        // It may have started just now, and nobody has been told yet.
        yield* openBlock
        yield* blocks.finishBlock(id, LEFT)
      })
    )
    drivers.set(id, driver)
    sizes.set(id, size)
    let submitted = false
    let cut: ReadonlyArray<CutWord> = []
    const limiter = yield* makeTimeLimiter

    const begin = Effect.fn("BesideShells.begin")(function* (now: string) {
      if (!isSameDirectory(now, directory)) return yield* noDirectory(directory)
      if (split && !driver.canSplit) return yield* new BesideError({ reason: "NotSplit", detail: NOT_SPLIT })
      submitted = true
      const filled = yield* files
        .fill(id, command, driver.shellName)
        .pipe(Effect.mapError(({ message }) => new BesideError({ reason: "NoFile", detail: message })))
      cut = filled.cut
      size.begin(command)
      if (!driver.submit(id, filled.source, split, incognito)) {
        return yield* new BesideError({ reason: "NotStarted", detail: "The shell did not take the command" })
      }
    })

    const started = Effect.gen(function* () {
      yield* openBlock
      yield* blocks.addNotice(id, cut.map(cutNotice))
      yield* pool.warmUp
      if (timeLimit === undefined) return
      yield* limiter.begin({
        limit: timeLimit,
        shell: driver.pid,
        mayKillShell: true,
        onReached: blocks.addNotice(id, [timeLimitNotice(timeLimit)])
      })
    })

    const finish = Effect.fn("BesideShells.finish")(function* (end: BlockEnd, ago = 0) {
      yield* limiter.end
      drivers.delete(id)
      yield* blocks.finishBlock(id, end, ago)
      // What hooks printed at its end came in one piece with it.
      for (const report of yield* reports.clear) {
        if (report._tag === "Notice") yield* blocks.addNotice(id, noticeLines(report.text))
      }
      const left = driver.jobs().map(({ name }) => name)
      if (left.length > 0) yield* blocks.addNotice(id, [`hung up with its shell: ${sanitise(left.join(", "))}`])
      return end
    })

    const exited = Effect.fn("BesideShells.exited")(function* (end: ShellEnd) {
      if (isOpen) return yield* finish(commandEndOf(end))
      return yield* new BesideError({
        reason: "NotStarted",
        detail: `The shell ${shellEndWords(end)} before it could run the command`
      })
    })

    for (;;) {
      const report = yield* Effect.orDie(reports.take)
      switch (report._tag) {
        case "Ready":
          if (!submitted) yield* begin(report.directory)
          break
        case "Slow":
          yield* Effect.uninterruptible(openBlock)
          break
        case "Bare":
          // A command that has replaced its shell is still that command.
          if (!submitted) return yield* noIntegration
          break
        case "Started":
          yield* Effect.uninterruptible(started)
          break
        case "Notice":
          break
        case "Finished":
          return yield* Effect.uninterruptible(finish(report.end, report.ago))
        case "Exited":
          return yield* Effect.uninterruptible(exited(report.end))
        case "Incomplete":
          return yield* new BesideError({ reason: "Incomplete", detail: "The command is not finished yet" })
      }
    }
  })

  const shellIn = Effect.fn("BesideShells.shellIn")(function* (id: BlockId, { directory, changes }: ShellPlace) {
    let shell: PlainShell | null = null
    const resize = ({ columns, rows }: TerminalSize) => {
      shell?.resize(columns, rows)
      blocks.outputs.live(id)?.resize(columns, rows)
    }
    const size = new ProgramSize(room, resize, () => shell !== null && foregroundWorks(shell.pid))
    size.window(room, screen)
    const ended = () => {
      drivers.delete(id)
      sizes.delete(id)
      size.end()
    }
    return yield* runPlainShell({
      id,
      place: { directory, changes, ...size.current },
      onOpen: (opened) => {
        shell = opened
        drivers.set(id, opened)
        sizes.set(id, size)
        for (const bytes of opening.get(id) ?? []) opened.write(bytes)
        opening.delete(id)
      },
      onEnd: ended,
      left: LEFT
    }).pipe(
      Effect.provideService(ShellPool, pool),
      Effect.provideService(BlockService, blocks),
      Effect.mapError(notStarted),
      Effect.ensuring(Effect.sync(() => opening.delete(id)))
    )
  })

  const toEnd = (whole: Effect.Effect<BlockEnd, BesideError, Scope.Scope>) =>
    Effect.acquireUseRelease(
      Scope.make(),
      (own) => Scope.extend(whole, own),
      (own, exit) => {
        const close = Scope.close(own, exit)
        // Who waits for the command need not wait for the end of its shell.
        return Exit.isSuccess(exit) ? Effect.forkIn(close, scope) : close
      }
    )

  // In a fiber of this service: a session that is closed ends it, as its caller can.
  const owned = (whole: Effect.Effect<BlockEnd, BesideError, Scope.Scope>) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkIn(Effect.interruptible(toEnd(whole)), scope), (fiber) =>
        Effect.onInterrupt(restore(Fiber.join(fiber)), () => Fiber.interrupt(fiber))
      )
    )

  return BesideShells.of({
    run: Effect.fn("BesideShells.run")(function* (id, request) {
      const problem = textProblem(request.command)
      if (problem !== null) {
        return yield* new BesideError({ reason: problem, detail: new ShellError({ reason: problem }).message })
      }
      if (!isSameDirectory(request.directory, request.directory)) return yield* noDirectory(request.directory)
      return yield* owned(runIn(id, request))
    }),
    openShell: Effect.fn("BesideShells.openShell")((id, place) => {
      opening.set(id, [])
      return owned(shellIn(id, place))
    }),
    write: (id, bytes) => {
      const driver = drivers.get(id)
      if (driver !== undefined) driver.write(bytes)
      // A copy, which `slice` of a Buffer is not: a reader of keys may use its memory again.
      else opening.get(id)?.push(Uint8Array.from(bytes))
    },
    endInput: (id) => drivers.get(id)?.write(END_OF_INPUT),
    signal: (id, signal) =>
      Effect.sync(() => {
        const driver = drivers.get(id)
        return driver === undefined ? null : sendToForeground(driver.pid, signal)
      }),
    resize: (nextRoom, nextScreen) => {
      room = nextRoom
      screen = nextScreen
      for (const size of sizes.values()) size.window(room, screen)
    },
    running: () => [...drivers.keys()],
    jobs: Effect.sync(() => [...drivers.values()].flatMap((driver) => driver.jobs())),
    environment: pool.environment,
    warm: pool.warm,
    utilisation: pool.utilisation
  })
})
