import { useLayoutEffect, useMemo, useReducer, useRef } from "react"
import {
  continueLine,
  type Editor,
  type EditorIntent,
  type EditorKey,
  goToGap,
  insertTypeAhead,
  keepForYank,
  makeEditor,
  press,
  replaceText,
  submit,
  takeBack
} from "./Editor.ts"
import type { Past } from "./history.ts"
import { moveTo } from "./TextBuffer.ts"

export interface UseEditorOptions {
  /** What the editor begins with: the unsent input of a resumed session. */
  readonly initialText?: string
  readonly past: Past
  /** Enter on something that is not blank; the editor is empty again. */
  readonly onSubmit: (text: string) => void
  /** Ctrl+D in an empty editor. */
  readonly onEmptyEof: () => void
  /** Ctrl+C; `hadText` when it cleared the input, which undo brings back. */
  readonly onInterrupt: (hadText: boolean) => void
  /** Escape in an empty editor. */
  readonly onEscapeEmpty: () => void
  /** Ctrl+L. */
  readonly onClearScreen: () => void
}

export interface EditorHandle {
  /** For `CommandInput`, and its text to be kept for the next resume. */
  readonly editor: Editor
  /** Feeds one key; false when the editor has no use for it. */
  readonly onKey: (key: EditorKey) => boolean
  /** Takes the text as Enter does, but gives it to the caller; null when there is only blank. */
  readonly take: () => string | null
  /** The shell says that the line submitted last is unfinished: it comes back with a new line. */
  readonly continueLine: () => void
  /** The line submitted last was not run: it comes back as it was. */
  readonly takeBack: () => void
  /** Text that was typed before the editor had the keyboard. */
  readonly insertTypeAhead: (text: string) => void
  /** Keeps text for Ctrl+Y. */
  readonly keepForYank: (text: string) => void
  /** Puts the cursor at an offset of the text. */
  readonly moveTo: (offset: number) => void
  /** Puts the cursor where a secret is missing in the text; what is inserted next takes the place of its stand-in. */
  readonly goToGap: () => void
  /** Puts `text` in place of everything; undo brings it back. */
  readonly replaceText: (text: string) => void
}

/** Holds an editor's state between keys and tells the outside what it asks for. */
export const useEditor = (options: UseEditorOptions): EditorHandle => {
  const latest = useRef(options)
  useLayoutEffect(() => {
    latest.current = options
  })
  // A ref, because one read of the terminal may bring many keys: each must see what the one before it did.
  const editor = useRef<Editor | null>(null)
  editor.current ??= makeEditor(options.initialText)
  const [, rerender] = useReducer((count: number) => count + 1, 0)

  const actions = useMemo(() => {
    const current = (): Editor => editor.current ?? makeEditor()
    const update = (next: Editor): void => {
      if (next === editor.current) return
      editor.current = next
      rerender()
    }
    const tell = (intent: EditorIntent | null): boolean => {
      const { onClearScreen, onEmptyEof, onEscapeEmpty, onInterrupt, onSubmit } = latest.current
      switch (intent?.type) {
        case "submit":
          onSubmit(intent.text)
          break
        case "endOfFile":
          onEmptyEof()
          break
        case "interrupt":
          onInterrupt(intent.hadText)
          break
        case "escapeEmpty":
          onEscapeEmpty()
          break
        case "clearScreen":
          onClearScreen()
          break
        case "unbound":
          return false
      }
      return true
    }
    return {
      onKey: (key: EditorKey): boolean => {
        const pressed = press(current(), key, () => latest.current.past())
        update(pressed.editor)
        return tell(pressed.intent)
      },
      take: () => {
        const { editor: next, intent } = submit(current())
        update(next)
        return intent?.type === "submit" ? intent.text : null
      },
      continueLine: () => update(continueLine(current())),
      takeBack: () => update(takeBack(current())),
      insertTypeAhead: (text: string) => update(insertTypeAhead(current(), text)),
      keepForYank: (text: string) => update(keepForYank(current(), text)),
      moveTo: (offset: number) => update({ ...current(), buffer: moveTo(current().buffer, offset) }),
      goToGap: () => update(goToGap(current())),
      replaceText: (text: string) => update(replaceText(current(), text))
    }
  }, [])
  return { editor: editor.current, ...actions }
}
