import { useEffect, useState } from "react"
import type { BlockId } from "../../domain/ids.ts"
import { useOutputs } from "./useSession.ts"

/**
 * How long a title waits before it is shown, in ms: what sets one for a moment (a command that ends at once) is not seen,
 * and a program that changes its title all the time costs five frames a second.
 */
const TITLE_DELAY_MS = 200

/** The title that the program of a running block has set, untrusted; `""` for none. */
export const useProgramTitle = (block: BlockId | null): string => {
  const outputs = useOutputs()
  const [shown, setShown] = useState<{ readonly block: BlockId | null; readonly title: string }>({ block, title: "" })
  useEffect(() => {
    if (block === null) return
    let timer: NodeJS.Timeout | null = null
    let last = ""
    const look = () => {
      if (timer !== null || (outputs.live(block)?.title ?? "") === last) return
      timer = setTimeout(() => {
        timer = null
        last = outputs.live(block)?.title ?? ""
        setShown({ block, title: last })
      }, TITLE_DELAY_MS)
    }
    look()
    const stop = outputs.subscribe(look)
    return () => {
      stop()
      if (timer !== null) clearTimeout(timer)
    }
  }, [outputs, block])
  return shown.block === block ? shown.title : ""
}
