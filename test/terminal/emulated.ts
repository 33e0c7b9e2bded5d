import { Unicode11Addon } from "@xterm/addon-unicode11"
import headless from "@xterm/headless"
import type { ColorDepth } from "../../src/terminal/colorDepth.ts"
import { Presenter, type PresenterError } from "../../src/terminal/Presenter.ts"

/** An outer terminal for tests: @xterm/headless with the modes that OuterTerminal sets before the first frame. */
export const emulated = (columns: number, rows: number) => {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = "11"
  terminal.write("\x1b[?1049h\x1b[?7l")
  /** Resolves once everything written so far is parsed. */
  const parsed = () => new Promise<void>((resolve) => terminal.write("", resolve))
  /** Every cell as text with its look: what a reader of the screen could tell apart. */
  const cells = (): Array<string> => {
    const out: Array<string> = []
    const buffer = terminal.buffer.active
    for (let y = 0; y < terminal.rows; y++) {
      const line = buffer.getLine(buffer.viewportY + y)
      for (let x = 0; x < terminal.cols; x++) {
        const cell = line?.getCell(x)
        if (cell === undefined) throw new Error(`no cell at ${x},${y}`)
        const look = [
          cell.getFgColorMode(),
          cell.getFgColor(),
          cell.getBgColorMode(),
          cell.getBgColor(),
          cell.isBold(),
          cell.isDim(),
          cell.isItalic(),
          cell.isUnderline(),
          cell.isBlink(),
          cell.isInverse(),
          cell.isInvisible(),
          cell.isStrikethrough(),
          cell.isOverline()
        ]
        out.push(`${y},${x} ${cell.getChars() || (cell.getWidth() === 0 ? "" : " ")} ${cell.getWidth()} ${look.join()}`)
      }
    }
    return out
  }
  /** The rows as text, without trailing blanks. */
  const lines = async (): Promise<Array<string>> => {
    await parsed()
    const buffer = terminal.buffer.active
    return Array.from(
      { length: terminal.rows },
      (_, y) =>
        buffer
          .getLine(buffer.viewportY + y)
          ?.translateToString(true)
          .trimEnd() ?? ""
    )
  }
  return { terminal, parsed, cells, lines }
}

/** A presenter that paints on an emulated terminal. `lines` paints what is due before it reads. */
export const screenWith = (options: {
  readonly columns: number
  readonly rows: number
  readonly colorDepth?: ColorDepth
}) => {
  const screen = emulated(options.columns, options.rows)
  const writes: Array<string> = []
  const errors: Array<PresenterError> = []
  const presenter = new Presenter({
    columns: options.columns,
    rows: options.rows,
    colorDepth: options.colorDepth ?? "truecolor",
    output: {
      write: (data, done) => {
        writes.push(data)
        screen.terminal.write(data)
        done()
      },
      cursorShape: (shape) => `\x1b[${shape === "bar" ? 6 : shape === "block" ? 2 : 0} q`
    },
    onError: (error) => errors.push(error)
  })
  const lines = () => {
    presenter.flush()
    return screen.lines()
  }
  return { ...screen, lines, presenter, writes, errors }
}
