import type { LineEditor } from "./ShellIntegration.ts"

/** Printed by fish's own prompt hook when its line editor takes the terminal: bracketed paste on. */
const ENTER = Buffer.from("\x1b[?2004h", "latin1")

const NOTHING = Buffer.alloc(0)

/** What the line editor writes at once; a longer chunk is output. */
const MAX_REDRAW_BYTES = 4096

/** The window's title, set before and after every command (`fish_title`). */
const TITLE = /\x1b\]0;[^\x07]*\x07/
/** Default colours: a colour first, since some terminals need one to reset. */
const RESET = /(?:\x1b\[30m)?\x1b\(B\x1b\[m/
/** Modes that fish's own hooks switch around commands: bracketed paste, and focus events inside tmux. */
const MODES = /\x1b\[\?(?:2004|1004)[hl]/
/**
 * A dim sign for a missing newline, blanks to the right edge, and its erasing, which does nothing to what is drawn if the
 * cursor was at the left edge. The sign is ⏎, ¶ or ~, as the locale has it.
 */
const NEWLINE_SIGN =
  /(?:\x1b\[2m)?(?:\xe2\x8f\x8e|\xc2\xb6|~)(?:\x1b\(B\x1b\[m)? *\r(?:\xe2\x8f\x8e|\xc2\xb6|~)? *\r(?:\x1b\[K)?/

const all = (...patterns: ReadonlyArray<RegExp>): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join("|"), "g")

const DRESSING = all(NEWLINE_SIGN, TITLE, RESET, MODES)
/** Cursor moves, colours, erasing and the bell: what redrawing an empty edit line consists of. */
const REDRAW = all(DRESSING, /\x1b\[\d*[ABCDJKPm]|[\r\n\b\x07]/)

/** One piece of what fish writes between its preexec hooks and the command's first byte. */
const OPENING = new RegExp(`^(?:${MODES.source}|(${TITLE.source})|${RESET.source})`)
/** What may still become such a piece. */
const OPENING_BEGUN =
  /^\x1b(?:\[(?:\?\d*|3?0?)|\](?:0(?:;[^\x07]{0,4000})?)?|\[30m\x1b?(?:\(B?)?|(?:\[30m\x1b)?\(B?\x1b?\[?)?$/

/** What fish itself said to a text that it refused. */
const afterAccept = (echo: Buffer, plain: boolean): string => {
  if (plain) return ""
  const text = echo.toString("latin1")
  const at = text.lastIndexOf("\r\nfish: ")
  if (at === -1) return ""
  return Buffer.from(text.slice(at).replace(DRESSING, "").replace(/\r\n/g, "\n"), "latin1")
    .toString("utf8")
    .replace(/^\n+|\n+$/g, "")
}

/** Written when the edit line is left, before the preexec hooks run. */
const LEFT = new RegExp(`\\r\\n${RESET.source}`, "g")

const beforeStart = (echo: Buffer): Buffer => {
  const text = echo.toString("latin1")
  const left = [...text.matchAll(LEFT)].at(-1)
  return left === undefined ? NOTHING : withoutEditor(Buffer.from(text.slice(left.index + left[0].length), "latin1"))
}

const isNoise = (bytes: Buffer): boolean =>
  bytes.length <= MAX_REDRAW_BYTES && bytes.toString("latin1").replace(REDRAW, "").trim() === ""

/** What hooks printed, without fish's own; empty when only blank lines are left. */
const withoutEditor = (bytes: Buffer): Buffer => {
  const text = bytes
    .toString("latin1")
    .replace(DRESSING, "")
    .replace(/^\r(?!\n)/gm, "")
    // The cursor goes to where the edit line is, or was.
    .replace(/(?:\r|\x1b\[\d*[ABCD])+$/, "")
    // A prompt that is too long begins with an ellipsis, before all marks.
    .replace(/\xe2\x80\xa6$/, "")
  return text.replace(REDRAW, "").trim() === "" ? NOTHING : Buffer.from(text, "latin1")
}

/** What a command printed of the first bytes after its start; null while more of fish's own may follow. */
const opening = (bytes: Buffer): Buffer | null => {
  let rest = bytes.toString("latin1")
  let titled = false
  for (let found = OPENING.exec(rest); found !== null; found = OPENING.exec(rest)) {
    rest = rest.slice(found[0].length)
    titled ||= found[1] !== undefined
    // The colours are the last of it; a title is followed by CR.
    if (found[0].endsWith("\x1b[m")) {
      if (titled && rest === "") return null
      return Buffer.from(titled ? rest.replace(/^\r/, "") : rest, "latin1")
    }
  }
  return rest === "" || OPENING_BEGUN.test(rest) ? null : Buffer.from(rest, "latin1")
}

/** What only the line editor writes around a prompt: the sign, the title, and its way to the edit line. */
const DRAWN = new RegExp(`${NEWLINE_SIGN.source}|${TITLE.source}${RESET.source}|\\x1b\\[K\\r(?:\\x1b\\[\\d*C)*$`)

/** Back to the edit line, and the title anew: what follows a word about a job. */
const BACK = new RegExp(`\\r(?:(?:\\x1b\\[\\d*C)+|(?=\\x1b\\]))(?:${TITLE.source}(?:${RESET.source}\\r?)?)?$`)

/** Prompts that are drawn anew have their marks. */
const redrawn = (bytes: Buffer) => ({
  before: Buffer.from(bytes.toString("latin1").replace(BACK, ""), "latin1"),
  prompt: null
})

/** What fish's line editor writes around a prompt and an edit line (screen.cpp and reader.cpp of fish 3). */
export const fishEditor: LineEditor = {
  startsRaw: true,
  keepsRefused: true,
  drawsInParts: true,
  entered: ENTER,
  // Ctrl+C at the wrong moment interrupts its own hook, too, or it writes no sign: any of them tells.
  enters: (bytes) => bytes.includes(ENTER) || DRAWN.test(bytes.toString("latin1")),
  afterAccept,
  outputAfterAccept: () => null,
  beforeStart,
  isNoise,
  withoutEditor,
  redrawn,
  withoutGoodbye: (bytes) => bytes,
  opening
}
