import type { ArchivedSummary } from "../../services/archive/archivedList.ts"
import { textWidth } from "../../terminal/cells.ts"
import { formatCount, formatDay, formatTime } from "../blocks/format.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"

/** Widest name of a snapshot, in cells. */
const MAX_NAME_CELLS = 32
/** Characters of an id that tell it from the others of a person. */
const SHORT_ID = 8

/** The session that a snapshot was made of, by the name it had then. */
export const originOf = ({ from, fromName }: ArchivedSummary): string =>
  visibleText(fromName ?? from.slice(0, SHORT_ID))

/** A snapshot in a row: its name, when it was made, how many blocks it has, of which session. */
export const savedRow = (entry: ArchivedSummary, chosen: boolean, width: number, theme: Theme): string => {
  const { ellipsis, selected } = theme.signs
  const name = truncateText(visibleText(entry.name ?? entry.file), MAX_NAME_CELLS, ellipsis)
  const blocks = `${formatCount(entry.blocks)} ${entry.blocks === 1 ? "block" : "blocks"}`
  const rest = `${formatDay(entry.savedAt)} ${formatTime(entry.savedAt)}  ${blocks}  of ${originOf(entry)}`
  const padding = " ".repeat(Math.max(0, Math.min(MAX_NAME_CELLS, width >> 1) - textWidth(name)) + 2)
  const text = truncateText(`${chosen ? selected : " "} ${name}${padding}${rest}`, width, ellipsis)
  return chosen ? theme.selected(text + " ".repeat(Math.max(0, width - textWidth(text)))) : text
}
