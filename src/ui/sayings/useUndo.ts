import * as Effect from "effect/Effect"
import { useRunNow } from "../contexts/EffectProvider.tsx"
import { useEffectTalk } from "../hooks/useEffectTalk.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { undoneBlock, undoneText } from "./undoneText.ts"

/** Takes back what the user did to the session and its blocks, or does it again: by key while navigating, by word else. */
export const useUndo = ({ list, say, navigating }: FeatureTools): Feature => {
  const { sessionStore } = useEffectTalk()
  const run = useRunNow()

  /** At once: each of several keys goes one step further. */
  const go = (direction: "undo" | "redo") =>
    run(
      Effect.match(sessionStore[direction], {
        onFailure: ({ message }) => say(message),
        onSuccess: (undone) => {
          list.setBlocks(undone.after.blocks)
          const block = undoneBlock(undone)
          if (block !== null && navigating) list.select(block)
          if (block !== null) list.ensureVisible(block)
          say(undoneText(undone))
        }
      })
    )

  const answer = (asked: string): boolean => {
    if (asked !== "undo" && asked !== "redo") return false
    go(asked)
    return true
  }
  return { layer: null, act: answer, word: ({ word }) => answer(word) }
}
