import { useSyncExternalStore } from "react"
import type { Reading } from "../../services/OpenSessions.ts"
import type { ReadOnlyState } from "./readOnlyText.ts"

/** How it is with a session that is only read, which may change hands; null for one of this process's own. */
export const useReadOnly = (reading: Reading | null): ReadOnlyState | null => {
  const owner = useSyncExternalStore(
    reading === null ? never : (changed) => reading.follower.followOwner(changed),
    () => reading?.follower.owner ?? null
  )
  return reading === null ? null : { owner, refusal: reading.refusal, self: process.pid }
}

const never = () => () => {}
