/**
 * Walking through earlier commands as readline does: the text being written waits at the bottom, and what was changed
 * on the way stays changed until a command is submitted.
 */

import { makeTextBuffer, type TextBuffer } from "./TextBuffer.ts"

/** One line's text and its own undo steps, while the cursor is on another line. */
type HeldLine = Pick<TextBuffer, "text" | "undo">

/** Gives earlier commands, oldest first. Called when a walk begins, not for every key: the list may be long. */
export type Past = () => ReadonlyArray<string>

/** Where in the history the editor is. */
export interface HistoryPlace {
  /** Earlier commands, oldest first, as they were when the walk began: new ones must not move the ground. */
  readonly entries: ReadonlyArray<string>
  /** The line being edited; `entries.length` is the draft. */
  readonly index: number
  /** Lines that were left changed, and the draft, by index. */
  readonly held: ReadonlyMap<number, HeldLine>
}

/** At the draft, with nothing walked through yet. */
export const atDraft: HistoryPlace = { entries: [], index: 0, held: new Map() }

/** Which line to go to. */
export type HistoryMove = "previous" | "next" | "first" | "draft"

/** Neighbours that are the same command are one step, and blank ones none. */
const collapse = (commands: ReadonlyArray<string>): ReadonlyArray<string> => {
  const entries: Array<string> = []
  for (const command of commands) {
    if (command.trim() !== "" && command !== entries.at(-1)) entries.push(command)
  }
  return entries
}

const target = (move: HistoryMove, place: HistoryPlace): number => {
  switch (move) {
    case "previous":
      return Math.max(0, place.index - 1)
    case "next":
      return Math.min(place.entries.length, place.index + 1)
    case "first":
      return 0
    case "draft":
      return place.entries.length
  }
}

/** Goes to another line; the cursor is put at its end. Null when there is none that way. */
export const moveInHistory = (
  place: HistoryPlace,
  buffer: TextBuffer,
  move: HistoryMove,
  past: Past
): { readonly place: HistoryPlace; readonly buffer: TextBuffer } | null => {
  const isDraft = place.index === place.entries.length
  if (isDraft && (move === "next" || move === "draft")) return null
  const entries = isDraft && place.held.size === 0 ? collapse(past()) : place.entries
  const here = isDraft ? { ...place, entries, index: entries.length } : place
  const index = target(move, here)
  if (index === here.index) return null
  const held = new Map(here.held).set(here.index, { text: buffer.text, undo: buffer.undo })
  const line = held.get(index)
  const next = makeTextBuffer(line?.text ?? entries[index] ?? "", buffer.kills)
  return { place: { entries, index, held }, buffer: line === undefined ? next : { ...next, undo: line.undo } }
}
