import * as Effect from "effect/Effect"
import { useEffect, useLayoutEffect, useRef } from "react"
import { SessionStore } from "../../services/SessionStore.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useSession } from "./useSession.ts"

/** Unsent text is kept this long after the last key, in milliseconds. */
const KEEP_INPUT_MS = 500

/**
 * Keeps the editor's unsent `text` in the session, so that it comes back: a while after the last key, and on leaving.
 *
 * It is compared with what the session has, not with what was kept last: the session itself forgets a text that runs.
 */
export const useKeptInput = (text: string): void => {
  const store = useService(SessionStore)
  const run = useRun()
  const kept = useSession().metadata.input
  const latest = useRef(text)

  const keep = () =>
    run(
      // A text that the session has already changes nothing.
      Effect.orDie(
        store.updateSession((session) => ({
          ...session,
          metadata: { ...session.metadata, input: latest.current }
        }))
      )
    )
  const keepNow = useRef(keep)

  useLayoutEffect(() => {
    latest.current = text
    keepNow.current = keep
  })
  useEffect(() => {
    if (text === kept) return
    const timer = setTimeout(() => keepNow.current(), KEEP_INPUT_MS)
    return () => clearTimeout(timer)
  }, [text, kept])
  // A layout effect, because those are the ones whose end the end of the tree waits for.
  useLayoutEffect(() => () => void keepNow.current(), [])
}
