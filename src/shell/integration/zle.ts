import type { LineEditor } from "./ShellIntegration.ts"
import { saidLines } from "./shellWords.ts"

/** Printed when zle takes the terminal: bracketed paste on (`zle_bracketed_paste`, zshzle(1)). */
const ENTER = Buffer.from("\x1b[?2004h", "latin1")

/** Printed when zle gives the terminal back: bracketed paste off. A last change of colours may follow. */
const LEAVE = "\x1b[?2004l"

/** How zle leaves the edit line: it writes CR LF itself, which the terminal makes CR CR LF, or moves down to a line it has. */
const LINE_LEFT = /\r\r\n|\x1b\[\d*B\r/g

/** How zle leaves the line of a prompt to which it comes back. */
const LEFT_BEFORE = "\r\r\n"

/** The same between what a job has printed, with an end of its line or without, and the shell's word of its end. */
const LEFT_FOR_NOTICE = /(\n?)\r\r\n(?=\[\d+\] )/g

/** Bracketed paste and keypad modes, as zle and the distribution's `zle-line-init` switch them. */
const MODES = /\x1b\[\?(?:2004|1)[hl]|\x1b[=>]/g

/**
 * The beginning of an escape sequence; what is not seen before something else follows: looks and a CR; and where zle leaves
 * its line below one that has ended, with what may become a job's number.
 */
const UNFINISHED = /(?:(?<=\n)\r\r\n(?:\[\d*\]?)?|(?:\r|\x1b(?:\[[\d;?]*m?)?)+)$/

/** What it writes behind a prompt, before it reads. */
const TAKES = new RegExp(`^(?:\\x1b\\[K|${MODES.source})+`)

/** What zle writes before it draws a prompt: attributes off (three capabilities of terminfo), the rest erased. */
const DRAWS_PROMPT = /(?<!\r)\r*(?:\x1b\[\d*m){3}\x1b\[J/

/** That, and the prompt where it is not marked: behind it the rest of the line is erased. Attributes alone, too. */
const PROMPT = /(?<!\r)\r*(?:\x1b\[\d*m){3}(?:\x1b\[J(?:[\s\S]*?\x1b\[K)?)?/g

/**
 * What marks an unfinished last line (PROMPT_SP): a sign, blanks up to the edge, and back (preprompt in utils.c). Colours that
 * a right prompt has left on are set again behind the sign.
 */
const END_OF_LINE_MARK = /(?:(?:\x1b\[[\d;]*m)*\x1b\[7m[^\r\n\x1b]{0,40}(?:\x1b\[[\d;]*m)+)? {9,}\r *\r/g

/** The same where the user's own sign (`PROMPT_EOL_MARK`) took the place of our mark: the blanks tell. */
const LINE_SIGN_AT_END = /(?:(?:\x1b\[[\d;]*m)*\x1b\[7m[^\r\n\x1b]{0,40}(?:\x1b\[[\d;]*m)+)? {9,}\r *\r$/

/** What zle writes at once; a longer chunk is output. */
const MAX_REDRAW_BYTES = 4096

/** Cursor moves and shapes, attributes, erasing, modes, titles and the bell: what redrawing an empty edit line consists of. */
const REDRAW =
  /\x1b\[[\d;]*[A-HJKPXm]|\x1b\[\d* q|\x1b\[\?\d+[hl]|\x1b[=>]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\r\b\x07]/g

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

/** Ends of what zle writes after it gave the terminal back, or none while it has not. */
const lineEnds = (text: string): ReadonlyArray<number> => {
  const from = text.lastIndexOf(LEAVE)
  if (from === -1) return []
  return [...text.slice(from).matchAll(LINE_LEFT)].map((found) => from + found.index + found[0].length)
}

const afterAccept = (echo: Buffer, plain: boolean): string => {
  const text = echo.toString("utf8")
  const at = plain ? text.indexOf("\n") + 1 || text.length : (lineEnds(text).at(-1) ?? text.length)
  return saidLines(text.slice(at).replace(MODES, "").replace(PROMPT, ""))
}

const outputAfterAccept = (echo: Buffer): Buffer | null => {
  const at = lineEnds(latin1(echo))[0]
  return at === undefined ? null : echo.subarray(at)
}

const isNoise = (bytes: Buffer, prompt: Uint8Array): boolean => {
  if (bytes.length > MAX_REDRAW_BYTES) return false
  const line = latin1(prompt).split("\n").at(-1)?.replace(REDRAW, "").trim() ?? ""
  const text = latin1(bytes).replace(REDRAW, "")
  return (line === "" ? text : text.replaceAll(line, "")).trim() === ""
}

/** What was printed, without what zle writes before it. */
const withoutLeaving = (text: string, atLineStart: boolean): string => {
  const said = text.replace(TAKES, "")
  const behind = said.startsWith(LEFT_BEFORE) ? `${atLineStart ? "" : "\r\n"}${said.slice(LEFT_BEFORE.length)}` : said
  return behind.replace(LEFT_FOR_NOTICE, (_, end: string) => end || "\r\n")
}

/** A prompt reaches to where the rest of its line is erased; what stands at the right edge comes after that. */
const redrawn = (bytes: Buffer, atLineStart: boolean): { readonly before: Buffer; readonly prompt: Buffer | null } => {
  const text = latin1(bytes)
  const found = DRAWS_PROMPT.exec(text)
  const prompt = found === null ? "" : text.slice(found.index + found[0].length).split("\x1b[K")[0]!
  return {
    before: Buffer.from(withoutLeaving(text.slice(0, found?.index), atLineStart), "latin1"),
    prompt: prompt === "" ? null : Buffer.from(prompt, "latin1")
  }
}

/** Hooks' text with its colours and links: cursor moves, titles and modes alone are nothing to show. */
const withoutEditor = (bytes: Buffer): Buffer => {
  const text = latin1(bytes)
    .replace(END_OF_LINE_MARK, "")
    .replace(PROMPT, "")
    .replace(REDRAW, (part) => (/^(\x1b\[[\d;]*m|\x1b\]8;.*|[\r\b])$/s.test(part) ? part : ""))
    .replace(/^\r+|(?<!\r)\r+$/g, "")
  return text.replace(REDRAW, "").trim() === "" ? Buffer.alloc(0) : Buffer.from(text, "latin1")
}

/** What zle, zsh's line editor, writes around a prompt and an edit line. */
export const zle: LineEditor = {
  entered: ENTER,
  afterAccept,
  outputAfterAccept,
  unfinished: UNFINISHED,
  isNoise,
  redrawn,
  withoutLineSign: (bytes) => Buffer.from(latin1(bytes).replace(LINE_SIGN_AT_END, ""), "latin1"),
  withoutEditor,
  // zsh says nothing at the end of its input.
  withoutGoodbye: (bytes) => bytes
}
