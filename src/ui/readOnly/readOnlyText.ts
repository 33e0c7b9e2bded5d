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

/** Why nothing can be changed, and which key changes that: a line in the editor's place, and the answer to keys. */
export const readOnlyLine = ({ owner, refusal, self }: ReadOnlyState): string => {
  if (refusal !== null) return `Read-only: ${refusal.message}`
  if (owner === null) return `Read-only: nobody has this session open; ${KEY} opens it`
  if (owner.pid === self && owner.elsewhere === null) return "Read-only: what ran here is being ended"
  const where = owner.elsewhere === null ? "" : ` on ${visibleText(owner.elsewhere)}`
  const how = owner.elsewhere === null ? `; ${KEY} takes it over` : ""
  return `Read-only: process ${owner.pid}${where} has this session${how}`
}
