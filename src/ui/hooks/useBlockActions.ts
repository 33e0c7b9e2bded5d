import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { BesideShells } from "../../services/BesideShells.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import { outcomeOf } from "../blocks/blockHeader.ts"
import { bothText, copyPieces, hiddenLines, markdownText } from "../blocks/copyText.ts"
import { formatLines } from "../blocks/format.ts"
import { gatherText } from "../blocks/gatherText.ts"
import { useRun, useRunNow, useService } from "../contexts/EffectProvider.tsx"
import type { UiAction } from "../keymap.ts"
import type { UiEvent } from "../uiState.ts"
import { useEffectTalk } from "./useEffectTalk.ts"
import { useOutputs } from "./useSession.ts"

/** What Ctrl+C sends. */
export const INTERRUPT = Uint8Array.of(0x03)

/** Whether a block failed as its sign says: what Ctrl+C or a closed pipe ended did not. */
const failed = (block: BlockHeader): boolean => outcomeOf(block) === "failure"

export interface UseBlockActionsOptions {
  readonly list: BlockList
  readonly dispatch: (event: UiEvent) => void
  /** Says something on the status line. */
  readonly say: (text: string) => void
  /** Puts text on the user's clipboard, and says so on the status line, with a note after it. */
  readonly copy: (text: string, wording?: (done: string) => string) => void
}

export interface BlockActions {
  /** Does what a key asks for; false for an action that is not about blocks. */
  readonly act: (action: UiAction) => boolean
  /** Folds a block, or unfolds it. */
  readonly toggleFold: (id: BlockId) => void
}

/** What keys do with the blocks on the screen. */
export const useBlockActions = ({ list, dispatch, say, copy }: UseBlockActionsOptions): BlockActions => {
  const { session, sessionStore, blockService, commandExecutor } = useEffectTalk()
  const shell = useService(SessionShell)
  const besides = useService(BesideShells)
  const outputs = useOutputs()
  const run = useRun()
  const runNow = useRunNow()

  // Asked when a key needs it: moving the selection renders the list, not the screen.
  const selected = (): BlockHeader | undefined => session.blocks.find((block) => block.id === list.selected)

  /** For what is done with one block, which is the session's active one from then on. */
  const onBlock = (act: (block: BlockHeader) => void) => (block: BlockHeader | undefined) => {
    if (block === undefined) return
    if (session.activeBlockId !== block.id) run(sessionStore.setActiveBlock(block.id))
    act(block)
  }

  const attach = (block: BlockHeader | undefined) => {
    if (block?.status !== "running") return say("No program runs in this block")
    dispatch({ type: "attach", block: block.metadata.beside === true ? block.id : null })
    dispatch({ type: "focus", focus: "auto" })
    list.select(null)
  }

  const stop = (block: BlockHeader | undefined) => {
    if (block?.status === "idle") run(commandExecutor.cancel(block.id))
    else if (block?.status !== "running") say("Nothing runs in this block, and it does not wait")
    else if (block.metadata.beside === true) besides.write(block.id, INTERRUPT)
    else shell.write(INTERRUPT)
  }

  /** What a filter shows of the block. */
  const filtered = (block: BlockHeader) => (block.metadata.folded ? undefined : list.view(block.id)?.streams)

  const toggleFold = (block: BlockHeader) => {
    // What a search looks into only has to be let go of.
    if (list.peeked === block.id) list.peek(null)
    else runNow(blockService.setFolded(block.id, !block.metadata.folded))
  }

  /** To the nearest block above or below; what is not there is said. */
  const move = (step: -1 | 1, filter?: (block: BlockHeader) => boolean) => {
    if (list.selectBy(step, filter)) return
    const which = filter === undefined ? "block" : "failed block"
    say(`No ${which} ${step < 0 ? "above" : "below"}`)
  }

  /** From the editor: the first step selects the block that is being read. */
  const walk = (step: -1 | 1) => {
    dispatch({ type: "focus", focus: "navigate" })
    if (list.selected === null) list.selectRead()
    else move(step)
    if (list.selected === null) say("No block yet")
    else list.ensureVisible(list.selected)
  }

  /** Copies what is made of a block and its output; a large one is gathered while the screen goes on. */
  const copyBlock = (block: BlockHeader, shape: (output: string) => string) => {
    const hidden = hiddenLines(outputs, block)
    const shown = filtered(block)
    const pieces = copyPieces(outputs, block, shown)
    // What is still written to must not change in between.
    void gatherText(outputs.live(block.id) === null ? pieces : [...pieces]).then((output) => {
      const text = shape(output)
      if (text === "")
        say(`Nothing to copy: ${shown === undefined ? "the block has no output" : "the filter shows no line"}`)
      else if (shown !== undefined) copy(text, (done) => `${done}; only filtered lines`)
      else copy(text, (done) => (hidden === 0 ? done : `${done}; ${formatLines(hidden)} not kept`))
    })
  }

  const actions: Partial<Record<UiAction, (block: BlockHeader | undefined) => void>> = {
    attach,
    stop,
    previousBlock: () => move(-1),
    nextBlock: () => move(1),
    walkUp: () => walk(-1),
    walkDown: () => walk(1),
    previousFailed: () => move(-1, failed),
    nextFailed: () => move(1, failed),
    blockTop: (block) => block !== undefined && list.toBlockTop(block.id),
    blockBottom: (block) => block !== undefined && list.toBlockBottom(block.id),
    rowUp: () => list.scrollBy(-1),
    rowDown: () => list.scrollBy(1),
    pageUp: () => list.pageUp(),
    pageDown: () => list.pageDown(),
    top: () => {
      list.toTop()
      list.select(session.blocks[0]?.id ?? null)
    },
    bottom: () => {
      list.toBottom()
      list.select(session.blocks.at(-1)?.id ?? null)
    },
    toggleFold: onBlock(toggleFold),
    foldAll: () => runNow(blockService.setAllFolded(true)),
    unfoldAll: () => runNow(blockService.setAllFolded(false)),
    copyOutput: onBlock((block) => copyBlock(block, (output) => output)),
    copyBoth: onBlock((block) => copyBlock(block, (output) => bothText(block, output))),
    copyMarkdown: onBlock((block) => copyBlock(block, (output) => markdownText(block, output))),
    copyCommand: onBlock((block) => {
      if (block.command === "") say("Nothing to copy: no command printed this")
      else copy(block.command)
    })
  }

  return {
    act: (action) => {
      const act = actions[action]
      if (act === undefined) return false
      act(selected())
      return true
    },
    toggleFold: (id) => {
      const block = session.blocks.find((one) => one.id === id)
      if (block !== undefined) toggleFold(block)
    }
  }
}
