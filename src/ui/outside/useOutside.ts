import { statSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { BlockHeader } from "../../domain/Block.ts"
import { findProgram } from "../../shell/findProgram.ts"
import { makePrivateDirectory } from "../../shell/privateDirectory.ts"
import type { LendEnd, LentProgram } from "../../terminal/TerminalLender.ts"
import { visibleText } from "../blocks/visibleText.ts"
import { useOutputs } from "../hooks/useSession.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { outputText } from "./outputLines.ts"

/** Programs that can page, where PAGER names none: the first that is there. */
const PAGERS = ["less -R", "more"] as const
/** Editors, where neither VISUAL nor EDITOR names one. */
const EDITORS = ["vi", "nano"] as const
/** What a shell's exit code says of a command that it has not found (POSIX). */
const NOT_FOUND = 127

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const programOf = (command: string): string => command.split(" ", 1)[0]!

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

/** What there is to say after a program's end; null when all went well. */
export const endMessage = (command: string, end: LendEnd): string | null => {
  if (end._tag === "Failed") return visibleText(end.problem)
  const name = visibleText(programOf(command))
  if (end.exitCode === NOT_FOUND) return `${name} was not found`
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

/** Opens a block's output in the user's pager, with its colours, or as text in the user's editor. */
export const useOutside = ({ say, lend, environment, selected }: FeatureTools): Feature => {
  const outputs = useOutputs()

  const told = (command: string) => (end: LendEnd) => {
    const message = endMessage(command, end)
    if (message !== null) say(message)
  }

  /** Where the block's paths mean what they meant, if that is still there. */
  const directoryOf = ({ metadata }: BlockHeader): string =>
    isDirectory(metadata.directory) ? metadata.directory : "/"

  const page = (block: BlockHeader) => {
    const given = environment()
    void lend(pagerProgram(given, directoryOf(block), outputText(outputs, block, "colors"))).then(
      told(pagerCommand(given))
    )
  }

  const edit = (block: BlockHeader) => {
    const env = environment()
    const command = editorCommand(env)
    let directory: string
    try {
      directory = makePrivateDirectory(env.XDG_RUNTIME_DIR)
    } catch (cause) {
      return say(cause instanceof Error ? cause.message : String(cause))
    }
    const file = join(directory, `block-${block.metadata.number}.txt`)
    void lend({
      file: "sh",
      args: ["-c", `${command} "$@"`, command, file],
      cwd: directoryOf(block),
      env: { ...env },
      before: () => writeFile(file, outputText(outputs, block, "plain"), { mode: 0o600, flag: "wx" })
    })
      .finally(() => rm(directory, { recursive: true, force: true }))
      .then(told(command))
  }

  return {
    layer: null,
    act: (action) => {
      const open = action === "openPager" ? page : action === "openEditor" ? edit : null
      if (open === null) return false
      const block = selected()
      if (block === undefined) return true
      if ((outputs.get(block.id)?.lineCount ?? 0) + (block.metadata.stderr?.lines ?? 0) > 0) open(block)
      else say(`b${block.metadata.number} has no output`)
      return true
    }
  }
}
