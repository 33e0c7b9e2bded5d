import { type FuzzyText, fuzzyText } from "../../domain/fuzzy.ts"
import type { HistoryEntry } from "../../domain/HistoryEntry.ts"

/** An entry as it is searched: what makes searching its command cheap is shared by all entries of that command. */
export interface IndexedEntry extends HistoryEntry, FuzzyText {
  /** Number of the command; equal commands have one. */
  readonly id: number
}

/** Which entries are searched. */
export type HistoryFilter = "session" | "directory" | "everywhere" | "failed"

/** The filters in the order in which a key leads through them. */
export const HISTORY_FILTERS: ReadonlyArray<HistoryFilter> = ["session", "directory", "everywhere", "failed"]

/** Where the searching is done. */
export interface HistoryPlace {
  readonly session: string
  /** Absolute. */
  readonly directory: string
}

/** True when a filter lets an entry through. */
export const passes = (entry: HistoryEntry, filter: HistoryFilter, place: HistoryPlace): boolean => {
  switch (filter) {
    case "session":
      return entry.session === place.session
    case "directory":
      return entry.directory === place.directory
    case "everywhere":
      return true
    case "failed":
      return entry.status === "failure"
  }
}

/** Before all that has a time. */
const timeOf = (entry: HistoryEntry): number => entry.at ?? 0

/** The history in memory, oldest first. Plain: it is read for every key. */
export class HistoryIndex {
  #entries: Array<IndexedEntry> = []
  readonly #ids = new Map<string, IndexedEntry>()
  /** Entries with such a first character, oldest first. */
  readonly #byFirst = new Map<string, Array<IndexedEntry>>()
  /** One text for each directory and session: they come again and again. */
  readonly #texts = new Map<string, string>()
  #sorted = true

  /** How many entries there are. */
  get size(): number {
    return this.#entries.length
  }

  /** All of them, oldest first. */
  get entries(): ReadonlyArray<IndexedEntry> {
    this.#sort()
    return this.#entries
  }

  /** Adds an entry, unless it is there: windows may write one twice. */
  add(entry: HistoryEntry): void {
    const known = this.#ids.get(entry.command)
    // The latest of its command is compared only: a line is written twice within a moment. What has no time comes from a
    // shell's own history, where a command stands each time it was run.
    if (known !== undefined && entry.at !== null && known.at === entry.at && known.session === entry.session) return
    const command = known?.command ?? entry.command
    const { text, lower, mask } = known ?? fuzzyText(command)
    const indexed: IndexedEntry = {
      command,
      at: entry.at,
      status: entry.status,
      exit: entry.exit,
      duration: entry.duration,
      directory: this.#shared(entry.directory),
      session: this.#shared(entry.session),
      id: known?.id ?? this.#ids.size,
      text,
      lower,
      mask
    }
    this.#ids.set(command, indexed)
    const last = this.#entries.at(-1)
    if (last !== undefined && timeOf(indexed) < timeOf(last)) this.#sorted = false
    this.#entries.push(indexed)
    const first = command[0] ?? ""
    const same = this.#byFirst.get(first)
    if (same === undefined) this.#byFirst.set(first, [indexed])
    else same.push(indexed)
  }

  #shared(text: string | null): string | null {
    if (text === null) return null
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return known ?? text
  }

  #sort(): void {
    if (this.#sorted) return
    const byTime = (a: IndexedEntry, b: IndexedEntry) => timeOf(a) - timeOf(b)
    this.#entries.sort(byTime)
    for (const entries of this.#byFirst.values()) entries.sort(byTime)
    this.#sorted = true
  }

  /** The entries that a filter lets through, newest first, each command once. */
  newest(filter: HistoryFilter, place: HistoryPlace): ReadonlyArray<IndexedEntry> {
    this.#sort()
    const seen = new Uint8Array(this.#ids.size)
    const newest: Array<IndexedEntry> = []
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]!
      if (seen[entry.id] === 1 || !passes(entry, filter, place)) continue
      seen[entry.id] = 1
      newest.push(entry)
    }
    return newest
  }

  /** Entries whose commands begin with this character, oldest first. */
  beginningWith(first: string): ReadonlyArray<IndexedEntry> {
    this.#sort()
    return this.#byFirst.get(first) ?? []
  }
}
