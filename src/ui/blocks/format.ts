import { formatBytes } from "../../domain/formatBytes.ts"
import { textWidth } from "../../terminal/cells.ts"
import { truncateMiddle, visibleText } from "./visibleText.ts"

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const two = (value: number): string => String(value).padStart(2, "0")

/** The widest text that `formatDuration` gives, in cells: the duration column is this wide and never moves. */
export const DURATION_CELLS = 7

/** Whole units from a minute on: `3m 05s`, `2h 05m`, `3d 4h`, `1234d`. */
const longDuration = (ms: number): string => {
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ${two(Math.floor((ms % MINUTE) / SECOND))}s`
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${two(Math.floor((ms % HOUR) / MINUTE))}m`
  const days = Math.floor(ms / DAY)
  if (days < 100) return `${days}d ${Math.floor((ms % DAY) / HOUR)}h`
  return days < 100_000 ? `${days}d` : "ages"
}

/** How long a finished command took (`ms` milliseconds): `12ms`, `3.2s`, then whole units. A clock set back gives 0. */
export const formatDuration = (ms: number): string => {
  const spent = Math.max(0, Math.round(ms))
  if (spent < SECOND) return `${spent}ms`
  // Tenths are cut, not rounded: 59.96 s is not a minute yet.
  return spent < MINUTE ? `${(Math.floor(spent / 100) / 10).toFixed(1)}s` : longDuration(spent)
}

/** How long a command has been running, in whole seconds: it changes once a second. */
export const formatLiveDuration = (ms: number): string => {
  const spent = Math.max(0, ms)
  return spent < MINUTE ? `${Math.floor(spent / SECOND)}s` : longDuration(spent)
}

const LEFT = " left"

/** The widest text that `formatTimeLeft` gives, in cells. */
export const TIME_LEFT_CELLS = DURATION_CELLS + LEFT.length

/** What is left of a time limit, in whole seconds that have begun: `27s left` until the 27th has passed, then `26s left`. */
export const formatTimeLeft = (ms: number): string =>
  formatLiveDuration(Math.ceil(Math.max(0, ms) / SECOND) * SECOND) + LEFT

/** Cells of `formatTime`. */
export const TIME_CELLS = 8

/** Local wall clock of an instant (milliseconds since the epoch) as `HH:MM:SS`. */
export const formatTime = (at: number): string => {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** Local calendar day of an instant as `2026-08-05`. */
export const formatDay = (at: number): string => {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** A count with thousands apart: `12,345`. */
export const formatCount = (count: number): string => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",")

/** `1 line`, `12,345 lines`. */
export const formatLines = (count: number): string => `${formatCount(count)} ${count === 1 ? "line" : "lines"}`

/** A path with the user's home directory written `~`, control bytes made visible. */
export const tildePath = (path: string, home: string): string => {
  const base = home.length > 1 && home.endsWith("/") ? home.slice(0, -1) : home
  if (base.length > 1 && (path === base || path.startsWith(`${base}/`)))
    return visibleText(`~${path.slice(base.length)}`)
  return visibleText(path)
}

/**
 * A visible path in at most `width` cells. Whole components go from the middle first (`~/work/…/blocks`): where it
 * starts and where it ends say most; a last component that is too long by itself is cut in its own middle.
 */
export const shortenPath = (path: string, width: number, ellipsis = "…"): string => {
  if (textWidth(path) <= width) return path
  const parts = path.split("/")
  const head = path.startsWith("/") ? `/${parts[1] ?? ""}` : (parts[0] ?? "")
  const from = path.startsWith("/") ? 2 : 1
  for (const start of [`${head}/${ellipsis}/`, `${ellipsis}/`]) {
    let best = ""
    for (let i = parts.length - 1; i > from; i--) {
      const candidate = start + parts.slice(i).join("/")
      if (textWidth(candidate) > width) break
      best = candidate
    }
    if (best !== "") return best
  }
  const last = parts.at(-1) ?? ""
  return parts.length > 1 && textWidth(last) + 2 > width && width > 8
    ? `${ellipsis}/${truncateMiddle(last, width - 2, ellipsis)}`
    : truncateMiddle(path, width, ellipsis)
}

/** What stands where the output limit left out lines, in text: `… 1,204 lines (3.4 MB) are not kept …`. */
export const formatGap = (lines: number, bytes: number): string =>
  `… ${formatLines(lines)} (${formatBytes(bytes)}) ${lines === 1 ? "is" : "are"} not kept …`
