import { useEffect, useMemo, useReducer, useRef, useState } from "react"
import type { BlockHeader } from "../../domain/Block.ts"
import { cellOfOffset } from "../../terminal/textPlaces.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import { formatCount } from "../blocks/format.ts"
import type { LineMark, LineMarker } from "../blocks/lineMarks.ts"
import { linesInView } from "../blocks/textInView.ts"
import { useBlocks } from "../hooks/useBlocks.ts"
import { useOutputs } from "../hooks/useSession.ts"
import type { UiAction } from "../keymap.ts"
import type { Layer } from "../layers/Layer.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { Finder, type Found, type SearchPlace, type SearchState } from "./Finder.ts"
import { LargeTexts } from "./LargeTexts.ts"
import type { WrittenPattern } from "./LineMatcher.ts"
import { matcherFor, meaningOf, PATTERN_HINTS, usePatternLine } from "./usePatternLine.ts"

const HINTS: Layer["hints"] = [
  { keys: "Enter", meaning: "keep it" },
  { keys: "Esc", meaning: "back" },
  { keys: "Up/Down", meaning: "older, newer" },
  ...PATTERN_HINTS
]

/** Said when a search is to go on that has not begun. */
const NOTHING_YET = "Nothing was searched for yet: / finds"

/** How far a search is for who navigates, with the keys that go on from there. */
export const walkWords = (state: SearchState, ellipsis: string): string => {
  const words = searchWords(state, ellipsis)
  return state.found !== null && state.total > 1 && !state.tooSlow ? `${words}: n goes up, N down` : words
}

/** How far a search is, in words: `3 of 17`, `17+` while more may come. */
export const searchWords = (state: SearchState, ellipsis: string): string => {
  if (state.tooSlow) return "this expression takes too long: nothing is searched for"
  if (state.walking) return "searching"
  if (state.found === null) return "no match"
  const number = state.number === null ? ellipsis : formatCount(state.number)
  return `${number} of ${formatCount(state.total)}${state.counting ? "+" : ""}`
}

/** The last place in view: a search looks upwards from there. Null where there is no block. */
const lastPlaceInView = (list: BlockList): SearchPlace | null => {
  const block = list.inView().at(-1)?.block
  if (block === undefined) return null
  const line = linesInView(list).at(-1)
  if (line?.block.id !== block.id) return { block: block.id, part: "header", line: 0, offset: Infinity }
  return { block: block.id, part: line.stream, line: line.line, offset: Infinity }
}

const isFound = (found: Found | null, block: BlockHeader, stream: string, line: number, from: number): boolean =>
  found !== null && found.block === block.id && found.part === stream && found.line === line && found.from === from

/** Finding in the session. */
export interface Find extends Feature {
  /** Finds a pattern that was written elsewhere, from a place on upwards: the nearest hit is selected and in view. */
  readonly adopt: (pattern: WrittenPattern, from: SearchPlace) => void
}

/**
 * Incremental find over the session: commands, names, notes and outputs.
 *
 * While the pattern is written the view shows the nearest hit at or above where it was, or where it was when there is none;
 * leaving goes back there. Enter keeps the hit and navigates, where `findOlder` and `findNewer` go on. What was found stays
 * marked until navigation ends.
 */
export const useFind = (tools: FeatureTools): Find => {
  const { list, navigating, say, theme } = tools
  const blocks = useBlocks()
  const outputs = useOutputs()
  const line = usePatternLine()
  const [open, setOpen] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  /** Where the view was when it was opened. */
  const origin = useRef<{ readonly from: SearchPlace; readonly back: () => void } | null>(null)
  const last = useRef<WrittenPattern | null>(null)
  const shown = useRef<Found | null>(null)
  /** Navigation waits for a hit, or has one and waits until all are counted. */
  const asked = useRef<"hit" | "count" | null>(null)
  const onChanged = useRef(() => {})

  const texts = useMemo(() => new LargeTexts(outputs), [outputs])
  const search = useMemo(
    () =>
      new Finder({
        text: (block, stream) => {
          const view = list.view(block.id)
          return view === null ? texts.read(block, stream) : view.text(stream)
        },
        shown: (id) => list.view(id)?.version ?? null,
        changed: () => onChanged.current()
      }),
    [list, texts]
  )

  const marker: LineMarker = (block, stream, at, text) =>
    (search.matcher?.matches(text()) ?? []).map(({ from, to }): LineMark => {
      return { from, to, look: isFound(shown.current, block, stream, at, from) ? "current" : "match" }
    })

  const show = (found: Found): void => {
    shown.current = found
    list.peek(found.part === "header" ? null : found.block)
    list.select(found.block)
    if (found.part === "header") list.ensureVisible(found.block)
    else list.reveal(found.block, found.part, found.line, cellOfOffset(found.text, found.from, list.width).row)
    list.setMarker(marker)
  }

  const showOrigin = (): void => {
    shown.current = null
    list.peek(null)
    origin.current?.back()
  }

  onChanged.current = () => {
    const { state } = search
    if (state.found === null) {
      if (!state.walking && origin.current !== null) showOrigin()
    } else if (state.found !== shown.current) show(state.found)
    if (origin.current !== null) rerender()
    else if (!state.walking && (asked.current === "hit" || (asked.current === "count" && !state.counting))) {
      asked.current = state.counting ? "count" : null
      say(walkWords(state, theme.signs.ellipsis))
    }
  }

  const end = (): void => {
    search.stop()
    texts.forget()
    asked.current = null
    shown.current = null
    list.peek(null)
    list.setMarker(null)
  }

  const look = (): void => {
    const from = origin.current?.from
    const { matcher, problem: wrong } = matcherFor(line.written())
    setProblem(wrong)
    if (from === undefined) return
    // An expression that is only half written takes nothing away.
    if (wrong !== null) return
    if (matcher === null) {
      end()
      showOrigin()
      return
    }
    list.setMarker(marker)
    search.start(matcher, from)
  }

  const begin = (): void => {
    const from = lastPlaceInView(list)
    if (from === null) return say("There is nothing to search yet")
    end()
    origin.current = { from, back: list.remember() }
    line.reset()
    setProblem(null)
    setOpen(true)
  }

  const close = (): void => {
    origin.current = null
    setOpen(false)
  }

  const again = (): boolean => {
    if (last.current === null || line.written().text !== "") return false
    line.reset(last.current)
    look()
    return true
  }

  const accept = (): void => {
    if (line.written().text === "" && !again()) {
      end()
      return close()
    }
    const { found, walking, tooSlow } = search.state
    // There is nothing to keep: what is wrong is said already.
    if (search.matcher === null || tooSlow || (found === null && !walking)) return
    last.current = line.written()
    asked.current = "hit"
    close()
    tools.act("navigate")
    if (found !== null) list.select(found.block)
    onChanged.current()
  }

  const walk = (step: -1 | 1): void => {
    const from = lastPlaceInView(list)
    if (from === null || last.current === null) return say(NOTHING_YET)
    asked.current = "hit"
    if (search.matcher !== null) return search.walk(step)
    const { matcher } = matcherFor(last.current)
    if (matcher === null) return
    search.start(matcher, from, step)
  }

  /** Finds a pattern that was written elsewhere, from a place on upwards; nothing is said of it. */
  const adopt = (pattern: WrittenPattern, from: SearchPlace): void => {
    const { matcher } = matcherFor(pattern)
    if (matcher === null) return
    end()
    last.current = pattern
    list.setMarker(marker)
    search.start(matcher, from)
  }

  useEffect(() => search.setBlocks(blocks), [search, blocks])
  useEffect(() => outputs.subscribe(() => search.touch()), [search, outputs])
  useEffect(() => () => search.stop(), [search])
  const ended = !open && !navigating
  // biome-ignore lint/correctness/useExhaustiveDependencies: it ends once, when navigation does
  useEffect(() => {
    if (ended && search.matcher !== null) end()
  }, [ended, search])

  const act = (action: UiAction): boolean => {
    if (action === "find") begin()
    else if (action === "findOlder") walk(-1)
    else if (action === "findNewer") walk(1)
    else return false
    return true
  }
  if (!open) return { layer: null, act, adopt }

  const written = line.written()
  const state = written.text === "" ? null : search.state
  const words = problem ?? (state === null ? "" : searchWords(state, theme.signs.ellipsis))
  return {
    act,
    adopt,
    layer: {
      badge: "FIND",
      hints: HINTS,
      message: [words, meaningOf(written)].filter((text) => text !== "").join(` ${theme.signs.separator} `),
      line: {
        prompt: "/",
        buffer: line.input.buffer,
        ...(last.current !== null && { placeholder: last.current.text })
      },
      onEvent: (event) => {
        if (origin.current === null) return
        const name = event.type === "key" ? event.name : null
        if (name === "up" || name === "ctrl+p") return void (again() || search.walk(-1))
        if (name === "down" || name === "ctrl+n") return search.walk(1)
        if (name === "pageup") return list.pageUp()
        if (name === "pagedown") return list.pageDown()
        const did = line.onEvent(event)
        if (did === "edited") look()
        else if (did === "enter") accept()
        else if (did === "cancel") {
          if (search.matcher !== null && !search.state.tooSlow) last.current = line.written()
          end()
          showOrigin()
          close()
        }
      }
    }
  }
}
