import { useCallback } from "react"
import type { BlockId } from "../../domain/ids.ts"
import type { ProgramCell } from "../../terminal/MouseReports.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import { useOutputs } from "./useSession.ts"

const clamp = (value: number, first: number, last: number): number => Math.max(first, Math.min(value, last))

/**
 * Finds the cell of a program that draws in its block under a cell of the terminal.
 *
 * @param list the blocks, from the terminal's first column on
 * @param firstRow the terminal's row, from 0, where the list begins
 */
export const useProgramCell = (list: BlockList, firstRow: number) => {
  const outputs = useOutputs()
  return useCallback(
    (block: BlockId, x: number, y: number): ProgramCell | null => {
      const output = outputs.live(block)
      const top = output?.screenTop
      const view = list.outputInView(block)
      if (output === null || top == null || view === null) return null
      const row = clamp(y - firstRow, view.at, view.end - 1)
      const screenRow = view.from + row - view.at - top
      const cell = { x: clamp(x, 0, output.size.columns - 1), y: clamp(screenRow, 0, output.size.rows - 1) }
      return { ...cell, inside: row === y - firstRow && cell.y === screenRow && cell.x === x }
    },
    [outputs, list, firstRow]
  )
}
