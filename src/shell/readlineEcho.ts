/**
 * What readline writes around a prompt and an edit line. Nothing of it is output of a command.
 */

/** Printed when readline gives the terminal back: bracketed paste off (readline 8, rltty.c). */
const LEAVE = "\x1b[?2004l\r"

/** Printed when readline takes the terminal: bracketed paste on. */
const ENTER = Buffer.from("\x1b[?2004h", "latin1")

/** Bracketed paste on and off, as readline prints them around the edit line. */
const BRACKETED_PASTE = /\x1b\[\?2004[hl]\r?/g

/** Cursor moves, erasing and the bell: what redrawing an empty edit line consists of. */
const REDRAW = /\x1b\[\d*[ABCDJKP@m]|\x1b\[\?2004[hl]|[\r\b\x07]/g

/** Text that the shell printed between accepting the edit line and running it: the result of history expansion. */
export const afterAccept = (echo: Buffer): string => {
  const text = echo.toString("utf8")
  const at = text.lastIndexOf(LEAVE)
  return (at === -1 ? "" : text.slice(at + LEAVE.length)).replaceAll("\r\n", "\n").replace(/^\n+|\n+$/g, "")
}

/** Whether the bytes end with readline taking the terminal and drawing no prompt. */
export const endsWithEditor = (bytes: Buffer): boolean =>
  bytes.length >= ENTER.length && bytes.compare(ENTER, 0, ENTER.length, bytes.length - ENTER.length) === 0

/** Everything after the edit line was accepted, or null while it is not. */
export const outputAfterAccept = (echo: Buffer): Buffer | null => {
  const at = echo.lastIndexOf(LEAVE)
  return at === -1 ? null : echo.subarray(at + LEAVE.length)
}

/** Whether the bytes only redraw an edit line. */
export const isEditorNoise = (bytes: Buffer): boolean => {
  // A long chunk is output; the test is for what readline writes at once.
  return bytes.length <= 4096 && bytes.toString("latin1").replace(REDRAW, "").trim() === ""
}

/** What hooks printed, without readline's own; empty when only blank lines are left. */
export const withoutEditor = (bytes: Buffer): Buffer => {
  const text = bytes.toString("latin1").replace(BRACKETED_PASTE, "")
  return text.trim() === "" ? Buffer.alloc(0) : Buffer.from(text, "latin1")
}

/** What was typed ahead, as text for an editor: Enter is a newline, other control bytes are dropped. */
export const typedText = (text: string): string =>
  text
    .replace(/\x1b\[200~|\x1b\[201~/g, "")
    .replace(/\r\n?/g, "\n")
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "")
