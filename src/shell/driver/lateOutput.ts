/** Looks (SGR) and links (OSC 8), which lines of output have as well. */
const LOOK = /\x1b\[[\d;:]*m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)/
const LOOKS = new RegExp(LOOK, "g")

/** A look, captured; or what only a line editor writes: moves and shapes of the cursor, erasing, modes, titles, bells. */
const LOOK_OR_EDITOR = new RegExp(
  [
    /\x1b\[[?<=>]?[\d;]*[@-ln-~]/,
    /\x1b\[[?<=>][\d;]*m/,
    /\x1b\[\d* q/,
    /\x1b[()][0-9A-B]/,
    /\x1b[=>78]/,
    /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/,
    /[\r\b\x07\x00]/
  ].reduce((all, { source }) => `${all}|${source}`, `(${LOOK.source})`),
  "g"
)

/** A shorter text of an edit line is not looked for at the edges of a line: output begins with such letters, too. */
const MIN_GLUED = 3

/** The last that an editor writes may be the word that its looks are over. */
const RESET_FIRST = /^(?:\x1b\[0?m)+/

const withoutLooks = (text: string): string => text.replace(LOOKS, "")

const plainOf = (text: string): string => withoutLooks(text).replace(/\s+/g, " ").trim()

/** What stands behind the last that only an editor writes. */
const behindEditor = (line: string): string => {
  let from = 0
  for (const found of line.matchAll(LOOK_OR_EDITOR)) {
    if (found[1] === undefined) from = found.index + found[0].length
  }
  return line.slice(from)
}

/** Rows of a text as they are printed, the longest first. */
const rowsOf = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts
    .flatMap((text) => text.split("\n"))
    .map((row) => withoutLooks(Buffer.from(row, "utf8").toString("latin1").replace(LOOK_OR_EDITOR, "$1")))
    .filter((row) => row.trim() !== "")
    .sort((a, b) => b.length - a.length)

/** Without what was drawn on the same line, before it or after it, when nothing divides them. */
const unglued = (text: string, drawn: ReadonlyArray<string>): string => {
  const plain = withoutLooks(text)
  const first = drawn.find((row) => plain.startsWith(row))
  if (first !== undefined) return unglued(plain.slice(first.length), drawn)
  const last = drawn.find((row) => plain.endsWith(row))
  return last === undefined ? text.replace(RESET_FIRST, "") : unglued(plain.slice(0, -last.length), drawn)
}

/**
 * What programs in the background have printed while a line editor drew its edit line: nothing says who wrote what. A line
 * is output when its end, behind the last that only an editor writes, is no part of what was drawn; of lines that a program
 * draws over in place only the last state is found.
 *
 * Programs write whole lines, nearly always, and the kernel keeps what is written at once together. What cannot be told
 * apart is taken for output: a letter too many is better than a line that is lost.
 *
 * @param printed all that was printed meanwhile
 * @param prompt the prompt before the edit line, as UTF-8
 * @param edited texts that the edit line had
 */
export const lateOutput = (printed: Buffer, prompt: Uint8Array, edited: ReadonlyArray<string>): Buffer => {
  const prompts = rowsOf([Buffer.from(prompt).toString("utf8")])
  const drawn = [...rowsOf(edited), ...prompts]
  const drawnPlain = drawn.map(plainOf)
  const rows = new Set(drawnPlain)
  const long = drawn.filter((row) => row.length >= MIN_GLUED)
  let found = ""
  // Blank lines are output between two others.
  let blank: string | null = null
  for (const line of printed.toString("latin1").split(/(?<=\n)/)) {
    const content = line.replace(/(?<!\r)\r*\n$/, "")
    const isEnded = content.length < line.length
    if (content === "" && line.length <= 2) {
      if (blank !== null) blank += "\r\n"
      continue
    }
    const text = behindEditor(content)
    const plain = plainOf(text)
    const isWhole = isEnded && text === content
    const isDrawn = isWhole ? rows.has(plain) : drawnPlain.some((row) => row.includes(plain))
    const late = plain === "" || isDrawn ? "" : unglued(text, isWhole ? long : [...long, ...prompts])
    if (plainOf(late) === "") blank = null
    else {
      found += `${blank ?? ""}${late}${isEnded ? "\r\n" : ""}`
      blank = ""
    }
  }
  return Buffer.from(found, "latin1")
}
