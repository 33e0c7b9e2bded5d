import type { KeyHint } from "../keyHint.ts"
import type { Theme } from "../theme.ts"
import { truncateText } from "./visibleText.ts"

const TITLE = "Type a command and press Enter: it becomes a block."
/** Cells between the key names and what they do. */
const KEY_GAP = 2
/** Most cells for key names; longer ones are cut. */
const MAX_KEY_CELLS = 16

/**
 * What stands in the list before the first block: what to do, and the few keys worth knowing. Exactly `height` rows,
 * at the bottom, where the first block will stand.
 *
 * @param hints the keys, most important first; the last go when there is no room
 */
export const welcomeRows = (
  hints: ReadonlyArray<KeyHint>,
  width: number,
  height: number,
  theme: Theme
): ReadonlyArray<string> => {
  const { ellipsis } = theme.signs
  const keyCells = Math.min(MAX_KEY_CELLS, Math.max(0, ...hints.map((hint) => hint.keys.length)))
  const text = [
    theme.strong(truncateText(TITLE, width, ellipsis)),
    "",
    ...hints.map((hint) => {
      const keys = truncateText(hint.keys, Math.min(keyCells, width), ellipsis)
      const room = width - keyCells - KEY_GAP
      const meaning = room > 0 ? truncateText(hint.meaning, room, ellipsis) : ""
      return (
        theme.key(keys) + (meaning === "" ? "" : " ".repeat(keyCells - keys.length + KEY_GAP) + theme.quiet(meaning))
      )
    })
  ].slice(0, height)
  const below = text.length < height ? 1 : 0
  return [...Array<string>(height - text.length - below).fill(""), ...text, ...Array<string>(below).fill("")]
}
