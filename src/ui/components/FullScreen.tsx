import { useCallback } from "react"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import { useOutputs } from "../hooks/useSession.ts"
import { Surface } from "./Surface.tsx"

export interface FullScreenProps {
  /** The live output of a program on the alternate screen. */
  readonly output: BlockOutput
  /** Whether the program has the keyboard: then the terminal's cursor is its cursor. */
  readonly focused: boolean
}

/** A full-screen program: the whole terminal but the status line. */
export const FullScreen = ({ output, focused }: FullScreenProps) => {
  const outputs = useOutputs()
  const subscribe = useCallback((changed: () => void) => outputs.subscribe(changed), [outputs])
  return (
    <Surface
      id="program"
      flexGrow={1}
      flexShrink={1}
      subscribe={subscribe}
      rows={() => output.screen().rows}
      cursor={() => (focused ? output.screen().cursor : null)}
    />
  )
}
