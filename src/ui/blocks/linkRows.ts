import { textWidth } from "../../terminal/cells.ts"
import { findUrls } from "../../terminal/findUrls.ts"
import type { OutputView } from "../../terminal/OutputView.ts"
import { plain } from "../../terminal/sanitise.ts"
import { isLinkAllowed, MAX_LINK_BYTES } from "../../terminal/sgr.ts"
import { linkCells } from "../../terminal/textPlaces.ts"
import { lineAtRow } from "./place.ts"

/** What was linked last of an output, and of what: most paints ask for the same rows again. */
interface Known {
  readonly version: number
  readonly width: number
  readonly first: number
  readonly count: number
  readonly rows: ReadonlyArray<string>
}

const known = new WeakMap<OutputView, Known>()

/** The address that a text is as a link: printable ASCII; null for one that is not to be opened. */
const addressOf = (text: string): string | null => {
  if (isLinkAllowed(text)) return text
  try {
    const { href } = new URL(text)
    return isLinkAllowed(href) ? href : null
  } catch {
    return null
  }
}

/** Links the addresses of one line whose rows stand from `at` on, of which those with an index are in `rows`. */
const linkLine = (rows: Array<string>, pieces: ReadonlyArray<string>, at: number): void => {
  if (pieces.length === 1 && !pieces[0]!.includes("://")) return
  const texts = pieces.map(plain)
  const line = texts.join("")
  for (const { from, to } of findUrls(line)) {
    const address = addressOf(line.slice(from, to))
    if (address === null) continue
    let start = 0
    for (const [index, text] of texts.entries()) {
      const [left, right] = [Math.max(from, start) - start, Math.min(to, start + text.length) - start]
      const row = rows[at + index]
      if (left < right && row !== undefined)
        rows[at + index] = linkCells(row, textWidth(text.slice(0, left)), textWidth(text.slice(0, right)), address)
      start += text.length
    }
  }
}

/**
 * `rows` of an output, from its row `first` on, with the http(s) addresses in their text as links: one that goes on in the next
 * row is one to click on in a terminal that knows links. The looks stay, and so do links of the program's own.
 */
export const linkRows = (
  view: OutputView,
  width: number,
  first: number,
  rows: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const last = known.get(view)
  const { version } = view
  if (last?.version === version && last.width === width && last.first === first && last.count === rows.length)
    return last.rows
  const linked = [...rows]
  const end = first + rows.length
  // As far as an address can reach out of view.
  const reach = Math.ceil(MAX_LINK_BYTES / width)
  for (let line = lineAtRow(view, width, first); line < view.lineCount; line++) {
    const top = Math.max(view.rowOfLine(width, line), first - reach)
    if (top >= end) break
    const stop = Math.min(view.rowOfLine(width, line + 1), end + reach)
    const above = top < first ? view.rows(width, top, first - top) : []
    const below = stop > end ? view.rows(width, end, stop - end) : []
    const inView = rows.slice(Math.max(0, top - first), stop - first)
    linkLine(linked, [...above, ...inView, ...below], top - first)
  }
  known.set(view, { version, width, first, count: rows.length, rows: linked })
  return linked
}
