import type { ColorDepth } from "../../src/terminal/colorDepth.ts"
import { Presenter, type PresenterError } from "../../src/terminal/Presenter.ts"
import type { Ambiguity } from "../../src/terminal/sureWidths.ts"
import type { CursorShape } from "../../src/terminal/TerminalModes.ts"
import { Emulator } from "../harness/Emulator.ts"

const SHAPES: Partial<Record<CursorShape, number>> = { block: 2, underline: 4, bar: 6 }

/** A presenter that paints on an emulated outer terminal, in the modes that OuterTerminal sets before the first frame. */
export const screenWith = (options: {
  readonly columns: number
  readonly rows: number
  readonly colorDepth?: ColorDepth
  readonly ambiguity?: Ambiguity
}) => {
  const emulator = new Emulator({ cols: options.columns, rows: options.rows, scrollback: 0 })
  emulator.write("\x1b[?1049h\x1b[?7l")
  const writes: Array<string> = []
  const errors: Array<PresenterError> = []
  const presenter = new Presenter({
    columns: options.columns,
    rows: options.rows,
    colorDepth: options.colorDepth ?? "truecolor",
    ambiguity: options.ambiguity ?? "narrow",
    output: {
      write: (data, done) => {
        writes.push(data)
        emulator.write(data)
        done()
      },
      cursorShape: (shape) => `\x1b[${SHAPES[shape] ?? 0} q`
    },
    onError: (error) => errors.push(error)
  })
  /** Paints what is due and waits until the terminal shows it. */
  const settle = async (): Promise<void> => {
    presenter.flush()
    await new Promise<void>((resolve) => emulator.write("", resolve))
  }
  /** The rows as text, without trailing blanks, after painting what is due. */
  const lines = async (): Promise<Array<string>> => {
    await settle()
    return emulator.screen()
  }
  /** Everything a reader of the screen could tell apart: each cell with its look, and the cursor. */
  const picture = async () => {
    await settle()
    const { x, y, visible, shape } = emulator.cursor
    const cells: Array<string> = []
    for (let row = 0; row < emulator.xterm.rows; row++) {
      for (let column = 0; column < emulator.xterm.cols; column++) {
        cells.push(`${row},${column} ${JSON.stringify(emulator.cell(column, row))}`)
      }
    }
    return { cells, cursor: visible ? `${y},${x} ${shape}` : "hidden" }
  }
  return { emulator, presenter, writes, errors, settle, lines, picture }
}
