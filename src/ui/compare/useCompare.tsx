import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { useEffect, useRef, useState } from "react"
import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import { encodeLines } from "../../services/diff/DiffOrder.ts"
import { OutputDiff } from "../../services/OutputDiff.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import { keyNamesOf } from "../../terminal/inputEvents.ts"
import { blockLabel, whyNotAgain } from "../again/whyNotAgain.ts"
import { formatCount, tildePath } from "../blocks/format.ts"
import { truncateText } from "../blocks/visibleText.ts"
import { CenteredOverlay, FRAME_COLUMNS, FRAME_ROWS } from "../components/CenteredOverlay.tsx"
import { Surface } from "../components/Surface.tsx"
import { useRun } from "../contexts/EffectProvider.tsx"
import { useTerminalSize } from "../contexts/TerminalSize.ts"
import { useOutputs, useSession } from "../hooks/useSession.ts"
import type { Layer } from "../layers/Layer.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { outputLines } from "../outside/outputLines.ts"
import { inSlices } from "./inSlices.ts"
import { previousRun } from "./previousRun.ts"
import { rowAt, type Unified, unified, unifiedText } from "./unifiedRows.ts"

/** Above the blocks, below the help. */
const COMPARE_Z = 5
/** Rows of the title and the blank under it. */
const TITLE_ROWS = 2
/** Cells that Left and Right move a long line by. */
const PAN_CELLS = 16
/** Lines read of an output between two looks at the clock, some hundredths of a millisecond: a piece for the thread. */
const READ_LINES = 500

/** Two outputs and how they differ. */
interface Comparison {
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
  readonly shown: Unified
  /** False when they were too different for it. */
  readonly lineByLine: boolean
}

/** Said above a comparison that is none. */
const TOO_DIFFERENT = "too different to be compared line by line"

/** An output, and the same for the thread that compares. */
interface Lines {
  readonly lines: ReadonlyArray<string>
  readonly pieces: ReadonlyArray<ArrayBuffer>
}

/** What is open: two blocks, and their comparison once it is there. */
interface Open {
  readonly title: string
  readonly comparison: Comparison | null
  /** First row in view, and cells left out at the left. */
  readonly top: number
  readonly pan: number
}

function* linesOf(outputs: BlockStore, block: BlockHeader): Generator<void, Lines> {
  const lines: Array<string> = []
  const pieces: Array<ArrayBuffer> = []
  for (const line of outputLines(outputs, block, "plain")) {
    lines.push(line)
    if (lines.length % READ_LINES !== 0) continue
    pieces.push(encodeLines(lines.slice(-READ_LINES)))
    yield
  }
  const rest = lines.length % READ_LINES
  if (rest > 0) pieces.push(encodeLines(lines.slice(-rest)))
  return { lines, pieces }
}

const compare = (outputs: BlockStore, older: BlockHeader, newer: BlockHeader) =>
  Effect.gen(function* () {
    const { diff } = yield* OutputDiff
    const before = yield* inSlices(linesOf(outputs, older))
    const after = yield* inSlices(linesOf(outputs, newer))
    const { hunks, lineByLine } = yield* diff({ before: before.pieces, after: after.pieces })
    const shown = yield* inSlices(unified(hunks, before.lines.length))
    return { before: before.lines, after: after.lines, shown, lineByLine }
  })

const isCut = (outputs: BlockStore, block: BlockHeader): boolean => (outputs.get(block.id)?.hidden.bytes ?? 0) > 0

/** Shows what has changed in a block's output since its command ran before, over the whole screen. */
export const useCompare = ({ theme, home, say, selected }: FeatureTools): Feature => {
  const session = useSession()
  const outputs = useOutputs()
  const size = useTerminalSize()
  const [open, setOpen] = useState<Open | null>(null)
  // One read may bring many keys: each must see what the one before it did.
  const latest = useRef(open)
  const run = useRun()
  const stop = useRef<() => void>(() => {})
  useEffect(() => () => stop.current(), [])
  const show = (next: Open | null) => {
    latest.current = next
    setOpen(next)
  }
  const close = () => {
    stop.current()
    show(null)
  }

  const begin = (newer: BlockHeader) => {
    const why = whyNotAgain(newer)
    if (why !== null) return say(why)
    if (newer.status === "idle") return say(`${blockLabel(newer)} has not run yet`)
    const older = previousRun(session.blocks, newer)
    if (older === null) return say(`${blockLabel(newer)} has no run before it in this session`)
    const elsewhere =
      older.metadata.directory === newer.metadata.directory ? "" : `, in ${tildePath(older.metadata.directory, home)}`
    const soFar = isFinished(newer.status) ? "" : ", so far"
    const title = `${blockLabel(newer)}${soFar} against ${blockLabel(older)}${elsewhere}`
    const waiting: Open = { title, comparison: null, top: 0, pan: 0 }
    show(waiting)
    const hear = (comparison: Comparison) => {
      // What was stopped may have had its result on the way.
      if (latest.current !== waiting) return
      if (comparison.shown.changes.length > 0) return show({ ...waiting, comparison })
      show(null)
      const kept = isCut(outputs, newer) || isCut(outputs, older) ? ", as far as it is kept" : ""
      say(`${blockLabel(newer)}${soFar} has the same output as ${blockLabel(older)}${elsewhere}${kept}`)
    }
    const fail = (message: string) => {
      if (latest.current !== waiting) return
      show(null)
      say(`The comparison has failed: ${message}`)
    }
    const fiber = run(
      Effect.match(compare(outputs, older, newer), { onSuccess: hear, onFailure: ({ message }) => fail(message) })
    )
    stop.current = () => void run(Fiber.interruptFork(fiber))
  }

  const width = size.columns
  const height = size.rows - 1
  const room = width - FRAME_COLUMNS
  const page = Math.max(1, height - FRAME_ROWS - TITLE_ROWS)

  const press = (name: string) => {
    const now = latest.current
    if (now === null) return
    if (["escape", "q", "ctrl+c", "ctrl+g"].includes(name)) return close()
    if (now.comparison === null) return
    const { rows, changes } = now.comparison.shown
    const last = Math.max(0, rows.length - page)
    const to = (top: number) => show({ ...now, top: Math.max(0, Math.min(last, top)) })
    // A change stands below the equal lines that lead to it.
    const starts = changes.map((row) => Math.min(last, Math.max(0, row - 1)))
    const steps: Readonly<Record<string, () => void>> = {
      up: () => to(now.top - 1),
      down: () => to(now.top + 1),
      pageup: () => to(now.top - page + 1),
      pagedown: () => to(now.top + page - 1),
      home: () => to(0),
      end: () => to(last),
      next: () => to(starts.find((row) => row > now.top) ?? now.top),
      previous: () => to(starts.findLast((row) => row < now.top) ?? 0),
      left: () => show({ ...now, pan: Math.max(0, now.pan - PAN_CELLS) }),
      right: () => show({ ...now, pan: now.pan + PAN_CELLS })
    }
    steps[KEYS[name] ?? name]?.()
  }

  const message = ({ comparison, top }: Open): string | null => {
    if (comparison === null) return "comparing"
    const { rows } = comparison.shown
    const end = Math.min(rows.length, top + page)
    const how = comparison.lineByLine ? "" : `${TOO_DIFFERENT} ${theme.signs.separator} `
    return `${how}${formatCount(top + 1)}–${formatCount(end)} of ${formatCount(rows.length)}`
  }

  const rowsOf = ({ title, comparison, top, pan }: Open, count: number): ReadonlyArray<string> => {
    const what =
      comparison === null
        ? ""
        : `  ${formatCount(comparison.shown.added)} added, ${formatCount(comparison.shown.removed)} removed`
    const head = theme.strong(truncateText(`${title}${what}`, room, theme.signs.ellipsis))
    if (comparison === null) return [head, "", "comparing"]
    const { before, after, shown } = comparison
    return [
      head,
      "",
      ...shown.rows
        .slice(top, top + count - TITLE_ROWS)
        .map((_, index) => unifiedText(rowAt(shown, top + index), before, after, theme, room, pan))
    ]
  }

  const layer: Layer | null =
    open === null
      ? null
      : {
          badge: "DIFF",
          hints: [
            { keys: "Esc", meaning: "back" },
            { keys: "n/N", meaning: "next, previous change" },
            { keys: "Up/Down", meaning: "scroll" },
            { keys: "Left/Right", meaning: "long lines" }
          ],
          message: message(open),
          onEvent: (event) => {
            for (const name of keyNamesOf(event)) press(name)
          },
          overlay: (
            <CenteredOverlay
              id="compare"
              z={COMPARE_Z}
              width={width}
              height={height}
              columns={width}
              rows={height}
              theme={theme}
            >
              <Surface
                id="difference"
                width={room}
                height={height - FRAME_ROWS}
                rows={(_, count) => rowsOf(open, count)}
                version={`${open.top} ${open.pan} ${open.comparison === null}`}
              />
            </CenteredOverlay>
          )
        }

  return {
    layer,
    act: (action) => {
      if (action !== "compare") return false
      const block = selected()
      if (block !== undefined) begin(block)
      return true
    }
  }
}

/** Keys by what they do here, beside those of that name. */
const KEYS: Readonly<Record<string, string>> = {
  k: "up",
  j: "down",
  "ctrl+y": "up",
  "ctrl+e": "down",
  b: "pageup",
  "ctrl+u": "pageup",
  space: "pagedown",
  "ctrl+d": "pagedown",
  g: "home",
  G: "end",
  n: "next",
  N: "previous"
}
