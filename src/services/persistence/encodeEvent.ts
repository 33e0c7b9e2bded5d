import type { SessionEvent } from "../../domain/SessionEvent.ts"
import { encodeRecord, MAX_RECORD_BYTES } from "./journalCodec.ts"
import { MAX_JOURNAL_BYTES } from "./StoredSession.ts"

/** Stands in the journal for an event that is too large for a record. It is no event: readers skip what they do not know. */
const OMITTED = "Omitted"

/**
 * An event's record, of `maxBytes` at most. Output too large for it leaves a gap, which the block then states; anything
 * else leaves a record that keeps the sequence whole and changes nothing when it is read.
 */
export const encodeEvent = (sequence: number, event: SessionEvent, maxBytes = MAX_RECORD_BYTES): Buffer => {
  const record = tryEncode(sequence, event, maxBytes)
  if (record !== null) return record
  const rest = event._tag === "OutputFrozen" ? { ...event, lines: [] } : { _tag: OMITTED, event: event._tag }
  return encodeRecord(sequence, JSON.stringify(rest))
}

const tryEncode = (sequence: number, event: SessionEvent, maxBytes: number): Buffer | null => {
  try {
    const record = encodeRecord(sequence, JSON.stringify(event))
    return record.length > maxBytes ? null : record
  } catch (cause) {
    // A string beyond the engine's limit; nothing else here can be too long.
    if (cause instanceof RangeError) return null
    throw cause
  }
}

/** Bytes of a journal from which on it takes no output: a file that is full of it could not be opened any more. */
const OUTPUT_BYTES = (MAX_JOURNAL_BYTES / 4) * 3
/** Bytes from which on it takes nothing but the numbers of events. */
const EVENT_BYTES = (MAX_JOURNAL_BYTES / 16) * 15

/**
 * Bytes that an event's record may have which begins at byte `offset` of a journal. Only one that cannot be compacted comes so
 * far; what is left is for its end, and for records that say no more than their number.
 */
export const roomFor = (event: SessionEvent, offset: number): number =>
  Math.max(0, Math.min(MAX_RECORD_BYTES, (event._tag === "OutputFrozen" ? OUTPUT_BYTES : EVENT_BYTES) - offset))
