import { statSync } from "node:fs"
import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import { environmentOf } from "../../domain/environments.ts"
import { incognitoText } from "../../domain/incognito.ts"
import { type CommandError, CommandExecutor, type CommandRequest } from "../../services/CommandExecutor.ts"
import { tildePath } from "../blocks/format.ts"
import { visibleText } from "../blocks/visibleText.ts"
import { useService } from "../contexts/EffectProvider.tsx"
import { GAP_NOTICE, gapAt } from "../editor/redactedGap.ts"
import { useAsyncCommand } from "../hooks/useAsyncCommand.ts"
import { useSession, useShellState } from "../hooks/useSession.ts"
import type { UiAction } from "../keymap.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { writtenText } from "../slashCommands.ts"
import { blockLabel, whyNotAgain } from "./whyNotAgain.ts"

/** Names of variables that a message shows at most. */
const MAX_NAMES = 3

const named = (names: ReadonlyArray<string>): string => {
  const more = names.length - MAX_NAMES
  const shown = names.slice(0, MAX_NAMES).map(visibleText).join(", ")
  return more > 0 ? `${shown} and ${more} more` : shown
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** Runs a block's command again: in the session's shell, edited, or in the place and with the variables it ran with. */
export const useRunAgain = ({ list, home, say, dispatch, editor, selected }: FeatureTools): Feature => {
  const session = useSession()
  const { phase } = useShellState()
  const executor = useService(CommandExecutor)

  const toEditor = () => {
    list.select(null)
    list.toBottom()
    dispatch({ type: "attach", block: null })
    dispatch({ type: "focus", focus: "edit" })
  }

  /** Puts a command into the editor, where it can be seen before it runs. */
  const edit = (text: string) => {
    editor.replaceText(text)
    toEditor()
  }

  const refused = ({ reason, message }: CommandError, request: CommandRequest) => {
    if (reason === "ChangesShell") {
      edit(request.incognito === true ? incognitoText(request.command) : request.command)
      say(`${message}: Enter runs it there`)
    } else say(message)
  }
  const { executeCommand } = useAsyncCommand(refused)

  /** A command that lacks a secret goes into the editor, the cursor in the gap; false for one that has all it had. */
  const lacksSecret = (text: string): boolean => {
    if (gapAt(text) === null) return false
    edit(text)
    editor.goToGap()
    say(GAP_NOTICE)
    return true
  }

  const runAgain = (block: BlockHeader) => {
    const text = writtenText(block)
    if (lacksSecret(text)) return
    if (phase === "bare") {
      edit(text)
      return say("The shell has no integration: Enter types it into what runs there")
    }
    if (phase === "ended") return say("There is no shell to run it in")
    const waits = executor.willQueue()
    editor.enter(text)
    if (waits) return say(`${blockLabel(block)} runs again after what runs now`)
    list.select(null)
    dispatch({ type: "attach", block: null })
    dispatch({ type: "focus", focus: "auto" })
  }

  const editAgain = (block: BlockHeader) => {
    const hadText = editor.editor.buffer.text !== ""
    edit(writtenText(block))
    editor.goToGap()
    if (hadText) say("Ctrl+_ brings back what was written here")
  }

  const runInPlace = (block: BlockHeader) => {
    if (lacksSecret(writtenText(block))) return
    const { directory, environment, timeLimit, stderr, incognito } = block.metadata
    if (block.status === "idle") return say(`${blockLabel(block)} has not run yet: it has no variables of its own`)
    const place = tildePath(directory, home)
    if (!isDirectory(directory)) return say(`Not run: ${place} is gone`)
    const changes = environmentOf(session, block)
    if (changes === null)
      return say(`Not run: too many other variables since, those of ${blockLabel(block)} are forgotten`)
    const { set, unset, redacted } = changes
    if (redacted.length > 0) {
      edit(writtenText(block))
      return say(`Not run: secrets are not kept (${named(redacted)}); here it has the session's own`)
    }
    void executeCommand({
      command: block.command,
      place: { directory, changes: { set, unset }, ...(environment !== undefined && { environment }) },
      ...(timeLimit !== undefined && { timeLimit }),
      ...(stderr !== undefined && { split: true }),
      ...(incognito === true && { incognito })
    })
    list.toBottom()
    say(`Runs again beside, in ${place}${isFinished(block.status) ? "" : " too"}`)
  }

  /** The word that stands for the block's output goes to the cursor; before it, in an empty editor, the command. */
  const putWord = (block: BlockHeader) => {
    if (phase === "bare") return say("Words stand for blocks only in a shell with integration")
    const word = `@${block.metadata.name ?? blockLabel(block)}`
    const { text, cursor } = editor.editor.buffer
    const isEmpty = text.trim() === ""
    const before = isEmpty || /\s$/.test(text.slice(0, cursor)) ? "" : " "
    if (isEmpty) editor.replaceText(` ${word}`)
    else editor.onKey({ type: "paste", text: before + word })
    if (isEmpty) editor.moveTo(0)
    toEditor()
    say(`${word} is a file with the output of ${blockLabel(block)}`)
  }

  const actions: Partial<Record<UiAction, (block: BlockHeader) => void>> = {
    runAgain,
    editAgain,
    runInPlace
  }

  return {
    layer: null,
    act: (action) => {
      const act = action === "useOutput" ? putWord : actions[action]
      if (act === undefined) return false
      const block = selected()
      if (block === undefined) return true
      // Output without a command has a word too.
      const why = action === "useOutput" ? null : whyNotAgain(block)
      if (why === null) act(block)
      else say(why)
      return true
    }
  }
}
