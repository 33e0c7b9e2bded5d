import { findProgram, NOT_FOUND_CODE } from "../../shell/findProgram.ts"
import type { LendEnd, LentProgram } from "../../terminal/TerminalLender.ts"
import { visibleText } from "../blocks/visibleText.ts"

/** Programs that can page, where PAGER names none: the first that is there. */
const PAGERS = ["less -R", "more"] as const
/** Editors, where neither VISUAL nor EDITOR names one. */
const EDITORS = ["vi", "nano"] as const

/** The first word of a command, for a line that says how it went. */
export const programOf = (command: string): string => command.split(" ", 1)[0]!

/** The first of `commands` whose program is there; the first one when none is, so that its absence is told. */
const firstThere = (commands: ReadonlyArray<string>, path: string | undefined): string =>
  commands.find((command) => findProgram(programOf(command), path) !== null) ?? commands[0]!

/** The command that pages: what PAGER says, run by a shell as git does; `cat` and nothing are no pagers. */
export const pagerCommand = ({ PAGER, PATH }: Readonly<Record<string, string>>): string => {
  const wish = PAGER?.trim() ?? ""
  return wish === "" || wish === "cat" ? firstThere(PAGERS, PATH) : wish
}

/** The command that edits: VISUAL, unless the terminal cannot be drawn on, else EDITOR. */
export const editorCommand = ({ VISUAL, EDITOR, TERM, PATH }: Readonly<Record<string, string>>): string => {
  const wish = [TERM === "dumb" ? undefined : VISUAL, EDITOR]
    .map((each) => each?.trim() ?? "")
    .find((each) => each !== "")
  return wish ?? firstThere(EDITORS, PATH)
}

/** How such a command is run on arguments: by a shell, as git does, to which they are arguments and nothing else. */
export const byShell = (command: string, args: ReadonlyArray<string>): Pick<LentProgram, "file" | "args"> => ({
  file: "sh",
  args: ["-c", `${command} "$@"`, command, ...args]
})

/** What there is to say after a program's end; null when all went well. */
export const endMessage = (command: string, end: LendEnd): string | null => {
  if (end._tag === "Failed") return visibleText(end.problem)
  const name = visibleText(programOf(command))
  if (end.exitCode === NOT_FOUND_CODE) return `${name} was not found`
  if (end.signal !== null) return `${name} was ended by ${end.signal}`
  if (end.exitCode !== 0) return `${name} ended with status ${end.exitCode}`
  return end.dropped > 0 ? `Typed too early for ${name}, and dropped: ${end.dropped} keys` : null
}

/** What pages `input` in the directory `cwd`: what PAGER says, with the variables that commands have. */
export const pagerProgram = (
  environment: Readonly<Record<string, string>>,
  cwd: string,
  input: Iterable<string>
): LentProgram => ({
  file: "sh",
  args: ["-c", pagerCommand(environment)],
  cwd,
  // As git does: less and lv show colours only when they are told to.
  env: { LESS: "R", LV: "-c", ...environment },
  input
})
