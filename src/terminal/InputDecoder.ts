import { afterReading } from "./afterReading.ts"
import { altEvent, consoleFunctionKey, csiEvent, type InputEvent, ss3Event, x10Mouse } from "./inputEvents.ts"
import { controlKeyName, keyName, NO_MODIFIERS } from "./Key.ts"

export interface InputDecoderOptions {
  readonly onEvent: (event: InputEvent) => void
  /** Asked after each event: true when the bytes behind it are not for us any more. */
  readonly until?: () => boolean
  /** Takes those bytes, as they came. */
  readonly onRest?: (bytes: Uint8Array) => void
  /** How long an ESC waits for the rest of a sequence before it is the Escape key, in ms. */
  readonly escapeTimeoutMs?: number
  /** Runs something later; the result cancels it. For tests. */
  readonly setTimer?: (run: () => void, ms: number) => () => void
}

/** An ESC alone for this long is the Escape key, in ms: below what a person notices, above what a host splits. */
export const ESCAPE_TIMEOUT_MS = 25
/**
 * `ESC [` or `ESC O` alone for this long is Alt with that character, in ms. Nobody presses them, but slow lines split
 * sequences; the same time after an Escape, the rest of a sequence is still taken for what it is.
 */
export const SEQUENCE_TIMEOUT_MS = 500
/** A sequence that has begun for certain is dropped when nothing more came for this long, in ms. */
export const ABANDON_TIMEOUT_MS = 2_000
/** A paste whose end never comes is delivered when nothing more came for this long, in ms. */
export const PASTE_TIMEOUT_MS = 30_000
/** Bytes of one reply that are kept; the rest of a longer one is skipped. */
const MAX_SEQUENCE_BYTES = 65_536

const ESC = 0x1b
const PASTE_BEGIN = "\x1b[200~"
const PASTE_END = Buffer.from("\x1b[201~")

/** The rest of a sequence whose ESC was already taken for the Escape key: no one types this in one read. */
const LATE_SEQUENCE =
  /^(\[([A-DFHIOZa-d]|\[[A-E]|[<>?]?\d[\d;:]*([A-Za-z~^$@]|$)|M[\s\S]{3})|O[A-DFHMP-Sa-d]|\]\d+;[\s\S]*(\x07|\x1b\\)$)/

/** Where an event ends in the bytes; no event for bytes that mean nothing. `null`: more bytes are needed. */
type Parsed = { readonly end: number; readonly event: InputEvent | null } | null

const isParameter = (byte: number): boolean => byte >= 0x30 && byte <= 0x3f
const isIntermediate = (byte: number): boolean => byte >= 0x20 && byte <= 0x2f
const isFinal = (byte: number): boolean => byte >= 0x40 && byte <= 0x7e
const isControl = (byte: number): boolean => byte < 0x20 || byte === 0x7f

const ESCAPE_KEY: InputEvent = { type: "key", name: "escape", sequence: "\x1b" }

/** Bytes that the UTF-8 character beginning with `lead` takes; 1 for what cannot begin one. */
const utf8Length = (lead: number): number =>
  lead >= 0xf5 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1

/** Where the incomplete character at the end of `data` begins; its length when there is none. */
const incompleteTail = (data: Buffer, from: number): number => {
  for (let i = data.length - 1; i >= Math.max(from, data.length - 3); i--) {
    const byte = data[i]!
    if (byte < 0x80) break
    if (byte >= 0xc0) return i + utf8Length(byte) > data.length ? i : data.length
  }
  return data.length
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** C1 controls can be spelt in UTF-8; as text they are nothing. */
const C1 = /[\u0080-\u009f]/g

/** What may follow the ESC and introducer of a string that a terminal sends: OSC, DCS, APC. */
const STRING_STARTS: Readonly<Record<number, RegExp>> = { 93: /[\dlLI]/, 80: /[\d>!$+|]/, 95: /G/ }

/**
 * Turns the bytes of the outer terminal's keyboard into events, however they are cut into chunks. Text is UTF-8;
 * bracketed pastes come whole; answers to queries never become text. Timers serve one purpose: to tell the Escape key
 * and Alt from the beginning of a sequence.
 *
 * A plain class: it sees every byte that is typed or pasted.
 */
export class InputDecoder {
  readonly #onEvent: (event: InputEvent) => void
  readonly #until: (() => boolean) | undefined
  readonly #onRest: (bytes: Uint8Array) => void
  readonly #escapeTimeoutMs: number
  readonly #setTimer: (run: () => void, ms: number) => () => void
  /** Bytes of an unfinished sequence, character or end mark. */
  #pending: Buffer = Buffer.alloc(0)
  /** The parts of a paste under way. */
  #paste: Array<Buffer> | null = null
  /** A sequence too long to keep is skipped to its end. */
  #skipping: "string" | "csi" | null = null
  /** An Escape was reported for an ESC that may yet prove the start of a sequence. */
  #late = false
  #cancelTimer: () => void = () => {}

  constructor(options: InputDecoderOptions) {
    this.#onEvent = options.onEvent
    this.#until = options.until
    this.#onRest = options.onRest ?? (() => {})
    this.#escapeTimeoutMs = options.escapeTimeoutMs ?? ESCAPE_TIMEOUT_MS
    this.#setTimer = options.setTimer ?? afterReading
  }

  /** Takes a chunk; reports every event that is complete. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#cancelTimer()
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.#late) {
      this.#late = false
      if (LATE_SEQUENCE.test(bytes.toString("latin1"))) bytes = Buffer.concat([Buffer.of(ESC), bytes])
    }
    this.#read(this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]))
    this.#arm()
  }

  /** Takes what is pending for what it is when nothing follows: as if every timer had run out. */
  flush(): void {
    this.#cancelTimer()
    this.#expire()
  }

  /** Stops the timer and forgets what is pending. */
  dispose(): void {
    this.#cancelTimer()
    this.#pending = Buffer.alloc(0)
    this.#paste = null
    this.#skipping = null
    this.#late = false
  }

  #read(data: Buffer): void {
    let at = 0
    while (at < data.length) {
      if (this.#skipping !== null) {
        const next = this.#skip(data, at)
        // An ESC at the end may be half of the string's terminator.
        if (next === at) break
        at = next
        continue
      }
      if (this.#paste !== null) {
        const next = this.#readPaste(data, at)
        if (next === null) return
        at = next
        if (this.#release(data, at)) return
        continue
      }
      const parsed = parse(data, at)
      if (parsed === null) break
      at = parsed.end
      if (parsed.event?.type === "reply" && parsed.event.sequence === PASTE_BEGIN) this.#paste = []
      else if (parsed.event !== null) {
        this.#onEvent(parsed.event)
        if (this.#release(data, at)) return
      }
    }
    this.#pending = Buffer.from(data.subarray(at))
    if (this.#pending.length > MAX_SEQUENCE_BYTES) {
      this.#skipping = this.#pending[1] === 0x5b ? "csi" : "string"
      this.#pending = Buffer.alloc(0)
    }
  }

  /** Hands what follows an event to whoever the event gave the keyboard to. */
  #release(data: Buffer, at: number): boolean {
    if (this.#until?.() !== true) return false
    this.#pending = Buffer.alloc(0)
    const rest = data.subarray(at)
    if (rest.length > 0) this.#onRest(Buffer.from(rest))
    return true
  }

  /** Reads on inside a paste: the index after its end, null when all of `data` is kept. */
  #readPaste(data: Buffer, at: number): number | null {
    const end = data.indexOf(PASTE_END, at)
    if (end !== -1) {
      this.#paste?.push(Buffer.from(data.subarray(at, end)))
      this.#endPaste()
      return end + PASTE_END.length
    }
    // The last bytes may be the beginning of the end mark.
    let kept = data.length
    for (let length = Math.min(PASTE_END.length - 1, data.length - at); length > 0; length--) {
      if (data.subarray(data.length - length).equals(PASTE_END.subarray(0, length))) {
        kept = data.length - length
        break
      }
    }
    this.#paste?.push(Buffer.from(data.subarray(at, kept)))
    this.#pending = Buffer.from(data.subarray(kept))
    return null
  }

  #endPaste(): void {
    const text = utf8.decode(Buffer.concat(this.#paste ?? []))
    this.#paste = null
    // Terminals send the Enter of a line end, so that it works without brackets too.
    this.#onEvent({ type: "paste", text: text.replace(/\r\n?/g, "\n") })
  }

  /** Reads on to the end of a skipped sequence: the index after what is skipped. */
  #skip(data: Buffer, at: number): number {
    for (let i = at; i < data.length; i++) {
      const byte = data[i]!
      const ended = this.#skipping === "csi" ? isFinal(byte) || isControl(byte) : byte === 0x07 || byte === ESC
      if (!ended) continue
      if (byte === ESC && i + 1 === data.length) return i
      this.#skipping = null
      if (byte !== ESC) return i + 1
      return data[i + 1] === 0x5c ? i + 2 : i
    }
    return data.length
  }

  #arm(): void {
    const wait = this.#wait()
    this.#cancelTimer = wait === null ? () => {} : this.#setTimer(() => this.#expire(), wait)
  }

  /** How long what is pending may wait, null when nothing does. */
  #wait(): number | null {
    if (this.#paste !== null) return PASTE_TIMEOUT_MS
    if (this.#skipping !== null) return ABANDON_TIMEOUT_MS
    if (this.#pending[0] !== ESC) return null
    const rest = this.#pending.toString("latin1").replace(/^\x1b{1,2}/, "")
    if (rest === "" || rest === "]" || rest === "P" || rest === "_") return this.#escapeTimeoutMs
    return rest === "[" || rest === "O" ? SEQUENCE_TIMEOUT_MS : ABANDON_TIMEOUT_MS
  }

  #expire(): void {
    this.#skipping = null
    const pending = this.#pending
    this.#pending = Buffer.alloc(0)
    if (this.#paste !== null) {
      this.#paste.push(pending)
      this.#endPaste()
      return
    }
    if (pending[0] !== ESC) {
      if (pending.length > 0) this.#onEvent({ type: "text", text: utf8.decode(pending) })
      return
    }
    const escapes = pending[1] === ESC ? 2 : 1
    const rest = pending.subarray(escapes)
    // Further than an introducer it was a sequence for certain: what came of it is no text.
    if (rest.length > 1) return
    for (let i = rest.length; i < escapes; i++) this.#onEvent(ESCAPE_KEY)
    if (rest.length === 1) {
      if (rest[0]! < 0x80) this.#onEvent(altCharacter(rest.toString("latin1")))
      return
    }
    this.#late = true
    this.#cancelTimer = this.#setTimer(() => {
      this.#late = false
    }, SEQUENCE_TIMEOUT_MS)
  }
}

const altCharacter = (character: string): InputEvent => ({
  type: "key",
  name: keyName(character === " " ? "space" : character, { ...NO_MODIFIERS, alt: true }),
  sequence: `\x1b${character}`
})

/** The event that begins at `at`. */
const parse = (data: Buffer, at: number): Parsed => {
  const byte = data[at]!
  if (byte === ESC) return parseEscape(data, at)
  if (isControl(byte)) {
    const sequence = String.fromCharCode(byte)
    return { end: at + 1, event: { type: "key", name: controlKeyName(byte, false), sequence } }
  }
  let end = at
  while (end < data.length && !isControl(data[end]!)) end++
  if (end === data.length) end = incompleteTail(data, at)
  if (end === at) return null
  const text = utf8.decode(data.subarray(at, end)).replaceAll(C1, "")
  return { end, event: text === "" ? null : { type: "text", text } }
}

const parseEscape = (data: Buffer, at: number): Parsed => {
  const introducer = data[at + 1]
  if (introducer === undefined) return null
  if (introducer === 0x5b) return parseCsi(data, at)
  if (introducer === 0x4f) return parseSs3(data, at)
  if (introducer === ESC) return parseDoubleEscape(data, at)
  const starts = STRING_STARTS[introducer]
  if (starts !== undefined) {
    const next = data[at + 2]
    if (next === undefined) return null
    if (starts.test(String.fromCharCode(next))) return parseString(data, at)
  }
  if (isControl(introducer)) {
    const sequence = `\x1b${String.fromCharCode(introducer)}`
    return { end: at + 2, event: { type: "key", name: controlKeyName(introducer, true), sequence } }
  }
  const end = at + 1 + utf8Length(introducer)
  if (end > data.length && incompleteTail(data, at + 1) < data.length) return null
  const character = utf8.decode(data.subarray(at + 1, end))
  return [...character].length === 1 && !character.match(C1)
    ? { end, event: altCharacter(character) }
    : { end: at + 1, event: ESCAPE_KEY }
}

/** ESC ESC: Alt and a key that is a sequence itself, or the Escape key and whatever follows. */
const parseDoubleEscape = (data: Buffer, at: number): Parsed => {
  const introducer = data[at + 2]
  if (introducer === undefined) return null
  if (introducer === 0x5b || introducer === 0x4f) {
    const inner = introducer === 0x5b ? parseCsi(data, at + 1) : parseSs3(data, at + 1)
    if (inner === null) return null
    if (inner.event?.type === "key")
      return { end: inner.end, event: altEvent(inner.event, data.toString("latin1", at, inner.end)) }
  }
  return { end: at + 1, event: ESCAPE_KEY }
}

const parseCsi = (data: Buffer, at: number): Parsed => {
  let i = at + 2
  const first = data[i]
  if (first === undefined) return null
  if (first === 0x5b) {
    const final = data[i + 1]
    if (final === undefined) return null
    const end = isFinal(final) ? i + 2 : i + 1
    return { end, event: consoleFunctionKey(data.toString("latin1", i + 1, end), data.toString("latin1", at, end)) }
  }
  if (first === 0x4d) {
    if (data.length < i + 4) return null
    return { end: i + 4, event: x10Mouse(data[i + 1]!, data[i + 2]!, data[i + 3]!) }
  }
  while (i < data.length && isParameter(data[i]!)) i++
  const parameters = data.toString("latin1", at + 2, i)
  const afterParameters = i
  // rxvt ends a key with `$`, elsewhere an intermediate byte.
  const isRxvt = data[i] === 0x24 && /^\d+$/.test(parameters)
  if (!isRxvt) while (i < data.length && isIntermediate(data[i]!)) i++
  const final = data[i]
  if (final === undefined) return null
  // A byte that cannot belong to the sequence ends it; what there was of it is no text.
  if (!isRxvt && !isFinal(final)) return { end: i, event: null }
  const sequence = data.toString("latin1", at, i + 1)
  const intermediates = data.toString("latin1", afterParameters, i)
  return { end: i + 1, event: csiEvent(parameters, intermediates, String.fromCharCode(final), sequence) }
}

const parseSs3 = (data: Buffer, at: number): Parsed => {
  let i = at + 2
  while (i < data.length && /[\d;]/.test(String.fromCharCode(data[i]!))) i++
  const final = data[i]
  if (final === undefined) return null
  if (isControl(final) || final >= 0x80) return { end: at + 2, event: altCharacter("O") }
  const parameters = data.toString("latin1", at + 2, i)
  return { end: i + 1, event: ss3Event(parameters, String.fromCharCode(final), data.toString("latin1", at, i + 1)) }
}

const parseString = (data: Buffer, at: number): Parsed => {
  for (let i = at + 2; i < data.length; i++) {
    const byte = data[i]!
    const sequence = () => data.toString("latin1", at, i)
    if (byte === 0x07) return { end: i + 1, event: { type: "reply", sequence: sequence() } }
    if (byte === 0x18 || byte === 0x1a) return { end: i + 1, event: null }
    if (byte !== ESC) continue
    const next = data[i + 1]
    if (next === undefined) return null
    return next === 0x5c ? { end: i + 2, event: { type: "reply", sequence: sequence() } } : { end: i, event: null }
  }
  return null
}
