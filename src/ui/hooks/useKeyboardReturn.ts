import { useEffect } from "react"
import { isFinished } from "../../domain/Block.ts"
import type { Session } from "../../domain/Session.ts"
import type { UiEvent, UiState } from "../uiState.ts"

/** What the keyboard comes back from. */
export interface KeyboardReturn {
  readonly ui: Pick<UiState, "focus" | "attached">
  readonly blocks: Session["blocks"]
  /** A program has the session's shell. */
  readonly programRuns: boolean
  /** Text is being written in the editor. */
  readonly isWriting: boolean
  readonly dispatch: (event: UiEvent) => void
}

/** Brings the keyboard back to the editor at a command's end, unless the user is reading, and from a block that has ended. */
export const useKeyboardReturn = ({ ui, blocks, programRuns, isWriting, dispatch }: KeyboardReturn): void => {
  // The next command of the queue does not get what is meant for a line that is being written.
  const holdsEditor = isWriting && blocks.some(({ status }) => status === "idle")
  const comesBack = !programRuns && !holdsEditor && ui.focus === "edit"
  useEffect(() => {
    if (comesBack) dispatch({ type: "focus", focus: "auto" })
  }, [comesBack, dispatch])
  // A plain shell has the keyboard before it has a block.
  const attachedEnded = blocks.some(({ id, status }) => id === ui.attached && isFinished(status))
  useEffect(() => {
    if (attachedEnded) dispatch({ type: "attach", block: null })
  }, [attachedEnded, dispatch])
}
