import { geteuid, setegid, seteuid } from "node:process"

/** The user and group that own nothing (Debian's `nobody` and `nogroup`). */
const NOBODY = 65_534

/**
 * Runs `body` without root's power to read and write everything: as `nobody` when root runs the tests, else as whoever
 * runs them. Files made inside belong to that user.
 */
export const asOrdinaryUser = async <A>(body: () => Promise<A>): Promise<A> => {
  if (geteuid?.() !== 0) return body()
  setegid?.(NOBODY)
  seteuid?.(NOBODY)
  try {
    return await body()
  } finally {
    seteuid?.(0)
    setegid?.(0)
  }
}
