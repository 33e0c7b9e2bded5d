import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { quoted } from "../persistence/PersistenceError.ts"
import { BackupError } from "./BackupError.ts"

/** Format of the archive; a reader refuses a higher one. */
export const BACKUP_VERSION = 1
/** The archive's first entry. */
export const MANIFEST_NAME = "manifest.json"

/** Milliseconds since the epoch, as far as a date can tell them. */
const Time = Schema.Number.pipe(Schema.between(-8.64e15, 8.64e15))

/** One file of a backup. */
export const ManifestFile = Schema.Struct({
  /** Below DATA_DIR, with `/`: `active/<id>.json`, `archived/2026-01/<id>.json`. */
  path: Schema.String,
  /** In bytes. */
  size: Schema.NonNegativeInt,
  modified: Time,
  /** Of the content, 64 hexadecimal digits. */
  sha256: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))
})
export type ManifestFile = typeof ManifestFile.Type

/** What a backup says of itself, before everything else in it. */
export const Manifest = Schema.Struct({
  format: Schema.Literal("effecttalk-backup"),
  version: Schema.Int.pipe(Schema.positive()),
  createdAt: Time,
  /** Sessions, active and archived. */
  sessions: Schema.NonNegativeInt,
  /** In the order of the archive. */
  files: Schema.Array(ManifestFile)
})
export type Manifest = typeof Manifest.Type

/** What is read of an archive at most: it may come from anybody. */
export interface ArchiveLimits {
  readonly manifestBytes: number
  readonly files: number
  readonly fileBytes: number
  /** Of all files together, unpacked. */
  readonly totalBytes: number
}

/**
 * Far above what EffectTalk writes. There is no limit to how much smaller the archive may be than its content: the output
 * of `yes` is as small as deflate can make anything. Instead nothing is read that the manifest has not announced.
 */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  manifestBytes: 64 * 1024 * 1024,
  files: 200_000,
  // What the eleven octal digits of a tar header can say.
  fileBytes: 8 * 1024 ** 3 - 1,
  totalBytes: 64 * 1024 ** 3
}

/** An id as in `SessionId`, the number of a second file of that name in the archive, and what a session's files end in. */
const FILE = /^([A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:\.\d{1,6})?)\.(?:json|journal|screen|torn-[0-9TZ+-]{1,40})$/
/** The months of the archive; a session of no known time lies in `unknown`. */
const MONTH = /^(?:[+-]?\d{4,6}-\d\d|unknown)$/

/** True for a directory below DATA_DIR that backups hold. */
export const isBackupDirectory = (path: string): boolean => {
  const [first, month, ...rest] = path.split("/")
  if (rest.length > 0) return false
  return month === undefined ? first === "active" || first === "archived" : first === "archived" && MONTH.test(month)
}

/** The session that a file of a backup belongs to, as its path without its end; null for a file that no backup holds. */
export const sessionOfPath = (path: string): string | null => {
  const slash = path.lastIndexOf("/")
  const directory = path.slice(0, Math.max(0, slash))
  const stem = FILE.exec(path.slice(slash + 1))?.[1]
  return stem === undefined || directory === "archived" || !isBackupDirectory(directory) ? null : `${directory}/${stem}`
}

/** How many sessions these files are of. A session's torn tails alone are none. */
export const countSessions = (files: ReadonlyArray<{ readonly path: string }>): number =>
  new Set(files.filter(({ path }) => /\.(?:json|journal)$/.test(path)).map(({ path }) => sessionOfPath(path))).size

/** Bytes of all files together, unpacked. */
export const totalBytes = (files: ReadonlyArray<{ readonly size: number }>): number =>
  files.reduce((sum, { size }) => sum + size, 0)

/** True when two manifests describe the same content. */
export const isSameContent = (one: Manifest, other: Manifest): boolean => {
  if (one.files.length !== other.files.length) return false
  const found = new Map(other.files.map(({ path, sha256 }) => [path, sha256]))
  return one.files.every(({ path, sha256 }) => found.get(path) === sha256)
}

const decode = Schema.decodeUnknownEither(Schema.parseJson(Manifest))
const decodeVersion = Schema.decodeUnknownEither(Schema.parseJson(Manifest.pick("format", "version")))

/**
 * The manifest in `text`. Throws `BackupError`: `Damaged` when it is none, `Newer`, and `Refused` when it announces what
 * no backup holds.
 *
 * @param subject path of the archive
 */
export const parseManifest = (text: string, limits: ArchiveLimits, subject: string): Manifest => {
  const fail = (reason: "Damaged" | "Newer" | "Refused", why: string) =>
    new BackupError({ reason, subject, detail: `${quoted(subject)}: ${why}` })
  const head = Either.getOrNull(decodeVersion(text))
  if (head === null) throw fail("Damaged", "its manifest cannot be read")
  if (head.version > BACKUP_VERSION) throw fail("Newer", `a newer EffectTalk wrote it (backup version ${head.version})`)
  const manifest = Either.getOrNull(decode(text))
  if (manifest === null) throw fail("Damaged", "its manifest cannot be read")
  const { files, sessions } = manifest
  if (files.length > limits.files)
    throw fail("Refused", `it announces ${files.length} files, more than ${limits.files}`)
  const seen = new Set<string>()
  for (const { path, size } of files) {
    if (sessionOfPath(path) === null)
      throw fail("Refused", `it announces ${quoted(path)}, which is no file of a session`)
    if (seen.has(path)) throw fail("Refused", `it announces ${quoted(path)} twice`)
    if (size > limits.fileBytes) throw fail("Refused", `${quoted(path)} would have ${size} bytes`)
    seen.add(path)
  }
  const total = totalBytes(files)
  if (total > limits.totalBytes)
    throw fail("Refused", `it would unpack to ${total} bytes, more than ${limits.totalBytes}`)
  if (sessions !== countSessions(files))
    throw fail("Damaged", `its manifest counts ${sessions} sessions and names others`)
  return manifest
}
