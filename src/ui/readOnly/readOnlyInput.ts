import { truncateText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import { type ReadOnlyState, readOnlyLine } from "./readOnlyText.ts"

/** What stands in the editor's place of a session that is only read, at `columns` cells. */
export const readOnlyInput = (state: ReadOnlyState, theme: Theme, columns: number) => ({
  buffer: { text: "", cursor: 0 },
  prompt: theme.strong(truncateText(readOnlyLine(state), columns - 1, theme.signs.ellipsis))
})
