import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { useEffect, useLayoutEffect, useRef } from "react"
import { SessionStore } from "../../services/SessionStore.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"

/** Unsent text is kept this long after the last key, in milliseconds. */
const KEEP_INPUT_MS = 500

/** Keeps the editor's unsent `text` in the session, so that it comes back: a while after the last key, and on leaving. */
export const useKeptInput = (text: string): void => {
  const store = useService(SessionStore)
  const run = useRun()
  const kept = useRef(text)
  const latest = useRef(text)

  const keep = () => {
    if (kept.current === latest.current) return
    kept.current = latest.current
    run(Effect.flatMap(Clock.currentTimeMillis, (at) => store.dispatch({ _tag: "InputKept", at, input: kept.current })))
  }
  const keepNow = useRef(keep)

  useLayoutEffect(() => {
    latest.current = text
    keepNow.current = keep
  })
  useEffect(() => {
    if (text === kept.current) return
    const timer = setTimeout(() => keepNow.current(), KEEP_INPUT_MS)
    return () => clearTimeout(timer)
  }, [text])
  // A layout effect, because those are the ones whose end the end of the tree waits for.
  useLayoutEffect(() => () => keepNow.current(), [])
}
