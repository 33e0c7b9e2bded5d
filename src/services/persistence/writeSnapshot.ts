import { fstatSync, readSync } from "node:fs"
import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { SESSION_VERSION, type Session } from "../../domain/Session.ts"
import { type FileSink, replaceFile } from "./atomicReplace.ts"
import { PersistenceError } from "./PersistenceError.ts"
import { Slices } from "./Slices.ts"
import {
  type BlockPieces,
  type BlockPlace,
  type BlockText,
  MAX_SNAPSHOT_BYTES,
  Snapshot,
  type SnapshotHead
} from "./Snapshot.ts"
import { DOCUMENT_END, HEAD_END, OUTPUT_KEY } from "./snapshotLines.ts"

/** Bytes copied at a time from the old snapshot. */
const COPY_BYTES = 1024 * 1024
/** Text turned into JSON at a time, in UTF-16 units. */
const TEXT_UNITS = 128 * 1024
/** Between two blocks' lines. */
const SEPARATOR = ",\n"

/** What a snapshot is made of. */
export interface SnapshotSource {
  readonly directory: string
  /** Of the file, without its end; the session's id unless given. */
  readonly name?: string
  readonly session: Session
  /** Last event in it. */
  readonly sequence: number
  /** The snapshot being replaced: what did not change is copied from it as bytes. */
  readonly previous: Snapshot | null
  /** A block's text, whole or in pieces, when it is not that of `previous`; null when it is. */
  readonly changedText: (header: BlockHeader) => Promise<BlockText | BlockPieces | null>
  /** The last word before the file is put in place; throws to keep the old one. */
  readonly beforeRename?: () => void
  /** Largest file that is put in place, in bytes; as much as is opened unless a test says otherwise. */
  readonly maxBytes?: number
}

const tooLarge = (id: string, bytes: number, maxBytes: number) =>
  new PersistenceError({
    reason: "Refused",
    subject: id,
    detail: `Session ${id} would have ${bytes} bytes, more than the ${maxBytes} that can be opened`
  })

/**
 * Writes `<name>.json` with a block per line, in place of the old one, and returns it open. Rejects with `Refused` when it
 * could not be opened again.
 */
export const writeSnapshot = async (source: SnapshotSource): Promise<Snapshot> => {
  const { directory, session, sequence, previous, name = session.id, maxBytes = MAX_SNAPSHOT_BYTES } = source
  const { blocks, deleted = [], ...fields } = session
  const summary = { blocks: blocks.length, lastCommand: blocks.at(-1)?.command ?? null }
  const head: SnapshotHead = { version: SESSION_VERSION, sequence, ...fields, summary }
  const places = new Map<BlockId, BlockPlace>()
  const headers = new Map<BlockId, BlockHeader>()
  // Deleted blocks come last, marked: the journal that made them is about to go.
  const lines = [...blocks, ...deleted]

  const produce = async (sink: FileSink): Promise<void> => {
    const copy = rangeCopier(sink, previous)
    const slices = new Slices()
    await sink.write(Buffer.from(`${JSON.stringify(head).slice(0, -1)},${HEAD_END}\n`))
    for (const [index, header] of lines.entries()) {
      await slices.next()
      headers.set(header.id, header)
      if (index > 0) await copy.separator()
      const start = copy.position
      const text = await source.changedText(header)
      const old = text === null ? (previous?.place(header.id) ?? null) : null
      if (old !== null && previous?.header(header.id) === header) {
        await copy.range(old.start, old.end)
        places.set(header.id, moved(old, start))
        continue
      }
      await copy.flush()
      await sink.write(Buffer.from(JSON.stringify(header).slice(0, -1)))
      const output = sink.position
      if (old !== null) {
        await copy.range(old.output, old.end)
      } else {
        await writeText(sink, slices, text ?? previous?.text(header.id) ?? { stdout: "", stderr: "" })
      }
      places.set(header.id, { start, output, end: copy.position })
    }
    await copy.flush()
    await sink.write(Buffer.from(lines.length === 0 ? DOCUMENT_END : `\n${DOCUMENT_END}`))
    // What could not be opened any more is not put in place: the old one and the journal still hold everything.
    if (sink.position > maxBytes) throw tooLarge(session.id, sink.position, maxBytes)
  }

  const fd = await replaceFile(directory, `${name}.json`, produce, source.beforeRename)
  const stats = fstatSync(fd, { bigint: true })
  return new Snapshot({
    fd,
    head,
    blocks: lines,
    size: Number(stats.size),
    inode: stats.ino,
    badLines: 0,
    places,
    texts: new Map(),
    headers
  })
}

const moved = (place: BlockPlace, start: number): BlockPlace => ({
  start,
  output: place.output - place.start + start,
  end: place.end - place.start + start
})

const writeText = async (sink: FileSink, slices: Slices, text: BlockText | BlockPieces): Promise<void> => {
  await sink.write(Buffer.from(OUTPUT_KEY))
  await writeEscaped(sink, slices, text.stdout)
  await sink.write(Buffer.from('","stderr":"'))
  await writeEscaped(sink, slices, text.stderr)
  await sink.write(Buffer.from('"}'))
}

/** A piece that ends inside a surrogate pair is written as two escapes, which read as the same text. */
const writeEscaped = async (sink: FileSink, slices: Slices, text: string | Iterable<string>): Promise<void> => {
  for (const piece of typeof text === "string" ? [text] : text) {
    for (let at = 0; at < piece.length; at += TEXT_UNITS) {
      await sink.write(Buffer.from(JSON.stringify(piece.slice(at, at + TEXT_UNITS)).slice(1, -1)))
      await slices.next()
    }
  }
}

/** Copies ranges of the old file; neighbours, with the separator between them, go in one piece. */
const rangeCopier = (sink: FileSink, previous: Snapshot | null) => {
  let from = 0
  let to = 0
  let separated = false
  // One piece of memory for all of them: whoever takes bytes has copied or written them by the time the promise is fulfilled.
  let piece: Buffer | null = null

  const flush = async (): Promise<void> => {
    for (; from < to; from += COPY_BYTES) {
      piece ??= Buffer.allocUnsafe(COPY_BYTES)
      const length = Math.min(COPY_BYTES, to - from)
      if (readSync(previous!.fd, piece, 0, length, from) < length) throw new Error("the old snapshot became shorter")
      await sink.write(piece.subarray(0, length))
    }
    from = 0
    to = 0
    if (separated) await sink.write(Buffer.from(SEPARATOR))
    separated = false
  }

  return {
    flush,
    /** Where the next byte will stand in the new file. */
    get position() {
      return sink.position + (to - from) + (separated ? SEPARATOR.length : 0)
    },
    separator: async (): Promise<void> => {
      if (separated) await flush()
      separated = true
    },
    range: async (start: number, end: number): Promise<void> => {
      if (separated && to > from && start === to + SEPARATOR.length) {
        separated = false
      } else {
        await flush()
        from = start
      }
      to = end
    }
  }
}
