import * as Effect from "effect/Effect"
import type { SessionFile } from "./persistence/SessionFile.ts"
import { MAX_SNAPSHOT_BYTES } from "./persistence/Snapshot.ts"

/** A session is called large here at the latest, in bytes, whatever MAX_SESSION_SIZE is: long before it cannot be opened. */
const LARGE_BYTES = MAX_SNAPSHOT_BYTES / 2

const MIB = 1024 * 1024

const inMebibytes = (bytes: number): string => `${Number((bytes / MIB).toPrecision(3))} MiB`

/** From where on a session is large, in bytes of its files, and what is to be said of it then. */
export const largeSession = (
  maxSessionSize: number
): {
  readonly bytes: number
  readonly text: string
} => {
  const bytes = Math.min(maxSessionSize, LARGE_BYTES)
  const source = bytes === maxSessionSize ? " (MAX_SESSION_SIZE)" : ""
  const end = `one of more than ${inMebibytes(MAX_SNAPSHOT_BYTES)} cannot be opened`
  return { bytes, text: `This session's files have passed ${inMebibytes(bytes)}${source}. Begin a new session: ${end}` }
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
