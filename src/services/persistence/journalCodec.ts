import { crc32c } from "./crc32c.ts"
import { atOnce, type Steps } from "./Slices.ts"

/*
 * The journal: a header, then records, all numbers little-endian.
 *
 *   header  "ETJOURN\n" | u32 version | u32 n | n bytes of session id | u32 crc32c(all before)
 *   record  u32 n | u32 crc32c(n ‖ sequence ‖ payload) | u64 sequence | n bytes of payload
 *
 * Sequence numbers rise by one. Plain code over byte arrays: all output passes here on its way to the disk.
 */

/** Format of the file, not of the events in it. */
export const JOURNAL_VERSION = 1
/** Largest payload a reader accepts, in bytes: a length beyond it is damage. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024

const MAGIC = Buffer.from("ETJOURN\n", "latin1")
const HEADER_FIXED_BYTES = 16
const CRC_BYTES = 4
const LENGTH_AT = 0
const CRC_AT = 4
const SEQUENCE_AT = 8
/** Bytes of a record before its payload. */
export const RECORD_HEAD_BYTES = 16
const MAX_ID_BYTES = 64
/** Bytes that are no record and are looked at in one step. */
const DAMAGED_STEP_BYTES = 4096

/** The header of a session's journal. */
export const encodeJournalHeader = (sessionId: string): Buffer => {
  const id = Buffer.from(sessionId, "utf8")
  const header = Buffer.alloc(HEADER_FIXED_BYTES + id.length + CRC_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(JOURNAL_VERSION, MAGIC.length)
  header.writeUInt32LE(id.length, MAGIC.length + 4)
  id.copy(header, HEADER_FIXED_BYTES)
  header.writeUInt32LE(crc32c(header, 0, header.length - CRC_BYTES), header.length - CRC_BYTES)
  return header
}

/** One record with a UTF-8 payload. */
export const encodeRecord = (sequence: number, payload: string): Buffer => {
  const length = Buffer.byteLength(payload, "utf8")
  const record = Buffer.allocUnsafe(RECORD_HEAD_BYTES + length)
  record.writeUInt32LE(length, LENGTH_AT)
  record.writeBigUInt64LE(BigInt(sequence), SEQUENCE_AT)
  record.write(payload, RECORD_HEAD_BYTES, "utf8")
  record.writeUInt32LE(recordCrc(record, 0, record.length), CRC_AT)
  return record
}

const recordCrc = (bytes: Uint8Array, start: number, end: number): number =>
  crc32c(bytes, start + SEQUENCE_AT, end, crc32c(bytes, start, start + CRC_AT))

/** Where a record lies in its file, in bytes. */
export interface JournalRecord {
  readonly sequence: number
  readonly offset: number
  /** Of the whole record. */
  readonly length: number
}

/** The payload of `record`, which lies in `bytes`. */
export const recordPayload = (bytes: Buffer, record: JournalRecord): string =>
  bytes.toString("utf8", record.offset + RECORD_HEAD_BYTES, record.offset + record.length)

/** What a journal's bytes hold. */
export interface JournalScan {
  /** `null` when the header is damaged: then nothing says whose journal it is, nor of which version. */
  readonly header: { readonly version: number; readonly sessionId: string; readonly length: number } | null
  readonly records: ReadonlyArray<JournalRecord>
  /** Indexes of records before which damage lies: bytes that are no record, or missing sequence numbers. */
  readonly gaps: ReadonlyArray<number>
  /** Where the last valid record (or the header) ends. */
  readonly end: number
  /** Bytes after `end`: a torn tail. */
  readonly tornBytes: number
}

/** The record at `offset`, null when there is no valid one. */
export const recordAt = (bytes: Buffer, offset: number): JournalRecord | null => {
  if (offset + RECORD_HEAD_BYTES > bytes.length) return null
  const length = bytes.readUInt32LE(offset + LENGTH_AT)
  const end = offset + RECORD_HEAD_BYTES + length
  if (length > MAX_RECORD_BYTES || end > bytes.length) return null
  const high = bytes.readUInt32LE(offset + SEQUENCE_AT + 4)
  if (high > 0x1fffff) return null
  const sequence = high * 2 ** 32 + bytes.readUInt32LE(offset + SEQUENCE_AT)
  if (sequence === 0 || recordCrc(bytes, offset, end) !== bytes.readUInt32LE(offset + CRC_AT)) return null
  return { sequence, offset, length: end - offset }
}

/** How long the record at the beginning of `bytes` says it is, in bytes, whole or not; null when that cannot be. */
export const recordLength = (bytes: Buffer): number | null => {
  if (bytes.length < RECORD_HEAD_BYTES) return null
  const length = bytes.readUInt32LE(LENGTH_AT)
  return length > MAX_RECORD_BYTES ? null : RECORD_HEAD_BYTES + length
}

const scanHeader = (bytes: Buffer): JournalScan["header"] => {
  if (bytes.length < HEADER_FIXED_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const idLength = bytes.readUInt32LE(MAGIC.length + 4)
  const length = HEADER_FIXED_BYTES + idLength + CRC_BYTES
  if (idLength > MAX_ID_BYTES || length > bytes.length) return null
  if (crc32c(bytes, 0, length - CRC_BYTES) !== bytes.readUInt32LE(length - CRC_BYTES)) return null
  return {
    version: bytes.readUInt32LE(MAGIC.length),
    sessionId: bytes.toString("utf8", HEADER_FIXED_BYTES, length - CRC_BYTES),
    length
  }
}

/**
 * Finds every valid record. After damage it looks for the next record byte by byte, so that one bad sector does not
 * cost what lies behind it; a record is taken only with a sequence number that can follow the ones before.
 */
export const scanJournal = (bytes: Buffer): JournalScan => atOnce(scanInSteps(bytes))

/** The same in steps. */
export function* scanInSteps(bytes: Buffer): Steps<JournalScan> {
  const header = scanHeader(bytes)
  const records: Array<JournalRecord> = []
  const gaps: Array<number> = []
  let at = header?.length ?? 0
  let end = at
  let last: number | null = null
  // No more records can be missing than would have fitted into the file.
  const maxMissing = bytes.length / RECORD_HEAD_BYTES
  while (at + RECORD_HEAD_BYTES <= bytes.length) {
    const record = recordAt(bytes, at)
    if (record === null || (last !== null && (record.sequence <= last || record.sequence - last > maxMissing + 1))) {
      if (at++ % DAMAGED_STEP_BYTES === 0) yield
      continue
    }
    const damaged = at !== end || (header === null && records.length === 0)
    if (damaged || (last !== null && record.sequence !== last + 1)) gaps.push(records.length)
    records.push(record)
    yield
    last = record.sequence
    at += record.length
    end = at
  }
  return { header, records, gaps, end, tornBytes: bytes.length - end }
}
