import { REDACTED } from "../../domain/redact.ts"
import { replace, type TextBuffer } from "./TextBuffer.ts"

/** As it stands in stored text; behind a backslash it is meant as it is. */
const GAP = /(?<!\\)\[redacted\]/

/** Where a command lacks a secret that was not stored with it, by UTF-16 offset of its stand-in; null for nowhere. */
export const gapAt = (text: string): number | null => {
  const at = text.search(GAP)
  return at < 0 ? null : at
}

/** The buffer without the stand-in that the cursor was put before, for what is inserted there. */
export const gapTaken = (buffer: TextBuffer): TextBuffer => {
  const { text, cursor, last } = buffer
  if (last.kind !== "gap" || !text.startsWith(REDACTED, cursor)) return buffer
  return replace(buffer, cursor, cursor + REDACTED.length, "")
}

/** What is said of a command that does not run because of a gap. */
export const GAP_NOTICE = "Not run: a secret was not saved; write it in place of [redacted]"
