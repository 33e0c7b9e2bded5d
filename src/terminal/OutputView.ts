import type { CursorShape } from "./TerminalModes.ts"

/** A position on a surface, in cells from its top left. */
export interface CellPosition {
  readonly row: number
  readonly column: number
}

/** Where a cursor is, and its look where that is not the user's own. */
export interface CursorAt extends CellPosition {
  /** Default: what the user has configured. */
  readonly shape?: CursorShape
  /** Only for a shape that is not the default. */
  readonly blink?: boolean
}

/**
 * The read side of one block's output, live or finished: what the screen, copy, search and export need. Lines are
 * logical (unwrapped), rows are what fits a width. Text is sanitised: it carries SGR and http(s) OSC 8 and nothing else.
 */
export interface OutputView {
  /** Grows with every change that a reader could see. */
  readonly version: number
  /** Logical lines kept and readable by `line`, the unfinished last one included when it is not empty. */
  readonly lineCount: number
  /** What the output limit left out: it sits after the first `headLines` kept lines. All zero when nothing is missing. */
  readonly hidden: { readonly lines: number; readonly bytes: number; readonly headLines: number }
  /** Rows this output takes at `width` columns. */
  rowCount(width: number): number
  /**
   * `count` rows from row `from`, each at most `width` cells wide, tabs expanded, ready to print: a row carries its own
   * SGR and ends reset. Rows past the end are left out.
   */
  rows(width: number, from: number, count: number): ReadonlyArray<string>
  /**
   * The first row of logical line `index` at `width` columns; `rowCount(width)` for an index past the end. It never
   * shrinks as `index` grows. The block list draws the gap and holds a scrolled view on its line with it.
   */
  rowOfLine(width: number, index: number): number
  /** One logical line as stored, tabs and trailing blanks included. */
  line(index: number): string
  /** Everything kept, as plain text with tabs and trailing blanks; each finished line ends with a newline. */
  text(): string
  /** Where the running program's cursor is among `rows`, null when the program hides it or has ended. */
  cursor(width: number): CursorAt | null
}
