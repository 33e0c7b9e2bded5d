import { useEffect, useReducer, useRef, useState } from "react"
import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { BlockService } from "../../services/BlockService.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import { formatCount, formatLines } from "../blocks/format.ts"
import { stderrOf } from "../blocks/stderrOf.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import type { WrittenPattern } from "../find/LineMatcher.ts"
import { matcherFor, meaningOf, PATTERN_HINTS, usePatternLine } from "../find/usePatternLine.ts"
import { useBlocks } from "../hooks/useBlocks.ts"
import type { UiAction } from "../keymap.ts"
import type { Layer } from "../layers/Layer.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import type { Theme } from "../theme.ts"
import { BlockFilter } from "./BlockFilter.ts"

/** Which lines a user wants to see. */
interface WrittenFilter {
  /** With `!` before its text where that was typed. */
  readonly written: WrittenPattern
  /** By its key, besides the `!`. */
  readonly invert: boolean
  /** Lines around each. */
  readonly context: number
}

/** A block's filter as it works. */
interface ActiveFilter {
  readonly wanted: WrittenFilter
  readonly filter: BlockFilter
}

/** Lines of context, from one press of the key to the next. */
const CONTEXTS: ReadonlyArray<number> = [0, 1, 2, 5]
/** Before a pattern: the lines that do not match. */
const INVERT = "!"

const HINTS: Layer["hints"] = [
  { keys: "Enter", meaning: "keep it" },
  { keys: "Esc", meaning: "back" },
  { keys: "Alt+I", meaning: "invert" },
  { keys: "Alt+N", meaning: "context" },
  ...PATTERN_HINTS
]

const isInverted = ({ written, invert }: WrittenFilter): boolean => written.text.startsWith(INVERT) !== invert

const patternOf = ({ written }: WrittenFilter): WrittenPattern =>
  written.text.startsWith(INVERT) ? { ...written, text: written.text.slice(INVERT.length) } : written

/** What is not usual about a filter, in words. */
const filterMeaning = (wanted: WrittenFilter): string =>
  [
    isInverted(wanted) ? "inverted" : "",
    meaningOf(wanted.written),
    wanted.context > 0 ? `${formatLines(wanted.context)} around` : ""
  ]
    .filter((word) => word !== "")
    .join(", ")

/** How much a filter shows: `12 of 340 lines`, and how far it is where that takes its time. */
export const filterWords = ({ filter }: { readonly filter: Pick<BlockFilter, "count" | "filter"> }): string => {
  if (filter.filter.matcher.tooSlow) return "this expression takes too long: no line is looked at"
  const { matched, of, looked } = filter.count
  const words = `${formatCount(matched)} of ${formatLines(of)}`
  return looked < 1 ? `filtering ${Math.floor(looked * 100)} %, ${words}` : words
}

const tagOf = (active: ActiveFilter, { signs }: Theme): string =>
  [`filter ${patternOf(active.wanted).text}`, filterWords(active), filterMeaning(active.wanted)]
    .filter((part) => part !== "")
    .join(` ${signs.separator} `)

/** A block's streams as they are now, and whether more may come. */
const sourceOf = (outputs: BlockStore, block: () => BlockHeader | undefined) => ({
  output: (stream: "stdout" | "stderr") => {
    const header = block()
    if (header === undefined) return null
    return stream === "stdout" ? outputs.get(header.id) : stderrOf(outputs, header)
  },
  live: () => {
    const header = block()
    return header !== undefined && !isFinished(header.status)
  }
})

/**
 * Shows only those lines of the selected block that match, for as long as the filter is on. It is part of the screen, not of
 * the session: resumed, a block is whole again. Each block may have one.
 */
export const useLineFilter = (tools: FeatureTools): Feature => {
  const { list, say, theme } = tools
  const { outputs, setFolded } = useService(BlockService)
  const run = useRun()
  const blocks = useBlocks()
  const line = usePatternLine()
  const [open, setOpen] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  const filters = useRef(new Map<BlockId, ActiveFilter>())
  const wanted = useRef({ invert: false, context: 0 })
  /** The block that is being filtered, its filter before, and how the view goes back. */
  const edited = useRef<{
    readonly id: BlockId
    readonly before: ActiveFilter | undefined
    readonly back: () => void
  } | null>(null)
  const latest = useRef(blocks)
  latest.current = blocks

  const show = (id: BlockId): void => {
    const active = filters.current.get(id)
    list.setView(id, active === undefined ? null : active.filter.view(tagOf(active, theme)))
  }

  const rule = (left: number): string =>
    theme.quiet(`${theme.signs.cut.repeat(2)} ${formatLines(left)} left out ${theme.signs.cut.repeat(2)}`)

  const put = (id: BlockId, active: ActiveFilter | undefined): void => {
    filters.current.get(id)?.filter.stop()
    if (active === undefined) filters.current.delete(id)
    else {
      filters.current.set(id, active)
      active.filter.start()
    }
    show(id)
  }

  const now = (): WrittenFilter => ({ ...wanted.current, written: line.written() })

  const apply = (): void => {
    const id = edited.current?.id
    if (id === undefined) return
    const next = now()
    const { matcher, problem: wrong } = matcherFor(patternOf(next))
    setProblem(wrong)
    // An expression that is only half written takes nothing away.
    if (wrong !== null) return
    if (matcher === null) put(id, undefined)
    else {
      const filter: BlockFilter = new BlockFilter(
        { matcher, invert: isInverted(next), context: next.context },
        {
          ...sourceOf(outputs, () => latest.current.find((block) => block.id === id)),
          rule,
          changed: () => {
            if (filters.current.get(id)?.filter !== filter) return
            show(id)
            if (edited.current?.id === id) rerender()
          }
        }
      )
      put(id, { wanted: next, filter })
    }
    list.ensureVisible(id)
  }

  const begin = (): void => {
    const block = tools.selected()
    if (block === undefined) return say("No block is selected")
    if (block.status === "idle") return say("This block has not run yet")
    const before = filters.current.get(block.id)
    edited.current = { id: block.id, before, back: list.remember() }
    if (list.peeked === block.id || block.metadata.folded) run(setFolded(block.id, false))
    line.reset(before?.wanted.written)
    wanted.current = { invert: before?.wanted.invert ?? false, context: before?.wanted.context ?? 0 }
    setProblem(null)
    setOpen(true)
  }

  const close = (): void => {
    edited.current = null
    setOpen(false)
  }

  const accept = (): void => {
    if (edited.current === null || problem !== null) return
    const active = filters.current.get(edited.current.id)
    say(active === undefined ? "The whole block is shown" : filterWords(active))
    close()
  }

  const cancel = (): void => {
    const now = edited.current
    if (now === null) return
    put(now.id, now.before)
    now.back()
    close()
  }

  const toggle = (name: string): boolean => {
    const { invert, context } = wanted.current
    if (name === "alt+i") wanted.current = { invert: !invert, context }
    else if (name === "alt+n") {
      wanted.current = { invert, context: CONTEXTS[(CONTEXTS.indexOf(context) + 1) % CONTEXTS.length] ?? 0 }
    } else return false
    apply()
    rerender()
    return true
  }

  useEffect(
    () =>
      outputs.subscribe((id) => {
        filters.current.get(id)?.filter.touch()
      }),
    [outputs]
  )
  // A block that has left the session needs no filter; one that has ended is filtered to its end.
  useEffect(() => {
    if (filters.current.size === 0) return
    const here = new Map(blocks.map((block) => [block.id, block]))
    for (const [id, { filter }] of filters.current) {
      if (here.has(id)) continue
      filter.stop()
      filters.current.delete(id)
    }
  }, [blocks])
  useEffect(() => {
    const all = filters.current
    return () => {
      for (const { filter } of all.values()) filter.stop()
    }
  }, [])

  const act = (action: UiAction): boolean => {
    if (action !== "filterLines") return false
    begin()
    return true
  }
  if (!open || edited.current === null) return { layer: null, act }

  const active = filters.current.get(edited.current.id)
  const said = problem ?? (active === undefined ? "" : filterWords(active))
  return {
    act,
    layer: {
      badge: "FILTER",
      hints: HINTS,
      message: [said, filterMeaning(now())].filter((text) => text !== "").join(` ${theme.signs.separator} `),
      line: { prompt: "&", buffer: line.input.buffer, placeholder: "lines to show; none: all" },
      onEvent: (event) => {
        const name = event.type === "key" ? event.name : ""
        if (toggle(name)) return
        if (name === "pageup") return list.pageUp()
        if (name === "pagedown") return list.pageDown()
        const did = line.onEvent(event)
        if (did === "edited") apply()
        else if (did === "enter") accept()
        else if (did === "cancel") cancel()
      }
    }
  }
}
