import { useEffect, useMemo } from "react"
import { BlockList } from "../blocks/BlockList.ts"
import type { FoldLines } from "../blocks/foldPreview.ts"
import { stderrOf } from "../blocks/stderrOf.ts"
import type { Theme } from "../theme.ts"
import { useBlocks } from "./useBlocks.ts"
import { useEffectTalk } from "./useEffectTalk.ts"
import { useOutputs } from "./useSession.ts"

/** The block list's model, kept up to date with the session and its outputs. */
export const useBlockList = (theme: Theme, home: string, fold: FoldLines): BlockList => {
  const outputs = useOutputs()
  const blocks = useBlocks()
  const list = useMemo(
    () =>
      new BlockList({
        output: (id) => outputs.get(id),
        stderr: (block) => stderrOf(outputs, block),
        cleared: (id) => outputs.held(id)?.clearedScreen === true,
        theme,
        home,
        fold
      }),
    [outputs, theme, home, fold]
  )
  useEffect(() => list.setBlocks(blocks), [list, blocks])
  useEffect(() => outputs.subscribe((id) => list.touch(id)), [outputs, list])
  const { blockService } = useEffectTalk()
  useEffect(() => {
    blockService.reading((id) => list.isRead(id))
    return () => blockService.reading(() => false)
  }, [blockService, list])
  return list
}
