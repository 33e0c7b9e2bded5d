/** Milliseconds of each unit that a user may write. */
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Longest duration that is taken, in milliseconds: what Node's timers can wait, about 24 days. */
export const MAX_DURATION_MS = 2 ** 31 - 1

/** What a duration looks like, for error messages. */
export const DURATION_FORMS = "a duration such as 30s, 5m, 1h30m or 500ms"

/**
 * Milliseconds of a duration as users of `sleep` and `timeout` write it: a number with a unit (`ms`, `s`, `m`, `h`, `d`),
 * several of them largest first or not, or a plain number of seconds. Null for anything else, for nothing and for more than
 * `MAX_DURATION_MS`.
 */
export const parseDuration = (text: string): number | null => {
  const parts = /^\d+(\.\d+)?$/.test(text) ? [`${text}s`] : (text.match(/\d+(?:\.\d+)?(?:ms|[smhd])/g) ?? [])
  if (parts.length === 0 || (parts.join("") !== text && `${text}s` !== parts[0])) return null
  const total = parts.reduce((sum, part) => {
    const [, number = "", unit = "s"] = /^([\d.]+)(.+)$/.exec(part) ?? []
    return sum + Number(number) * UNITS[unit as keyof typeof UNITS]
  }, 0)
  return total >= 1 && total <= MAX_DURATION_MS ? Math.round(total) : null
}

/** A duration in milliseconds as `parseDuration` reads it: `30s`, `5m`, `1500ms`. */
export const spellDuration = (milliseconds: number): string => {
  if (milliseconds % UNITS.m === 0) return `${milliseconds / UNITS.m}m`
  return milliseconds % UNITS.s === 0 ? `${milliseconds / UNITS.s}s` : `${milliseconds}ms`
}

/** What an age looks like, for error messages. */
export const AGE_FORMS = "an age such as 7d, 2w, 36h or 1d12h"

/** Milliseconds of an age, of any length: whole numbers with a unit (`m`, `h`, `d`, `w`), largest first or not. Null otherwise. */
export const parseAge = (text: string): number | null => {
  const parts = text.match(/\d{1,9}[mhdw]/g) ?? []
  if (parts.length === 0 || parts.join("") !== text) return null
  return parts.reduce((sum, part) => sum + Number(part.slice(0, -1)) * UNITS[part.at(-1) as "m" | "h" | "d" | "w"], 0)
}
