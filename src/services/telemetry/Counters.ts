/**
 * Counts by key. Integers only, durations in whole milliseconds: adding them up gives the same sum in every order, which
 * floating point does not.
 */
export type Counts = ReadonlyMap<string, number>

/** The keys that are counted without a label. */
export type CountKey = "sessions" | "blocks" | "blocks_success" | "blocks_failed" | "blocks_interrupted" | "processes"

/** Durations that are counted in buckets, with the upper bounds of the buckets in milliseconds. */
export const DURATION_BOUNDS_MS = {
  /** From a glance to a terminal that stays open for a week. */
  session_duration: [60_000, 300_000, 900_000, 3_600_000, 14_400_000, 43_200_000, 86_400_000, 604_800_000],
  /** From a builtin to a long build; half of all commands end within the first three. */
  block_duration: [10, 50, 100, 500, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000],
  /** The seeds' 1 s, MAX_PROCESS_TIMEOUT's default of 30 s, and the day that a session's shell lives. */
  process_duration: [100, 500, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000]
} as const

/** A duration that is counted in buckets. */
export type DurationKey = keyof typeof DURATION_BOUNDS_MS

/** How a process can end, as a label of few values; `unknown` where neither exit code nor signal became known. */
export const CODE_CLASSES = ["0", "1-125", "126", "127", "128-255", "signal", "unknown"] as const

/** One of them. */
export type CodeClass = (typeof CODE_CLASSES)[number]

/** The class of an exit code, or of the signal that ended a process; shells say 126 and 127 for what did not start. */
export const codeClass = (exitCode: number | null, signal: string | null): CodeClass => {
  if (signal !== null) return "signal"
  if (exitCode === null) return "unknown"
  if (exitCode === 0) return "0"
  if (exitCode <= 125) return "1-125"
  return exitCode === 126 ? "126" : exitCode === 127 ? "127" : "128-255"
}

/** The part of EffectTalk in which an error was met. */
export type ErrorComponent =
  | "persistence"
  | "process"
  | "shell"
  | "logging"
  | "configuration"
  | "screen"
  | "http"
  | "backup"

/** What an error's kind may look like: an error's `reason` or an errno name, never a text with a path in it. */
const KIND = /^[A-Za-z][A-Za-z0-9_]{0,31}$/
/** Different kinds that are told apart: a label must not grow without end. */
const MAX_ERROR_KINDS = 64
/** The kind of every error that is not told apart. */
const OTHER_KIND = "other"

/** The key of errors of one kind. */
const errorKey = (component: string, kind: string): string => `errors:${component}:${kind}`

/** The key of one duration's bucket up to `bound` milliseconds; null for what is longer than every bound. */
const bucketKey = (key: DurationKey, bound: number | null): string => `${key}:le:${bound ?? "inf"}`

/** Counts of this process. Plain on purpose: fed from the way of every event. */
export class Counters {
  readonly #counts = new Map<string, number>()
  #errorKinds = 0

  get counts(): Counts {
    return this.#counts
  }

  /** Counts one more. */
  count(key: CountKey): void {
    this.#add(key, 1)
  }

  /** Counts one more that took `ms` milliseconds; a clock that was set back makes 0 of it. */
  observe(key: DurationKey, ms: number): void {
    const whole = Math.max(0, Math.round(ms))
    this.#add(bucketKey(key, DURATION_BOUNDS_MS[key].find((bound) => whole <= bound) ?? null), 1)
    this.#add(`${key}:sum`, whole)
  }

  /** Counts one more process that ended so. */
  exited(exitCode: number | null, signal: string | null): void {
    this.#add(`exit_codes:${codeClass(exitCode, signal)}`, 1)
  }

  /** Counts one more error. `kind` is an error's `reason` or an errno name; anything else, and the 65th, is `other`. */
  error(component: ErrorComponent, kind: string): void {
    let key = errorKey(component, KIND.test(kind) ? kind : OTHER_KIND)
    if (!this.#counts.has(key)) {
      if (this.#errorKinds >= MAX_ERROR_KINDS) key = errorKey(component, OTHER_KIND)
      else this.#errorKinds++
    }
    this.#add(key, 1)
  }

  #add(key: string, by: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by)
  }
}

/** Adds counts to a sum. */
export const addCounts = (sum: Map<string, number>, counts: Counts): void => {
  for (const [key, value] of counts) sum.set(key, (sum.get(key) ?? 0) + value)
}

/** What was counted since `before`, which is an earlier state of `counts`. */
export const countsSince = (counts: Counts, before: Counts): Map<string, number> => {
  const since = new Map<string, number>()
  for (const [key, value] of counts) {
    const more = value - (before.get(key) ?? 0)
    if (more !== 0 || !before.has(key)) since.set(key, more)
  }
  return since
}

/** One duration's buckets as they were counted. */
export interface DurationCounts {
  /** How many took at most `bound` milliseconds (null: any time), by growing bounds. */
  readonly upTo: ReadonlyArray<{ readonly bound: number | null; readonly count: number }>
  /** Milliseconds altogether. */
  readonly sum: number
}

/**
 * Reads a duration back, each bucket holding those below it, as Prometheus wants them. Bounds of another version count
 * in the next larger one of ours.
 */
export const durationCounts = (counts: Counts, key: DurationKey): DurationCounts => {
  const stored: Array<readonly [bound: number, count: number]> = []
  const prefix = `${key}:le:`
  for (const [name, count] of counts) {
    if (!name.startsWith(prefix)) continue
    const bound = name.slice(prefix.length)
    stored.push([bound === "inf" ? Number.POSITIVE_INFINITY : Number(bound), count])
  }
  const upTo = [...DURATION_BOUNDS_MS[key], null].map((bound) => ({
    bound,
    count: stored.reduce((sum, [to, count]) => (bound === null || to <= bound ? sum + count : sum), 0)
  }))
  return { upTo, sum: counts.get(`${key}:sum`) ?? 0 }
}

/** Exit codes by class, those that never came about too: a series that begins at its first event hides that event. */
export const exitCodeCounts = (
  counts: Counts
): ReadonlyArray<{ readonly code_class: CodeClass; readonly count: number }> =>
  CODE_CLASSES.map((each) => ({ code_class: each, count: counts.get(`exit_codes:${each}`) ?? 0 }))

/** Errors by component and kind, as they were counted. */
export const errorCounts = (
  counts: Counts
): ReadonlyArray<{ readonly component: string; readonly kind: string; readonly count: number }> =>
  [...counts].flatMap(([key, count]) => {
    const [name, component = "", kind = "", ...more] = key.split(":")
    return name === "errors" && more.length === 0 && KIND.test(component) && KIND.test(kind)
      ? [{ component, kind, count }]
      : []
  })
