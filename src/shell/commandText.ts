import { constants } from "node:os"

/** Longest text that is typed, in bytes; a longer one is read from a file. With its keys it fits a terminal's queue. */
export const MAX_TYPED_BYTES = 2048

/** Whether the terminal's line discipline and the line editor leave every byte of the text as it is. */
export const isTypable = (text: string): boolean =>
  !/[\x00-\x08\x0b-\x1f\x7f]/.test(text) && Buffer.byteLength(text) <= MAX_TYPED_BYTES

/** Whether history expansion may change the text, and shows what it made of it: one line with `!`, or `^a^b`. */
export const isExpandable = (text: string): boolean =>
  !text.includes("\n") && (text.includes("!") || text.startsWith("^"))

/** Whether the text itself says that the shell shall end with a failing command. */
export const setsErrorsExit = (text: string): boolean => /\bset\s+-\w*e|\berr_?exit\b/i.test(text)

/** Whether the text has a word that ends or replaces a shell on purpose. */
export const endsShell = (text: string): boolean => /\b(exit|logout|exec)\b/.test(text)

/** Whether there is nothing to run in a line. */
export const isBlank = (line: string): boolean => /^\s*(#.*)?$/.test(line)

/** Takes the echo of a typed line out of what its terminal has given since. Without one all of it is output. */
export const splitEcho = (
  printed: Buffer,
  line: string
): { readonly isEchoed: boolean; readonly before: Buffer; readonly output: Buffer } => {
  const echo = Buffer.from(`${line}\r\n`, "utf8")
  const at = printed.indexOf(echo)
  const isEchoed = at !== -1
  return {
    isEchoed,
    before: printed.subarray(0, Math.max(at, 0)),
    output: isEchoed ? printed.subarray(at + echo.length) : printed
  }
}

/** Whether the text names what shells run around their prompts, where the marks come from. */
export const removesHooks = (text: string): boolean =>
  /\b(PS1|PROMPT|PROMPT_COMMAND|precmd\w*|preexec\w*|add-zsh-hook|fish_\w+)\b|__et_/.test(text)

/** Signals whose 128 + n is the status of a program that died of them; stops (Ctrl+Z) are not ends. */
const DEADLY = new Map(
  Object.entries(constants.signals)
    .filter(([name]) => !/^SIG(CHLD|CONT|STOP|TSTP|TTIN|TTOU|URG|WINCH|IOT|POLL)$/.test(name))
    .map(([name, number]) => [number, name])
)

/** Name of the signal that bash's status tells of, or null. */
export const signalOfStatus = (status: number): string | null =>
  status > 128 ? (DEADLY.get(status - 128) ?? null) : null
