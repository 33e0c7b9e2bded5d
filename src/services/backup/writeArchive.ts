import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { createGzip } from "node:zlib"
import { Header } from "tar/header"
import type { FileSink } from "../persistence/atomicReplace.ts"
import { DIRECTORY_MODE, FILE_MODE } from "../persistence/checkedFile.ts"
import { quoted } from "../persistence/PersistenceError.ts"
import { BackupError } from "./BackupError.ts"
import { BACKUP_VERSION, countSessions, MANIFEST_NAME, type Manifest, type ManifestFile } from "./Manifest.ts"

/** Bytes of a tar block: headers are one, contents are filled up to whole ones. */
export const TAR_BLOCK_BYTES = 512

/** Latest time of a plain header, in seconds since the epoch (eleven octal digits); it knows none before that. */
const MAX_MTIME_S = 8 ** 11 - 1

/** A file for a backup. Its content is read twice: for the manifest, which comes first, and for the archive. */
export interface ArchiveInput {
  /** Below DATA_DIR, with `/`. */
  readonly path: string
  /** In bytes: the content given must have exactly so many. */
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modified: number
  readonly content: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/** Reads the files once: what is going to be in the backup. Rejects with what `content` throws. */
export const describeInputs = async (inputs: ReadonlyArray<ArchiveInput>, createdAt: number): Promise<Manifest> => {
  const files: Array<ManifestFile> = []
  for (const { path, size, modified, content } of inputs) {
    const hash = createHash("sha256")
    for await (const chunk of content()) hash.update(chunk)
    files.push({ path, size, modified, sha256: hash.digest("hex") })
  }
  return { format: "effecttalk-backup", version: BACKUP_VERSION, createdAt, sessions: countSessions(files), files }
}

/**
 * Writes a backup: a gzipped tar of the manifest, the directories (0700) and the files (0600), which any `tar` reads. No
 * names or numbers of owners are in it. Rejects with `BackupError` `Changing` when a file's content is not that of the
 * manifest any more, and with what the sink throws.
 *
 * @param inputs those that `manifest` describes, in its order
 */
export const writeArchive = async (
  sink: FileSink,
  manifest: Manifest,
  inputs: ReadonlyArray<ArchiveInput>
): Promise<void> => {
  const source = Readable.from(tarOf(manifest, inputs))
  const gzip = createGzip()
  // Not stream.pipeline: when the sink throws, what it rejects with is now and then its own AbortError.
  source.on("error", (cause) => gzip.destroy(cause))
  source.pipe(gzip)
  try {
    for await (const chunk of gzip) await sink.write(chunk as Buffer)
  } finally {
    source.destroy()
    gzip.destroy()
  }
}

async function* tarOf(manifest: Manifest, inputs: ReadonlyArray<ArchiveInput>): AsyncGenerator<Uint8Array> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)
  yield headerOf(MANIFEST_NAME, text.length, manifest.createdAt)
  yield text
  yield paddingOf(text.length)
  const made = new Set<string>()
  for (const [index, input] of inputs.entries()) {
    for (const directory of directoriesOf(input.path)) {
      if (!made.has(directory)) yield headerOf(`${directory}/`, 0, manifest.createdAt)
      made.add(directory)
    }
    yield headerOf(input.path, input.size, input.modified)
    yield* announced(input, manifest.files[index])
    yield paddingOf(input.size)
  }
  yield Buffer.alloc(2 * TAR_BLOCK_BYTES)
}

/** The content, as long as it is what the manifest says: a tar whose sizes do not fit has no sense at all. */
async function* announced(input: ArchiveInput, said: ManifestFile | undefined): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256")
  let bytes = 0
  for await (const chunk of input.content()) {
    bytes += chunk.length
    if (bytes > input.size) throw changed(input.path)
    hash.update(chunk)
    yield chunk
  }
  if (bytes !== input.size || said?.path !== input.path || said.sha256 !== hash.digest("hex")) throw changed(input.path)
}

/** What a file that is not the same any more is answered with. */
export const changed = (path: string): BackupError =>
  new BackupError({ reason: "Changing", subject: path, detail: `${quoted(path)} has changed meanwhile` })

const directoriesOf = (path: string): ReadonlyArray<string> => {
  const parts = path.split("/").slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"))
}

const headerOf = (path: string, size: number, modified: number): Uint8Array => {
  const isDirectory = path.endsWith("/")
  const header = new Header({
    path,
    size,
    mode: isDirectory ? DIRECTORY_MODE : FILE_MODE,
    type: isDirectory ? "Directory" : "File",
    mtime: new Date(Math.max(0, Math.min(Math.floor(modified / 1000), MAX_MTIME_S)) * 1000),
    uid: 0,
    gid: 0
  })
  if (header.encode()) throw new Error(`${path} does not fit into a tar header`)
  return header.block!
}

const paddingOf = (size: number): Uint8Array =>
  Buffer.alloc((TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)
