import { sliceCells, styledWidth } from "../terminal/cells.ts"
import { tildePath } from "./blocks/format.ts"
import { visibleText } from "./blocks/visibleText.ts"
import type { Theme } from "./theme.ts"

/** Lines broken where they reach the edge, as the shell's own terminal would. */
const wrapped = (prompt: string, width: number): string =>
  prompt
    .split("\n")
    .flatMap((line) => {
      const rows = Math.max(1, Math.ceil(styledWidth(line) / width))
      return rows === 1
        ? [line]
        : Array.from({ length: rows }, (_, row) => sliceCells(line, row * width, (row + 1) * width))
    })
    .join("\n")

/**
 * The prompt above and before the editor's text, sanitised, of one or several lines: the shell's own as it rendered it,
 * or ours (directory and branch).
 */
export const promptText = (
  kind: "shell" | "own",
  shellPrompt: string,
  directory: string,
  home: string,
  branch: string | null,
  theme: Theme,
  width: number
): string => {
  const sign = theme.quiet(`${theme.signs.prompt} `)
  if (kind === "shell") return shellPrompt === "" ? sign : wrapped(shellPrompt, width)
  const place = theme.place(visibleText(tildePath(directory, home)))
  const on = branch === null ? "" : ` ${theme.quiet(`${theme.signs.branch} ${visibleText(branch)}`)}`
  return `${place}${on}\n${sign}`
}
