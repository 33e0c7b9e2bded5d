import { useLayoutEffect, useRef } from "react"
import { type KeyHandler, useKeyInput } from "../contexts/KeyInput.tsx"

/** Who hears keys, and when. */
export interface UseKeysOptions {
  /** False: this component hears nothing. */
  readonly active?: boolean
  /** Higher hears first. Among equals the component that was mounted last, so a dialog is before what it covers. */
  readonly priority?: number
}

/** Hears keys, text, pastes and the mouse. A handler that returns true has taken the event. The newest one is called. */
export const useKeys = (handler: KeyHandler, { active = true, priority = 0 }: UseKeysOptions = {}): void => {
  const input = useKeyInput()
  const latest = useRef(handler)
  useLayoutEffect(() => {
    latest.current = handler
  })
  useLayoutEffect(
    () => (active ? input.subscribe((event) => latest.current(event), priority) : undefined),
    [input, active, priority]
  )
}
