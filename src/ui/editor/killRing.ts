/**
 * The kill ring of readline (its kill.c): what Ctrl+K and its kin removed, newest last, with a pointer that Alt+Y turns.
 */

/** Texts kept, readline's DEFAULT_MAX_KILLS. */
export const MAX_KILLS = 10

export interface KillRing {
  /** Newest last. */
  readonly kills: ReadonlyArray<string>
  /** Index of what Ctrl+Y inserts. */
  readonly current: number
}

export const emptyKillRing: KillRing = { kills: [], current: 0 }

/** A kill of its own. */
export const addKill = (ring: KillRing, text: string): KillRing => {
  const kills = [...ring.kills, text].slice(-MAX_KILLS)
  return { kills, current: kills.length - 1 }
}

/** A kill right after another one: both become one, in the order in which they stood in the line. */
export const joinKill = (ring: KillRing, text: string, side: "before" | "after"): KillRing => {
  const last = ring.kills.at(-1)
  if (last === undefined) return addKill(ring, text)
  const kills = ring.kills.with(-1, side === "before" ? text + last : last + text)
  return { kills, current: kills.length - 1 }
}

/** What Ctrl+Y inserts, null when nothing was killed yet. */
export const currentKill = (ring: KillRing): string | null => ring.kills[ring.current] ?? null

/** Points at the kill before the current one, from the oldest back to the newest (Alt+Y). */
export const rotateKills = (ring: KillRing): KillRing =>
  ring.kills.length === 0 ? ring : { ...ring, current: (ring.current + ring.kills.length - 1) % ring.kills.length }
