/**
 * What the bytes of a terminal mean: one function per form of sequence, pure, without state. `InputDecoder` finds where
 * a sequence ends; these say what it is.
 *
 * Sources: xterm's ctlseqs, the Linux console's console_codes(4), rxvt's reference, kitty's keyboard protocol.
 */

import { keyName, type Modifiers, modifiersOf, NO_MODIFIERS } from "./Key.ts"

/** A key by name (see Key.ts) and the characters that came for it. */
export interface KeyEvent {
  readonly type: "key"
  readonly name: string
  readonly sequence: string
}

/** What the mouse did; `x` and `y` are cells from the top left of the terminal. */
export interface MouseEvent extends Modifiers {
  readonly type: "mouse"
  readonly action: "press" | "release" | "move" | "wheel"
  /** The button, null while moving without one; for the wheel the direction. */
  readonly button: "left" | "middle" | "right" | "back" | "forward" | "up" | "down" | null
  readonly x: number
  readonly y: number
}

export type InputEvent =
  /** Printable characters, as many as came together. */
  | { readonly type: "text"; readonly text: string }
  | KeyEvent
  /** A bracketed paste, whole: line ends are LF, other control characters are kept. */
  | { readonly type: "paste"; readonly text: string }
  | MouseEvent
  | { readonly type: "focus"; readonly focused: boolean }
  /** An answer to a query, or a sequence nobody knows: never text. */
  | { readonly type: "reply"; readonly sequence: string }

/** Names by which a key table may look an event up: a key's own, of text one per character, else none. */
export const keyNamesOf = (event: InputEvent): ReadonlyArray<string> => {
  if (event.type === "key") return [event.name]
  if (event.type === "text") return [...event.text].map((char) => (char === " " ? "space" : char))
  return []
}

const key = (name: string, held: Modifiers, sequence: string): KeyEvent => ({
  type: "key",
  name: keyName(name, held),
  sequence
})

/** Final bytes of cursor and function keys, after CSI (with modifiers) and SS3. */
const LETTER_KEYS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4"
}

/** Numbers before `~`: VT220 keys, with the Home and End of xterm, rxvt and the Linux console. */
const TILDE_KEYS: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12"
}

/** What the keypad sends after SS3 in application mode. */
const KEYPAD_TEXT: Readonly<Record<string, string>> = {
  " ": " ",
  X: "=",
  j: "*",
  k: "+",
  l: ",",
  m: "-",
  n: ".",
  o: "/",
  p: "0",
  q: "1",
  r: "2",
  s: "3",
  t: "4",
  u: "5",
  v: "6",
  w: "7",
  x: "8",
  y: "9"
}

/** Keys of kitty's protocol outside of Unicode text: ASCII controls and its private-use numbers. */
const KITTY_KEYS: Readonly<Record<number, string>> = {
  9: "tab",
  13: "enter",
  27: "escape",
  32: "space",
  127: "backspace",
  57414: "enter",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete"
}

/** Kitty's numbers for the keypad's characters, from 57399. */
const KITTY_KEYPAD = "0123456789./*-+"
const KITTY_KEYPAD_FIRST = 57399
/** Kitty's private-use numbers begin and end here: keys without text. */
const KITTY_PRIVATE = [57344, 63743] as const
/** Kitty's event type for a key that is let go. */
const KITTY_RELEASE = 3

/** A key reported by number: kitty's CSI u or xterm's modifyOtherKeys. Null when there is nothing to report. */
const numberedKey = (
  code: number,
  held: Modifiers,
  shifted: number | undefined,
  text: string,
  sequence: string
): InputEvent | null => {
  const character =
    code >= KITTY_KEYPAD_FIRST && code < KITTY_KEYPAD_FIRST + KITTY_KEYPAD.length
      ? KITTY_KEYPAD[code - KITTY_KEYPAD_FIRST]!
      : undefined
  const named = KITTY_KEYS[code]
  const isChord = held.alt || held.ctrl || held.super
  if (named !== undefined && !(code === 32 && !isChord)) return key(named, held, sequence)
  if (character === undefined && code >= KITTY_PRIVATE[0] && code <= KITTY_PRIVATE[1]) return null
  if (character === undefined && (code < 32 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))) return null
  if (!isChord) {
    if (text !== "") return { type: "text", text }
    const plain = character ?? String.fromCodePoint(shifted ?? code)
    return { type: "text", text: held.shift && shifted === undefined ? plain.toUpperCase() : plain }
  }
  const typed = character ?? String.fromCodePoint(code)
  // `<` is one key whatever the layout holds down for it; only letters are told apart by shift.
  if (held.shift && shifted !== undefined && !/^\p{L}$/u.test(typed))
    return key(String.fromCodePoint(shifted), { ...held, shift: false }, sequence)
  return key(typed, held, sequence)
}

const kittyKey = (parameters: string, sequence: string): InputEvent | null => {
  const [codes = "", modifiers = "", texts = ""] = parameters.split(";")
  const [code, shifted] = codes.split(":").map((part) => (part === "" ? undefined : Number(part)))
  const [held, kind] = modifiers.split(":")
  if (code === undefined || Number(kind) === KITTY_RELEASE) return null
  const text = texts
    .split(":")
    .map(Number)
    .filter((point) => point >= 32 && point !== 127 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff))
    .map((point) => String.fromCodePoint(point))
    .join("")
  return numberedKey(code, modifiersOf(Number(held || 1)), shifted, text, sequence)
}

const MOUSE_BUTTONS = ["left", "middle", "right"] as const
/** Buttons 8 and 9, which go back and forth. */
const EXTRA_BUTTONS = ["back", "forward"] as const

/** A mouse report: xterm's button code, and the cell from 1. Null for buttons nobody has a name for. */
export const mouseEvent = (code: number, column: number, row: number, released: boolean): MouseEvent | null => {
  const at = { x: Math.max(0, column - 1), y: Math.max(0, row - 1) }
  const held = { shift: (code & 4) !== 0, alt: (code & 8) !== 0, ctrl: (code & 16) !== 0, super: false }
  if ((code & 64) !== 0) {
    const button = (["up", "down"] as const)[code & 3] ?? null
    return button === null ? null : { type: "mouse", action: "wheel", button, ...at, ...held }
  }
  const button = ((code & 128) !== 0 ? EXTRA_BUTTONS : MOUSE_BUTTONS)[code & 3] ?? null
  const action = released ? "release" : (code & 32) !== 0 ? "move" : "press"
  return { type: "mouse", action, button, ...at, ...held }
}

/** A mouse report of xterm's first form: three bytes after `CSI M`, each 32 above its value. */
export const x10Mouse = (code: number, column: number, row: number): MouseEvent | null => {
  const value = code - 32
  // Here a release does not say of what.
  const released = (value & 3) === 3 && (value & (32 | 64)) === 0
  return mouseEvent(value, column - 32, row - 32, released)
}

/** What a complete control sequence means; null when it says nothing (a key let go). */
export const csiEvent = (
  parameters: string,
  intermediates: string,
  final: string,
  sequence: string
): InputEvent | null => {
  const reply: InputEvent = { type: "reply", sequence }
  if (intermediates !== "") return reply
  if (parameters.startsWith("<") && (final === "M" || final === "m")) {
    const [code = 0, column = 1, row = 1] = parameters.slice(1).split(";").map(Number)
    return mouseEvent(code, column, row, final === "m")
  }
  if (/^[<=>?]/.test(parameters)) return reply
  const numbers = parameters.split(";").map((part) => Number(part.split(":")[0]))
  const [first = 0, second = 0] = numbers
  if (final === "u") return kittyKey(parameters, sequence)
  if (final === "~" && first === 27 && numbers.length === 3) {
    const code = numbers[2]!
    const held = modifiersOf(second)
    return numberedKey(code, held, held.shift ? code : undefined, "", sequence)
  }
  if (Number(parameters.split(";")[1]?.split(":")[1]) === KITTY_RELEASE) return null
  const held = numbers.length > 1 ? modifiersOf(second) : NO_MODIFIERS
  if (final === "~" || final === "^" || final === "$" || final === "@") {
    const named = TILDE_KEYS[first]
    if (named === undefined) return reply
    const rxvt = { ...held, ctrl: held.ctrl || final === "^" || final === "@", shift: held.shift || /[$@]/.test(final) }
    return key(named, final === "~" ? held : rxvt, sequence)
  }
  if (final === "Z") return key("tab", { ...held, shift: true }, sequence)
  if (parameters === "" && (final === "I" || final === "O")) return { type: "focus", focused: final === "I" }
  if (parameters === "" && /^[a-d]$/.test(final))
    return key(LETTER_KEYS[final.toUpperCase()]!, { ...held, shift: true }, sequence)
  const named = LETTER_KEYS[final]
  // A cursor report has the form of F3 with modifiers; those it can be taken for begin with 1 and end in 2 to 16.
  if (final === "R" && parameters !== "" && !(first === 1 && second >= 2 && second <= 16)) return reply
  if (named === undefined || numbers.length > 2 || first > 1) return reply
  return key(named, held, sequence)
}

/** What `ESC O`, digits and a final byte mean. */
export const ss3Event = (parameters: string, final: string, sequence: string): InputEvent => {
  const held = parameters === "" ? NO_MODIFIERS : modifiersOf(Number(parameters.split(";").at(-1)))
  if (/^[a-d]$/.test(final)) return key(LETTER_KEYS[final.toUpperCase()]!, { ...held, ctrl: true }, sequence)
  if (final === "M") return key("enter", held, sequence)
  if (final === "I") return key("tab", held, sequence)
  const named = LETTER_KEYS[final]
  if (named !== undefined) return key(named, held, sequence)
  const text = KEYPAD_TEXT[final]
  return text === undefined ? { type: "reply", sequence } : { type: "text", text }
}

/** `CSI [ A` to `E`: the Linux console's F1 to F5. */
export const consoleFunctionKey = (final: string, sequence: string): InputEvent => {
  const index = "ABCDE".indexOf(final)
  return index === -1 || final === "" ? { type: "reply", sequence } : key(`f${index + 1}`, NO_MODIFIERS, sequence)
}

/** A key with Alt, sent as ESC and the key. */
export const altEvent = (event: KeyEvent, sequence: string): KeyEvent =>
  event.name.startsWith("alt+") ? { ...event, sequence } : { type: "key", name: `alt+${event.name}`, sequence }
