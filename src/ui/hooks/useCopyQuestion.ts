import { useSyncExternalStore } from "react"
import { formatBytes } from "../blocks/format.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import type { ClipboardDesk, CopyAnswer, DeskView } from "../ClipboardDesk.ts"
import type { KeyHint } from "../keyHint.ts"
import { KEY_BINDINGS } from "../keymap.ts"
import { spellKey } from "../keyNames.ts"

/** Most cells of the status line for the command that wants to copy. */
const MAX_COMMAND_CELLS = 16

/** The keys that answer, in the order in which a narrow line shows them. */
const ANSWER_KEYS = (["copyOnce", "refuseCopy", "copyAlways"] as const).map((action) => {
  const { keys, hint = "" } = KEY_BINDINGS.find((binding) => binding.action === action)!
  return { keys: spellKey(keys[0]!), meaning: hint }
})

/** What programs want on the clipboard, for the status line. */
export interface CopyQuestion {
  /** A question that is open: it goes before everything else. */
  readonly question: string | null
  /** What has become of a wish. */
  readonly notice: string | null
  /** The keys that answer; none while nothing is asked. */
  readonly hints: ReadonlyArray<KeyHint>
  /** Answers the question that is shown; false when none is. */
  readonly answer: (answer: CopyAnswer) => boolean
}

const textOf = ({ type, command, bytes }: DeskView): string => {
  const who = truncateText(visibleText(command().trim().split("\n")[0] ?? ""), MAX_COMMAND_CELLS) || "A program"
  if (type === "question") return `${who} wants to copy ${formatBytes(bytes)}`
  return type === "copied"
    ? `${who} has sent ${formatBytes(bytes)} to the terminal's clipboard`
    : `${who} wants to copy more than terminals take: not copied`
}

/**
 * Joins the clipboard's desk to the status line.
 *
 * @param leader name of the leader key, pressed or not: it is part of the keys unless it was pressed
 */
export const useCopyQuestion = (desk: ClipboardDesk, leader: string, pressed: boolean): CopyQuestion => {
  const view = useSyncExternalStore(desk.subscribe, desk.view, desk.view)
  const isQuestion = view?.type === "question"
  return {
    question: isQuestion ? textOf(view) : null,
    notice: view !== null && !isQuestion ? textOf(view) : null,
    hints: isQuestion
      ? ANSWER_KEYS.map(({ keys, meaning }) => ({ keys: pressed ? keys : `${spellKey(leader)} ${keys}`, meaning }))
      : [],
    answer: (answer) => isQuestion && desk.answer(view.block, answer)
  }
}
