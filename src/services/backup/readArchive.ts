import { createHash } from "node:crypto"
import { fstatSync } from "node:fs"
import { Readable } from "node:stream"
import { crc32, createInflateRaw } from "node:zlib"
import { Header } from "tar/header"
import { readAt } from "../persistence/checkedFile.ts"
import { quoted } from "../persistence/PersistenceError.ts"
import { BackupError } from "./BackupError.ts"
import {
  ARCHIVE_LIMITS,
  type ArchiveLimits,
  isBackupDirectory,
  MANIFEST_NAME,
  type Manifest,
  type ManifestFile,
  parseManifest
} from "./Manifest.ts"
import { TAR_BLOCK_BYTES } from "./writeArchive.ts"

/** Bytes of the compressed file that are read at a time. */
const READ_BYTES = 256 * 1024
/** Bytes before and after the compressed data (RFC 1952, without optional fields). */
const GZIP_HEADER_BYTES = 10
const GZIP_TRAILER_BYTES = 8
/** Zeros after the end that other programs fill an archive up with, in blocks: twice their usual record. */
const MAX_PADDING_BLOCKS = 40
/** Bits of a mode that let a program act as somebody else. */
const SPECIAL_MODE = 0o7000

/** An archive to be read. */
export interface OpenArchive {
  readonly fd: number
  /** For messages. */
  readonly path: string
}

/** Told what is read. */
export interface ArchiveVisitor {
  /** Before any file; throws to give up. */
  readonly manifest?: (manifest: Manifest) => void
  /** Each file's content, in order. What is left unread of it is read and checked all the same. */
  readonly file?: (file: ManifestFile, content: AsyncIterable<Uint8Array>) => Promise<void>
}

/**
 * Reads a backup to its last byte and checks everything: one gzip member, whole and alone in its file; a tar of plain
 * entries; the manifest first; then exactly the files that it announces, each of its size and SHA-256. Nothing is written.
 *
 * Rejects with `BackupError` `Refused`, `Damaged`, `Newer` or `Io`, naming the entry; what a visitor has been given by
 * then means nothing.
 */
export const readArchive = async (
  archive: OpenArchive,
  visitor: ArchiveVisitor = {},
  limits: ArchiveLimits = ARCHIVE_LIMITS
): Promise<Manifest> => {
  let bytes: ArchiveBytes | null = null
  try {
    bytes = new ArchiveBytes(archive)
    const manifest = await readManifestEntry(bytes, limits)
    visitor.manifest?.(manifest)
    await readFiles(bytes, manifest, visitor)
    await bytes.end()
    return manifest
  } catch (cause) {
    throw BackupError.from(cause, archive.path)
  } finally {
    bytes?.close()
  }
}

/** Reads the manifest alone, which is at the beginning; the rest may be anything. Rejects as `readArchive`. */
export const readManifest = async (archive: OpenArchive, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<Manifest> => {
  let bytes: ArchiveBytes | null = null
  try {
    bytes = new ArchiveBytes(archive)
    return await readManifestEntry(bytes, limits)
  } catch (cause) {
    throw BackupError.from(cause, archive.path)
  } finally {
    bytes?.close()
  }
}

interface Entry {
  readonly path: string
  readonly isDirectory: boolean
  readonly size: number
}

const readManifestEntry = async (bytes: ArchiveBytes, limits: ArchiveLimits): Promise<Manifest> => {
  const entry = await readHeader(bytes)
  if (entry === null || entry.path !== MANIFEST_NAME || entry.isDirectory) {
    throw bytes.error("Refused", "it does not begin with a manifest")
  }
  if (entry.size > limits.manifestBytes) throw bytes.error("Refused", `its manifest has ${entry.size} bytes`)
  const parts: Array<Uint8Array> = []
  for await (const part of contentOf(bytes, entry)) parts.push(part)
  await skipPadding(bytes, entry)
  return parseManifest(Buffer.concat(parts).toString("utf8"), limits, bytes.path)
}

const readFiles = async (bytes: ArchiveBytes, manifest: Manifest, visitor: ArchiveVisitor): Promise<void> => {
  const due = new Map(manifest.files.map((file) => [file.path, file]))
  const directories = new Set<string>()
  for (let entry = await readHeader(bytes); entry !== null; entry = await readHeader(bytes)) {
    if (entry.isDirectory) {
      if (!isBackupDirectory(entry.path)) throw refused(bytes, entry.path, "no backup has this directory")
      if (directories.has(entry.path)) throw refused(bytes, entry.path, "it is there twice")
      directories.add(entry.path)
      continue
    }
    const file = due.get(entry.path)
    if (file === undefined) throw refused(bytes, entry.path, "the manifest does not announce it, or it is there twice")
    if (entry.size !== file.size)
      throw refused(bytes, entry.path, `it has ${entry.size} bytes, announced are ${file.size}`)
    due.delete(entry.path)
    await readFile(bytes, entry, file, visitor)
  }
  const [missing] = due.keys()
  if (missing !== undefined) throw bytes.error("Damaged", `${quoted(missing)} is missing`)
}

const readFile = async (
  bytes: ArchiveBytes,
  entry: Entry,
  file: ManifestFile,
  visitor: ArchiveVisitor
): Promise<void> => {
  const hash = createHash("sha256")
  const content = hashed(contentOf(bytes, entry), hash)
  await visitor.file?.(file, content)
  for await (const _ of content) {
    // What the visitor did not want.
  }
  await skipPadding(bytes, entry)
  if (hash.digest("hex") !== file.sha256) {
    throw bytes.error("Damaged", `${quoted(file.path)} is not what was written (SHA-256)`)
  }
}

/** Each part is hashed once, whoever asks for it; leaving a loop over it early does not end it. */
const hashed = (parts: AsyncGenerator<Uint8Array>, hash: ReturnType<typeof createHash>): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({
    next: async () => {
      const part = await parts.next()
      if (part.done !== true) hash.update(part.value)
      return part
    }
  })
})

async function* contentOf(bytes: ArchiveBytes, entry: Entry): AsyncGenerator<Uint8Array> {
  for (let left = entry.size; left > 0; ) {
    const part = await bytes.some(left)
    if (part === null) throw bytes.error("Damaged", `it ends within ${quoted(entry.path)}`)
    left -= part.length
    yield part
  }
}

const skipPadding = async (bytes: ArchiveBytes, { path, size }: Entry): Promise<void> => {
  const padding = await bytes.exactly((TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)
  if (padding === null) throw bytes.error("Damaged", `it ends within ${quoted(path)}`)
  if (!isZero(padding)) throw refused(bytes, path, "something stands after its content")
}

/** The next entry; null at the end of the tar. */
const readHeader = async (bytes: ArchiveBytes): Promise<Entry | null> => {
  const block = await bytes.exactly(TAR_BLOCK_BYTES)
  if (block === null) throw bytes.error("Damaged", "it has no end")
  if (isZero(block)) return readEnd(bytes)
  const header = new Header(block)
  if (!header.cksumValid) throw bytes.error("Damaged", "an entry's header is damaged")
  const type = String.fromCharCode(block[156] ?? 0)
  const path = header.path ?? ""
  if (type !== "0" && type !== "5") throw refused(bytes, path, `it is no regular file or directory (${header.type})`)
  if (header.linkpath !== "") throw refused(bytes, path, "it is a link")
  if (header.mode === undefined || (header.mode & SPECIAL_MODE) !== 0) throw refused(bytes, path, "its mode is special")
  if (header.size === undefined || !Number.isSafeInteger(header.size)) throw refused(bytes, path, "its size is none")
  const isDirectory = type === "5"
  if (!isDirectory && path.endsWith("/")) throw refused(bytes, path, "it is a file with the name of a directory")
  // The size of a directory is set to 0 on reading: what it says must not be content either.
  if (isDirectory && !/^0*[ \0]*$/.test(block.toString("latin1", 124, 136)))
    throw refused(bytes, path, "it has content")
  return { path: isDirectory ? path.replace(/\/$/, "") : path, isDirectory, size: header.size }
}

/** After the first block of zeros of the end: another, and nothing but zeros, not endlessly many. */
const readEnd = async (bytes: ArchiveBytes): Promise<null> => {
  for (let blocks = 1; ; blocks++) {
    const block = await bytes.exactly(TAR_BLOCK_BYTES)
    if (block === null) {
      if (blocks < 2) throw bytes.error("Damaged", "it has no end")
      return null
    }
    if (blocks > MAX_PADDING_BLOCKS || !isZero(block)) throw bytes.error("Refused", "something stands after its end")
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

const refused = (bytes: ArchiveBytes, entry: string, why: string): BackupError =>
  bytes.error("Refused", `entry ${quoted(entry)}: ${why}`)

/**
 * The decompressed bytes in order. The gzip member is taken apart here: Node's own reader goes on with further members,
 * and says nothing of what follows the last.
 */
class ArchiveBytes {
  readonly path: string
  readonly #fd: number
  readonly #size: number
  readonly #inflate = createInflateRaw()
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  #checksum = 0
  #length = 0

  constructor({ fd, path }: OpenArchive) {
    this.path = path
    this.#fd = fd
    this.#size = fstatSync(fd).size
    const head = readAt(fd, 0, GZIP_HEADER_BYTES)
    const compressed = this.#size - GZIP_HEADER_BYTES - GZIP_TRAILER_BYTES
    if (compressed < 1) throw this.error("Damaged", this.#size === 0 ? "it is empty" : "it is cut short")
    // Deflate (8), and no optional fields, as everything that writes to a pipe makes it.
    if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) throw this.error("Damaged", "it is no gzip file")
    if (head[3] !== 0) throw this.error("Refused", "its gzip header has fields that no backup has")
    const source = Readable.from(rangeOf(fd, GZIP_HEADER_BYTES, compressed))
    source.on("error", (cause) => this.#inflate.destroy(cause))
    source.pipe(this.#inflate)
    this.#chunks = this.#inflate[Symbol.asyncIterator]()
  }

  error(reason: "Damaged" | "Refused", why: string): BackupError {
    return new BackupError({ reason, subject: this.path, detail: `${quoted(this.path)}: ${why}` })
  }

  /** At least one byte and at most `limit`; null at the end. */
  async some(limit: number): Promise<Buffer | null> {
    if (this.#rest.length === 0 && !(await this.#more())) return null
    const part = this.#rest.subarray(0, limit)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }

  /** Exactly `length` bytes; null when fewer are left. */
  async exactly(length: number): Promise<Buffer | null> {
    const parts: Array<Buffer> = []
    for (let left = length; left > 0; ) {
      const part = await this.some(left)
      if (part === null) return null
      left -= part.length
      parts.push(part)
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  /** With everything read: the compressed data filled its file, and was what its checksum says. */
  async end(): Promise<void> {
    const { bytesWritten } = this.#inflate
    if (bytesWritten !== this.#size - GZIP_HEADER_BYTES - GZIP_TRAILER_BYTES) {
      throw this.error("Refused", "something stands after the compressed data")
    }
    const trailer = readAt(this.#fd, this.#size - GZIP_TRAILER_BYTES, GZIP_TRAILER_BYTES)
    if (trailer.readUInt32LE(0) !== this.#checksum || trailer.readUInt32LE(4) !== this.#length % 2 ** 32) {
      throw this.error("Damaged", "its checksum does not fit")
    }
  }

  /** Ends the decompression, wherever it is. */
  close(): void {
    this.#inflate.destroy()
  }

  async #more(): Promise<boolean> {
    try {
      const { value, done } = await this.#chunks.next()
      if (done === true) return false
      this.#checksum = crc32(value, this.#checksum)
      this.#length += value.length
      this.#rest = value
      return true
    } catch (cause) {
      // zlib's codes; the reading of the file has errno names.
      const isZlib = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_")
      throw isZlib ? this.error("Damaged", "the compressed data is damaged or cut short") : cause
    }
  }
}

function* rangeOf(fd: number, from: number, length: number): Generator<Buffer> {
  for (let done = 0; done < length; ) {
    const part = readAt(fd, from + done, Math.min(READ_BYTES, length - done))
    if (part.length === 0) return
    done += part.length
    yield part
  }
}
