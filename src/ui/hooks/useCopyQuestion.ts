import { useSyncExternalStore } from "react"
import { formatBytes } from "../../domain/formatBytes.ts"
import { textWidth } from "../../terminal/cells.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import type { ClipboardDesk, CopyAnswer, DeskView } from "../ClipboardDesk.ts"
import { messageRoom } from "../components/StatusLine.tsx"
import type { KeyHint } from "../keyHint.ts"
import { KEY_BINDINGS, type UiAction } from "../keymap.ts"
import { spellKey } from "../keyNames.ts"

/** Most cells of the status line for the command that wants to copy, and fewest for the sake of the first key. */
const MAX_COMMAND_CELLS = 16
const MIN_COMMAND_CELLS = 6

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
  /** Columns of the screen. */
  readonly width: number
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

/** What the view says; of a question the command is cut, so that the sentence takes `room` cells. */
const textOf = ({ type, command, bytes }: DeskView, room: number): string => {
  const does = {
    question: ` wants to copy ${formatBytes(bytes)}`,
    copied: ` copied ${formatBytes(bytes)} to the clipboard`,
    sent: ` sent ${formatBytes(bytes)} to the clipboard`,
    failed: ` wants to copy ${formatBytes(bytes)}: nothing took it`,
    tooLong: " wants to copy more than terminals take: not copied"
  }[type]
  const most = Math.max(MIN_COMMAND_CELLS, Math.min(MAX_COMMAND_CELLS, room - textWidth(does)))
  return (truncateText(visibleText(command().trim().split("\n")[0] ?? ""), most) || "A program") + does
}

/** Joins the clipboard's desk to the status line and the keys. */
export const useCopyQuestion = ({ desk, leader, pressed, width, say }: UseCopyQuestionOptions): CopyQuestion => {
  const view = useSyncExternalStore(desk.subscribe, desk.view, desk.view)
  const isQuestion = view?.type === "question"
  const hints = ANSWER_KEYS.map(({ keys, meaning }) => ({ keys: `${spellKey(leader)} ${keys}`, meaning }))
  return {
    question: isQuestion ? textOf(view, messageRoom(width, hints[0]!)) : null,
    notice: view !== null && !isQuestion ? textOf(view, width) : null,
    hints: isQuestion ? (pressed ? ANSWER_KEYS : hints) : [],
    act: (action) => {
      const found = ANSWERS.find(([name]) => name === action)
      if (found === undefined) return false
      if (!isQuestion || !desk.answer(view.block, found[1])) say("No program asks to copy anything")
      return true
    }
  }
}
