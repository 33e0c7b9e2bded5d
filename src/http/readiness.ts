import { randomBytes } from "node:crypto"
import { closeSync, constants, fchmodSync, openSync, readdirSync, unlinkSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { join } from "node:path"
import { FILE_MODE, readAt, syncFile, writeAll } from "../services/persistence/checkedFile.ts"
import { dataDirectory, ensureSubdirectory, hasActiveDirectory } from "../services/persistence/dataDirectory.ts"
import { describeFailure, PersistenceError } from "../services/persistence/PersistenceError.ts"
import { METRICS_DIRECTORY } from "../services/telemetry/ProcessCounts.ts"
import type { Aggregate } from "../services/telemetry/SharedCounts.ts"

/** Free space below which nothing is ready, in bytes: room for several blocks at the default output limit. */
export const MIN_FREE_BYTES = 64 * 1024 * 1024
/** How long an answer stands, in milliseconds: a probe waits for the disk, and whoever asks often must not. */
export const PROBE_TTL_MS = 1000

/** The words of the seeds, each with one meaning (docs/operations.md). */
export interface Components {
  /** The sessions in DATA_DIR can be listed; a DATA_DIR without any yet is no failure. */
  readonly database: "connected" | "unavailable"
  /** A file was written, synced, read back and removed there just now, and there is room for more. */
  readonly persistence: "ready" | "failed"
  /** No EffectTalk that runs has all its process slots or its whole pool in use. */
  readonly resources: "initialized" | "exhausted"
}

/** What is not well, by component. */
export type Problems = { readonly [K in keyof Components]?: string }

/** The answer to "can work be done here?" */
export interface Readiness {
  readonly components: Components
  readonly problems: Problems
}

/** What a probe looks at. */
export interface ReadinessOptions {
  readonly dataDir: string
  /** False tells the paths of what failed. */
  readonly sanitizeErrorMessages: boolean
  readonly aggregate: () => Aggregate
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Free bytes for this user at a path; the file system's answer unless a test says otherwise. */
  readonly freeBytes?: (path: string) => Promise<number>
}

const freeBytesAt = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

const PROBE_TEXT = Buffer.from("can this be kept?\n")

/** Writes a file as sessions are written, and reads it back. */
const probeDisk = async (directory: string): Promise<void> => {
  const path = join(directory, `.probe.${randomBytes(9).toString("base64url")}.tmp`)
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const fd = openSync(path, flags, FILE_MODE)
  try {
    fchmodSync(fd, FILE_MODE)
    await writeAll(fd, PROBE_TEXT, 0)
    await syncFile(fd)
    if (!readAt(fd, 0, PROBE_TEXT.length).equals(PROBE_TEXT)) throw new Error("the disk gave back something else")
  } finally {
    closeSync(fd)
    unlinkSync(path)
  }
}

const probe = async (options: ReadinessOptions): Promise<Readiness> => {
  const { dataDir, sanitizeErrorMessages, aggregate, freeBytes = freeBytesAt } = options
  const problems: { -readonly [K in keyof Components]?: string } = {}
  const describe = (cause: unknown, generic: string): string => {
    const { message } = PersistenceError.from(cause, dataDir)
    if (!sanitizeErrorMessages) return message
    const isPlain = cause instanceof PersistenceError && cause.reason !== "Io"
    return isPlain ? generic : `${generic}: ${describeFailure(cause)}`
  }
  try {
    const directory = await ensureSubdirectory(dataDir, METRICS_DIRECTORY)
    await probeDisk(directory)
    const free = await freeBytes(directory)
    if (free < MIN_FREE_BYTES) problems.persistence = `${free} bytes are free, fewer than ${MIN_FREE_BYTES}`
  } catch (cause) {
    problems.persistence = describe(cause, "nothing can be written")
  }
  try {
    const directory = dataDirectory(dataDir)
    if (hasActiveDirectory(directory)) readdirSync(directory.active)
  } catch (cause) {
    problems.database = describe(cause, "sessions cannot be listed")
  }
  try {
    const full = aggregate().running.find(
      ({ gauges: { processSlotsUsed, processSlotsMax, poolUsed, poolMax } }) =>
        (processSlotsMax > 0 && processSlotsUsed >= processSlotsMax) || (poolMax > 0 && poolUsed >= poolMax)
    )
    if (full !== undefined) problems.resources = `process ${full.process.pid} has no slot left`
  } catch {
    // Counts that cannot be read say nothing about slots; `persistence` tells of the directory.
  }
  return {
    components: {
      database: problems.database === undefined ? "connected" : "unavailable",
      persistence: problems.persistence === undefined ? "ready" : "failed",
      resources: problems.resources === undefined ? "initialized" : "exhausted"
    },
    problems
  }
}

/** Probes, at most once in `PROBE_TTL_MS`, whoever asks and however often. */
export const readinessProbe = (options: ReadinessOptions): (() => Promise<Readiness>) => {
  let latest: { readonly at: number; readonly answer: Promise<Readiness> } | null = null
  return () => {
    const now = options.now()
    if (latest === null || now - latest.at >= PROBE_TTL_MS || now < latest.at) {
      latest = { at: now, answer: probe(options) }
    }
    return latest.answer
  }
}
