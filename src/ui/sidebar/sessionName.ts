/** A session's name while it is being written: the editor's own keys on one short line. */

import { MAX_SESSION_NAME_LENGTH } from "../../domain/limits.ts"
import { showCluster } from "../editor/display.ts"
import { type Editor, type EditorKey, makeEditor, press } from "../editor/Editor.ts"
import { boundaryAtOrAfter, nextBoundary, previousBoundary } from "../editor/graphemes.ts"

/** What no name may hold: controls, line ends, halves of characters, and what turns the direction of writing. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/** Text without what no name may hold; a line end or tab is a blank, so that pasted words stay apart. */
export const cleanName = (text: string): string => text.replace(/[\t\r\n\u2028\u2029]+/g, " ").replace(FORBIDDEN, "")

/** The longest start of a text that fits `length` UTF-16 units; no character is split. */
const fitting = (text: string, length: number): string => {
  if (text.length <= length) return text
  const end = boundaryAtOrAfter(text, length)
  return text.slice(0, end > length ? previousBoundary(text, end) : end)
}

/** An editor for a session's name. */
export const makeNameEditor = (name: string | null): Editor =>
  makeEditor(fitting(cleanName(name ?? ""), MAX_SESSION_NAME_LENGTH))

/** What a key does to a name. */
export type NamePressed =
  | { readonly type: "editing"; readonly editor: Editor }
  /** The name as it is to be; null for none. */
  | { readonly type: "named"; readonly name: string | null }
  | { readonly type: "cancelled" }

const CANCEL: ReadonlySet<string> = new Set(["escape", "ctrl+c", "ctrl+g"])

/** Names have no history. */
const noPast = () => []

/** One key. Pure; a key that would make the name too long or put something forbidden into it changes nothing. */
export const pressInName = (editor: Editor, key: EditorKey): NamePressed => {
  if (key.type === "key" && key.name === "enter") {
    return { type: "named", name: cleanName(editor.buffer.text).trim() || null }
  }
  if (key.type === "key" && CANCEL.has(key.name) && editor.pending === null) return { type: "cancelled" }
  const room = MAX_SESSION_NAME_LENGTH - editor.buffer.text.length
  const safe = key.type === "key" ? key : { ...key, text: fitting(cleanName(key.text), room) }
  const pressed = press(editor, safe, noPast).editor
  const { text } = pressed.buffer
  if (text.length > MAX_SESSION_NAME_LENGTH || cleanName(text) !== text) {
    return { type: "editing", editor: { ...editor, pending: null } }
  }
  return { type: "editing", editor: pressed }
}

/** The editor spells what cannot be seen in inverse; a row of the sidebar is plain until it is painted. */
const SGR = /\x1b\[\d*m/g

/** The part of a name that is shown, and the cell of it where the cursor stands. */
export interface NameField {
  readonly text: string
  readonly column: number
}

/** A name in at most `width` cells (1 at least), scrolled so that the cursor, which needs a cell, is in it. */
export const nameField = (text: string, cursor: number, width: number, ellipsis: string): NameField => {
  const clusters: Array<{ readonly text: string; readonly width: number; readonly start: number }> = []
  for (let at = 0; at < text.length; ) {
    const next = nextBoundary(text, at)
    const shown = showCluster(text.slice(at, next), 0, Math.max(1, width - 2))
    clusters.push({ text: shown.text.replace(SGR, ""), width: shown.width, start: at })
    at = next
  }
  const before = clusters.filter((cluster) => cluster.start < cursor)
  const cells = (some: typeof clusters) => some.reduce((sum, one) => sum + one.width, 0)
  // From the left as many are left out as it takes, and one cell says so.
  let first = 0
  while (first < before.length && cells(before.slice(first)) + (first > 0 ? 1 : 0) > width - 1) first++
  const lead = first > 0 && width > 1 ? ellipsis : ""
  const column = (lead === "" ? 0 : 1) + cells(before.slice(first))
  let shown = lead
  let used = lead === "" ? 0 : 1
  for (const [index, cluster] of clusters.slice(first).entries()) {
    const isLast = first + index === clusters.length - 1
    // Where the cursor is, it says enough: no sign under it.
    if (used + cluster.width > width - (isLast || used < column ? 0 : 1)) {
      if (used < width && used > column) shown += ellipsis
      break
    }
    shown += cluster.text
    used += cluster.width
  }
  return { text: shown, column: Math.min(column, width - 1) }
}
