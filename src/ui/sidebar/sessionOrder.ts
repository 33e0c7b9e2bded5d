import type { SessionId } from "../../domain/ids.ts"
import type { SidebarSession } from "./SidebarModel.ts"

/** The groups of the list, in their order. */
export const SESSION_GROUPS = ["pinned", "open", "elsewhere", "recent"] as const
export type SessionGroupName = (typeof SESSION_GROUPS)[number]

/** Sessions under one heading. */
export interface SessionGroup {
  readonly name: SessionGroupName
  readonly sessions: ReadonlyArray<SidebarSession>
}

/** Where a session stood when the list was frozen. */
export interface SessionPlace {
  readonly id: SessionId
  readonly group: SessionGroupName
}

/** The group that a session belongs to as things are. */
export const groupOf = ({ pinned, state }: SidebarSession): SessionGroupName => {
  if (pinned) return "pinned"
  if (state.kind === "elsewhere") return "elsewhere"
  return state.kind === "stored" ? "recent" : "open"
}

const byTitle = (a: SidebarSession, b: SidebarSession): number => {
  const [left, right] = [(a.name ?? a.directory).toLowerCase(), (b.name ?? b.directory).toLowerCase()]
  if (left !== right) return left < right ? -1 : 1
  return a.id < b.id ? -1 : 1
}

/** Only the recent ones stand by their time: the others must not change places because something was done in them. */
const ORDERS: Readonly<Record<SessionGroupName, ((a: SidebarSession, b: SidebarSession) => number) | null>> = {
  pinned: byTitle,
  open: null,
  elsewhere: byTitle,
  recent: (a, b) => b.lastModified - a.lastModified || byTitle(a, b)
}

/**
 * The sessions by group; groups without any are left out. With `frozen` each stays where it stood then, whatever has
 * happened to it since, and new ones come last in their groups.
 */
export const orderSessions = (
  sessions: ReadonlyArray<SidebarSession>,
  frozen: ReadonlyArray<SessionPlace> | null
): ReadonlyArray<SessionGroup> => {
  const places = new Map(frozen?.map((place, index) => [place.id, { ...place, index }]))
  const members: Record<SessionGroupName, Array<SidebarSession>> = { pinned: [], open: [], elsewhere: [], recent: [] }
  for (const session of sessions) members[places.get(session.id)?.group ?? groupOf(session)].push(session)
  const index = (session: SidebarSession) => places.get(session.id)?.index ?? places.size
  return SESSION_GROUPS.flatMap((name) => {
    const order = ORDERS[name]
    const sorted = order === null ? members[name] : members[name].sort(order)
    if (sorted.length === 0) return []
    return [{ name, sessions: frozen === null ? sorted : sorted.sort((a, b) => index(a) - index(b)) }]
  })
}

/** What `orderSessions` needs to show the list as it is now. */
export const placesOf = (groups: ReadonlyArray<SessionGroup>): ReadonlyArray<SessionPlace> =>
  groups.flatMap(({ name, sessions }) => sessions.map(({ id }) => ({ id, group: name })))
