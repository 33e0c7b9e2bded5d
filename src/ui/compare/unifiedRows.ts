import { type Hunk, hunkAt, hunkCount } from "../../services/diff/DiffOrder.ts"
import { fitCells, sliceCells, textWidth } from "../../terminal/cells.ts"
import { plain } from "../../terminal/sanitise.ts"
import { visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"

/** Equal lines that are shown around a change. */
export const CONTEXT_LINES = 3

/** Rows that are made between two yields. */
const STEP_ROWS = 2_048

/** One row of a comparison: a line of the old or the new output, counted from 0, or where the next part begins. */
export type UnifiedRow =
  | { readonly kind: "same" | "removed" | "added"; readonly line: number }
  | { readonly kind: "part"; readonly hunk: Hunk }

/** What a comparison shows. */
export interface Unified {
  /** See `rowAt`. Numbers: 200,000 objects would have the collector of garbage hold up keys for tens of milliseconds. */
  readonly rows: ReadonlyArray<number>
  /** What `part` rows tell. */
  readonly parts: ReadonlyArray<Hunk>
  /** Rows with which a change begins. */
  readonly changes: ReadonlyArray<number>
  readonly added: number
  readonly removed: number
}

/** A row is its line, or the number of its part, times as many kinds as there are, and its kind. */
const KINDS = ["same", "removed", "added", "part"] as const

/** One of the rows. */
export const rowAt = ({ rows, parts }: Pick<Unified, "rows" | "parts">, index: number): UnifiedRow => {
  const row = rows[index]!
  const kind = KINDS[row % KINDS.length]!
  const line = Math.floor(row / KINDS.length)
  return kind === "part" ? { kind, hunk: parts[line]! } : { kind, line }
}

/**
 * Hunks with the equal lines around them, in one list: parts that would overlap are one. Lines of `same` rows are old ones.
 * Yields every few tenths of a millisecond.
 *
 * @param lines of the old output
 */
export function* unified(hunks: Int32Array, lines: number): Generator<void, Unified> {
  const rows: Array<number> = []
  const parts: Array<Hunk> = []
  const changes: Array<number> = []
  let added = 0
  let removed = 0
  let shown = 0
  function* push(kind: "same" | "removed" | "added", from: number, to: number): Generator<void, void> {
    const sign = KINDS.indexOf(kind)
    for (let line = from; line < to; line++) {
      rows.push(line * KINDS.length + sign)
      if (rows.length % STEP_ROWS === 0) yield
    }
  }
  const count = hunkCount(hunks)
  for (let index = 0; index < count; index++) {
    const hunk = hunkAt(hunks, index)!
    const begin = Math.max(shown, hunk.from - CONTEXT_LINES)
    if (begin > shown || index === 0) {
      let last = hunk
      for (let at = index + 1; at < count; at++) {
        const next = hunkAt(hunks, at)!
        if (next.from - last.to > 2 * CONTEXT_LINES) break
        last = next
        if (at % STEP_ROWS === 0) yield
      }
      const to = Math.min(lines, last.to + CONTEXT_LINES)
      const newFrom = hunk.newFrom - (hunk.from - begin)
      rows.push(parts.length * KINDS.length + KINDS.indexOf("part"))
      parts.push({ from: begin, to, newFrom, newTo: last.newTo + to - last.to })
    }
    yield* push("same", begin, hunk.from)
    changes.push(rows.length)
    yield* push("removed", hunk.from, hunk.to)
    yield* push("added", hunk.newFrom, hunk.newTo)
    removed += hunk.to - hunk.from
    added += hunk.newTo - hunk.newFrom
    const next = hunkAt(hunks, index + 1)?.from ?? lines
    shown = Math.min(next, hunk.to + CONTEXT_LINES)
    yield* push("same", hunk.to, shown)
  }
  return { rows, parts, changes, added, removed }
}

const SIGNS = { same: " ", removed: "-", added: "+" } as const

/** `@@ -12,3 +14,4 @@`, as diff(1) writes it: a part without lines is named by the line before it. */
const partText = ({ from, to, newFrom, newTo }: Hunk): string => {
  const range = (begin: number, end: number) =>
    end - begin === 1 ? `${begin + 1}` : `${end === begin ? begin : begin + 1},${end - begin}`
  return `@@ -${range(from, to)} +${range(newFrom, newTo)} @@`
}

/**
 * A row as it is painted, at most `width` cells: the sign says what colour says.
 *
 * @param pan cells that are left out at the beginning of the line
 */
export const unifiedText = (
  row: UnifiedRow,
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>,
  theme: Theme,
  width: number,
  pan: number
): string => {
  if (row.kind === "part") return theme.quiet(fitCells(partText(row.hunk), width).trimEnd())
  // Without its own colours, which would hide what changed.
  const line = visibleText(plain((row.kind === "added" ? after : before)[row.line] ?? ""))
  const cut = textWidth(line) - pan > width - 1
  const text = SIGNS[row.kind] + sliceCells(line, pan, pan + width - (cut ? 2 : 1)) + (cut ? theme.signs.ellipsis : "")
  if (row.kind === "same") return text
  return row.kind === "added" ? theme.success(text) : theme.failure(text)
}
