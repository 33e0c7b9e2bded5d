import { useStdout } from "ink"
import { createContext, useContext } from "react"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"

/** Set by `renderInk` and changed by its `resize`. */
export const TerminalSizeContext = createContext<TerminalSize | null>(null)

/** Rows assumed where nothing says how many there are (component tests). */
const DEFAULT_ROWS = 24
/** Columns assumed where nothing says how many there are. */
const DEFAULT_COLUMNS = 80

/** The outer terminal's size; the component renders again when it changes. */
export const useTerminalSize = (): TerminalSize => {
  const { stdout } = useStdout()
  const size = useContext(TerminalSizeContext)
  return size ?? { columns: stdout.columns || DEFAULT_COLUMNS, rows: stdout.rows || DEFAULT_ROWS }
}
