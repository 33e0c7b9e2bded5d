/**
 * A list of any length under which, or above which, a line is written: which entry is chosen, and the rows in view. Plain
 * functions over plain data: they run for every key.
 */

/** What is chosen of a list, and which part of it is in view. */
export interface PickerPlace {
  /** Index of the chosen entry; 0 is the best match. */
  readonly at: number
  /** Index of the first entry in view. */
  readonly top: number
}

/** The best match chosen. */
export const PICKER_START: PickerPlace = { at: 0, top: 0 }

/** Which way a list grows: `up` has the best match at the bottom, next to a line of text below it. */
export type PickerDirection = "up" | "down"

/** Keys towards the top and towards the bottom of the screen, by rows: 1, or a page. */
const MOVES: Readonly<Record<string, { readonly towards: "top" | "bottom"; readonly by: "row" | "page" }>> = {
  up: { towards: "top", by: "row" },
  "ctrl+p": { towards: "top", by: "row" },
  down: { towards: "bottom", by: "row" },
  "ctrl+n": { towards: "bottom", by: "row" },
  pageup: { towards: "top", by: "page" },
  pagedown: { towards: "bottom", by: "page" }
}

/** `place` moved as little as it must be for `count` entries, of which `height` are seen at a time. */
export const fitPlace = ({ at, top }: PickerPlace, count: number, height: number): PickerPlace => {
  const chosen = Math.max(0, Math.min(at, count - 1))
  const room = Math.max(1, height)
  const first = Math.max(0, chosen - room + 1, Math.min(top, chosen, Math.max(0, count - room)))
  return { at: chosen, top: first }
}

/**
 * Where a key leads in a list of `count` entries, of which `height` are seen; null for a key that does not move. The ends
 * hold: a list that may be long and still grows is not walked in a circle.
 */
export const movePlace = (
  place: PickerPlace,
  key: string,
  count: number,
  height: number,
  direction: PickerDirection
): PickerPlace | null => {
  const move = MOVES[key]
  if (move === undefined) return null
  const step = move.by === "row" ? 1 : Math.max(1, height - 1)
  const onwards = (move.towards === "top") === (direction === "up")
  return fitPlace({ ...place, at: place.at + (onwards ? step : -step) }, count, height)
}

/**
 * The rows of a list, from top to bottom, always `height` of them.
 *
 * @param row one entry's row
 */
export const pickerRows = (
  { at, top }: PickerPlace,
  count: number,
  height: number,
  direction: PickerDirection,
  row: (index: number, chosen: boolean) => string
): ReadonlyArray<string> => {
  const shown = Array.from({ length: height }, (_, line) => {
    const index = top + line
    return index < count ? row(index, index === at) : ""
  })
  return direction === "up" ? shown.reverse() : shown
}
