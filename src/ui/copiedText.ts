import type { ClipboardError, Copied } from "../services/Clipboard.ts"
import { formatLines } from "./blocks/format.ts"
import { visibleText } from "./blocks/visibleText.ts"

/** Lines of a text, an unfinished last one included. */
const lineCount = (text: string): number => {
  let count = text.endsWith("\n") ? 0 : 1
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++
  return count
}

const whereTo = ({ by, sent }: Copied): string => {
  if (sent) return by[0] === "screen" ? "through screen to the terminal's clipboard" : "to the terminal's clipboard"
  const [first] = by
  if (first !== "tmux") return by.includes("tmux") ? "to the clipboard and to tmux" : "to the clipboard"
  return "to tmux, and sent to its terminal"
}

/** What the status line says of a copy; *sent* where nobody has answered. */
export const copiedText = (text: string, copied: Copied): string => {
  const { sent, problem } = copied
  const done = `${sent ? "Sent" : "Copied"} ${formatLines(lineCount(text))} ${whereTo(copied)}`
  return problem === null ? done : `${done}; ${visibleText(problem)}`
}

/** What it says of one that failed. */
export const notCopiedText = ({ message }: ClipboardError): string => `Not copied: ${visibleText(message)}`
