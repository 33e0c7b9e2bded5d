/**
 * The modes that decide what the outer terminal's keyboard and mouse send, and the bytes that change them. Sources: DEC
 * STD 070 (DECCKM, DECKPAM), xterm's ctlseqs (9, 1000–1006, 1015, 1016, 1004, 2004).
 */

import type { MouseEncoding, MouseTracking, TerminalModes } from "./TerminalModes.ts"

/** What a program can ask of the keyboard and mouse. The cursor belongs to the presenter. */
export type InputModes = Readonly<
  Pick<
    TerminalModes,
    "applicationCursorKeys" | "applicationKeypad" | "bracketedPaste" | "mouse" | "mouseEncoding" | "sendFocus"
  >
>

/** A terminal nobody has touched. */
export const DEFAULT_INPUT_MODES: InputModes = {
  applicationCursorKeys: false,
  applicationKeypad: false,
  bracketedPaste: false,
  mouse: "none",
  mouseEncoding: "default",
  sendFocus: false
}

/** The input modes as they are now, of modes that may go on changing. */
export const inputModesOf = (modes: InputModes): InputModes => ({
  applicationCursorKeys: modes.applicationCursorKeys,
  applicationKeypad: modes.applicationKeypad,
  bracketedPaste: modes.bracketedPaste,
  mouse: modes.mouse,
  mouseEncoding: modes.mouseEncoding,
  sendFocus: modes.sendFocus
})

const TRACKING: Readonly<Record<MouseTracking, number | null>> = {
  none: null,
  x10: 9,
  vt200: 1000,
  drag: 1002,
  any: 1003
}
const ENCODING: Readonly<Record<MouseEncoding, number | null>> = {
  default: null,
  utf8: 1005,
  sgr: 1006,
  urxvt: 1015,
  sgrPixels: 1016
}

const set = (mode: number, on: boolean): string => `\x1b[?${mode}${on ? "h" : "l"}`

const toggle = (mode: number, before: boolean, after: boolean): string => (before === after ? "" : set(mode, after))

/** One of several exclusive modes: the old one is reset before the new one is set. */
const exchange = (before: number | null, after: number | null): string =>
  before === after ? "" : (before === null ? "" : set(before, false)) + (after === null ? "" : set(after, true))

/** The bytes that take a terminal from one set of modes to another; nothing for what stays. */
export const changeInputModes = (before: InputModes, after: InputModes): string =>
  toggle(1, before.applicationCursorKeys, after.applicationCursorKeys) +
  (before.applicationKeypad === after.applicationKeypad ? "" : after.applicationKeypad ? "\x1b=" : "\x1b>") +
  toggle(2004, before.bracketedPaste, after.bracketedPaste) +
  exchange(TRACKING[before.mouse], TRACKING[after.mouse]) +
  exchange(ENCODING[before.mouseEncoding], ENCODING[after.mouseEncoding]) +
  toggle(1004, before.sendFocus, after.sendFocus)
