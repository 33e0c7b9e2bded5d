import { MIN_COLUMNS, MIN_ROWS } from "../domain/limits.ts"
import type { Early } from "../Early.ts"
import { PROMPT, readEarly } from "../earlyVariables.ts"
import { firstPrompt } from "../shell/firstPrompt.ts"
import { CellReader, EMPTY_ROW } from "../terminal/CellRow.ts"
import { type ColorDepth, colorDepthOf } from "../terminal/colorDepth.ts"
import { closePen, moveTo, patchRow } from "../terminal/rowPatch.ts"
import { sanitise } from "../terminal/sanitise.ts"
import { type Ambiguity, ambiguityOf } from "../terminal/sureWidths.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"
import { layoutEditor } from "./editor/editorLayout.ts"
import { maxInputRows } from "./inputRows.ts"

/**
 * The bytes that put the prompt and the cursor where the screen will have them, on a screen that is blank there.
 *
 * @param prompt sanitised text with SGR, of one or several lines
 */
export const promptPicture = (
  prompt: string,
  { columns, rows }: TerminalSize,
  depth: ColorDepth,
  ambiguity: Ambiguity = "narrow"
): string => {
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return ""
  const maxRows = maxInputRows(rows, prompt.split("\n").length)
  const layout = layoutEditor({ text: "", cursor: 0, prompt, width: columns, maxRows })
  const reader = new CellReader(depth)
  const pen = { style: "" }
  // Above the status line.
  const top = rows - 1 - layout.rows.length
  const painted = layout.rows.map((row, i) => patchRow(top + i, columns, EMPTY_ROW, reader.text(row), pen, ambiguity))
  return painted.join("") + closePen(pen) + moveTo(top + layout.cursor.row, layout.cursor.column)
}

/**
 * Shows the shell's first prompt while most of the program is still being read. Plain: it runs before Effect and Ink
 * are there, between the steps of reading them, because the event loop stands still meanwhile.
 */
export class EarlyPrompt {
  readonly #early: Early
  /** What remains to be done: nothing when the prompt is shown, or is not the shell's to show. */
  #wanted: boolean

  constructor(early: Early) {
    this.#early = early
    this.#wanted = readEarly(PROMPT, early.environment, early.given) === "shell"
  }

  /** Looks at what the shell has printed so far, and takes none of it. */
  look(): void {
    if (!this.#wanted) return
    const { shell, terminal, environment } = this.#early
    const prompt = firstPrompt(shell.pty.peek(), shell.nonce)
    if (prompt === null) return
    this.#wanted = false
    const picture = promptPicture(
      sanitise(prompt.toString()),
      terminal.size,
      colorDepthOf(environment),
      ambiguityOf(environment)
    )
    terminal.write(picture, () => {})
  }
}
