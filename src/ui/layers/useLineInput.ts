import { useMemo, useReducer, useRef } from "react"
import type { InputEvent } from "../../terminal/inputEvents.ts"
import { type Editor, makeEditor, press, replaceText } from "../editor/Editor.ts"
import type { TextBuffer } from "../editor/TextBuffer.ts"

/** What an event did to the line: `other` when the line has no use for it. */
export type LineAnswer = "enter" | "cancel" | "edited" | "moved" | "other"

/** One line of text with the editor's own keys. */
export interface LineInput {
  readonly buffer: TextBuffer
  /** Takes a key, text or paste; what it says holds for the next event of the same read. */
  readonly onEvent: (event: InputEvent) => LineAnswer
  /** The text now, also between two renders. */
  readonly text: () => string
  /** True while the cursor stands behind the text. */
  readonly atEnd: () => boolean
  /** Puts `text` in place of everything, the cursor at its end; undo brings back what was there. */
  readonly replace: (text: string) => void
  /** Begins anew with `text`. */
  readonly reset: (text?: string) => void
}

const CANCEL = new Set(["escape", "ctrl+c", "ctrl+g"])
/** Keys that a line of its own has no use for: history, and what belongs to the screen. */
const NOT_OURS = new Set(["up", "down", "ctrl+p", "ctrl+n", "alt+<", "alt+>", "ctrl+l", "alt+.", "alt+_", "ctrl+j"])

/** Holds one line of text between keys. Line ends that are pasted become blanks. */
export const useLineInput = (initial = ""): LineInput => {
  // A ref, because one read of the terminal may bring many keys: each must see what the one before it did.
  const editor = useRef<Editor | null>(null)
  editor.current ??= makeEditor(initial)
  const [, rerender] = useReducer((count: number) => count + 1, 0)

  const actions = useMemo(() => {
    const current = (): Editor => editor.current ?? makeEditor()
    const update = (next: Editor): void => {
      editor.current = next
      rerender()
    }
    const onEvent = (event: InputEvent): LineAnswer => {
      if (event.type === "key") {
        if (event.name === "enter") return "enter"
        if (CANCEL.has(event.name)) return "cancel"
        if (NOT_OURS.has(event.name)) return "other"
      } else if (event.type !== "text" && event.type !== "paste") return "other"
      const key = event.type === "paste" ? { ...event, text: event.text.replaceAll(/\s*\n\s*/g, " ") } : event
      const before = current()
      const { editor: next, intent } = press(before, key, () => [])
      if (intent !== null) return "other"
      update(next)
      return next.buffer.text === before.buffer.text ? "moved" : "edited"
    }
    return {
      onEvent,
      text: () => current().buffer.text,
      atEnd: () => current().buffer.cursor === current().buffer.text.length,
      replace: (text: string) => update(replaceText(current(), text)),
      reset: (text = "") => update(makeEditor(text))
    }
  }, [])
  return { buffer: editor.current.buffer, ...actions }
}
