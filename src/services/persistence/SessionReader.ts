import type { BlockHeader } from "../../domain/Block.ts"
import { withoutDeleted } from "../../domain/deletedBlocks.ts"
import type { SessionId } from "../../domain/ids.ts"
import { SESSION_VERSION, type Session } from "../../domain/Session.ts"
import type { DataDirectory } from "./dataDirectory.ts"
import type { BlockText } from "./Snapshot.ts"
import { readBlockText, readStoredSession } from "./StoredSession.ts"

/** A stored session as it was when it was opened, for reading alone: also beside a process that writes it. */
export interface SessionReader {
  readonly session: Session
  /** Format of the document. */
  readonly version: number
  /** Number of the last event in it. */
  readonly sequence: number
  /** A block's output, from disk, sanitised. Throws `PersistenceError` when it cannot be read. */
  readonly text: (header: BlockHeader) => BlockText
  readonly close: () => void
}

/** Reads everything but the output. Throws `PersistenceError`: `Unknown`, `Refused`, `Damaged`, `Newer`, `Io`. */
export const openSessionReader = (directory: DataDirectory, id: SessionId): SessionReader =>
  openSessionFiles(directory.active, id)

/** The same of a session whose files lie elsewhere (the archive), and may have another name there than its id. */
export const openSessionFiles = (directory: string, id: SessionId, name: string = id): SessionReader => {
  const { session, snapshot, journal, live, sequence, close } = readStoredSession(directory, id, name)
  return {
    session: withoutDeleted(session),
    version: snapshot?.head.version ?? SESSION_VERSION,
    sequence,
    text: (header) =>
      readBlockText(header, {
        snapshot,
        journal: journal?.fd ?? null,
        records: journal?.outputs.get(header.id) ?? [],
        pending: live.filter(({ block }) => block === header.id)
      }),
    close
  }
}
