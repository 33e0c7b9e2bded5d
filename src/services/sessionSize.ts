import * as Effect from "effect/Effect"
import type { SessionId } from "../domain/ids.ts"
import type { PersistenceError } from "./persistence/PersistenceError.ts"
import type { SessionFile } from "./persistence/SessionFile.ts"
import { MAX_SNAPSHOT_BYTES } from "./persistence/Snapshot.ts"

/**
 * From here on no pin keeps a block in its session, in bytes of its files, whatever MAX_SESSION_SIZE is: long before the
 * session could not be opened any more.
 */
export const HARD_LIMIT_BYTES = MAX_SNAPSHOT_BYTES / 2

/** By how much a session grows that cannot be made smaller before that is tried again. */
export const GROWTH = 1.05

const MIB = 1024 * 1024
/** Characters of an id that tell it from the others of a person. */
const SHORT_ID = 8

const inMebibytes = (bytes: number): string => `${Number((bytes / MIB).toPrecision(3))} MiB`

/** From where on a session is large, in bytes of its files, and what is said of it then, a line each. */
export interface LargeSession {
  readonly bytes: number
  /** The oldest blocks have moved to the archive. */
  readonly moved: (shrunk: {
    readonly blocks: number
    readonly bytes: number
    readonly archive: SessionId | null
  }) => string
  /** There is nothing that may move. */
  readonly stuck: string
  /** What should have moved stays where it is. */
  readonly failed: (error: PersistenceError) => string
}

/** What holds for a session under MAX_SESSION_SIZE. */
export const largeSession = (maxSessionSize: number): LargeSession => {
  const bytes = Math.min(maxSessionSize, HARD_LIMIT_BYTES)
  const source = bytes === maxSessionSize ? " (MAX_SESSION_SIZE)" : ""
  const why = `this session's files had passed ${inMebibytes(bytes)}${source}`
  const large = `This session's files have passed ${inMebibytes(bytes)}${source}`
  return {
    bytes,
    moved: ({ blocks, bytes: moved, archive }) =>
      `The oldest ${blocks === 1 ? "block has" : `${blocks} blocks have`} moved to the archive (${inMebibytes(moved)}), as ${why}: effecttalk show ${archive?.slice(0, SHORT_ID)}`,
    stuck: `${large}, and all that could move to the archive runs or is pinned`,
    failed: ({ message }) => `${large}, and nothing moved to the archive: ${message}`
  }
}

/** Waits until a session's files are larger than `bytes`; looks whenever something was written. */
export const outgrows = (file: SessionFile, bytes: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    const stop = file.subscribe(() => {
      if (file.size <= bytes) return
      stop()
      resume(Effect.void)
    })
    return Effect.sync(stop).pipe(Effect.asVoid)
  })
