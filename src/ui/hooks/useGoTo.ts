import { useContext, useEffect } from "react"
import type { BlockList } from "../blocks/BlockList.ts"
import { type PlaceToGo, PlaceToGoContext } from "../contexts/PlaceToGo.ts"
import type { SearchPlace } from "../find/Finder.ts"
import type { WrittenPattern } from "../find/LineMatcher.ts"
import type { UiEvent } from "../uiState.ts"
import { useOutputs, useSession } from "./useSession.ts"
import { useSessions } from "./useSessions.ts"

interface Options {
  readonly list: BlockList
  readonly dispatch: (event: UiEvent) => void
  /** Says something on the status line. */
  readonly say: (text: string) => void
  /** Finds a pattern in the session from a place on, as if it had been written there. */
  readonly find: (pattern: WrittenPattern, from: SearchPlace) => void
}

/** Characters of a session's id that tell it from the others of a person. */
const SHORT_ID = 8

/**
 * Goes to a place in any session that can be opened: the block is selected, its line in view, and what was searched for is
 * found there from then on.
 */
export const useGoTo = ({ list, dispatch, say, find }: Options): ((place: PlaceToGo) => void) => {
  const session = useSession()
  const outputs = useOutputs()
  const { switchTo } = useSessions()
  const next = useContext(PlaceToGoContext)

  const show = ({ block, line, pattern }: PlaceToGo) => {
    if (!session.blocks.some(({ id }) => id === block)) return say("This block is not in its session any more")
    dispatch({ type: "focus", focus: "navigate" })
    list.select(block)
    list.ensureVisible(block)
    const view = line === null ? null : outputs.get(block, line.stream)
    if (line === null || view === null) return find(pattern, { block, part: "header", line: 0, offset: Infinity })
    const { lines, headLines } = view.hidden
    const kept = line.number > headLines ? Math.max(headLines, line.number - 1 - lines) : line.number - 1
    find(pattern, { block, part: line.stream, line: Math.min(kept, view.lineCount - 1), offset: Infinity })
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the session has come to the screen
  useEffect(() => {
    const place = next.current
    if (place?.session !== session.id) return
    next.current = null
    show(place)
    say(`Now in session ${session.metadata.name ?? session.id.slice(0, SHORT_ID)}`)
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
