import { csiEvent } from "./inputEvents.ts"
import { keyBytes } from "./Key.ts"

/** What is known of the bytes before a chunk. */
export interface LeaderScan {
  /** Inside a bracketed paste, where the leader's byte is data. */
  readonly inPaste: boolean
  /** Bytes of a paste mark matched so far; they have been passed on already. */
  readonly markBytes: number
  /** The beginning of what may be the leader in an encoded form; not passed on yet. */
  readonly held: Uint8Array
}

/** Nothing is known yet. */
export const LEADER_SCAN_START: LeaderScan = { inPaste: false, markBytes: 0, held: new Uint8Array(0) }

export interface LeaderSplit {
  /** Bytes for the program, as they came. */
  readonly before: Uint8Array
  /** The leader was found; scanning stopped behind it. */
  readonly found: boolean
  /** What came after the leader: not looked at, not for the program. Empty when none was found. */
  readonly after: Uint8Array
  readonly scan: LeaderScan
}

const ESC = 0x1b
/** `CSI 200 ~` and `CSI 201 ~` are alike up to here. */
const PASTE_MARK = Buffer.from("\x1b[20")
/** The longest form of a leader that is waited for across chunks, in bytes. */
const MAX_HELD_BYTES = 32
/** A number and no final byte yet: the first half of a key reported by number, and of little else. */
const HELD_FORM = /^\x1b\[\d[\d:;]*$/
/** A key reported by number: kitty's `CSI … u` or xterm's modifyOtherKeys, `CSI 27;…~`. */
const NUMBERED_KEY = /^\x1b\[(\d[\d:;]*)([u~])/
const EVENT_TYPE = /^([^;]*;\d*):(\d)/
const RELEASE = "3"

const isAt = (data: Buffer, at: number, bytes: Uint8Array): boolean =>
  bytes.length > 0 && data.subarray(at, at + bytes.length).equals(bytes)

/** The length of the leader in an encoded form at `at`, and whether the key goes down; null when it is not one. */
const encodedLeader = (
  data: Buffer,
  at: number,
  leader: Uint8Array
): { readonly length: number; readonly pressed: boolean } | null => {
  const match = NUMBERED_KEY.exec(data.toString("latin1", at, at + MAX_HELD_BYTES))
  if (match === null) return null
  const [sequence, parameters = "", final = ""] = match
  // Asked as a press, so that the release of the leader is known too.
  const event = csiEvent(parameters.replace(EVENT_TYPE, "$1"), "", final, sequence)
  const bytes = event?.type === "key" ? keyBytes(event.name) : null
  if (bytes === null || !isAt(Buffer.from(bytes), 0, leader) || bytes.length !== leader.length) return null
  return { length: sequence.length, pressed: EVENT_TYPE.exec(parameters)?.[2] !== RELEASE }
}

/**
 * Finds the leader key in bytes that are otherwise passed to a program untouched. It is known as the bytes themselves
 * and as a key reported by number, in case a program has asked the terminal for that; inside a bracketed paste it is
 * data. A letting-go of the leader is dropped.
 *
 * Nothing but the first half of a numbered key is ever held back: an ESC must reach the program at once. A leader of
 * several bytes is therefore found only where one chunk holds it whole, which is how terminals send it.
 */
export const splitLeader = (chunk: Uint8Array, leader: Uint8Array, scan: LeaderScan): LeaderSplit => {
  const data = Buffer.concat([scan.held, chunk])
  const parts: Array<Uint8Array> = []
  let { inPaste, markBytes } = scan
  let from = 0
  const split = (to: number, found: boolean, next: number, held: number): LeaderSplit => ({
    before: Buffer.concat([...parts, data.subarray(from, to)]),
    found,
    after: Buffer.from(data.subarray(next, held)),
    scan: { inPaste, markBytes: found ? 0 : markBytes, held: Buffer.from(data.subarray(held)) }
  })
  for (let i = 0; i < data.length; i++) {
    const byte = data[i]!
    if (!inPaste) {
      if (isAt(data, i, leader)) return split(i, true, i + leader.length, data.length)
      if (byte === ESC) {
        const encoded = encodedLeader(data, i, leader)
        if (encoded?.pressed) return split(i, true, i + encoded.length, data.length)
        if (encoded !== null) {
          parts.push(data.subarray(from, i))
          from = i + encoded.length
          i = from - 1
          markBytes = 0
          continue
        }
        const tail = data.toString("latin1", i)
        // A paste mark begins like a key by number; it is passed on like everything else once it is whole.
        if (tail.length < MAX_HELD_BYTES && HELD_FORM.test(tail)) return split(i, false, i, i)
      }
    }
    if (markBytes === PASTE_MARK.length && (byte === 0x30 || byte === 0x31)) markBytes = byte === 0x30 ? 5 : 6
    else if (markBytes >= 5 && byte === 0x7e) {
      inPaste = markBytes === 5
      markBytes = 0
    } else if (byte === PASTE_MARK[markBytes]) markBytes++
    else markBytes = byte === ESC ? 1 : 0
  }
  return split(data.length, false, data.length, data.length)
}
