import * as Effect from "effect/Effect"
import { useEffect, useSyncExternalStore } from "react"
import { HistoryStore } from "../../services/HistoryStore.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import type { Editor } from "../editor/Editor.ts"
import { commandFor } from "../editor/editorActions.ts"
import { wordEndAfter } from "../editor/words.ts"
import { useHistorySeed } from "./useHistorySeed.ts"

/**
 * What the history suggests behind the text: while one line is written anew, the cursor at its end. Null for nothing.
 *
 * @param directory of the session
 */
export const useSuggestion = (editor: Editor, directory: string, enabled: boolean): string | null => {
  const history = useService(HistoryStore)
  const run = useRun()
  const seed = useHistorySeed()
  useSyncExternalStore(history.subscribe, history.version, history.version)
  const { text, cursor } = editor.buffer
  const isWriting = enabled && text !== ""
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first character of a line asks, not each render
  useEffect(() => {
    if (!isWriting) return
    run(Effect.asVoid(history.open))
    seed()
  }, [isWriting])
  const isDraft = editor.place.index === editor.place.entries.length
  if (!isWriting || !isDraft || cursor !== text.length || text.includes("\n")) return null
  return history.suggest(text, directory)
}

/** The part of a suggestion that a key takes: all of it, its next word, or null for a key that takes nothing. */
export const takenBy = (key: string, suggestion: string): string | null => {
  switch (commandFor(key)) {
    case "forward-char":
    case "end-of-line":
      return suggestion
    case "forward-word":
      return suggestion.slice(0, wordEndAfter(suggestion, 0))
    default:
      return null
  }
}
