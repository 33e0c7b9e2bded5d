/**
 * Names of keys: modifiers in alphabetical order (`alt+`, `ctrl+`, `shift+`, `super+`), then the key: one character as
 * an unshifted keyboard types it, or a word (`enter`, `up`, `f5`). `"ctrl+a"`, `"alt+enter"`, `"alt+<"`, `"pageup"`.
 */

/** What is held down with a key. */
export interface Modifiers {
  readonly alt: boolean
  readonly ctrl: boolean
  readonly shift: boolean
  /** The Windows or Command key; also what old keyboards called hyper. */
  readonly super: boolean
}

export const NO_MODIFIERS: Modifiers = { alt: false, ctrl: false, shift: false, super: false }

/** Modifiers from xterm's parameter: 1 plus a bit each for shift, alt, ctrl, super (kitty's locks are ignored). */
export const modifiersOf = (parameter: number): Modifiers => {
  const bits = Math.max(0, parameter - 1)
  return {
    shift: (bits & 1) !== 0,
    // 32 is meta, which terminals that tell it apart send for what others call alt.
    alt: (bits & (2 | 32)) !== 0,
    ctrl: (bits & 4) !== 0,
    super: (bits & (8 | 16)) !== 0
  }
}

/** The canonical name of a key with modifiers. An upper-case letter is its lower case with shift. */
export const keyName = (key: string, held: Modifiers = NO_MODIFIERS): string => {
  const isCapital = /^\p{Lu}$/u.test(key)
  const base = isCapital ? key.toLowerCase() : key
  const shift = held.shift || isCapital
  return `${held.alt ? "alt+" : ""}${held.ctrl ? "ctrl+" : ""}${shift ? "shift+" : ""}${held.super ? "super+" : ""}${base}`
}

/** Keys with a control byte of their own. BS and DEL both come from the key that deletes backwards. */
const CONTROL_KEYS: Readonly<Record<number, string>> = {
  8: "backspace",
  9: "tab",
  13: "enter",
  27: "escape",
  127: "backspace"
}

/**
 * The name of a control byte (0–31 or 127): `ctrl+` and the character 64 above it, `ctrl+space` for NUL, except the keys
 * that terminals have always sent as one.
 */
export const controlKeyName = (byte: number, alt: boolean): string => {
  const held = { ...NO_MODIFIERS, alt }
  const key = CONTROL_KEYS[byte]
  if (key !== undefined) return keyName(key, held)
  const letter = byte === 0 ? "space" : String.fromCharCode(byte + 64).toLowerCase()
  return keyName(letter, { ...held, ctrl: true })
}

/** The control byte that Ctrl and a character make (ECMA-48 C0: code modulo 32), or null. */
export const controlByte = (character: string): number | null => {
  if (character === "space") return 0
  if (character === "?") return 127
  if (character.length !== 1) return null
  const code = character.toUpperCase().charCodeAt(0)
  return code >= 64 && code <= 95 ? code - 64 : null
}

/** Sequences of keys that can be a leader and are no control byte: the forms that xterm sends. */
const FUNCTION_KEYS: Readonly<Record<string, string>> = {
  f1: "\x1bOP",
  f2: "\x1bOQ",
  f3: "\x1bOR",
  f4: "\x1bOS",
  f5: "\x1b[15~",
  f6: "\x1b[17~",
  f7: "\x1b[18~",
  f8: "\x1b[19~",
  f9: "\x1b[20~",
  f10: "\x1b[21~",
  f11: "\x1b[23~",
  f12: "\x1b[24~"
}

/**
 * The bytes that a terminal sends for `ctrl+` a character, `alt+` a character, or a function key; null for any other
 * name. What a configured leader is looked for as.
 */
export const keyBytes = (name: string): Uint8Array | null => {
  const match = /^(alt\+)?(ctrl\+)?(.+)$/.exec(name)
  if (match === null) return null
  const [, alt, ctrl, key] = match
  const prefix = alt === undefined ? "" : "\x1b"
  if (ctrl !== undefined) {
    const byte = controlByte(key!)
    return byte === null ? null : Buffer.from(`${prefix}${String.fromCharCode(byte)}`, "latin1")
  }
  const plain = FUNCTION_KEYS[key!]
  if (plain !== undefined && alt === undefined) return Buffer.from(plain)
  return alt !== undefined && [...key!].length === 1 ? Buffer.from(prefix + key) : null
}
