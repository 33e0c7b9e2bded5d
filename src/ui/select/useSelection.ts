import { useEffect, useReducer, useRef } from "react"
import type { BlockHeader, OutputStream } from "../../domain/Block.ts"
import type { BlockId } from "../../domain/ids.ts"
import { BlockService } from "../../services/BlockService.ts"
import { keyNamesOf } from "../../terminal/inputEvents.ts"
import { cellOfOffset, offsetOfCell } from "../../terminal/textPlaces.ts"
import { shownStreams } from "../blocks/shownStreams.ts"
import { cellInView, linesInView } from "../blocks/textInView.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useOutputs, useSession } from "../hooks/useSession.ts"
import type { KeyHint } from "../keyHint.ts"
import type { UiAction } from "../keymap.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { OutputText, printedLine } from "./OutputText.ts"
import {
  describeSelection,
  type HiddenLines,
  losesLines,
  type Selection,
  selectedText,
  selectionMark
} from "./selection.ts"
import { type SelectionAction, selectionActionFor } from "./selectionKeys.ts"
import { moveCursor, nearestSpot, type SelectionKind, type Spot } from "./textMotions.ts"

/** The keys that begin a selection. */
const BEGINS: Partial<Record<UiAction, SelectionKind>> = { selectCharacters: "characters", selectLines: "lines" }

/** Rows that stay in view on a page up or down. */
const PAGE_OVERLAP = 2

const STREAMS: ReadonlyArray<OutputStream> = ["stdout", "stderr"]

/** What is said when the output limit has taken what was selected. */
const GONE = "The selected lines are gone: the output limit has dropped them"

/** A selection in a block's output. */
interface Selecting {
  readonly block: BlockId
  readonly selection: Selection
  /** What was hidden when the output was last looked at. */
  readonly hidden: HiddenLines
  /** The block is being unfolded: the cursor is shown once it is. */
  readonly unfolding: boolean
}

const hintsOf = ({ anchor }: Selection): ReadonlyArray<KeyHint> => [
  { keys: "Enter", meaning: anchor === null ? "copy line" : "copy" },
  { keys: "i", meaning: "insert" },
  { keys: "Esc", meaning: anchor === null ? "back" : "deselect" },
  ...(anchor === null ? [{ keys: "v V", meaning: "select" }] : [{ keys: "o", meaning: "other end" }]),
  { keys: "w b 0 $ g G", meaning: "move" }
]

/** Selecting text of a block's output by keyboard, to copy it or put it into the editor. */
export const useSelection = ({ list, say, copy, editor, dispatch, selected }: FeatureTools): Feature => {
  const session = useSession()
  const outputs = useOutputs()
  const blocks = useService(BlockService)
  const run = useRun()
  // One read may bring many keys: each must see what the one before it did.
  const current = useRef<Selecting | null>(null)
  const [, rerender] = useReducer((count: number) => count + 1, 0)

  const newest = useRef(session)
  newest.current = session
  const blockOf = (id: BlockId): BlockHeader | undefined => newest.current.blocks.find((block) => block.id === id)
  const textOf = (block: BlockHeader): OutputText => {
    const { stdout, stderr } = shownStreams(list, outputs, block)
    return new OutputText(stdout, stderr)
  }
  const hiddenOf = (text: OutputText): HiddenLines => ({
    stdout: text.view("stdout")?.hidden.lines ?? 0,
    stderr: text.view("stderr")?.hidden.lines ?? 0
  })

  const show = (next: Selecting | null): void => {
    current.current = next
    list.hold(next !== null)
    list.setMarker(
      next === null
        ? null
        : (block, stream, line, text) => {
            const view = block.id === next.block ? shownStreams(list, outputs, block)[stream] : null
            const mark = view === null ? null : selectionMark(next.selection, stream, printedLine(view, line), text)
            return mark === null ? [] : [mark]
          },
      "pick"
    )
    rerender()
  }

  const reveal = (block: BlockHeader, { at }: Selection): void => {
    const text = textOf(block)
    const spot = text.spotOf(at)
    if (spot === null) return
    const { row } = cellOfOffset(text.text(spot.line), at.offset, list.width)
    list.reveal(block.id, at.stream, text.kept(spot.line).line, row)
  }

  /** The hit of a search that is shown, else the first character of the block's output in view; of all of it where none is. */
  const firstInView = (id: BlockId, text: OutputText): Spot => {
    const lines = linesInView(list).filter(({ block }) => block.id === id)
    for (const { block, stream, line, text: written } of lines) {
      const hit = list.marks(block, stream, line, () => written).find(({ look }) => look === "current")
      if (hit !== undefined) return nearestSpot(text, { line: text.lineOf(stream, line), offset: hit.from })
    }
    const line = lines[0]
    if (line === undefined) return { line: 0, offset: 0 }
    const offset = offsetOfCell(line.text, { row: line.rows.from, column: 0 }, list.width)
    return nearestSpot(text, { line: text.lineOf(line.stream, line.line), offset })
  }

  const noText = (block: BlockHeader): string => {
    if (list.view(block.id) !== null && !block.metadata.folded) return "The filter shows no line"
    return block.status === "running" ? "No output yet" : "This block has no output"
  }

  const begin = (block: BlockHeader | undefined, kind: SelectionKind): void => {
    if (block === undefined) return say("No block is selected")
    const text = textOf(block)
    if (text.count === 0) return say(noText(block))
    const { folded } = block.metadata
    if (folded) run(blocks.setFolded(block.id, false))
    const at = text.placeOf(firstInView(block.id, text))
    const selection: Selection = { at, goal: null, anchor: at, kind }
    show({ block: block.id, selection, hidden: hiddenOf(text), unfolding: folded })
    reveal(block, selection)
  }

  const endWith = (message: string): void => {
    show(null)
    say(message)
  }

  const act = (now: Selecting, action: SelectionAction): void => {
    const { selection } = now
    const block = blockOf(now.block)
    const text = block === undefined ? null : textOf(block)
    const spot = text?.spotOf(selection.at) ?? null
    if (block === undefined || text === null || spot === null || text.count === 0) return endWith(GONE)
    const change = (next: Selection): void => {
      show({ ...now, selection: next })
      reveal(block, next)
    }
    switch (action.type) {
      case "move": {
        const view = { width: list.width, page: Math.max(1, list.height - PAGE_OVERLAP) }
        const cursor = { spot: nearestSpot(text, spot), goal: selection.goal }
        const moved = moveCursor(text, cursor, action.motion, view)
        return change({ ...selection, at: text.placeOf(moved.spot), goal: moved.goal })
      }
      case "select":
        return change({ ...selection, kind: action.kind, anchor: selection.anchor ?? selection.at })
      case "swapEnds":
        if (selection.anchor === null) return
        return change({ ...selection, at: selection.anchor, anchor: selection.at, goal: null })
      case "drop":
        return selection.anchor === null ? show(null) : change({ ...selection, anchor: null })
      case "leave":
        return show(null)
      case "copy":
      case "insert": {
        const found = selectedText(selection, text)
        if (found === null) return endWith(GONE)
        show(null)
        if (action.type === "copy") return copy(found)
        list.select(null)
        dispatch({ type: "focus", focus: "edit" })
        editor.onKey({ type: "paste", text: found })
      }
    }
  }

  /** Looks at what new output has done to the selection: it stays on its lines, and ends when they are no more. */
  const look = useRef((): void => {})
  look.current = () => {
    const now = current.current
    if (now === null) return
    const block = blockOf(now.block)
    if (block === undefined) return endWith("The block is gone")
    const text = textOf(block)
    for (const stream of STREAMS) {
      const view = text.view(stream)
      if (view !== null && losesLines(now.selection, stream, view, now.hidden[stream])) return endWith(GONE)
    }
    const unfolded = now.unfolding && !block.metadata.folded
    current.current = { ...now, hidden: hiddenOf(text), unfolding: now.unfolding && !unfolded }
    if (unfolded) reveal(block, now.selection)
  }
  useEffect(() => list.subscribe(() => look.current()), [list])

  const now = current.current
  const block = now === null ? undefined : blockOf(now.block)
  return {
    act: (action) => {
      const kind = BEGINS[action]
      if (kind === undefined) return false
      begin(selected(), kind)
      return true
    },
    layer:
      now === null
        ? null
        : {
            badge: "SELECT",
            hints: hintsOf(now.selection),
            message: block === undefined ? null : describeSelection(now.selection, textOf(block)),
            cursor: () => {
              const text = block === undefined ? null : textOf(block)
              const spot = text?.spotOf(now.selection.at) ?? null
              if (text === null || spot === null) return null
              return cellInView(list, { block: now.block, offset: spot.offset, ...text.kept(spot.line) })
            },
            onEvent: (event) => {
              for (const name of keyNamesOf(event)) {
                const action = selectionActionFor(name)
                if (current.current !== null && action !== null) act(current.current, action)
              }
            }
          }
  }
}
