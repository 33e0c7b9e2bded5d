/**
 * Control sequences that change nothing on the screen: modes of keys, mouse, paste and cursor, title stacks, and asks
 * for protocols that are not offered. Plain functions over bytes.
 */

import type { ProgramTalk } from "./ProgramTalk.ts"
import { setCursorShape, setMode, type TerminalModes } from "./TerminalModes.ts"

/** XTWINOPS 22 and 23. */
const TITLE_STACK = /^(2[23])(?:;(\d*)[\d;]*)?t$/

const setModes = (text: string, on: boolean, modes: TerminalModes): boolean => {
  if (!/^[\d;]+$/.test(text)) return false
  const numbers = text.split(";").map(Number)
  // All or none: the emulator must not see half of a sequence.
  const trial = { ...modes }
  if (!numbers.every((mode) => setMode(trial, mode, on))) return false
  Object.assign(modes, trial)
  return true
}

/**
 * Follows a CSI sequence that changes nothing on the screen.
 *
 * @param from index of the first byte after `CSI`, `to` that of the final byte
 * @returns false when the sequence is not one of those; then nothing has happened
 */
export const followPassive = (
  input: Uint8Array,
  from: number,
  to: number,
  modes: TerminalModes,
  talk: ProgramTalk
): boolean => {
  const text = String.fromCharCode(...input.subarray(from, to + 1))
  const final = text.at(-1)
  if (text[0] === "?" && (final === "h" || final === "l")) return setModes(text.slice(1, -1), final === "h", modes)
  // DECSCUSR
  if (/^[0-6]? q$/.test(text)) {
    setCursorShape(modes, Number(text[0] === " " ? 0 : text[0]))
    return true
  }
  const title = TITLE_STACK.exec(text)
  if (title !== null) {
    talk.titleStack(Number(title[1]), Number(title[2] ?? 0))
    return true
  }
  // XTMODKEYS is about keys, though it ends like SGR; kitty's keyboard push, pop and set.
  return /^[<=>][\d;]*[mu]$/.test(text)
}

/** Keypad modes (DECKPAM, DECKPNM) by the byte after ESC; false for others. */
export const followKeypad = (kind: number, modes: TerminalModes): boolean => {
  if (kind !== 0x3d && kind !== 0x3e) return false
  modes.applicationKeypad = kind === 0x3d
  return true
}
