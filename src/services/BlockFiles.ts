import { closeSync, constants, openSync, statSync, writeSync } from "node:fs"
import { unlink } from "node:fs/promises"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type BlockHeader, isFinished } from "../domain/Block.ts"
import { formatBytes } from "../domain/formatBytes.ts"
import type { BlockId } from "../domain/ids.ts"
import { referredBlock } from "../domain/referredBlock.ts"
import { blockWords } from "../shell/blockWords.ts"
import { type CommandSource, referringCommand, typedCommand } from "../shell/CommandSource.ts"
import {
  makeMemoryDirectory,
  removeLeftovers,
  removePrivateDirectory,
  restorePrivateDirectory
} from "../shell/privateDirectory.ts"
import type { BlockOutput } from "../terminal/BlockOutput.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import { BlockService } from "./BlockService.ts"
import { SessionStore } from "./SessionStore.ts"
import { NO_FILE } from "./ShellError.ts"

/** Memory that files may take together, in bytes, before those that no command has are removed. */
const HELD_FILES_BYTES = 64 * 1024 * 1024
/** How long files are written before keys and frames have their turn, in ms. */
const SLICE_MS = 4
/** The last pieces of a live output may still be written to: they are read at once. Some 64 KB each. */
const PIECES_READ_AT_ONCE = 4

/** The words of a command that stand for blocks have no files. */
export class BlockFilesError extends Schema.TaggedError<BlockFilesError>()("BlockFilesError", {
  /** `NoMemory`: there is no file system in memory that can be written to. `NotWritten`: it is full. */
  reason: Schema.Literal("NoMemory", "NotWritten")
}) {
  override get message(): string {
    return NO_FILE
  }
}

/** A word whose block has more output than was kept. */
export interface CutWord {
  readonly word: string
  /** Bytes that the output limit has left out of its middle. */
  readonly hiddenBytes: number
}

/** A command, and which of its words stand for less than was printed. */
export interface FilledCommand {
  readonly source: CommandSource
  readonly cut: ReadonlyArray<CutWord>
}

/** What is said of a word whose block's output is not whole. */
export const cutNotice = ({ word, hiddenBytes }: CutWord): string =>
  `${word} lacks ${formatBytes(hiddenBytes)} of its middle: MAX_BLOCK_OUTPUT_SIZE keeps no more`

/** Bytes that the output limit has left out of what a block prints to stdout, until now. */
export const hiddenBytesOf = (outputs: BlockStore, { id, metadata }: BlockHeader): number =>
  outputs.held(id)?.hidden.bytes ?? metadata.hiddenBytes

/** A file with a block's output. */
interface BlockFile {
  readonly path: string
  /** Of the output that it holds; null for one that cannot change any more. */
  readonly version: number | null
  readonly bytes: number
  /** When it was written, as the file system tells: a command may have written to it since. */
  readonly writtenAt: number
  /** Commands that it was given to and that have not ended. */
  readonly users: Set<BlockId>
}

/**
 * The outputs of a session's blocks as files that commands read: plain text, as it was printed. They lie in memory, in a
 * directory of the session's own (0700, files 0600), and go with the session.
 */
export class BlockFiles extends Context.Tag("effecttalk/BlockFiles")<
  BlockFiles,
  {
    /**
     * Puts files in the place of a command's words that stand for blocks now: see `blockWords` and `referredBlock`. Each
     * output is written once, one that goes on once for each state that is asked for. Of one that keeps stderr apart it is
     * stdout alone. Fails with `BlockFilesError`.
     *
     * @param user the block of the command: its files stay until `release`
     * @param shell name of the program that reads the command
     */
    readonly fill: (user: BlockId, command: string, shell: string) => Effect.Effect<FilledCommand, BlockFilesError>
    /** The command has ended, or does not run. */
    readonly release: (user: BlockId) => void
  }
>() {
  /**
   * @param runtimeDirectory XDG_RUNTIME_DIR, which is preferred
   * @param heldBytes what files may take together before those that no command has are removed, oldest first
   */
  static readonly layer = (runtimeDirectory: string | undefined, heldBytes = HELD_FILES_BYTES) =>
    Layer.scoped(this, make(runtimeDirectory, heldBytes))
}

/** A word of a command, by UTF-16 offsets, and the block that it stands for. */
interface FoundWord {
  readonly start: number
  readonly end: number
  /** With its `@`. */
  readonly word: string
  readonly block: BlockHeader
}

/** Lets keys and frames have their turn of the event loop. */
const nextTurn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** An output's text in pieces, each read when it is asked for. What is printed from now on is not in them. */
const piecesOf = (output: BlockOutput, isLive: boolean): ReadonlyArray<() => string> => {
  const pieces: Array<() => string> = []
  const { lineCount, isOpen } = output
  for (let line = 0; line < lineCount; ) {
    const piece = output.pieceAt(line)
    if (piece === null) break
    line = piece.firstLine + piece.lines
    const end = isOpen && line >= lineCount ? "" : "\n"
    pieces.push(() => piece.text() + end)
  }
  if (!isLive) return pieces
  return [
    ...pieces.slice(0, -PIECES_READ_AT_ONCE),
    ...pieces.slice(-PIECES_READ_AT_ONCE).map((read) => {
      const text = read()
      return () => text
    })
  ]
}

const make = Effect.fn("BlockFiles.make")(function* (runtimeDirectory: string | undefined, heldBytes: number) {
  const store = yield* SessionStore
  const { outputs } = yield* BlockService
  const writing = yield* Effect.makeSemaphore(1)
  let directory: string | null = null
  let count = 0
  /** The one that was given last is the last. */
  const files = new Map<BlockId, ReadonlyArray<BlockFile>>()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      if (directory !== null) removePrivateDirectory(directory)
    })
  )

  const place = Effect.suspend(() => {
    if (directory === null) {
      directory = makeMemoryDirectory(runtimeDirectory)
      if (directory !== null) void removeLeftovers(directory)
    }
    return directory !== null && restorePrivateDirectory(directory)
      ? Effect.succeed(directory)
      : new BlockFilesError({ reason: "NoMemory" })
  })

  const write = Effect.fn("BlockFiles.write")(function* (path: string, pieces: ReadonlyArray<() => string>) {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
    return yield* Effect.acquireUseRelease(
      Effect.try(() => openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)),
      (file) =>
        Effect.gen(function* () {
          let since = performance.now()
          for (const read of pieces) {
            yield* Effect.try(() => {
              const bytes = Buffer.from(read(), "utf8")
              for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
            })
            if (performance.now() - since < SLICE_MS) continue
            yield* nextTurn
            since = performance.now()
          }
        }),
      (file) => Effect.sync(() => closeSync(file))
    ).pipe(Effect.onError(() => Effect.promise(() => unlink(path).catch(() => {}))))
  })

  /** Whether the file holds what was written to it. */
  const isIntact = ({ path, bytes, writtenAt }: BlockFile): boolean => {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat !== undefined && stat.size === bytes && stat.mtimeMs === writtenAt
  }

  const fileOf = Effect.fn("BlockFiles.fileOf")(function* (block: BlockHeader) {
    const { id, status, metadata } = block
    const output = outputs.get(id)
    const isLive = !isFinished(status) || outputs.live(id) !== null
    const version = isLive ? (output?.version ?? 0) : null
    const known = files.get(id) ?? []
    const same = known.find((file) => file.version === version && isIntact(file))
    if (same !== undefined) return same
    const path = join(yield* place, `b${metadata.number}${known.length === 0 ? "" : `-${++count}`}.txt`)
    const file = yield* write(path, output === null ? [] : piecesOf(output, isLive)).pipe(
      Effect.map(() => {
        const { size, mtimeMs } = statSync(path)
        return { path, version, bytes: size, writtenAt: mtimeMs, users: new Set<BlockId>() }
      }),
      Effect.mapError(() => new BlockFilesError({ reason: "NotWritten" }))
    )
    files.set(id, [...known, file])
    return file
  })

  /** Removes files that nobody needs while there are too many: what has one open keeps what it has. */
  const letGo = Effect.suspend(() => {
    const all = [...files].flatMap(([id, list]) => list.map((file) => ({ id, file })))
    let held = all.reduce((sum, { file }) => sum + file.bytes, 0)
    const gone = all.filter(({ file }) => {
      if (held <= heldBytes || file.users.size > 0) return false
      held -= file.bytes
      return true
    })
    for (const { id, file } of gone) {
      const rest = (files.get(id) ?? []).filter((other) => other !== file)
      if (rest.length === 0) files.delete(id)
      else files.set(id, rest)
    }
    return Effect.forEach(gone, ({ file }) => Effect.promise(() => unlink(file.path).catch(() => {})), {
      discard: true
    })
  })

  const release = (user: BlockId) => {
    for (const list of files.values()) for (const { users } of list) users.delete(user)
  }

  const fileWords = Effect.fn("BlockFiles.fileWords")(
    function* (user: BlockId, command: string, found: ReadonlyArray<FoundWord>) {
      const paths = new Map<string, string>()
      const cut: Array<CutWord> = []
      for (const { word, block } of found) {
        if (paths.has(word)) continue
        const file = yield* fileOf(block)
        file.users.add(user)
        paths.set(word, file.path)
        const list = files.get(block.id)!
        files.delete(block.id)
        files.set(block.id, list)
        const hiddenBytes = hiddenBytesOf(outputs, block)
        if (hiddenBytes > 0) cut.push({ word, hiddenBytes })
      }
      yield* letGo
      return { source: referringCommand(command, found, (word) => paths.get(word)!), cut }
    },
    (filed, user) => Effect.tapError(filed, () => Effect.sync(() => release(user))),
    writing.withPermits(1)
  )

  return BlockFiles.of({
    fill: Effect.fn("BlockFiles.fill")(function* (user, command, shell) {
      const { blocks } = yield* store.get
      const found = blockWords(command, shell).flatMap(({ start, end, name }) => {
        const block = referredBlock(blocks, name)
        return block === null ? [] : [{ start, end, word: command.slice(start, end), block }]
      })
      // A command without such words waits for no other's files.
      return found.length === 0 ? { source: typedCommand(command), cut: [] } : yield* fileWords(user, command, found)
    }),
    release
  })
})
