import { useEffect, useMemo } from "react"
import { BlockList } from "../blocks/BlockList.ts"
import { stderrOf } from "../blocks/stderrOf.ts"
import type { Theme } from "../theme.ts"
import { useBlocks } from "./useBlocks.ts"
import { useOutputs } from "./useSession.ts"

/** The block list's model, kept up to date with the session and its outputs. */
export const useBlockList = (theme: Theme, home: string): BlockList => {
  const outputs = useOutputs()
  const blocks = useBlocks()
  const list = useMemo(
    () => new BlockList({ output: (id) => outputs.get(id), stderr: (block) => stderrOf(outputs, block), theme, home }),
    [outputs, theme, home]
  )
  useEffect(() => list.setBlocks(blocks), [list, blocks])
  useEffect(() => outputs.subscribe((id) => list.touch(id)), [outputs, list])
  return list
}
