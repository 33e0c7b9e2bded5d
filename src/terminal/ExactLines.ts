import { cellsOfLine } from "./lineLayout.ts"

/**
 * The exact text of lines that an emulator shows, given back when it did not change them: its cells know no tabs.
 *
 * A line is recognised by its cells, in the order the lines were given. Plain: lines pass here as they are stored.
 */
export class ExactLines {
  #known: Array<{ readonly cells: string; readonly exact: string }> = []

  /** Lines that were just written to a terminal of this width. Without a tab among them there is nothing to keep. */
  add(lines: ReadonlyArray<string>, columns: number): void {
    if (this.#known.length === 0 && !lines.some((line) => line.includes("\t"))) return
    for (const exact of lines) this.#known.push({ cells: cellsOfLine(exact, columns), exact })
  }

  /** Forgets all lines, or all but the last `keep`. */
  trim(keep: number): void {
    if (this.#known.length > keep) this.#known.splice(0, this.#known.length - keep)
  }

  /** The text of a line that leaves the screen with these cells; lines before it will not be asked for again. */
  take(cells: string): string {
    const index = this.#known.findIndex((line) => line.cells === cells)
    if (index === -1) return cells
    const { exact } = this.#known[index]!
    this.#known.splice(0, index + 1)
    return exact
  }

  /** The texts of the lines on the screen, which stay there. */
  read(lines: ReadonlyArray<string>): ReadonlyArray<string> {
    if (this.#known.length === 0) return lines
    let next = 0
    return lines.map((cells) => {
      const index = this.#known.findIndex((line, at) => at >= next && line.cells === cells)
      if (index === -1) return cells
      next = index + 1
      return this.#known[index]!.exact
    })
  }
}
