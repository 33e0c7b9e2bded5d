import { randomBytes } from "node:crypto"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { BlockId, idFromBytes } from "../domain/ids.ts"
import { foregroundWorks } from "../platform.ts"
import { type BlockWord, blockWords } from "../shell/blockWords.ts"
import { type Job, ShellDriver, type ShellEnd } from "../shell/ShellDriver.ts"
import { type SignalOutcome, sendToForeground } from "../shell/signalForeground.ts"
import { type ShellOptions, type SpawnedShell, spawnShell } from "../shell/spawnShell.ts"
import { sanitise } from "../terminal/sanitise.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"
import { BlockFiles, cutNotice } from "./BlockFiles.ts"
import { type BlockEnd, BlockService } from "./BlockService.ts"
import { openLiveOutput, resizeOutputs } from "./liveOutput.ts"
import { noticeLines } from "./noticeText.ts"
import type { ProcessObserver } from "./ProcessService.ts"
import { ProgramSize } from "./ProgramSize.ts"
import { SessionShells } from "./SessionShells.ts"
import { SessionStore } from "./SessionStore.ts"
import { ShellError, ShellStartError, textProblem } from "./ShellError.ts"
import { type ShellReport, ShellReporter } from "./ShellReporter.ts"
import { type RunOptions, type ShellState, type ShellSurroundings, STARTING } from "./ShellState.ts"
import { SubmittedCommands } from "./SubmittedCommands.ts"
import { makeSessionVariables, stillUnset, unsetNotice } from "./sessionVariables.ts"
import { commandEndOf, shellEndWords } from "./shellEnd.ts"
import { countedShell } from "./telemetry/countedShell.ts"
import { makeTimeLimiter, timeLimitNotice } from "./timeLimit.ts"

export { ShellError } from "./ShellError.ts"
export type { RunOptions, ShellEnding, ShellState, ShellSurroundings } from "./ShellState.ts"

/** What Ctrl+D sends. */
const END_OF_INPUT = Uint8Array.of(0x04)
/** What Ctrl+C sends. */
const CTRL_C = 0x03

/** How shells of one session are started; directory and changed variables are the session's own. */
export interface SessionShellOptions extends Omit<ShellOptions, "directory" | "changes"> {
  /** Told of every shell that starts and ends. */
  readonly observer?: ProcessObserver
}

/** The session's one persistent shell, on its terminal. */
export class SessionShell extends Context.Tag("effecttalk/SessionShell")<
  SessionShell,
  {
    readonly state: SubscriptionRef.SubscriptionRef<ShellState>
    /** What was typed while a command ran and not read by it. */
    readonly typedAhead: Stream.Stream<string>
    /** Never ends; dies of the bug that has stopped what the shell reports from becoming part of the session. */
    readonly broken: Effect.Effect<never>
    /** Runs a command in a block of its own and waits for its end. Fails with `ShellError` when it does not run. */
    readonly run: (command: string, options?: RunOptions) => Effect.Effect<BlockEnd, ShellError>
    /** Types into the running program (or, between commands, ahead). Plain: it is called for every key. */
    readonly write: (bytes: Uint8Array) => void
    /**
     * Whether the last key that the latest command was given was Ctrl+C: whoever pressed it meant the command to end,
     * whatever status it ended with. Plain.
     */
    readonly interrupted: () => boolean
    /** Signals the process group in the foreground while a block prints to the shell's terminal; null for another block. */
    readonly signal: (id: BlockId, signal: NodeJS.Signals) => Effect.Effect<SignalOutcome | null>
    /** Tells the waiting shell that its input has ended (Ctrl+D): it leaves, or says why not. */
    readonly endInput: () => void
    /** Sizes the shell's terminal and the live block: `room` among the blocks, `screen` for a full-screen program. */
    readonly resize: (room: TerminalSize, screen: TerminalSize) => void
    /**
     * The words of a text that may stand for blocks, as the shell divides it; none while it cannot be driven. Plain: it is
     * called for every key.
     */
    readonly blockWords: (text: string) => ReadonlyArray<BlockWord>
    /** The commands of the shell's own history from before this session, oldest first. */
    readonly history: () => ReadonlyArray<string>
    /** Reads what the shell's own history file holds by then, with times and further back; and the shell's name (`bash`). */
    readonly past: () => ReturnType<ShellDriver["past"]>
    /** Programs that run in the shell's session beside the shell itself, by name. */
    readonly jobs: Effect.Effect<ReadonlyArray<Job>>
    /** What a shell beside this one is given, as this one's latest prompt has told it. */
    readonly surroundings: Effect.Effect<ShellSurroundings>
    /** Starts a fresh shell in the session's directory after the old one has ended; does nothing while there is one. */
    readonly restart: Effect.Effect<void>
  }
>() {
  /**
   * @param early the shell that the launcher has started already, if any
   */
  static readonly layer = (options: SessionShellOptions, early: SpawnedShell | null) =>
    Layer.scoped(this, make(options, early))
}

/** What an incognito block says of a job that its command has left running. */
const LEFT_JOB = "its job runs on: what it prints while another command runs is stored, with that one"

/** Why a shell in such a phase takes no command. */
const REFUSALS = { starting: "Busy", running: "Busy", bare: "NoIntegration", ended: "Ended" } as const

type Restore = <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>

const newBlockId = Effect.sync(() => BlockId.make(idFromBytes(randomBytes(17))))

const make = Effect.fn("SessionShell.make")(function* (options: SessionShellOptions, early: SpawnedShell | null) {
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const store = yield* SessionStore
  const blocks = yield* BlockService
  const files = yield* BlockFiles
  const reports = yield* Mailbox.make<ShellReport>()
  const typedAhead = yield* Mailbox.make<string>()
  const broken = yield* Deferred.make<never>()
  const state = yield* SubscriptionRef.make<ShellState>(STARTING)
  const commands = new SubmittedCommands(files)
  const variables = makeSessionVariables(store)
  const shells = new SessionShells<ShellDriver>()
  let interrupted = false
  /** EffectTalk leaves: an end of the shell is ours. */
  let closing = false

  const update = (change: Partial<ShellState>) => SubscriptionRef.update(state, (now) => ({ ...now, ...change }))

  const limiter = yield* makeTimeLimiter

  const resize = (next: TerminalSize) => {
    shells.now.resize(next.columns, next.rows)
    for (const id of reporter.open) resizeOutputs(blocks.outputs, id, next)
  }
  const initial = { columns: options.columns, rows: options.rows }
  const size = new ProgramSize(initial, resize, () => foregroundWorks(shells.now.pid))

  const reporter = new ShellReporter({
    outputs: blocks.outputs,
    openOutput: (id) => {
      openLiveOutput(blocks.outputs, id, size.current, () => shells.now)
      const isSplit = commands.get(id)?.options.split === true
      if (isSplit) openLiveOutput(blocks.outputs, id, size.current, () => shells.now, "stderr")
    },
    offer: (report) => void reports.unsafeOffer(report),
    write: (bytes) => shells.now.write(bytes),
    isIncognito: (id) => commands.get(id)?.options.incognito === true
  })

  const stopFollowing = blocks.outputs.subscribe((id) => {
    const output = reporter.open.includes(id) ? blocks.outputs.live(id) : null
    if (output !== null) size.printed(output.alternate)
  })
  yield* Effect.addFinalizer(() => Effect.sync(stopFollowing))

  const start = (shell: SpawnedShell) => {
    reporter.restart()
    const { observer } = options
    shells.begin(new ShellDriver(observer === undefined ? shell : countedShell(shell, observer, now), reporter))
    shells.now.resize(size.current.columns, size.current.rows)
  }

  const spawn = Effect.gen(function* () {
    const { workingDirectory } = yield* store.get
    const { changes, lacking } = yield* variables.forNewShell
    const shell = yield* Effect.try({
      try: () =>
        spawnShell({
          ...options,
          ...size.current,
          directory: workingDirectory,
          changes
        }),
      catch: (cause) => new ShellStartError({ cause })
    })
    start(shell)
    if (shell.directory !== workingDirectory)
      yield* addNotice(null, `${workingDirectory} cannot be entered. The shell was started in ${shell.directory}.`)
    yield* lack(lacking)
    return shell.directory
  })

  /** The phase once it is another than `phase`. */
  const phaseAfter = (phase: ShellState["phase"]) =>
    state.changes.pipe(
      Stream.filter((now) => now.phase !== phase),
      Stream.runHead,
      Effect.map(Option.getOrThrow)
    )

  const moveTo = Effect.fn("SessionShell.moveTo")(function* (directory: string) {
    const session = yield* store.get
    if (session.workingDirectory === directory) return
    yield* store.dispatch({ _tag: "DirectoryChanged", at: yield* Clock.currentTimeMillis, directory })
  })

  const addNotice = Effect.fn("SessionShell.addNotice")(function* (
    after: BlockId | null,
    text: string,
    incognito = false
  ) {
    const id = after ?? (yield* store.get).blocks.at(-1)?.id ?? null
    if (id !== null) yield* blocks.addNotice(id, noticeLines(sanitise(text)), incognito)
  })

  /** Says which of the session's variables a new shell lacks: under the last block, once however often it is resumed. */
  const lack = Effect.fn("SessionShell.lack")(function* (unset: ReadonlyArray<string>) {
    yield* update({ unset })
    if (unset.length === 0) return
    const text = unsetNotice(unset)
    const last = (yield* store.get).blocks.at(-1)
    if (last?.metadata.notices.includes(text) === false) yield* addNotice(last.id, text)
  })

  const exited = Effect.fn("SessionShell.exited")(function* (end: ShellEnd) {
    yield* limiter.end
    size.end()
    variables.forget()
    const during = end.during === null ? null : BlockId.make(end.during)
    if (during !== null) {
      const finished = commandEndOf(end)
      yield* blocks.finishBlock(during, finished)
      yield* commands.settle(during, Effect.succeed(finished))
    }
    yield* commands.settleAll(() => Effect.fail(new ShellError({ reason: "Ended" })))
    if (closing) return
    const wasOfUse = reporter.prompted || reporter.wasUsed
    const problem = end.byItself
      ? null
      : `The shell ${shellEndWords(end)}${wasOfUse ? "" : " before its first prompt"}.`
    yield* update({
      ...STARTING,
      phase: "ended",
      ending: {
        byItself: end.byItself,
        beforePrompt: !wasOfUse,
        exitCode: end.exitCode,
        survivors: end.byItself ? shells.jobs() : [],
        problem
      }
    })
    // Start files that kill their shell would kill the next one too.
    if (problem === null || !wasOfUse) return
    const directory = yield* restart
    if (directory !== null) yield* addNotice(during, `${problem} A new one was started in ${directory}.`)
  })

  /** The directory of the new shell; null when there is one already, or none could be started. */
  const restart = Effect.gen(function* () {
    const allowed = yield* SubscriptionRef.modify(state, (now) =>
      now.phase === "ended" ? [true, STARTING] : [false, now]
    )
    if (!allowed) return null
    return yield* Effect.catchTag(spawn, "ShellStartError", (error) =>
      Effect.as(
        update({
          phase: "ended",
          ending: { byItself: false, beforePrompt: true, exitCode: null, survivors: [], problem: error.message }
        }),
        null
      )
    )
  })

  // A slow start file may show anything, full-screen programs included: its block is what has the terminal.
  const giveTerminalToStart = SubscriptionRef.update(state, (now) =>
    now.phase === "starting" && now.slow ? { ...now, running: reporter.loose } : now
  )

  const fold = Effect.fn("SessionShell.fold")(function* (report: ShellReport) {
    switch (report._tag) {
      case "Started": {
        const { id, text } = report
        const { options: { timeLimit: limit, split = false, incognito = false } = {}, cut = [] } =
          commands.get(id) ?? {}
        yield* blocks.startBlock(id, text, { ...(limit !== undefined && { timeLimit: limit }), split, incognito })
        yield* blocks.addNotice(id, cut.map(cutNotice))
        if (limit !== undefined) {
          const onReached = blocks.addNotice(id, [timeLimitNotice(limit)])
          yield* limiter.begin({ limit, shell: shells.now.pid, mayKillShell: false, onReached })
        }
        return yield* update({ phase: "running", running: id })
      }
      case "Loose":
        yield* blocks.createBlock("", {
          id: report.id,
          origin: report.origin,
          ...(report.from !== null && { from: report.from }),
          incognito: report.incognito
        })
        return yield* giveTerminalToStart
      case "LooseEnded":
        return yield* blocks.finishBlock(report.id, { status: "success", exitCode: null, signal: null })
      case "Finished":
        yield* limiter.end
        size.end()
        yield* blocks.finishBlock(report.id, report.end, report.ago)
        yield* moveTo(report.directory)
        yield* update({ running: null })
        yield* commands.settle(report.id, Effect.succeed(report.end))
        return
      case "Ready":
        yield* moveTo(report.directory)
        yield* update({
          phase: "ready",
          prompt: report.prompt,
          rightPrompt: report.rightPrompt,
          running: null,
          slow: false
        })
        return
      case "Notice":
        return yield* addNotice(report.after, report.text, report.incognito)
      case "TypedAhead":
        return void (yield* typedAhead.offer(report.text))
      case "Incomplete":
        yield* commands.settle(report.id, Effect.fail(new ShellError({ reason: "Incomplete" })))
        return
      case "Environment":
        yield* SubscriptionRef.update(state, (now) => {
          const unset = stillUnset(now.unset, report.change)
          return unset === now.unset ? now : { ...now, unset }
        })
        return yield* variables.report(report.change, report.hidden)
      case "LeftJob":
        return yield* blocks.addNotice(report.id, [LEFT_JOB])
      case "Slow":
        yield* update({ slow: true })
        return yield* giveTerminalToStart
      case "Bare":
        yield* moveTo(report.directory)
        return yield* update({ phase: "bare", running: report.block, prompt: "", slow: false })
      case "Used":
        return yield* store.dispatch({ _tag: "ShellUsed", at: yield* Clock.currentTimeMillis })
      case "Exited":
        return yield* exited(report.end)
    }
  })

  /** The command with files for its words; the shell, which waits for it, may end meanwhile. */
  const fill = Effect.fn("SessionShell.fill")(function* (id: BlockId, command: string) {
    const filled = yield* Effect.either(files.fill(id, command, shells.now.shellName))
    const { phase } = yield* SubscriptionRef.get(state)
    if (phase === "running" && Either.isRight(filled)) return filled.right
    files.release(id)
    if (phase !== "running") return yield* new ShellError({ reason: phase === "ready" ? "Busy" : REFUSALS[phase] })
    yield* update({ phase: "ready" })
    return yield* new ShellError({ reason: "NoFile" })
  })

  /** Hands a command to the shell; gives what its end will be told by. Only the wait for the first prompt is given up. */
  const submit = Effect.fn("SessionShell.submit")(function* (command: string, options: RunOptions, restore: Restore) {
    const problem = textProblem(command)
    if (problem !== null) return yield* new ShellError({ reason: problem })
    // What is submitted while start files still run waits for the first prompt.
    yield* restore(phaseAfter("starting"))
    // Of several that waited one gets the shell.
    const phase = yield* SubscriptionRef.modify(state, (now) =>
      now.phase === "ready" ? [now.phase, { ...now, phase: "running" as const }] : [now.phase, now]
    )
    if (phase !== "ready") return yield* new ShellError({ reason: REFUSALS[phase] })
    const { split = false, incognito = false } = options
    if (split && !shells.now.canSplit) {
      yield* update({ phase: "ready" })
      return yield* new ShellError({ reason: "NotSplit" })
    }
    const id = options.id ?? (yield* newBlockId)
    const { source, cut } = yield* fill(id, command)
    const end = yield* Deferred.make<BlockEnd, ShellError>()
    commands.add(id, { end, options, cut })
    shells.history()
    size.begin(command)
    if (shells.now.submit(id, source, split, incognito)) return end
    size.end()
    commands.withdraw(id)
    yield* update({ phase: "ready" })
    return yield* new ShellError({ reason: split ? "NotSplit" : "Busy" })
  })

  if (early === null) yield* Effect.orDie(spawn)
  else start(early)
  // What the launcher's shell has said already stands on the first frame.
  yield* Effect.flatMap(reports.clear, Effect.forEach(fold, { discard: true }))
  // Each report is folded whole or not at all. The fiber outlives the scope's interruption: what the shells still say
  // while they are closed belongs to the session.
  const folding = yield* Mailbox.toStream(reports).pipe(
    Stream.runForEach((report) => Effect.uninterruptible(fold(report))),
    Effect.onError((cause) => Deferred.failCause(broken, Cause.die(Cause.squash(cause)))),
    Effect.forkDaemon
  )
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      closing = true
      size.end()
      yield* Effect.ignoreLogged(Effect.tryPromise(() => shells.close()))
      yield* reports.end
      yield* Fiber.await(folding)
      const left: BlockEnd = { status: "interrupted", exitCode: null, signal: "SIGHUP" }
      const live = blocks.outputs.liveIds()
      yield* Effect.forEach(live, (id) => blocks.finishBlock(id, left))
      yield* commands.settleAll((id) =>
        live.includes(id) ? Effect.succeed(left) : Effect.fail(new ShellError({ reason: "Ended" }))
      )
    })
  )

  return SessionShell.of({
    state,
    typedAhead: Mailbox.toStream(typedAhead),
    broken: Deferred.await(broken),
    run: Effect.fn("SessionShell.run")((command, options = {}) =>
      Effect.uninterruptibleMask((restore) => {
        interrupted = false
        reporter.holdKeys()
        return submit(command, options, restore).pipe(
          // Given up while start files still run: the keys behind it are theirs again.
          Effect.onInterrupt(() => Effect.sync(() => reporter.typeKeys())),
          Effect.flatMap((end) => restore(Deferred.await(end))),
          Effect.catchTag("ShellError", ({ reason }) =>
            // Unfinished text is told of while the shell still clears its edit line: the next Enter needs it ready.
            Effect.zipRight(
              reason === "Incomplete" ? restore(phaseAfter("running")) : Effect.void,
              Effect.suspend(() => new ShellError({ reason, typed: Buffer.concat(reporter.takeKeys()) }))
            )
          )
        )
      })
    ),
    interrupted: () => interrupted,
    write: (bytes) => {
      interrupted = bytes.at(-1) === CTRL_C
      if (!reporter.keep(bytes)) shells.now.write(bytes)
    },
    signal: (id, signal) =>
      Effect.sync(() => (reporter.open.includes(id) ? sendToForeground(shells.now.pid, signal) : null)),
    endInput: () => (reporter.isBare ? shells.now.write(END_OF_INPUT) : shells.now.endInput()),
    resize: (room, screen) => size.window(room, screen),
    blockWords: (text) => (reporter.isBare ? [] : blockWords(text, shells.now.shellName)),
    history: () => shells.history(),
    past: () => shells.now.past(),
    jobs: Effect.sync(() => shells.jobs()),
    surroundings: Effect.zipWith(store.get, variables.changes, ({ workingDirectory }, changes) => ({
      directory: workingDirectory,
      changes,
      names: shells.now.names()
    })),
    restart: Effect.asVoid(restart)
  })
})
