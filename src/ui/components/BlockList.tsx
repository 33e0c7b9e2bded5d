import type { BlockId } from "../../domain/ids.ts"
import type { CellPosition } from "../../terminal/OutputView.ts"
import type { BlockList as BlockListModel } from "../blocks/BlockList.ts"
import { welcomeRows } from "../blocks/welcome.ts"
import type { KeyHint } from "../keyHint.ts"
import type { Theme } from "../theme.ts"
import { Surface } from "./Surface.tsx"

export interface BlockListProps {
  /** Which blocks are in view; it tells the surface when that changes. */
  readonly list: BlockListModel
  readonly theme: Theme
  /** Shown until there is a block. */
  readonly welcome: ReadonlyArray<KeyHint>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Changes once a second while a command runs, so that its duration goes on. */
  readonly tick?: number
  /** The block whose program owns the keyboard: its cursor is the terminal's. Null when the editor has it. */
  readonly program: BlockId | null
  /** Where else it is, while something of ours reads the blocks. */
  readonly cursor?: (() => CellPosition | null) | undefined
}

/** The blocks, in all the room that the rest of the screen leaves. */
export const BlockList = ({ list, theme, welcome, now, tick = 0, program, cursor }: BlockListProps) => (
  <Surface
    id="blocks"
    flexGrow={1}
    flexShrink={1}
    version={tick}
    subscribe={list.subscribe}
    rows={(width, height) =>
      list.empty ? welcomeRows(welcome, width, height, theme) : list.rows(width, height, now())
    }
    cursor={() => (cursor !== undefined ? cursor() : program === null ? null : list.cursor(program))}
  />
)
