import type { BlockHeader } from "../../domain/Block.ts"
import { originTitle } from "../blocks/blockHeader.ts"
import { formatLiveDuration } from "../blocks/format.ts"
import { visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import type { SidebarModel } from "./SidebarModel.ts"
import { firstCommandLine } from "./sessionRows.ts"
import { leftRow, type SidebarRow, type Span } from "./sidebarRow.ts"

const blockRow = (block: BlockHeader, numberCells: number, theme: Theme, now: number): SidebarRow => {
  const { signs } = theme
  const { beside, from, name, number } = block.metadata
  const origin = from === undefined ? originTitle(block.metadata) : `from: ${visibleText(from.command)}`
  const waits = block.status === "idle"
  const lead: ReadonlyArray<Span> = [
    waits ? { text: signs.idle, paint: theme.quiet } : { text: signs.running, paint: theme.running },
    { text: ` ${String(number).padStart(numberCells)} `, paint: theme.quiet },
    ...(name === undefined ? [] : [{ text: `@${visibleText(name)} `, paint: theme.own }])
  ]
  const title: Span =
    origin === null
      ? { text: firstCommandLine(block.command), paint: theme.strong }
      : { text: origin, paint: theme.quiet }
  const time: Span = waits
    ? { text: "waiting", paint: theme.quiet }
    : { text: formatLiveDuration(now - (block.startTime ?? now)), paint: theme.running }
  const where: ReadonlyArray<Span> = beside === true ? [{ text: "beside ", paint: theme.quiet }] : []
  return { left: [...lead, title], right: [...where, time] }
}

/** What runs and waits in the sessions behind the one on the screen. */
const othersOf = ({ sessions }: SidebarModel): { readonly running: number; readonly waiting: number } => {
  let [running, waiting] = [0, 0]
  for (const { state } of sessions) {
    if (state.kind !== "open") continue
    running += state.running
    waiting += state.waiting
  }
  return { running, waiting }
}

/** True when a command runs or waits, here or in another session that is open. */
export const anythingRuns = (model: SidebarModel): boolean => {
  const { running, waiting } = othersOf(model)
  return model.blocks.length + running + waiting > 0
}

const othersRow = (model: SidebarModel, theme: Theme): SidebarRow => {
  const { running, waiting } = othersOf(model)
  const { signs } = theme
  return {
    left: [{ text: "in other sessions", paint: theme.quiet }],
    right: [
      ...(running > 0 ? [{ text: `${signs.running} ${running}`, paint: theme.running }] : []),
      ...(waiting > 0 ? [{ text: `${running > 0 ? " " : ""}${signs.idle} ${waiting}`, paint: theme.quiet }] : [])
    ]
  }
}

/** Every command that runs or waits in this session, in at most `height` rows, and how many do so in the others. */
export const runningRows = (
  model: SidebarModel,
  height: number,
  theme: Theme,
  now: number
): ReadonlyArray<SidebarRow> => {
  if (!anythingRuns(model)) return [leftRow({ text: "nothing", paint: theme.quiet })].slice(0, height)
  const numberCells = String(model.blocks.at(-1)?.metadata.number ?? 0).length
  const rows = model.blocks.map((block) => blockRow(block, numberCells, theme, now))
  const others = othersRow(model, theme)
  if (rows.length <= height) return (others.right.length > 0 ? [...rows, others] : rows).slice(0, height)
  const shown = Math.max(0, height - 1)
  const more = leftRow({ text: `${theme.signs.ellipsis} ${rows.length - shown} more`, paint: theme.quiet })
  return [...rows.slice(0, shown), more].slice(0, height)
}
