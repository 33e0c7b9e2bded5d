import type { Reading } from "../../services/OpenSessions.ts"
import type { LockOwner } from "../../services/persistence/ProcessLock.ts"
import { visibleText } from "../blocks/visibleText.ts"

/** Who writes a session that is only read here, and why that is so. */
export interface ReadOnlyState {
  /** Null while nobody does. */
  readonly owner: LockOwner | null
  /** See `Reading`. */
  readonly refusal: Reading["refusal"]
  /** This process. */
  readonly self: number
}

const KEY = "T"

/** Why nothing can be changed, and which key changes that: a line in the editor's place. */
export const readOnlyLine = ({ owner, refusal, self }: ReadOnlyState): string => {
  if (refusal !== null) return `Read-only: ${refusal.message}`
  if (owner === null) return `Read-only: nobody has this session open; ${KEY} opens it`
  if (owner.pid === self && owner.elsewhere === null) return "Read-only: what ran here is being ended"
  const where = owner.elsewhere === null ? "" : ` on ${visibleText(owner.elsewhere)}`
  const how = owner.elsewhere === null ? `; ${KEY} takes it over` : ""
  return `Read-only: process ${owner.pid}${where} has this session${how}`
}

/** The answer to a key that works only where the session is this process's own: who has it is said above. */
export const refusedLine = (state: ReadOnlyState): string => {
  const { owner, refusal, self } = state
  if (refusal !== null) return refusal.message
  if (owner === null) return `Not while it is only read; ${KEY} opens it`
  if (owner.elsewhere !== null) return "Not while it is only read"
  return owner.pid === self ? "Not before what ran here has ended" : `Not while it is only read; ${KEY} takes it over`
}
