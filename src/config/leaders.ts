/** Leader keys by the name a user writes, with the byte a terminal sends. */
export const LEADERS = { "ctrl+\\": 0x1c, "ctrl+]": 0x1d, "ctrl+^": 0x1e, "ctrl+g": 0x07, "ctrl+o": 0x0f } as const

/** The name of a leader key. */
export type Leader = keyof typeof LEADERS

/** The byte that a leader key sends. */
export const leaderByte = (leader: Leader): number => LEADERS[leader]
