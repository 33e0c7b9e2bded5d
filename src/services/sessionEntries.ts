import type { Session } from "../domain/Session.ts"
import type { OpenSession } from "./OpenSessions.ts"
import type { SessionList, SessionSummary } from "./persistence/sessionList.ts"

/** A session as lists show it, wherever it is. */
export interface SessionEntry extends SessionSummary {
  /**
   * `here`: it is on the screen. `open`: this process has it open beside that. `elsewhere`: another process (`owner`) has
   * it. `stored`: nobody does.
   */
  readonly state: "here" | "open" | "elsewhere" | "stored"
  /** Commands that run in it and that wait; 0 where this process does not have it open. */
  readonly running: number
  readonly waiting: number
}

const count = (session: Session, status: "running" | "idle"): number =>
  session.blocks.reduce((sum, block) => (block.status === status ? sum + 1 : sum), 0)

const openEntry = ({ id, file: { session } }: OpenSession, active: boolean): SessionEntry => {
  const { workingDirectory, createdAt, lastModified, blocks, metadata } = session
  return {
    id,
    name: metadata.name ?? null,
    pinned: metadata.pinned === true,
    workingDirectory,
    blocks: blocks.length,
    lastCommand: blocks.findLast((block) => block.command !== "")?.command ?? null,
    createdAt,
    lastModified,
    owner: process.pid,
    state: active ? "here" : "open",
    running: count(session, "running"),
    waiting: count(session, "idle")
  }
}

/** Every session once: what is open here as it is now, the others as the data directory had them. */
export const sessionEntries = (
  open: ReadonlyArray<OpenSession>,
  active: OpenSession,
  stored: SessionList
): ReadonlyArray<SessionEntry> => [
  ...open.map((session) => openEntry(session, session === active)),
  ...stored.sessions
    .filter(({ id }) => !open.some((session) => session.id === id))
    .map(
      (summary): SessionEntry => ({
        ...summary,
        state: summary.owner === null ? "stored" : "elsewhere",
        running: 0,
        waiting: 0
      })
    )
]
