import type { BlockHeader } from "../../domain/Block.ts"
import { textWidth } from "../../terminal/cells.ts"
import type { Theme } from "../theme.ts"
import { truncateText, visibleText, wrapText } from "./visibleText.ts"

/** A name takes no more than this share of a row. */
const NAME_SHARE = 0.25
/** Below this many cells nothing of a name could be told. */
const MIN_NAME_CELLS = 4

/** What the header of an incognito block says. */
const NOT_SAVED = "not saved"

/**
 * What stands between a block's number and its command: the pin's sign, that it is in no file, and the name, with a separator
 * behind each word; empty where there is nothing of it.
 *
 * @param width cells of the row
 * @param room cells that the command can spare
 */
export const headerLead = ({ metadata }: BlockHeader, { signs }: Theme, width: number, room: number): string => {
  const pin = metadata.pinned === true && room > textWidth(signs.pinned) ? `${signs.pinned} ` : ""
  // The separator tells it from a command that begins with such a word.
  const behind = ` ${signs.separator} `
  const notSaved = `${pin}${NOT_SAVED}${behind}`
  const before = metadata.incognito === true && textWidth(notSaved) <= room ? notSaved : pin
  if (metadata.name === undefined) return before
  const cells = Math.min(Math.floor(width * NAME_SHARE), room - textWidth(before) - textWidth(behind))
  if (cells < MIN_NAME_CELLS) return before
  return `${before}${truncateText(`@${visibleText(metadata.name)}`, cells, signs.ellipsis)}${behind}`
}

/** One row of a note: `first` is false where a long line was wrapped. */
export interface NoteRow {
  readonly text: string
  readonly first: boolean
}

/** Cells before a note's text: its sign and a blank. */
const SIGN_CELLS = 2
/** A note is not indented where that would leave it less room than this, in cells. */
const MIN_NOTE_CELLS = 20

const indentOf = (column: number, width: number): number => (width - column < MIN_NOTE_CELLS ? 0 : column)

/**
 * What the user has noted about a block, wrapped; of a folded one as much as a row holds.
 *
 * @param column cells before the command
 */
export const noteRows = (
  { metadata: { note, folded } }: BlockHeader,
  { signs }: Theme,
  width: number,
  column: number
): ReadonlyArray<NoteRow> => {
  if (note === undefined) return []
  const room = width - indentOf(column, width) - SIGN_CELLS
  const text = visibleText(note)
  if (folded) return [{ text: truncateText(text, room, signs.ellipsis), first: true }]
  return wrapText(text, room, room).map((row, index) => ({ text: row.trimEnd(), first: index === 0 }))
}

/** A row of a note in the command's column, with SGR. */
export const noteText = ({ text, first }: NoteRow, theme: Theme, width: number, column: number): string => {
  const sign = first ? `${theme.own(theme.signs.note)} ` : " ".repeat(SIGN_CELLS)
  return " ".repeat(indentOf(column, width)) + sign + text
}
