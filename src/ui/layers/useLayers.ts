import type { BlockHeader } from "../../domain/Block.ts"
import type { LendEnd, LentProgram } from "../../terminal/TerminalLender.ts"
import { useAgain } from "../again/useAgain.ts"
import { useArchive } from "../archive/useArchive.ts"
import { useSaved } from "../archive/useSaved.tsx"
import type { BlockList } from "../blocks/BlockList.ts"
import { useLineFilter } from "../filter/useLineFilter.ts"
import { useFind } from "../find/useFind.ts"
import { useHistorySearch } from "../history/useHistorySearch.tsx"
import type { CommandLine } from "../hooks/useCommandLine.ts"
import { useSession } from "../hooks/useSession.ts"
import type { UiAction } from "../keymap.ts"
import { useHints } from "../pick/useHints.ts"
import { useLinks } from "../pick/useLinks.ts"
import type { ReadOnlyState } from "../readOnly/readOnlyText.ts"
import { useTakeOver } from "../readOnly/useTakeOver.ts"
import { useSave } from "../save/useSave.ts"
import { useBlockSayings } from "../sayings/useBlockSayings.ts"
import { useUndo } from "../sayings/useUndo.ts"
import { useSessionSearch } from "../search/useSessionSearch.tsx"
import { useSelection } from "../select/useSelection.ts"
import type { SlashCall } from "../slashCommands.ts"
import type { Theme } from "../theme.ts"
import type { UiEvent } from "../uiState.ts"
import type { Layer } from "./Layer.ts"
import { type Choice, useChoice } from "./useChoice.tsx"
import { type Question, useQuestion } from "./useQuestion.ts"

/** What the features of the screen have to work with. */
export interface FeatureTools {
  readonly list: BlockList
  readonly theme: Theme
  /** Absolute home directory, written `~`. */
  readonly home: string
  /** Name of the leader key. */
  readonly leader: string
  /** Navigation has the keyboard, or will have it again when no layer is open. */
  readonly navigating: boolean
  /** Says something on the status line, until the next key. */
  readonly say: (text: string) => void
  readonly dispatch: (event: UiEvent) => void
  /** Puts text on the user's clipboard, and says so on the status line once it is there, worded as is given. */
  readonly copy: (text: string, wording?: (done: string) => string) => void
  /** Gives the user's terminal to a program until its end, see `TerminalLender`; never rejects. */
  readonly lend: (program: LentProgram) => Promise<LendEnd>
  /** The environment for a program that is run for the user, as a command would have it now. */
  readonly environment: () => Readonly<Record<string, string>>
  /** The command line: to put text into it, or run what it would. */
  readonly editor: CommandLine
  /** Does what a key does. */
  readonly act: (action: UiAction) => void
  /** Set for a session that is only read. */
  readonly readOnly: ReadOnlyState | null
  /** The block that keys act on, asked for when a key needs it: moving the selection renders the list, not the screen. */
  readonly selected: () => BlockHeader | undefined
  readonly ask: Question["ask"]
  readonly choose: Choice["choose"]
}

/** A feature that keys open and that may have the keyboard for a while. */
export interface Feature {
  /** Null while it does not have the keyboard. */
  readonly layer: Layer | null
  /** Does what a key asks for; false for an action that is another's. */
  readonly act: (action: UiAction) => boolean
  /** Does what a word of the editor asks for; absent, or false, for a word that is another's. */
  readonly word?: (call: SlashCall) => boolean
}

export interface Layers {
  /** What has the keyboard above everything else; null for nothing. */
  readonly layer: Layer | null
  readonly act: Feature["act"]
  readonly word: (call: SlashCall) => boolean
}

/** The features of the screen, each in a hook of its own: the first with an open layer has the keyboard. */
export const useLayers = (options: Omit<FeatureTools, "selected" | "ask" | "choose">): Layers => {
  const session = useSession()
  const question = useQuestion()
  const choice = useChoice(options.theme)
  const tools: FeatureTools = {
    ...options,
    selected: () => session.blocks.find((block) => block.id === options.list.selected),
    ask: question.ask,
    choose: choice.choose
  }
  const features: ReadonlyArray<Feature> = featuresOf(tools)
  return {
    layer: [question, choice, ...features].find(({ layer }) => layer !== null)?.layer ?? null,
    act: (action) => features.some((feature) => feature.act(action)),
    word: (call) => features.some((feature) => feature.word?.(call) === true)
  }
}

/** Calls the features' hooks, always all of them and in this order. */
const featuresOf = (tools: FeatureTools): ReadonlyArray<Feature> => {
  const find = useFind(tools)
  return [
    useSave(tools),
    useSelection(tools),
    useHints(tools),
    useLinks(tools),
    useBlockSayings(tools),
    useUndo(tools),
    find,
    useLineFilter(tools),
    useAgain(tools),
    useSessionSearch(tools, find.adopt),
    useHistorySearch(tools),
    useTakeOver(tools),
    useArchive(tools),
    useSaved(tools)
  ]
}
