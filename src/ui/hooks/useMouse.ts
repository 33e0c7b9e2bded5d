import type { RefObject } from "react"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import type { MouseEvent } from "../../terminal/inputEvents.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import type { UiAction } from "../keymap.ts"

/** Rows that one notch of the wheel scrolls. */
export const WHEEL_ROWS = 3

/** Where the editor stands, for clicks into its text. */
export interface InputPlace {
  /** Rows that it takes. */
  readonly rows: number
  /** The offset of the text at a cell of it, from 0. */
  readonly offsetAt: (row: number, column: number) => number
}

/** The session under a row of the sidebar, from 0; null where there is none. */
export type SessionAt = (row: number) => SessionId | null

export interface UseMouseOptions {
  readonly list: BlockList
  /** The terminal's row where blocks and sidebar begin. */
  readonly firstRow: number
  /** Columns of the blocks; the sidebar stands right of them. */
  readonly columns: number
  /** The terminal's row below the editor. */
  readonly endRow: number
  readonly input: RefObject<InputPlace | null>
  readonly sidebar: RefObject<SessionAt | null>
  readonly act: (action: UiAction) => void
  /** Gives navigation the keyboard. */
  readonly navigate: () => void
  readonly fold: (id: BlockId) => void
  /** Gives the editor the keyboard, if it can have it, and moves its cursor. */
  readonly editAt: (offset: number) => void
  readonly pickSession: (id: SessionId) => void
  /** Navigation has the keyboard: what is clicked becomes selected. */
  readonly navigating: boolean
}

/** What the mouse does on the screen while nothing lies above it: the wheel scrolls the blocks, a press picks what is there. */
export const useMouse = (options: UseMouseOptions): ((event: MouseEvent) => void) => {
  const { list, firstRow, columns, endRow, input, sidebar } = options

  const pressInList = (row: number) => {
    const hit = list.hit(row)
    if (hit === null || hit.part === "divider") return
    if (hit.part === "header") {
      // Whoever writes a command may fold what is above it, and writes on.
      if (options.navigating) list.select(hit.block)
      return options.fold(hit.block)
    }
    list.select(hit.block)
    options.navigate()
  }

  return ({ action, button, x, y, shift }) => {
    if (y < firstRow || y >= endRow) return
    if (action === "wheel") {
      if (x < columns && (button === "up" || button === "down"))
        list.scrollBy(button === "up" ? -WHEEL_ROWS : WHEEL_ROWS)
      return
    }
    // With Shift it is the terminal's own; some report it all the same.
    if (action !== "press" || button !== "left" || shift) return
    if (x >= columns) {
      const session = sidebar.current?.(y - firstRow) ?? null
      return session === null ? undefined : options.pickSession(session)
    }
    const place = input.current
    const inputRow = y - endRow + (place?.rows ?? 0)
    if (place !== null && inputRow >= 0) options.editAt(place.offsetAt(inputRow, x))
    else pressInList(y - firstRow)
  }
}
