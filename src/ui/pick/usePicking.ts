import { useReducer, useRef } from "react"
import { type InputEvent, keyNamesOf } from "../../terminal/inputEvents.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import type { LineMark } from "../blocks/lineMarks.ts"
import { shownStreams } from "../blocks/shownStreams.ts"
import { useOutputs } from "../hooks/useSession.ts"
import type { KeyHint } from "../keyHint.ts"
import type { Layer } from "../layers/Layer.ts"
import { printedLine } from "../select/OutputText.ts"
import type { LabelledChoice } from "./choicesInView.ts"

/** What is being picked from. */
interface Picking<A> {
  /** Null while it is still being found: keys wait until then. */
  readonly choices: ReadonlyArray<LabelledChoice<A>> | null
  /** Letters of a label that were typed. */
  readonly typed: string
  readonly waiting: ReadonlyArray<InputEvent>
}

export interface PickingOptions<A> {
  readonly list: BlockList
  /** One word in capitals for the status line. */
  readonly badge: string
  readonly hints: ReadonlyArray<KeyHint>
  /** Something was picked; `capital` when a letter of its label was typed with Shift. */
  readonly onPick: (value: A, capital: boolean) => void
}

export interface Labels<A> {
  /** Null while nothing is picked. */
  readonly layer: Layer | null
  /** Shows labels, to pick one; null while what there is to pick is still being found. */
  readonly show: (choices: ReadonlyArray<LabelledChoice<A>> | null) => void
  /** Stops picking. */
  readonly close: () => void
  /** True while something is picked, or found. */
  readonly isOpen: () => boolean
}

const LEAVE = new Set(["escape", "ctrl+c", "ctrl+g"])

/** Where a line's labels are found: block, stream, and the line counted over everything printed. */
type LineKey = `${string} ${string} ${number}`

/** Labels over what is on the screen, one of which is typed. */
export const usePicking = <A>({ list, badge, hints, onPick }: PickingOptions<A>): Labels<A> => {
  const outputs = useOutputs()
  // One read may bring many keys: each must see what the one before it did.
  const current = useRef<Picking<A> | null>(null)
  const newest = useRef(onPick)
  newest.current = onPick
  const [, rerender] = useReducer((count: number) => count + 1, 0)

  const marksOf = ({ choices, typed }: Picking<A>): ReadonlyMap<LineKey, ReadonlyArray<LineMark>> => {
    const marks = new Map<LineKey, Array<LineMark>>()
    for (const { label, at } of choices ?? []) {
      if (!label.startsWith(typed.toLowerCase())) continue
      for (const { found, in: line, shown } of at) {
        const view = shownStreams(list, outputs, line.block)[line.stream]
        if (view === null) continue
        const key: LineKey = `${line.block.id} ${line.stream} ${printedLine(view, line.line)}`
        const mark: LineMark = { from: shown, to: found.to, look: "label", label }
        marks.set(key, [...(marks.get(key) ?? []), mark])
      }
    }
    return marks
  }

  const update = (next: Picking<A> | null): void => {
    current.current = next
    list.hold(next !== null)
    if (next === null) list.setMarker(null, "pick")
    else {
      const marks = marksOf(next)
      list.setMarker((block, stream, line) => {
        const view = shownStreams(list, outputs, block)[stream]
        return (view === null ? undefined : marks.get(`${block.id} ${stream} ${printedLine(view, line)}`)) ?? []
      }, "pick")
    }
    rerender()
  }

  const type = (now: Picking<A>, letter: string): void => {
    const typed = now.typed + letter
    const wanted = typed.toLowerCase()
    const choices = now.choices ?? []
    const picked = choices.find(({ label }) => label === wanted)
    if (picked !== undefined) {
      update(null)
      return newest.current(picked.value, typed !== wanted)
    }
    // A letter that is in no label is not taken.
    if (choices.some(({ label }) => label.startsWith(wanted))) update({ ...now, typed })
  }

  const onEvent = (event: InputEvent): void => {
    const now = current.current
    const [name] = keyNamesOf(event)
    if (now === null || name === undefined) return
    if (LEAVE.has(name)) return update(null)
    if (now.choices === null) return update({ ...now, waiting: [...now.waiting, event] })
    if (name === "backspace") return update({ ...now, typed: now.typed.slice(0, -1) })
    if (/^[a-z]$/i.test(name)) type(now, name)
  }

  const show: Labels<A>["show"] = (choices) => {
    const waiting = current.current?.waiting ?? []
    update({ choices, typed: "", waiting: [] })
    for (const event of waiting) onEvent(event)
  }

  const now = current.current
  return {
    show,
    close: () => update(null),
    isOpen: () => current.current !== null,
    layer:
      now === null ? null : { badge, hints, message: now.typed === "" ? null : now.typed, cursor: () => null, onEvent }
  }
}
