import { fitCells, sliceCells, textWidth } from "../../terminal/cells.ts"
import { plain } from "../../terminal/sanitise.ts"
import { visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import type { Hunk } from "./diffLines.ts"

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
  readonly rows: ReadonlyArray<UnifiedRow>
  /** Rows with which a change begins. */
  readonly changes: ReadonlyArray<number>
  readonly added: number
  readonly removed: number
}

/**
 * Hunks with the equal lines around them, in one list: parts that would overlap are one. Lines of `same` rows are old ones.
 * Yields as `diffLines` does.
 *
 * @param lines of the old output
 */
export function* unified(hunks: ReadonlyArray<Hunk>, lines: number): Generator<void, Unified> {
  const rows: Array<UnifiedRow> = []
  const changes: Array<number> = []
  let added = 0
  let removed = 0
  let shown = 0
  let yielded = 0
  for (const [index, hunk] of hunks.entries()) {
    const begin = Math.max(shown, hunk.from - CONTEXT_LINES)
    if (begin > shown || index === 0) {
      let at = index
      while (at + 1 < hunks.length && hunks[at + 1]!.from - hunks[at]!.to <= 2 * CONTEXT_LINES) at++
      const last = hunks[at]!
      const to = Math.min(lines, last.to + CONTEXT_LINES)
      const newFrom = hunk.newFrom - (hunk.from - begin)
      rows.push({ kind: "part", hunk: { from: begin, to, newFrom, newTo: last.newTo + to - last.to } })
    }
    for (let line = begin; line < hunk.from; line++) rows.push({ kind: "same", line })
    changes.push(rows.length)
    for (let line = hunk.from; line < hunk.to; line++) rows.push({ kind: "removed", line })
    for (let line = hunk.newFrom; line < hunk.newTo; line++) rows.push({ kind: "added", line })
    removed += hunk.to - hunk.from
    added += hunk.newTo - hunk.newFrom
    const next = hunks[index + 1]?.from ?? lines
    shown = Math.min(next, hunk.to + CONTEXT_LINES)
    for (let line = hunk.to; line < shown; line++) rows.push({ kind: "same", line })
    if (rows.length - yielded < STEP_ROWS) continue
    yielded = rows.length
    yield
  }
  return { rows, changes, added, removed }
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
