const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = 7 * DAY
const YEAR = 365 * DAY

/** How long ago something was (`ms` milliseconds), in the largest unit: `now`, `3m`, `2h`, `5d`, `4w`, `2y`. */
export const formatAge = (ms: number): string => {
  if (ms < MINUTE) return "now"
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`
  if (ms < 2 * WEEK) return `${Math.floor(ms / DAY)}d`
  if (ms < YEAR) return `${Math.floor(ms / WEEK)}w`
  return `${Math.floor(ms / YEAR)}y`
}
