import { useSyncExternalStore } from "react"
import { formatBytes } from "../blocks/format.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import type { ClipboardDesk, CopyAnswer, DeskView } from "../ClipboardDesk.ts"
import type { KeyHint } from "../keyHint.ts"
import { KEY_BINDINGS, type UiAction } from "../keymap.ts"
import { spellKey } from "../keyNames.ts"

/** Most cells of the status line for the command that wants to copy. */
const MAX_COMMAND_CELLS = 16

/** What answers, in the order in which a narrow line shows the keys. */
const ANSWERS = [
  ["copyOnce", "yes"],
  ["refuseCopy", "no"],
  ["copyAlways", "always"]
] as const satisfies ReadonlyArray<readonly [UiAction, CopyAnswer]>

const ANSWER_KEYS = ANSWERS.map(([action]) => {
  const { keys, hint = "" } = KEY_BINDINGS.find((binding) => binding.action === action)!
  return { keys: spellKey(keys[0]!), meaning: hint }
})

export interface UseCopyQuestionOptions {
  readonly desk: ClipboardDesk
  /** Name of the leader key: it is part of the keys that answer, unless it was `pressed`. */
  readonly leader: string
  readonly pressed: boolean
  /** Says something on the status line. */
  readonly say: (text: string) => void
}

/** What programs want on the clipboard, for the status line. */
export interface CopyQuestion {
  /** A question that is open: it goes before everything else. */
  readonly question: string | null
  /** What has become of a wish. */
  readonly notice: string | null
  /** The keys that answer; none while nothing is asked. */
  readonly hints: ReadonlyArray<KeyHint>
  /** Answers the question that is shown, if the action is an answer; false when it is not. */
  readonly act: (action: UiAction) => boolean
}

const textOf = ({ type, command, bytes }: DeskView): string => {
  const who = truncateText(visibleText(command().trim().split("\n")[0] ?? ""), MAX_COMMAND_CELLS) || "A program"
  if (type === "question") return `${who} wants to copy ${formatBytes(bytes)}`
  return type === "copied"
    ? `${who} sent ${formatBytes(bytes)} to the clipboard`
    : `${who} wants to copy more than terminals take: not copied`
}

/** Joins the clipboard's desk to the status line and the keys. */
export const useCopyQuestion = ({ desk, leader, pressed, say }: UseCopyQuestionOptions): CopyQuestion => {
  const view = useSyncExternalStore(desk.subscribe, desk.view, desk.view)
  const isQuestion = view?.type === "question"
  return {
    question: isQuestion ? textOf(view) : null,
    notice: view !== null && !isQuestion ? textOf(view) : null,
    hints: isQuestion
      ? ANSWER_KEYS.map(({ keys, meaning }) => ({ keys: pressed ? keys : `${spellKey(leader)} ${keys}`, meaning }))
      : [],
    act: (action) => {
      const found = ANSWERS.find(([name]) => name === action)
      if (found === undefined) return false
      if (!isQuestion || !desk.answer(view.block, found[1])) say("No program asks to copy anything")
      return true
    }
  }
}
