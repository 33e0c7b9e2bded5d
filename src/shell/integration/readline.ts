import type { LineEditor } from "./ShellIntegration.ts"
import { saidLines } from "./shellWords.ts"

/** Printed when readline gives the terminal back: bracketed paste off (readline 8, rltty.c). */
const LEAVE = "\x1b[?2004l\r"

/** Printed when readline takes the terminal: bracketed paste on. */
const ENTER = Buffer.from("\x1b[?2004h", "latin1")

/** Bracketed paste on and off, as readline prints them around the edit line. */
const BRACKETED_PASTE = /\x1b\[\?2004[hl]\r?/g

/** What readline writes at once; a longer chunk is output. */
const MAX_REDRAW_BYTES = 4096

/** Looks, character sets, cursor moves, erasing and the bell: what redrawing an empty edit line consists of. */
const REDRAW = /\x1b\[[\d;]*[ABCDJKP@m]|\x1b[()][0-9A-B]|\x1b\[\?2004[hl]|[\r\b\x07]/g

/** Said by bash, and by one that is a login shell, to the end of its input. */
const GOODBYE = /(?:exit|logout)\r?\n/

/** History expansion's result, a syntax error: what bash printed after the edit line. */
const afterAccept = (echo: Buffer, plain: boolean): string => {
  const text = echo.toString("utf8")
  const mark = plain ? "\n" : LEAVE
  const at = plain ? text.indexOf(mark) : text.lastIndexOf(mark)
  const printed = at === -1 ? "" : text.slice(at + mark.length)
  return saidLines(printed.replace(BRACKETED_PASTE, ""))
}

/** Everything after the edit line was accepted, or null while it is not. */
const outputAfterAccept = (echo: Buffer): Buffer | null => {
  const at = echo.lastIndexOf(LEAVE)
  return at === -1 ? null : echo.subarray(at + LEAVE.length)
}

/** Whether the bytes only redraw an edit line, or the last line of its prompt. */
const isEditorNoise = (bytes: Buffer, prompt: Uint8Array): boolean => {
  if (bytes.length > MAX_REDRAW_BYTES) return false
  const line = Buffer.from(prompt).toString("latin1").split("\n").at(-1)?.replace(REDRAW, "").trim() ?? ""
  const text = bytes.toString("latin1").replace(REDRAW, "")
  return (line === "" ? text : text.replaceAll(line, "")).trim() === ""
}

/** What hooks printed, without readline's own; empty when only blank lines are left. */
const withoutEditor = (bytes: Buffer): Buffer => {
  const text = bytes.toString("latin1").replace(BRACKETED_PASTE, "")
  return text.trim() === "" ? Buffer.alloc(0) : Buffer.from(text, "latin1")
}

/** What was printed after the end of the shell's input, without the word that the shell itself says to it. */
const withoutGoodbye = (bytes: Buffer, prompt: Uint8Array): Buffer => {
  const text = bytes.toString("latin1")
  const word = GOODBYE.exec(text)
  const isFirst = word !== null && isEditorNoise(Buffer.from(text.slice(0, word.index), "latin1"), prompt)
  return isFirst ? Buffer.from(text.slice(word.index + word[0].length), "latin1") : bytes
}

/** What readline, bash's line editor, writes around a prompt and an edit line. */
export const readline: LineEditor = {
  entered: ENTER,
  afterAccept,
  outputAfterAccept,
  isNoise: isEditorNoise,
  withoutEditor,
  withoutGoodbye
}
