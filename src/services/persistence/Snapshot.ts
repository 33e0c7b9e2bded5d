import { closeSync, constants } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Block, BlockHeader } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { SESSION_VERSION, type Session, SessionDocument } from "../../domain/Session.ts"
import { closeReplaced, openChecked, readAt } from "./checkedFile.ts"
import { indexKnownLines, type KnownTexts } from "./knownLines.ts"
import { FALLBACK_SHELL, migrateDocument } from "./migrateDocument.ts"
import { PersistenceError, quoted } from "./PersistenceError.ts"
import { atOnce, type Steps } from "./Slices.ts"
import { DOCUMENT_END, endsWhole, findNewlines, indexLines, type LineIndex, OUTPUT_KEY } from "./snapshotLines.ts"

/** Largest snapshot that is opened, in bytes: four times MAX_SESSION_BYTES, for text that JSON writes longer. */
export const MAX_SNAPSHOT_BYTES = 4 * 104_857_600
/** Largest snapshot that is read whole, because it has not one block per line, in bytes. */
const MAX_REFORMATTED_BYTES = 64 * 1024 * 1024

/** Largest head that a list reads, in bytes: directory, environment, unsent input. */
const MAX_HEAD_BYTES = 16 * 1024 * 1024

const COMMA = 0x2c

/** A document's fields outside its blocks. */
export const SnapshotHead = Schema.Struct({
  ...SessionDocument.omit("blocks").fields,
  /** For lists of sessions, which need not look at the blocks. */
  summary: Schema.optional(Schema.Struct({ blocks: Schema.NonNegativeInt, lastCommand: Schema.NullOr(Schema.String) }))
})
export type SnapshotHead = typeof SnapshotHead.Type

/** A block's place in the snapshot, in bytes from the file's beginning. */
export interface BlockPlace {
  readonly start: number
  /** Where `,"stdout":` begins: what comes before is the header, what comes after never changes with it. */
  readonly output: number
  /** After the closing brace. */
  readonly end: number
}

/** A block's text as it is stored. */
export interface BlockText {
  readonly stdout: string
  readonly stderr: string
}

/** The same on its way to the disk. */
export interface BlockPieces {
  readonly stdout: Iterable<string>
  readonly stderr: Iterable<string>
}

const decodeHead = Schema.decodeUnknownEither(SnapshotHead)
const decodeHeader = Schema.decodeUnknownEither(BlockHeader)
const decodeBlock = Schema.decodeUnknownEither(Block)
const decodeDocument = Schema.decodeUnknownEither(SessionDocument)

/** A snapshot file, open: headers in memory, text read by offset. */
export class Snapshot {
  readonly fd: number
  readonly head: SnapshotHead
  /** Every block of the file, those that were deleted too. */
  readonly blocks: ReadonlyArray<BlockHeader>
  /** In bytes. */
  readonly size: number
  readonly inode: bigint
  /** Lines that hold no readable block; of a damaged file at least one. */
  readonly badLines: number
  readonly #places: ReadonlyMap<BlockId, BlockPlace>
  /** Texts of a snapshot that another program has reformatted: it has no places. */
  readonly #texts: ReadonlyMap<BlockId, BlockText>
  #headers: ReadonlyMap<BlockId, BlockHeader> | null = null

  constructor(parts: {
    readonly fd: number
    readonly head: SnapshotHead
    readonly blocks: ReadonlyArray<BlockHeader>
    readonly size: number
    readonly inode: bigint
    readonly badLines: number
    readonly places: ReadonlyMap<BlockId, BlockPlace>
    readonly texts: ReadonlyMap<BlockId, BlockText>
    /** The blocks by id, where they are at hand: in a long session that takes milliseconds at once. */
    readonly headers?: ReadonlyMap<BlockId, BlockHeader>
  }) {
    this.fd = parts.fd
    this.head = parts.head
    this.blocks = parts.blocks
    this.size = parts.size
    this.inode = parts.inode
    this.badLines = parts.badLines
    this.#places = parts.places
    this.#texts = parts.texts
    this.#headers = parts.headers ?? null
  }

  /**
   * Opens `directory/<name>.json`, null when there is none. Throws `PersistenceError` (`Refused`, `Damaged`, `Io`); a line
   * that holds no readable block is counted and left out.
   */
  static open(directory: string, id: string, name = id): Snapshot | null {
    return atOnce(Snapshot.openInSteps(directory, id, name))
  }

  /**
   * The same in steps; what another program has reformatted is one long step.
   *
   * @param known of a file whose texts are mostly those of one that was read before: they are not read again
   */
  static *openInSteps(
    directory: string,
    id: string,
    name = id,
    known: KnownTexts | null = null
  ): Steps<Snapshot | null> {
    const path = join(directory, `${name}.json`)
    const file = openExisting(path, MAX_SNAPSHOT_BYTES)
    if (file === null) return null
    try {
      const read =
        (known && (yield* readKnown(file, known))) ??
        (yield* readIndexed(yield* indexLines(file.fd, file.size))) ??
        readOtherwise(file.fd, file.size, id, path)
      if (read.head.id !== id) throw damaged(path, `it holds session ${quoted(read.head.id)}`)
      return new Snapshot({ fd: file.fd, size: file.size, inode: file.inode, ...read })
    } catch (cause) {
      closeSync(file.fd)
      throw PersistenceError.from(cause, path)
    }
  }

  /** Only the document's head; for lists. Null when there is no snapshot, or it has no summary. Throws as `open`. */
  static readHead(directory: string, name: string): SnapshotHead | null {
    const path = join(directory, `${name}.json`)
    const file = openExisting(path, MAX_SNAPSHOT_BYTES)
    if (file === null) return null
    try {
      for (let length = 4096; length <= MAX_HEAD_BYTES; length *= 8) {
        const bytes = readAt(file.fd, 0, Math.min(length, file.size))
        const newline = bytes.indexOf(10)
        if (newline < 0 && bytes.length < file.size) continue
        // A truncated one is to be named, not listed.
        if (newline < 0 || !endsWhole(file.fd, file.size)) return null
        const head = decodeHead(parseOrNull(`${bytes.toString("utf8", 0, newline)}]}`))
        return Either.getOrNull(head)
      }
      return null
    } finally {
      closeSync(file.fd)
    }
  }

  /** Where a block lies, null when it has no line of its own. */
  place(id: BlockId): BlockPlace | null {
    return this.#places.get(id) ?? null
  }

  /** Bytes from `,"stdout":` to after a block's closing brace, which stay as they are while its text does; null as `place`. */
  textBytes(id: BlockId): number | null {
    const place = this.#places.get(id)
    return place === undefined ? null : place.end - place.output
  }

  /** A block's header, undefined when the snapshot has no such block. */
  header(id: BlockId): BlockHeader | undefined {
    this.#headers ??= new Map(this.blocks.map((block) => [block.id, block]))
    return this.#headers.get(id)
  }

  /** A block's text, null when the snapshot has no such block. Throws `PersistenceError` when it cannot be read. */
  text(id: BlockId): BlockText | null {
    const place = this.#places.get(id)
    if (place === undefined) return this.#texts.get(id) ?? null
    const bytes = readAt(this.fd, place.output + 1, place.end - place.output - 1)
    const text = Schema.decodeUnknownEither(StoredText)(parseOrNull(`{${bytes.toString("utf8")}`))
    if (Either.isLeft(text)) throw damaged(this.head.id, "the text of a block cannot be read")
    return text.right
  }

  /** The session as of the snapshot. */
  session(): Session {
    const { version: _version, sequence: _sequence, summary: _summary, ...session } = this.head
    const blocks = this.blocks.filter(({ metadata }) => metadata.deleted === undefined)
    const deleted = this.blocks.filter(({ metadata }) => metadata.deleted !== undefined)
    return { ...session, blocks, ...(deleted.length > 0 && { deleted }) }
  }

  /** True when it holds blocks that were deleted while the session was open. */
  get hasDeleted(): boolean {
    return this.blocks.some(({ metadata }) => metadata.deleted !== undefined)
  }

  /** Throws `Newer` when a later version of EffectTalk wrote it: we must not write over what we may not understand. */
  assertWritable(): void {
    if (this.head.version <= SESSION_VERSION) return
    const detail = `Session ${this.head.id} was written by a newer EffectTalk (version ${this.head.version})`
    throw new PersistenceError({ reason: "Newer", subject: this.head.id, detail })
  }

  close(): void {
    closeSync(this.fd)
  }

  /** Closes the file after another has taken its place. */
  closeReplaced(): Promise<void> {
    return closeReplaced(this.fd)
  }
}

const StoredText = Schema.Struct({ stdout: Schema.String, stderr: Schema.String })

/** `openChecked` for reading, null when there is no such file. */
export const openExisting = (path: string, maxBytes: number) => {
  try {
    return openChecked(path, constants.O_RDONLY, maxBytes)
  } catch (cause) {
    const system = cause instanceof PersistenceError ? cause.cause : cause
    if (system instanceof Error && "code" in system && system.code === "ENOENT") return null
    throw cause
  }
}

const damaged = (subject: string, why: string, cause?: unknown) =>
  new PersistenceError({ reason: "Damaged", subject, detail: `${quoted(subject)} is damaged: ${why}`, cause })

const parseOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What was read of a file. */
interface Parts {
  readonly head: SnapshotHead
  readonly blocks: ReadonlyArray<BlockHeader>
  readonly places: ReadonlyMap<BlockId, BlockPlace>
  readonly texts: ReadonlyMap<BlockId, BlockText>
  readonly badLines: number
}

/**
 * Adds what a newer version has put into an object: it is kept, though nothing here reads it. Not what every object has
 * already: nothing may take a prototype's place.
 */
const keepUnknown = <A extends object>(known: A, raw: unknown): A => {
  if (!isObject(raw)) return known
  for (const name of Object.keys(raw)) if (!(name in known)) Object.assign(known, { [name]: raw[name] })
  return known
}

const readHead = (json: string): SnapshotHead | null => {
  const raw = parseOrNull(`${json}]}`)
  const head = Either.getOrNull(decodeHead(raw))
  if (head === null || !isObject(raw)) return null
  const { blocks: _none, ...fields } = raw
  keepUnknown(head.metadata, fields.metadata)
  return keepUnknown(head, fields)
}

const readHeader = (raw: unknown): BlockHeader | null => {
  const header = Either.getOrNull(decodeHeader(raw))
  if (header === null || !isObject(raw)) return null
  keepUnknown(header.metadata, raw.metadata)
  return keepUnknown(header, raw)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Null where the lines are not as known: they are to be looked for. */
function* readKnown({ fd, size }: { readonly fd: number; readonly size: number }, known: KnownTexts) {
  const parts = yield* readIndexed(yield* indexKnownLines(fd, size, known))
  if (parts === null || parts.badLines > 0) return null
  // Of lines that were taken for another's text the head tells.
  const listed = parts.blocks.filter(({ metadata }) => metadata.deleted === undefined).length
  return listed === parts.head.summary?.blocks ? parts : null
}

function* readIndexed(index: LineIndex | null): Steps<Parts | null> {
  const head = index === null ? null : readHead(index.head)
  if (index === null || head === null) return null
  const blocks: Array<BlockHeader> = []
  const places = new Map<BlockId, BlockPlace>()
  let badLines = 0
  for (const line of index.lines) {
    yield
    const header = readHeader(parseOrNull(line.header))
    if (header !== null && !places.has(header.id)) {
      blocks.push(header)
      places.set(header.id, line)
    } else {
      badLines++
    }
  }
  return { head, blocks, places, texts: new Map(), badLines }
}

const readOtherwise = (fd: number, size: number, id: string, path: string): Parts => {
  try {
    return readReformatted(fd, size, path)
  } catch (cause) {
    const parts = salvageLines(fd, size, id)
    if (parts === null) throw cause
    return parts
  }
}

/** Any other JSON of the same document: somebody's formatter has been at it, or an older version. */
const readReformatted = (fd: number, size: number, path: string): Parts => {
  if (size > MAX_REFORMATTED_BYTES) throw damaged(path, "it is truncated, or too large without a block per line")
  const value = migrateDocument(parseOrNull(readAt(fd, 0, size).toString("utf8")))
  if (value === null) throw damaged(path, size === 0 ? "it is empty" : "it is truncated or no JSON")
  const document = decodeDocument(value)
  if (Either.isLeft(document)) throw damaged(path, "it holds no session", document.left)
  const { blocks, ...head } = document.right
  const raw = value as Readonly<Record<"blocks", ReadonlyArray<Readonly<Record<string, unknown>>>>>
  const { blocks: rawBlocks, ...rawHead } = raw
  const texts = new Map(blocks.map((block) => [block.id, { stdout: block.stdout, stderr: block.stderr }]))
  const headers = rawBlocks.map(({ stdout: _stdout, stderr: _stderr, ...header }) => readHeader(header)!)
  keepUnknown(head.metadata, "metadata" in rawHead ? rawHead.metadata : null)
  return { head: keepUnknown(head, rawHead), blocks: headers, places: new Map(), texts, badLines: 0 }
}

/**
 * What is whole of a file with a block per line that is damaged or cut short: each block whose line is JSON. Of a head that
 * is damaged its version and number must be there still, as the journal goes on from it; the rest is guessed. Null when
 * there is nothing to go by.
 */
const salvageLines = (fd: number, size: number, id: string): Parts | null => {
  const [headEnd, ...newlines] = findNewlines(fd, size)
  if (headEnd === undefined || headEnd > MAX_HEAD_BYTES) return null
  const blocks: Array<BlockHeader> = []
  const places = new Map<BlockId, BlockPlace>()
  let badLines = 0
  let start = headEnd + 1
  for (const newline of [...newlines, size]) {
    const bytes = readAt(fd, start, newline - start)
    const end = bytes.at(-1) === COMMA ? bytes.length - 1 : bytes.length
    const output = bytes.indexOf(OUTPUT_KEY, 0, "latin1")
    const block = parseOrNull(bytes.toString("utf8", 0, end))
    if (output >= 0 && Either.isRight(decodeBlock(block))) {
      const header = readHeader(parseOrNull(`${bytes.toString("utf8", 0, output)}}`))
      if (header !== null && !places.has(header.id)) {
        blocks.push(header)
        places.set(header.id, { start, output: start + output, end: start + end })
      }
    } else if (bytes.length > DOCUMENT_END.length) {
      badLines++
    }
    start = newline + 1
  }
  const text = readAt(fd, 0, headEnd).toString("utf8")
  const head = readHead(text) ?? guessHead(text, id, blocks)
  return head === null ? null : { head, blocks, places, texts: new Map(), badLines: Math.max(1, badLines) }
}

const guessHead = (text: string, id: string, blocks: ReadonlyArray<BlockHeader>): SnapshotHead | null => {
  const version = /"version":(\d{1,9}),/.exec(text)?.[1]
  const sequence = /"sequence":(\d{1,15}),/.exec(text)?.[1]
  const first = blocks[0]
  const last = blocks.at(-1)
  if (version === undefined || sequence === undefined || first === undefined || last === undefined) return null
  return Either.getOrNull(
    decodeHead({
      version: Number(version),
      sequence: Number(sequence),
      id,
      workingDirectory: last.metadata.directory,
      environment: {},
      activeBlockId: null,
      createdAt: first.startTime ?? 0,
      lastModified: last.endTime ?? last.startTime ?? 0,
      metadata: { shell: FALLBACK_SHELL, input: "", unset: [] }
    })
  )
}
