import { useCallback, useSyncExternalStore } from "react"
import type { BlockId } from "../../domain/ids.ts"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import { useOutputs } from "./useSession.ts"

/** The running block's output while its program is on the alternate screen, else null. */
export const useFullScreen = (running: BlockId | null): BlockOutput | null => {
  const outputs = useOutputs()
  const read = useCallback(() => {
    const output = running === null ? null : outputs.live(running)
    return output?.alternate ? output : null
  }, [outputs, running])
  const subscribe = useCallback((changed: () => void) => outputs.subscribe(changed), [outputs])
  return useSyncExternalStore(subscribe, read, read)
}
