import { tildePath } from "./blocks/format.ts"
import { visibleText } from "./blocks/visibleText.ts"
import type { Theme } from "./theme.ts"

/** Stands before the text while the shell has not shown a prompt yet, and under our own prompt. */
const SIGN = "❯ "

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
  theme: Theme
): string => {
  if (kind === "shell") return shellPrompt === "" ? theme.quiet(SIGN) : shellPrompt
  const place = theme.place(visibleText(tildePath(directory, home)))
  const on = branch === null ? "" : ` ${theme.quiet(`${theme.signs.branch} ${visibleText(branch)}`)}`
  return `${place}${on}\n${theme.quiet(SIGN)}`
}
