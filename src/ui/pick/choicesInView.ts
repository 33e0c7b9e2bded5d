import { offsetOfCell } from "../../terminal/textPlaces.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import { type LineInView, linesInView } from "../blocks/textInView.ts"
import { makeLabels } from "./labels.ts"
import { type Found, recognise } from "./recognise.ts"

/** Characters of a line that are looked at before and behind its rows in view; the rest cannot matter to what is seen. */
const MARGIN = 2_083

/** Something on the screen that may be picked: where it is, and what it is. */
export interface Seen {
  readonly in: LineInView
  readonly found: Found
  /** UTF-16 offset of the first of its characters that is in view. */
  readonly shown: number
}

/** What is recognised in the output on the screen, from top to bottom. A line that wraps is one. */
export const seenInView = (list: BlockList): ReadonlyArray<Seen> => {
  const { width } = list
  return linesInView(list).flatMap((line) => {
    const first = offsetOfCell(line.text, { row: line.rows.from, column: 0 }, width)
    const last = offsetOfCell(line.text, { row: line.rows.to - 1, column: width - 1 }, width)
    const start = Math.max(0, first - MARGIN)
    return recognise(line.text.slice(start, last + MARGIN)).flatMap((found): ReadonlyArray<Seen> => {
      const [from, to] = [found.from + start, found.to + start]
      if (to <= first || from > last) return []
      return [{ in: line, found: { ...found, from, to }, shown: Math.max(from, first) }]
    })
  })
}

/** Something to pick by its label; what stands there twice has one label, shown at each. */
export interface LabelledChoice<A> {
  readonly label: string
  readonly value: A
  readonly at: ReadonlyArray<Seen>
}

/**
 * Names what is on the screen: what stands nearest to the bottom gets the shortest labels, as the newest is there.
 *
 * @param pick what choosing one gives, and the key by which two are the same; null leaves it out
 */
export const labelChoices = <S extends Seen, A>(
  seen: ReadonlyArray<S>,
  pick: (seen: S) => { readonly key: string; readonly value: A } | null
): ReadonlyArray<LabelledChoice<A>> => {
  const byKey = new Map<string, { readonly value: A; readonly at: Array<Seen> }>()
  for (const one of seen.toReversed()) {
    const picked = pick(one)
    if (picked === null) continue
    const known = byKey.get(picked.key)
    if (known === undefined) byKey.set(picked.key, { value: picked.value, at: [one] })
    else known.at.push(one)
  }
  const labels = makeLabels(byKey.size)
  return [...byKey.values()].flatMap((choice, index) => {
    const label = labels[index]
    return label === undefined ? [] : [{ ...choice, label }]
  })
}
