/**
 * The text being edited, as plain immutable data with pure changes: no React, no Effect, no terminal, since every key
 * passes here and every rule of readline is tested here. Offsets are UTF-16 offsets; the cursor always stands on a
 * grapheme boundary.
 */

import { boundaryAtOrAfter, nextBoundary } from "./graphemes.ts"
import { addKill, emptyKillRing, joinKill, type KillRing } from "./killRing.ts"

/** Characters typed in a row that one undo takes back, as in readline (its text.c, `rl_insert_text`). */
const MAX_TYPED_RUN = 20
/** Steps that can be undone. */
const MAX_UNDO_STEPS = 500
/** UTF-16 units that the undo steps may hold together, so that pasting and killing a megabyte again and again is safe. */
const MAX_UNDO_UNITS = 8_000_000

/** How to take one change back: put `removed` in place of the `inserted` units at `at`. */
export interface UndoStep {
  readonly at: number
  readonly removed: string
  readonly inserted: number
  /** Where the cursor stood before the change. */
  readonly cursor: number
}

/** What the previous key did, where the next one depends on it. */
export type LastAction =
  | { readonly kind: "other" }
  | { readonly kind: "typed" }
  | { readonly kind: "killed" }
  /** Alt+Y undoes the yank before it and yanks the next kill. */
  | { readonly kind: "yanked" }
  /** Alt+. likewise; the argument came from the command that many places back. */
  | { readonly kind: "argument"; readonly depth: number }
  /** The cursor was put before `[redacted]`: what is inserted next takes its place. */
  | { readonly kind: "gap" }
  /** The column, in cells, that moves through shorter lines come back to. */
  | { readonly kind: "vertical"; readonly column: number }

export interface TextBuffer {
  readonly text: string
  readonly cursor: number
  /** Where Ctrl+Space or a yank left the mark for Ctrl+X Ctrl+X. */
  readonly mark: number
  /** Newest last. */
  readonly undo: ReadonlyArray<UndoStep>
  readonly kills: KillRing
  readonly last: LastAction
}

const OTHER: LastAction = { kind: "other" }

/** A buffer with this text, the cursor at its end and nothing to undo. */
export const makeTextBuffer = (text = "", kills: KillRing = emptyKillRing): TextBuffer => ({
  text,
  cursor: text.length,
  mark: 0,
  undo: [],
  kills,
  last: OTHER
})

/** The cursor on the boundary at or after `cursor`; whatever run the last key began is over. */
export const moveTo = (buffer: TextBuffer, cursor: number, last: LastAction = OTHER): TextBuffer => ({
  ...buffer,
  cursor: boundaryAtOrAfter(buffer.text, cursor),
  last
})

const pushUndo = (undo: ReadonlyArray<UndoStep>, step: UndoStep): ReadonlyArray<UndoStep> => {
  const steps = [...undo, step]
  let units = 0
  let first = steps.length
  while (first > 0 && steps.length - first < MAX_UNDO_STEPS) {
    const { inserted, removed } = steps[first - 1]!
    units += inserted + removed.length
    if (units > MAX_UNDO_UNITS && first < steps.length) break
    first--
  }
  return first === 0 ? steps : steps.slice(first)
}

/** Puts `inserted` in place of the text from `from` to `to` as one undo step, and the cursor behind it. */
export const replace = (
  buffer: TextBuffer,
  from: number,
  to: number,
  inserted: string,
  last: LastAction = OTHER
): TextBuffer => {
  const removed = buffer.text.slice(from, to)
  if (removed === inserted) return moveTo(buffer, to, last)
  const text = buffer.text.slice(0, from) + inserted + buffer.text.slice(to)
  const cursor = boundaryAtOrAfter(text, from + inserted.length)
  const step = { at: from, removed, inserted: inserted.length, cursor: buffer.cursor }
  return { ...buffer, text, cursor, undo: pushUndo(buffer.undo, step), last }
}

/** Lone halves of surrogate pairs: no encoding can hold them. */
const LONE_SURROGATE = /\p{Cs}/gu
/** C0 but tab and newline, DEL, C1. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g

/**
 * Text from a keyboard, a clipboard or a type-ahead as the editor takes it: CR LF and CR become newlines, and control
 * characters other than tab and newline are left out, because no shell command needs them and a line editor or terminal
 * further on would act on them. Ctrl+V puts one in on purpose.
 */
export const cleanText = (text: string): string =>
  text.replace(/\r\n?/g, "\n").replace(CONTROL, "").replace(LONE_SURROGATE, "\ufffd")

/** Text that came in one piece and is longer than this is undone in one piece: nobody types that fast. */
const MAX_SPLIT = 1000

/** Typed text: runs of it are undone together. A chunk of several characters counts as typed one after another. */
export const typeText = (buffer: TextBuffer, typed: string): TextBuffer => {
  const text = cleanText(typed)
  if (text.length <= 1 || text.length > MAX_SPLIT) return typeRun(buffer, text)
  let next = buffer
  for (let from = 0; from < text.length; ) {
    let to = nextBoundary(text, from)
    const room = MAX_TYPED_RUN - openRun(next)
    while (to < text.length && to - from < room) to = nextBoundary(text, to)
    next = typeRun(next, text.slice(from, to))
    from = to
  }
  return next
}

/** Length of the run of typing that goes on at the cursor, 0 when a new one begins there. */
const openRun = ({ cursor, last, undo }: TextBuffer): number => {
  const run = undo.at(-1)
  const goesOn = last.kind === "typed" && run !== undefined && run.removed === "" && run.at + run.inserted === cursor
  return goesOn && run.inserted < MAX_TYPED_RUN ? run.inserted : 0
}

const typeRun = (buffer: TextBuffer, text: string): TextBuffer => {
  if (text === "") return buffer
  const open = openRun(buffer)
  const run = buffer.undo.at(-1)
  const next = replace(buffer, buffer.cursor, buffer.cursor, text, { kind: "typed" })
  return open === 0 || run === undefined
    ? next
    : { ...next, undo: buffer.undo.with(-1, { ...run, inserted: open + text.length }) }
}

/** Pasted text: exactly what `cleanText` leaves of it, undone in one step. */
export const pasteText = (buffer: TextBuffer, text: string): TextBuffer =>
  replace(buffer, buffer.cursor, buffer.cursor, cleanText(text))

/**
 * One key's text as it is, control characters too (`quoted-insert`); but no NUL, which no shell can hold, and a newline
 * for a carriage return, which nobody means.
 */
export const insertQuoted = (buffer: TextBuffer, text: string): TextBuffer => {
  const kept = text.replaceAll("\0", "").replaceAll("\r", "\n").replace(LONE_SURROGATE, "\ufffd")
  return replace(buffer, buffer.cursor, buffer.cursor, kept)
}

/** Puts text in at `at`; the cursor stays with the character it stood at, or goes to the end with it. */
export const insertAt = (buffer: TextBuffer, at: number, text: string): TextBuffer => {
  const { cursor } = buffer
  const next = replace(buffer, at, at, text)
  return moveTo(next, cursor < at ? cursor : cursor + text.length)
}

/** Removes the text between `from` and `to` into the kill ring, joined to a kill just before it. */
export const kill = (buffer: TextBuffer, from: number, to: number): TextBuffer => {
  // Nothing to kill leaves a chain of kills unbroken, as readline's `rl_kill_text` does.
  if (from === to) return moveTo(buffer, buffer.cursor, buffer.last.kind === "killed" ? buffer.last : OTHER)
  const text = buffer.text.slice(from, to)
  const kills =
    buffer.last.kind === "killed"
      ? joinKill(buffer.kills, text, to <= buffer.cursor ? "before" : "after")
      : addKill(buffer.kills, text)
  return { ...replace(buffer, from, to, "", { kind: "killed" }), kills }
}

/** Everything removed as one undo step, without the kill ring: Ctrl+C. */
export const clear = (buffer: TextBuffer): TextBuffer => replace(buffer, 0, buffer.text.length, "")

/** Takes the newest change back, and the cursor to where it stood before it. */
export const undo = (buffer: TextBuffer): TextBuffer => {
  const step = buffer.undo.at(-1)
  if (step === undefined) return { ...buffer, last: OTHER }
  const { at, cursor, inserted, removed } = step
  return {
    ...buffer,
    text: buffer.text.slice(0, at) + removed + buffer.text.slice(at + inserted),
    cursor,
    undo: buffer.undo.slice(0, -1),
    last: OTHER
  }
}
