import type { ShellNotes } from "./integration/ShellIntegration.ts"

/**
 * What our hooks print, as parsed from a mark's payload. Every mark carries the nonce of the command it belongs to;
 * whether to believe it is the driver's business.
 */
export type Mark =
  /**
   * The command is parsed and starts now; printed again before each further line of a pasted text. `text` is what the shell
   * made of it, quoted by it, or null when it says nothing of that.
   */
  | { readonly kind: "start"; readonly nonce: number; readonly text: string | null }
  /** What follows is the shell's own, and an end mark is to come: hooks may print before ours does. */
  | { readonly kind: "outputEnd"; readonly nonce: number }
  /** The command has ended: printed by the prompt hook, before the hooks of the user. */
  | {
      readonly kind: "end"
      readonly nonce: number
      readonly status: number
      /** What the hook noticed. */
      readonly notes: ShellNotes
      /** Quoted by the shell. */
      readonly directory: string
      /** The terminal does not turn LF into CR LF: a program left it in raw mode. */
      readonly raw: boolean
      /** What another program has printed behind that LF: bash writes each line of a mark by itself. */
      readonly between: string
    }
  /** Begin of the printed prompt. `hooked`: the prompt hook ran before it. */
  | {
      readonly kind: "prompt"
      readonly nonce: number
      readonly status: number
      readonly hooked: boolean
      readonly directory: string
    }
  /** End of the printed prompt: the shell reads its edit line. */
  | { readonly kind: "promptEnd"; readonly nonce: number }
  /** Begin and end of what stands to the right of the edit line. */
  | { readonly kind: "rightPrompt"; readonly nonce: number }
  | { readonly kind: "rightPromptEnd"; readonly nonce: number }
  /** The line editor draws a prompt, ours or not (static: it carries no nonce and proves nothing). */
  | { readonly kind: "editor" }
  /** The shell asks for more lines: the text was unfinished. */
  | { readonly kind: "continue"; readonly nonce: number }
  /** Before it runs the text the shell asks the user about it (zsh's spelling correction), and waits for a key. */
  | { readonly kind: "asks"; readonly nonce: number }
  /** The rest of a pasted text is dropped because Ctrl+C ended one of its commands. */
  | { readonly kind: "stopped"; readonly nonce: number }
  /** The shell's stderr is back from where it was kept apart. */
  | { readonly kind: "joined"; readonly nonce: number }
  /** Answer to `check`. */
  | { readonly kind: "check"; readonly nonce: number; readonly complete: boolean }
  /** Answer to `probe`: the last status, the directory, the command that runs, and the edit line, quoted by the shell. */
  | {
      readonly kind: "line"
      readonly nonce: number
      readonly status: number
      readonly directory: string
      readonly running: string
      readonly line: string
    }

const integer = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null

/** Reads a mark's payload (`<letter>;<nonce>;…`); null when it is malformed. */
export const parseMark = (payload: string): Mark | null => {
  const [letter, first, ...rest] = payload.split(";")
  if (letter === "R" && first === undefined) return { kind: "editor" }
  const nonce = integer(first)
  if (nonce === null) return null
  const status = integer(rest[0])
  switch (letter) {
    case "C":
      return { kind: "start", nonce, text: rest.length === 0 ? null : rest.join(";") }
    case "A":
      return { kind: "asks", nonce }
    case "P":
      return { kind: "outputEnd", nonce }
    case "S":
      return { kind: "stopped", nonce }
    case "2":
      return { kind: "continue", nonce }
    case "Q":
      return { kind: "promptEnd", nonce }
    case "G":
      return { kind: "rightPrompt", nonce }
    case "H":
      return { kind: "rightPromptEnd", nonce }
    case "J":
      return { kind: "joined", nonce }
    case "K":
      return { kind: "check", nonce, complete: rest[0] !== "1" }
    case "E": {
      if (status === null) return null
      const notes = rest[1] ?? ""
      // A quoted word holds no newline.
      const [directory = "", lineEnd = "", between = ""] = rest
        .slice(2)
        .join(";")
        .split(/(\r?\n)([\s\S]*)/)
      return {
        kind: "end",
        nonce,
        status,
        notes: {
          noEditor: notes.includes("n"),
          errorsExit: notes.includes("e"),
          noPromptMarks: notes.includes("p"),
          leavesText: notes.includes("t")
        },
        directory: directory.replace(/;$/, ""),
        raw: lineEnd !== "\r\n",
        between
      }
    }
    case "D":
      return status === null
        ? null
        : { kind: "prompt", nonce, status, hooked: rest[1] === "1", directory: rest.slice(2).join(";") }
    case "T": {
      // Quoted words hold no control characters, so the three texts can be told apart by them. It is no newline in bash, which
      // would write what comes before it by itself.
      const [directory, running, line] = rest
        .slice(1)
        .join(";")
        .split(/\r?\n|\x1f/)
      if (status === null || directory === undefined || running === undefined || line === undefined) return null
      return { kind: "line", nonce, status, directory, running, line }
    }
    default:
      return null
  }
}
