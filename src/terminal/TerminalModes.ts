/**
 * What a program has asked its terminal to do with keys, mouse, paste and cursor: to be mirrored to the outer terminal
 * while the program has the keyboard. None of it changes what is printed, so the fast path can follow it.
 *
 * Numbers: DEC private modes of xterm's ctlseqs ("DECSET").
 */

/** Mouse events a program wants: presses (x10), with releases (vt200), with drags, with every move. */
export type MouseTracking = "none" | "x10" | "vt200" | "drag" | "any"
/** How mouse events are spelled. */
export type MouseEncoding = "default" | "utf8" | "sgr" | "urxvt" | "sgrPixels"
/** DECSCUSR's shapes; `default` is the outer terminal's own. */
export type CursorShape = "default" | "block" | "underline" | "bar"

/** See the module's text. */
export interface TerminalModes {
  applicationCursorKeys: boolean
  applicationKeypad: boolean
  bracketedPaste: boolean
  mouse: MouseTracking
  mouseEncoding: MouseEncoding
  sendFocus: boolean
  cursorVisible: boolean
  cursorShape: CursorShape
  cursorBlink: boolean
  /** The program is in the middle of a frame (DEC 2026): a reader may hold its picture back for a moment. */
  synchronizedOutput: boolean
}

/** The modes of a terminal that was just reset. */
export const initialModes = (): TerminalModes => ({
  applicationCursorKeys: false,
  applicationKeypad: false,
  bracketedPaste: false,
  mouse: "none",
  mouseEncoding: "default",
  sendFocus: false,
  cursorVisible: true,
  cursorShape: "default",
  cursorBlink: false,
  synchronizedOutput: false
})

const MOUSE: Readonly<Record<number, MouseTracking>> = { 9: "x10", 1000: "vt200", 1002: "drag", 1003: "any" }
const ENCODING: Readonly<Record<number, MouseEncoding>> = {
  1005: "utf8",
  1006: "sgr",
  1015: "urxvt",
  1016: "sgrPixels"
}
/** Known modes that change nothing here: key repeat, meta keys, column switching, grapheme and colour reports. */
const IGNORED = new Set([8, 1034, 1035, 1036, 1039, 1042, 2027, 2031, 2048, 7727])

/** Sets or resets one DEC private mode; false when it is none of those followed here. */
export const setMode = (modes: TerminalModes, mode: number, on: boolean): boolean => {
  const mouse = MOUSE[mode]
  const encoding = ENCODING[mode]
  if (mouse !== undefined) modes.mouse = on ? mouse : "none"
  else if (encoding !== undefined) modes.mouseEncoding = on ? encoding : "default"
  else if (mode === 1) modes.applicationCursorKeys = on
  else if (mode === 66) modes.applicationKeypad = on
  else if (mode === 12) modes.cursorBlink = on
  else if (mode === 25) modes.cursorVisible = on
  else if (mode === 1004) modes.sendFocus = on
  else if (mode === 2004) modes.bracketedPaste = on
  else if (mode === 2026) modes.synchronizedOutput = on
  else return IGNORED.has(mode)
  return true
}

const SHAPES: ReadonlyArray<CursorShape> = ["default", "block", "underline", "bar"]

/** Applies DECSCUSR: 0 the default, then block, underline and bar, each blinking (odd) or steady (even). */
export const setCursorShape = (modes: TerminalModes, parameter: number): void => {
  if (parameter > 6) return
  modes.cursorShape = SHAPES[Math.ceil(parameter / 2)]!
  modes.cursorBlink = parameter % 2 === 1
}

const keyOf = <T>(table: Readonly<Record<number, T>>, value: T): string | undefined =>
  Object.keys(table).find((key) => table[Number(key)] === value)

/** Sequences that bring a terminal from its reset state to these modes. */
export const modeSequences = (modes: TerminalModes): string => {
  const set: Array<string | undefined> = [
    modes.applicationCursorKeys ? "1" : undefined,
    modes.bracketedPaste ? "2004" : undefined,
    keyOf(MOUSE, modes.mouse),
    keyOf(ENCODING, modes.mouseEncoding),
    modes.sendFocus ? "1004" : undefined,
    modes.cursorBlink ? "12" : undefined,
    modes.synchronizedOutput ? "2026" : undefined
  ]
  let out = "\x1b[?1;9;1000;1005;1004;12;2004;2026l"
  for (const mode of set) if (mode !== undefined) out += `\x1b[?${mode}h`
  return `${out}${modes.cursorVisible ? "\x1b[?25h" : "\x1b[?25l"}${modes.applicationKeypad ? "\x1b=" : "\x1b>"}`
}
