import { useContext, useEffect } from "react"
import { BlockService } from "../../services/BlockService.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { type PlaceToGo, PlaceToGoContext } from "../contexts/PlaceToGo.ts"
import type { UiEvent } from "../uiState.ts"
import { useOutputs, useSession } from "./useSession.ts"
import { useSessions } from "./useSessions.ts"

interface Options {
  readonly list: BlockList
  readonly dispatch: (event: UiEvent) => void
  /** Says something on the status line. */
  readonly say: (text: string) => void
}

/** Goes to a place in any session that can be opened: the block is selected, unfolded where its line is wanted, in view. */
export const useGoTo = ({ list, dispatch, say }: Options): ((place: PlaceToGo) => void) => {
  const session = useSession()
  const blocks = useService(BlockService)
  const outputs = useOutputs()
  const run = useRun()
  const { switchTo } = useSessions()
  const next = useContext(PlaceToGoContext)

  const show = ({ block: id, line }: PlaceToGo) => {
    const block = session.blocks.find((each) => each.id === id)
    if (block === undefined) return say("This block is not in its session any more")
    dispatch({ type: "focus", focus: "navigate" })
    list.select(id)
    list.ensureVisible(id)
    if (line === null) return
    if (block.metadata.folded) run(blocks.setFolded(id, false))
    const view = outputs.get(id, line.stream)
    if (view === null) return
    const { lines, headLines } = view.hidden
    const kept = line.number > headLines ? Math.max(headLines, line.number - 1 - lines) : line.number - 1
    list.reveal(id, line.stream, Math.min(kept, view.lineCount - 1))
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the session has come to the screen
  useEffect(() => {
    const place = next.current
    if (place?.session !== session.id) return
    next.current = null
    show(place)
  }, [])

  return (place) => {
    if (place.session === session.id) return show(place)
    next.current = place
    void switchTo(place.session).then((problem) => {
      if (problem === null) return
      next.current = null
      say(problem.message)
    })
  }
}
