/** Words that start or join the shell's own constructs where a command's name is expected. */
const RESERVED = new Set(
  "if then elif else fi time for in until while do done case esac coproc select function ! [[ ]] { }".split(" ")
)

/** A word that the shell takes as it is; as a command's name it must not look like an assignment either. */
const PLAIN_WORD = /^[\w@%+:,./-][\w@%+=:,./-]*$/

const quoteWord = (word: string, index: number): string => {
  const plain = PLAIN_WORD.test(word) && !(index === 0 && (word.includes("=") || RESERVED.has(word)))
  return plain ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** The command that `exec` was given. */
export interface ExecCommand {
  /** As a line of the shell: what the block is called, and what can be run again. */
  readonly text: string
  /** Arguments for the shell that runs it. */
  readonly shellArguments: ReadonlyArray<string>
}

/**
 * What to run: one word is a line of the shell, as with `sh -c`; several are a program and its arguments exactly, as with
 * `env`, and handed over as they are: quoted into one word they could be longer than a word may be.
 *
 * @param lineShell absolute path of another shell for the line; null for the one that gets the arguments
 */
export const execCommand = (words: ReadonlyArray<string>, lineShell: string | null = null): ExecCommand => {
  const [line = ""] = words
  if (words.length > 1) {
    return { text: words.map(quoteWord).join(" "), shellArguments: ["-c", '"$@"', "effecttalk", ...words] }
  }
  const asked = lineShell === null ? [] : ['exec "$@"', "effecttalk", lineShell, "-c"]
  return { text: line, shellArguments: ["-c", ...asked, line] }
}
