import { statSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { BlockHeader } from "../../domain/Block.ts"
import { makePrivateDirectory } from "../../shell/privateDirectory.ts"
import type { LendEnd } from "../../terminal/TerminalLender.ts"
import { useOutputs } from "../hooks/useSession.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { editorCall } from "./editorCall.ts"
import { outputText } from "./outputLines.ts"
import { endMessage, pagerCommand, pagerProgram } from "./userPrograms.ts"

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

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
    let directory: string
    try {
      directory = makePrivateDirectory(env.XDG_RUNTIME_DIR)
    } catch (cause) {
      return say(cause instanceof Error ? cause.message : String(cause))
    }
    const file = join(directory, `block-${block.metadata.number}.txt`)
    const { command, ...call } = editorCall(env, { path: file })
    void lend({
      ...call,
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
