import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  type BlockHeader,
  type BlockOrigin,
  type BlockStatus,
  isFinished,
  isStopCode,
  type JobSource,
  type OutputStream
} from "../domain/Block.ts"
import { BlockId, idFromBytes } from "../domain/ids.ts"
import type { BlockStarted } from "../domain/SessionEvent.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"
import { BlockError } from "./BlockError.ts"
import { makeBlockSayings } from "./blockSayings.ts"
import { type KeepScreens, makeOutputJournal } from "./outputJournal.ts"
import { SelfFolding } from "./SelfFolding.ts"
import { SessionStore, type SessionStoreError } from "./SessionStore.ts"

export { BlockError } from "./BlockError.ts"

/** How a command ended. */
export interface BlockEnd {
  readonly status: BlockStatus
  /** 0–255, or null when it never became known. */
  readonly exitCode: number | null
  readonly signal: string | null
}

/** The status that an exit code and a signal amount to. Ctrl+C and Ctrl+Z are interruptions, not failures. */
export const statusOf = (exitCode: number | null, signal: string | null): BlockStatus => {
  if (signal === "SIGINT" || exitCode === 130) return "interrupted"
  if (signal !== null || exitCode === null) return "failure"
  if (isStopCode(exitCode)) return "interrupted"
  return exitCode === 0 ? "success" : "failure"
}

/** The terminal that text given by `updateBlockOutput` is laid out for; lines are kept whole, so it hardly matters. */
const TEXT_SIZE: TerminalSize = { columns: 80, rows: 24 }

/** What a new block is made with. */
export interface BlockOptions {
  /** A new random one unless given. */
  readonly id?: BlockId
  /** Absolute directory; the session's unless given. */
  readonly directory?: string
  /** Set when no command prints this. */
  readonly origin?: BlockOrigin
  /** The command that output in the background comes from. */
  readonly from?: JobSource
  /** It runs beside the session's shell. */
  readonly beside?: boolean
  /** It is a shell beside that the user works in. */
  readonly plain?: boolean
  /** Milliseconds after which the command is ended. */
  readonly timeLimit?: number
  /** Its stderr is kept apart. */
  readonly split?: boolean
  /** It runs again with an earlier block's variables: their id in the session, see `BlockMetadata`. */
  readonly environment?: number
  /** It waits for another command: the block is `idle`. */
  readonly queued?: boolean
  /** It is kept in memory only, see `BlockMetadata`. */
  readonly incognito?: boolean
}

/** What a session does with its blocks by itself. */
export interface BlockServiceOptions {
  /** A command that succeeds with more lines of output than this folds when it ends; 0, the default, folds none. */
  readonly autoFoldLines?: number
  readonly keepScreens?: KeepScreens
}

/** Lifecycle of blocks: opened when the shell has taken a command, closed once its end mark is parsed. */
export class BlockService extends Context.Tag("effecttalk/BlockService")<
  BlockService,
  {
    /** Outputs of this session's blocks, for readers of rows and writers of bytes. */
    readonly outputs: BlockStore
    /** Opens a `running` block, or with `queued` an `idle` one, and journals it. One that is there already stays as it is. */
    readonly createBlock: (command: string, options?: BlockOptions) => Effect.Effect<BlockHeader>
    /**
     * Starts a queued block with the text that runs, where and how it runs by then; a block that is not there is created.
     */
    readonly startBlock: (
      id: BlockId,
      command: string,
      options?: Omit<BlockOptions, "id" | "queued">
    ) => Effect.Effect<BlockHeader>
    /**
     * Moves a block on: `idle` → `running` → `success`, `failure` or `interrupted`; `idle` → `interrupted` cancels it. To be
     * told its own status again changes nothing. Fails with `IllegalTransition`, `UnknownBlock`.
     *
     * @param exitCode of an ended command; 0 for `success` and null otherwise unless given
     */
    readonly updateBlockStatus: (
      id: BlockId,
      status: BlockStatus,
      exitCode?: number
    ) => Effect.Effect<void, BlockError | SessionStoreError>
    /**
     * Appends text to a running block's output, as its terminal would show it; `stderr` is kept apart from then on. Fails
     * with `NotRunning`, `UnknownBlock`.
     */
    readonly updateBlockOutput: (
      id: BlockId,
      stdout: string,
      stderr?: string
    ) => Effect.Effect<void, BlockError | SessionStoreError>
    /**
     * Freezes the block's output, journals the rest of it and then its end.
     *
     * @param ago how long ago it ended, in ms; never before it has begun
     */
    readonly finishBlock: (id: BlockId, end: BlockEnd, ago?: number) => Effect.Effect<void>
    /** Adds lines to read under the block, in memory only with `incognito`; lines are sanitised text. */
    readonly addNotice: (id: BlockId, lines: ReadonlyArray<string>, incognito?: boolean) => Effect.Effect<void>
    readonly setFolded: (id: BlockId, folded: boolean) => Effect.Effect<void>
    /**
     * Says which blocks are being read, in place of what was said before: they do not fold by themselves. Plain.
     */
    readonly reading: (isRead: (id: BlockId) => boolean) => void
    readonly setAllFolded: (folded: boolean) => Effect.Effect<void>
    /**
     * Gives a block the name by which `@name` means it, or with null takes it away: a letter, then letters, digits, `_` and
     * `-`, at most `MAX_BLOCK_NAME_LENGTH` characters, and not `last`, `prev` or `b` with a number. Fails with `BadName`,
     * `ReservedName`, `NameTaken`, `UnknownBlock`.
     */
    readonly renameBlock: (id: BlockId, name: string | null) => Effect.Effect<void, BlockError | SessionStoreError>
    /**
     * Notes a line about a block, at most `MAX_NOTE_LENGTH` characters without control characters; null takes it away. Fails
     * with `BadNote`, `UnknownBlock`.
     */
    readonly noteBlock: (id: BlockId, note: string | null) => Effect.Effect<void, BlockError | SessionStoreError>
    /**
     * Stores a block as it was printed, with what was taken for secrets: the user has seen that there are none. From then on
     * nothing of it is left out. Fails with `NothingRedacted`, with `NotInMemory` when what was printed is not known any
     * more, and with `UnknownBlock`.
     */
    readonly storeAsPrinted: (id: BlockId) => Effect.Effect<void, BlockError | SessionStoreError>
    /** Pins a block, which `clearBlocks` leaves then, or unpins it. */
    readonly setPinned: (id: BlockId, pinned: boolean) => Effect.Effect<void>
    /**
     * Takes finished blocks out of the session, all of them or, when it fails, none. Until the session is closed they can be
     * brought back (`SessionStore.undo`); then their output is in none of its files any more. Fails with `NotFinished`, `UnknownBlock`.
     */
    readonly deleteBlocks: (ids: ReadonlyArray<BlockId>) => Effect.Effect<void, BlockError | SessionStoreError>
  }
>() {
  /** Blocks over `outputs`. What a live one prints is journaled every 200 ms: lines as they leave its screen, and the screen. */
  static readonly layer = (outputs: BlockStore, options: BlockServiceOptions = {}) =>
    Layer.scoped(this, make(outputs, options))
}

const make = Effect.fn("BlockService.make")(function* (outputs: BlockStore, options: BlockServiceOptions) {
  const { autoFoldLines = 0, keepScreens } = options
  const store = yield* SessionStore

  const journal = yield* makeOutputJournal(outputs, store, keepScreens)
  const folding = new SelfFolding(autoFoldLines)

  const storeAsPrinted = Effect.fn("BlockService.storeAsPrinted")(function* (id: BlockId) {
    const { command, status, metadata } = yield* store.getBlock(id)
    const { number, notices, from, note, name, redacted = 0, stderr } = metadata
    if (redacted === 0) return yield* new BlockError({ reason: "NothingRedacted", block: id, number })
    const streams: ReadonlyArray<OutputStream> = stderr === undefined ? ["stdout"] : ["stdout", "stderr"]
    // What waits has printed nothing.
    if (status !== "idle" && !outputs.retake(id, streams)) {
      return yield* new BlockError({ reason: "NotInMemory", block: id, number })
    }
    const at = yield* Clock.currentTimeMillis
    yield* store.dispatch({
      _tag: "SecretsKept",
      at,
      block: id,
      command,
      notices,
      ...(from !== undefined && { from })
    })
    if (name !== undefined) yield* store.dispatch({ _tag: "BlockRenamed", at, block: id, name })
    if (note !== undefined) yield* store.dispatch({ _tag: "BlockNoted", at, block: id, note })
    const isOver = isFinished(status)
    yield* journal.again(id, streams, isOver)
    if (isOver) outputs.stored(id)
  }, journal.alone)

  // Whether a block is there and what becomes of it is one step, for all who open blocks.
  const opening = yield* Effect.makeSemaphore(1)

  const created = (id: BlockId) => Effect.orDie(store.getBlock(id))

  const createBlock = Effect.fn("BlockService.createBlock")(function* (command: string, options: BlockOptions = {}) {
    const at = yield* Clock.currentTimeMillis
    const id = options.id ?? (yield* newBlockId)
    const session = yield* store.get
    const known = options.id === undefined ? undefined : session.blocks.findLast((block) => block.id === id)
    if (known !== undefined) return known
    const directory = options.directory ?? session.workingDirectory
    yield* store.dispatch(
      options.queued === true
        ? {
            _tag: "BlockQueued",
            at,
            block: id,
            command,
            directory,
            ...(options.incognito === true && { incognito: true })
          }
        : startedEvent(at, id, command, directory, options)
    )
    return yield* created(id)
  })

  const startBlock = Effect.fn("BlockService.startBlock")(function* (
    id: BlockId,
    command: string,
    options: Omit<BlockOptions, "id" | "queued"> = {}
  ) {
    const at = yield* Clock.currentTimeMillis
    const session = yield* store.get
    const queued = session.blocks.findLast((block) => block.id === id)?.status === "idle"
    const directory = options.directory ?? session.workingDirectory
    const event = startedEvent(at, id, command, directory, options)
    yield* store.dispatch(queued ? { ...event, queued } : event)
    return yield* created(id)
  })

  const setFolded = Effect.fn("BlockService.setFolded")(function* (block: BlockId, folded: boolean) {
    const at = yield* Clock.currentTimeMillis
    yield* store.dispatch({ _tag: "BlockFolded", at, block, folded })
  })

  const finishBlock = Effect.fn("BlockService.finishBlock")(function* (id: BlockId, end: BlockEnd, ago = 0) {
    const now = yield* Clock.currentTimeMillis
    const { startTime } = (yield* store.get).blocks.findLast((block) => block.id === id) ?? {}
    const at = Math.max(startTime ?? 0, now - Math.round(ago))
    const account = yield* journal.finish(id)
    yield* store.dispatch({ _tag: "BlockFinished", at, block: id, ...end, ...account })
    const block = (yield* store.get).blocks.findLast((one) => one.id === id)
    // Of an incognito block memory has the only copy.
    if (block?.metadata.incognito !== true) outputs.stored(id)
    if (block !== undefined && folding.folds(block)) yield* setFolded(id, true)
  })

  /** Opens an output with what is stored of it already. */
  const reopen = (id: BlockId, stream: OutputStream) => {
    const before = stream === "stderr" ? "" : (outputs.get(id)?.text() ?? "")
    const live = outputs.open(
      id,
      TEXT_SIZE,
      () => {},
      () => {},
      stream
    )
    live.write(terminalBytes(before))
    return live
  }

  const append = (id: BlockId, stream: OutputStream, text: string) => {
    if (text === "") return
    const live = outputs.live(id, stream) ?? reopen(id, stream)
    live.write(terminalBytes(text))
  }

  return BlockService.of({
    outputs,
    createBlock: (command, options) => opening.withPermits(1)(createBlock(command, options)),
    startBlock: (id, command, options) => opening.withPermits(1)(startBlock(id, command, options)),
    updateBlockStatus: Effect.fn("BlockService.updateBlockStatus")(function* (id, status, exitCode) {
      const { status: from, exitCode: code, command, metadata } = yield* store.getBlock(id)
      if (status === from && (exitCode === undefined || exitCode === code)) return
      const legal = from === "idle" ? status === "running" || status === "interrupted" : isFinished(status)
      if (isFinished(from) || !legal) {
        return yield* new BlockError({ reason: "IllegalTransition", block: id, from, to: status })
      }
      if (status === "running") yield* startBlock(id, command, { directory: metadata.directory })
      else yield* finishBlock(id, { status, exitCode: exitCode ?? (status === "success" ? 0 : null), signal: null })
    }, opening.withPermits(1)),
    updateBlockOutput: Effect.fn("BlockService.updateBlockOutput")(function* (id, stdout, stderr = "") {
      const { status } = yield* store.getBlock(id)
      if (status !== "running") {
        return yield* new BlockError({ reason: "NotRunning", block: id, from: status, to: "running" })
      }
      append(id, "stdout", stdout)
      append(id, "stderr", stderr)
    }),
    finishBlock,
    storeAsPrinted,
    addNotice: Effect.fn("BlockService.addNotice")(function* (block, lines, incognito = false) {
      const at = yield* Clock.currentTimeMillis
      if (lines.length === 0) return
      yield* store.dispatch({ _tag: "NoticeAdded", at, block, lines, ...(incognito && { incognito }) })
    }),
    setFolded: Effect.fn("BlockService.setFoldedByUser")(function* (id, folded) {
      const { blocks } = yield* store.get
      folding.chosen(
        blocks.filter((block) => block.id === id),
        folded
      )
      yield* setFolded(id, folded)
    }),
    reading: (isRead) => folding.reading(isRead),
    setAllFolded: Effect.fn("BlockService.setAllFolded")(function* (folded) {
      const at = yield* Clock.currentTimeMillis
      folding.chosen((yield* store.get).blocks, folded)
      yield* store.dispatch({ _tag: "AllFolded", at, folded })
    }),
    ...(yield* makeBlockSayings(store))
  })
})

const newBlockId = Effect.sync(() => BlockId.make(idFromBytes(randomBytes(17))))

/** Text as a program's terminal would get it: the kernel adds the carriage returns. */
const terminalBytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(/\r?\n/g, "\r\n"), "utf8")

const startedEvent = (
  at: number,
  block: BlockId,
  command: string,
  directory: string,
  { origin, from, beside, plain, timeLimit, split, environment, incognito }: BlockOptions
): typeof BlockStarted.Type => ({
  _tag: "BlockStarted",
  at,
  block,
  command,
  directory,
  ...(origin !== undefined && { origin }),
  ...(from !== undefined && { from }),
  ...(beside === true && { beside }),
  ...(plain === true && { plain }),
  ...(timeLimit !== undefined && { timeLimit }),
  ...(split === true && { split }),
  ...(environment !== undefined && { environment }),
  ...(incognito === true && { incognito })
})
