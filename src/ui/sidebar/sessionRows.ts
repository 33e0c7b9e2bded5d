import { basename } from "node:path"
import { shortenPath, tildePath } from "../blocks/format.ts"
import { visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import { formatAge } from "./formatAge.ts"
import type { SidebarModel, SidebarSession } from "./SidebarModel.ts"
import { nameField } from "./sessionName.ts"
import { orderSessions, type SessionGroupName } from "./sessionOrder.ts"
import { leftRoom, leftRow, plain, plainSpan, type SidebarRow, type Span } from "./sidebarRow.ts"
import { type SidebarState, selectedSession } from "./sidebarState.ts"

/** What stands above each group. */
const HEADINGS: Readonly<Record<SessionGroupName, string>> = {
  pinned: "Pinned",
  open: "Open here",
  elsewhere: "Open elsewhere",
  recent: "Recent"
}

/** Cells before a title: what the session does, and whether it is selected. */
const LEAD_CELLS = 2
/** Characters of a command that are looked at; a command may be a megabyte. */
const MAX_COMMAND_LENGTH = 1000
/** A command beside a title needs this many cells to say anything. */
const MIN_COMMAND_CELLS = 5
/** With so little room a row for "more" would take the place of what it counts. */
const MIN_ROWS_WITH_COUNTS = 5

/** A command's first line, as it may be shown. */
export const firstCommandLine = (command: string): string =>
  visibleText(
    (
      command
        .trimStart()
        .slice(0, MAX_COMMAND_LENGTH)
        .split(/[\r\n]/, 1)[0] ?? ""
    ).trimEnd()
  )

const count = (running: number, waiting: number): string =>
  running > 0 ? `${running} running` : waiting > 0 ? `${waiting} waiting` : ""

/** What stands at the right: what cannot be done with it, else what it is doing, where it is, how long ago it was used. */
const stateSpan = ({ readOnly, state, lastModified }: SidebarSession, theme: Theme, now: number): Span => {
  // What runs there is another process's; that something does is said by the sign.
  if (readOnly) return { text: "read-only", paint: theme.quiet }
  switch (state.kind) {
    case "here":
      return { text: "here", paint: theme.quiet }
    case "open": {
      const text = count(state.running, state.waiting)
      return text === "" ? { text: formatAge(now - lastModified), paint: theme.quiet } : { text, paint: theme.running }
    }
    case "elsewhere":
      return { text: `pid ${state.pid}`, paint: theme.quiet }
    case "stored":
      return { text: formatAge(now - lastModified), paint: theme.quiet }
  }
}

const signSpan = ({ state }: SidebarSession, theme: Theme): Span => {
  if (state.kind !== "here" && state.kind !== "open") return plainSpan(" ")
  const { signs } = theme
  return state.running > 0 ? { text: signs.running, paint: theme.running } : { text: signs.idle, paint: theme.quiet }
}

/** Whether sessions have a second row, and what else their rows depend on. */
export interface SessionRowsContext {
  readonly model: SidebarModel
  readonly state: SidebarState
  readonly theme: Theme
  /** Cells of a row. */
  readonly width: number
  /** Milliseconds since the epoch. */
  readonly now: number
  /** A second row per session tells its last command; else it stands behind the title where there is room. */
  readonly twoRows: boolean
}

/** The last part of a session's directory, as it may be shown. */
const placeOf = ({ directory }: SidebarSession, home: string): string =>
  directory === home ? "~" : visibleText(basename(directory)) || "/"

const commandOf = ({ lastCommand }: SidebarSession): string =>
  lastCommand === null ? "" : firstCommandLine(lastCommand)

/** A session's first row: its name, else its directory; what it is doing, else how long ago it was used. */
const titleRow = (session: SidebarSession, selected: boolean, context: SessionRowsContext): SidebarRow => {
  const { model, now, state, theme, twoRows, width } = context
  const { ellipsis, selected: mark } = theme.signs
  const lead = [signSpan(session, theme), plainSpan(selected ? mark : " ")]
  if (state.rename?.id === session.id) {
    const { buffer } = state.rename.editor
    const field = nameField(buffer.text, buffer.cursor, Math.max(1, width - LEAD_CELLS), ellipsis)
    return { left: [...lead, plainSpan(field.text)], right: [], cursor: LEAD_CELLS + field.column }
  }
  const right = [stateSpan(session, theme, now)]
  const row = (title: string, ...behind: ReadonlyArray<Span>): SidebarRow => ({
    left: [...lead, { text: title, paint: session.state.kind === "here" ? theme.strong : plain }, ...behind],
    right,
    selected,
    session: session.id
  })
  const name = session.name === null ? null : visibleText(session.name)
  if (!twoRows) {
    const command = commandOf(session)
    const behind = { text: `  ${command}`, paint: theme.quiet, least: 2 + MIN_COMMAND_CELLS }
    return row(name ?? placeOf(session, model.home), ...(command === "" ? [] : [behind]))
  }
  if (name !== null) return row(name)
  const path = tildePath(session.directory, model.home)
  return row(shortenPath(path, Math.max(1, leftRoom(row(path), width) - LEAD_CELLS), ellipsis))
}

/** A session's second row: where it is, unless the first says so, and its last command. */
const detailRow = (session: SidebarSession, selected: boolean, context: SessionRowsContext): SidebarRow => {
  const { model, state, theme } = context
  const parts = [
    ...(session.name === null ? [] : [placeOf(session, model.home)]),
    commandOf(session) || "no command yet"
  ]
  const text = " ".repeat(LEAD_CELLS) + parts.join(` ${theme.signs.separator} `)
  return {
    left: [{ text, paint: theme.quiet }],
    right: [],
    selected: selected && state.rename === null,
    session: session.id
  }
}

interface Line {
  /** Made when it is in view: a list may be long. */
  readonly row: () => SidebarRow
  /** Number of the session in the list; a heading has that of the one below it. */
  readonly session: number
  readonly isHeading: boolean
}

/** Every row of the list, and the number of the session that must be in view. */
const allLines = (context: SessionRowsContext): { readonly lines: ReadonlyArray<Line>; readonly anchor: number } => {
  const { model, state, theme, twoRows } = context
  const selected = selectedSession(state, model)
  const lines: Array<Line> = []
  let number = 0
  let anchor = 0
  for (const group of orderSessions(model.sessions, state.frozen)) {
    const heading = leftRow({ text: HEADINGS[group.name], paint: theme.quiet })
    lines.push({ row: () => heading, session: number, isHeading: true })
    for (const session of group.sessions) {
      if (selected === null ? session.state.kind === "here" : session.id === selected.id) anchor = number
      for (const make of twoRows ? [titleRow, detailRow] : [titleRow]) {
        const row = () => make(session, session.id === selected?.id, context)
        lines.push({ row, session: number, isHeading: false })
      }
      number++
    }
  }
  return { lines, anchor }
}

/** Rows that the whole list takes. */
export const sessionRowCount = ({ model, state, twoRows }: Pick<SessionRowsContext, "model" | "state" | "twoRows">) =>
  orderSessions(model.sessions, state.frozen).length + model.sessions.length * (twoRows ? 2 : 1)

/**
 * The list of sessions in at most `height` rows. What must be seen, the selected session or else the one on the screen,
 * stands in the middle of a list that is too long, and what is left out above and below is counted.
 */
export const sessionRows = (context: SessionRowsContext, height: number): ReadonlyArray<SidebarRow> => {
  const { lines, anchor } = allLines(context)
  if (lines.length <= height) return lines.map(({ row }) => row())
  const from = lines.findIndex(({ isHeading, session }) => session === anchor && !isHeading)
  const size = context.twoRows ? 2 : 1
  const first = Math.max(0, Math.min(from - ((height - size) >> 1), lines.length - height))
  const shown = lines.slice(first, first + height)
  const rows = shown.map(({ row }) => row())
  if (height < MIN_ROWS_WITH_COUNTS) return rows
  const { signs, quiet } = context.theme
  const more = (sign: string, sessions: number) => leftRow({ text: `${sign} ${sessions} more`, paint: quiet })
  if (first > 0) rows[0] = more(signs.above, shown[1]!.session)
  if (first + height < lines.length) {
    // A heading with nothing under it would say nothing.
    const end = shown.at(-2)!.isHeading ? height - 2 : height - 1
    rows.splice(end, height, more(signs.below, lines.at(-1)!.session - shown[end - 1]!.session))
  }
  return rows
}
