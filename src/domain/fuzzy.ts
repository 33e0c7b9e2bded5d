/**
 * Fuzzy matching as in fzf: text matches a query when it has each blank-separated term's characters in order. Plain
 * functions over plain data, since every key passes 100,000 texts through them. docs/dependencies.md says why it is ours.
 */

/** A text that is searched, with what makes refusing it cheap. */
export interface FuzzyText {
  readonly text: string
  /** The text in lower case, of the same length. */
  readonly lower: string
  /** A bit for each kind of character that `lower` has. */
  readonly mask: number
}

/** A part of a text, in UTF-16 offsets. */
export interface FuzzyRange {
  readonly from: number
  readonly to: number
}

/** Bits for `a`–`z`, then one each for digits, `-`, `_`, `.`, `/`; every other character has the last one. */
const PUNCTUATION: Readonly<Record<string, number>> = { "-": 27, _: 28, ".": 29, "/": 30 }
const OTHER_BIT = 31

const bitOf = (code: number): number => {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61
  if (code >= 0x30 && code <= 0x39) return 26
  return PUNCTUATION[String.fromCharCode(code)] ?? OTHER_BIT
}

/** The bit of each ASCII character. */
const BITS = Int32Array.from({ length: 128 }, (_, code) => 1 << bitOf(code))

const maskOf = (lower: string): number => {
  let mask = 0
  for (let i = 0; i < lower.length; i++) mask |= BITS[lower.charCodeAt(i)] ?? 1 << OTHER_BIT
  return mask
}

/** Lower case by which offsets stay: a few characters (`İ`) have a longer one. */
const lowered = (text: string): string => {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return lower
  return [...text].map((char) => (char.toLowerCase().length === char.length ? char.toLowerCase() : char)).join("")
}

/** Makes a text ready to be searched. */
export const fuzzyText = (text: string): FuzzyText => {
  const lower = lowered(text)
  return { text, lower, mask: maskOf(lower) }
}

/** One term of a query. */
interface FuzzyTerm {
  readonly text: string
  readonly mask: number
  /** It has a capital letter: then case counts. */
  readonly exact: boolean
}

/** A query, taken apart. */
export type FuzzyQuery = ReadonlyArray<FuzzyTerm>

/** The terms of what was typed. A term with a capital letter is compared as it is, any other without regard to case. */
export const fuzzyQuery = (typed: string): FuzzyQuery =>
  typed
    .split(/\s+/)
    .filter((term) => term !== "")
    .map((term) => {
      const lower = lowered(term)
      return { text: term, mask: maskOf(lower), exact: lower !== term }
    })

/** True for letters and digits, ASCII or not: what words are made of. */
const isWordUnit = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code > 0x7f

const beginsWord = (text: string, at: number): boolean =>
  at === 0 || (isWordUnit(text.charCodeAt(at)) && !isWordUnit(text.charCodeAt(at - 1)))

/** What a whole term costs where it stands: at the start of the text, of a word, or inside one. */
const AT_START = 0
const AT_WORD = 1
const INSIDE = 2
/** What a scattered term costs at least, for each piece that begins inside a word, and for each so many skipped characters. */
const SCATTERED = 4
const PIECE_INSIDE = 3
const PIECE_AT_WORD = 1
const SKIPPED_PER_POINT = 8
/** Costs end here, so that texts are sorted by counting. */
const MAX_COST = 255

/** Where a whole term stands best: at a word's start before inside a word, the first of equals; -1 for nowhere. */
const wholeTerm = (text: string, term: string): number => {
  const first = text.indexOf(term)
  if (first === -1 || beginsWord(text, first)) return first
  for (let at = text.indexOf(term, first + 1); at !== -1; at = text.indexOf(term, at + 1)) {
    if (beginsWord(text, at)) return at
  }
  return first
}

/**
 * Offsets of a term's characters in order: the first place where they end, from there backwards as near to each other as
 * they come (fzf's first algorithm). Null when they are not there.
 */
const scattered = (text: string, term: string): Array<number> | null => {
  let at = -1
  for (let i = 0; i < term.length; i++) {
    at = text.indexOf(term[i]!, at + 1)
    if (at === -1) return null
  }
  const places = new Array<number>(term.length)
  for (let i = term.length - 1; i >= 0; i--) {
    at = text.lastIndexOf(term[i]!, at)
    places[i] = at--
  }
  return places
}

const scatteredCost = (text: string, places: ReadonlyArray<number>): number => {
  let cost = SCATTERED
  for (let i = 0; i < places.length; i++) {
    const at = places[i]!
    if (i > 0 && places[i - 1] === at - 1) continue
    cost += beginsWord(text, at) ? PIECE_AT_WORD : PIECE_INSIDE
  }
  const span = places.at(-1)! - places[0]! + 1
  return cost + Math.floor((span - places.length) / SKIPPED_PER_POINT)
}

const termCost = (target: FuzzyText, term: FuzzyTerm): number => {
  if ((target.mask & term.mask) !== term.mask) return -1
  const text = term.exact ? target.text : target.lower
  const whole = wholeTerm(text, term.text)
  if (whole === 0) return AT_START
  if (whole > 0) return beginsWord(text, whole) ? AT_WORD : INSIDE
  const places = scattered(text, term.text)
  return places === null ? -1 : scatteredCost(text, places)
}

/**
 * What it costs to take a text for what was meant, 0 (best) to 255; -1 when it does not match. Whole terms cost less than
 * scattered ones, at the start of a word less than inside one, few pieces near together less than many.
 */
export const fuzzyCost = (target: FuzzyText, query: FuzzyQuery): number => {
  let cost = 0
  for (const term of query) {
    const one = termCost(target, term)
    if (one === -1) return -1
    cost += one
  }
  return Math.min(MAX_COST, cost)
}

/** The parts of a matching text that a query found, from left to right. */
export const fuzzyRanges = (target: FuzzyText, query: FuzzyQuery): ReadonlyArray<FuzzyRange> => {
  const ranges = query.flatMap((term): ReadonlyArray<FuzzyRange> => {
    const text = term.exact ? target.text : target.lower
    const whole = wholeTerm(text, term.text)
    if (whole !== -1) return [{ from: whole, to: whole + term.text.length }]
    return (scattered(text, term.text) ?? []).map((from) => ({ from, to: from + 1 }))
  })
  const joined: Array<FuzzyRange> = []
  for (const { from, to } of ranges.sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else joined.push({ from, to })
  }
  return joined
}

/** Texts between two looks at the clock. */
const TEXTS_PER_LOOK = 256

/** What one query has found: indexes of the texts, in their order. */
interface Found {
  readonly typed: string
  readonly query: FuzzyQuery
  /** Texts that can match, by index: what the query before found; null for all. */
  readonly among: ReadonlyArray<number> | null
  readonly indexes: Array<number>
  readonly costs: Array<number>
  /** How many of them were looked at. */
  looked: number
}

/**
 * A search of many texts that is asked again with every key: a query that goes on from the one before looks only at what
 * that has found, and a long search is done in pieces.
 */
export class FuzzySearch<T extends FuzzyText> {
  readonly #targets: ReadonlyArray<T>
  /** Queries of which each goes on from the one before; the last is the one that is asked. */
  #steps: ReadonlyArray<Found> = []
  #order: Int32Array | null = null

  /** @param targets in the order that equal matches keep */
  constructor(targets: ReadonlyArray<T>) {
    this.#targets = targets
  }

  /** How many texts there are. */
  get size(): number {
    return this.#targets.length
  }

  /** The query that is asked. */
  get query(): FuzzyQuery {
    return this.#steps.at(-1)?.query ?? []
  }

  /** How many texts match, of those that were looked at. */
  get count(): number {
    const found = this.#steps.at(-1)
    return found === undefined ? this.#targets.length : found.indexes.length
  }

  /** Asks anew; `work` does the search. */
  ask(typed: string): void {
    const before = this.#steps.filter((step) => typed.startsWith(step.typed) && step.looked === this.#room(step))
    const last = before.at(-1)
    this.#order = null
    const query = fuzzyQuery(typed)
    if (query.length === 0) this.#steps = []
    else if (last?.typed === typed) this.#steps = before
    else {
      this.#steps = [...before, { typed, query, among: last?.indexes ?? null, indexes: [], costs: [], looked: 0 }]
    }
  }

  /**
   * Searches until `isLate` says so, asked now and then.
   *
   * @returns true when everything was looked at
   */
  work(isLate: () => boolean = () => false): boolean {
    const found = this.#steps.at(-1)
    if (found === undefined) return true
    const { among, query, indexes, costs } = found
    const room = this.#room(found)
    this.#order = null
    while (found.looked < room) {
      const end = Math.min(room, found.looked + TEXTS_PER_LOOK)
      for (; found.looked < end; found.looked++) {
        const index = among === null ? found.looked : among[found.looked]!
        const cost = fuzzyCost(this.#targets[index]!, query)
        if (cost === -1) continue
        indexes.push(index)
        costs.push(cost)
      }
      if (found.looked < room && isLate()) return false
    }
    return true
  }

  /** The match of a rank, 0 for the best; undefined past the last. */
  at(rank: number): T | undefined {
    const found = this.#steps.at(-1)
    if (found === undefined) return this.#targets[rank]
    this.#order ??= byCost(found)
    const index = this.#order[rank]
    return index === undefined ? undefined : this.#targets[index]
  }

  #room({ among }: Found): number {
    return among === null ? this.#targets.length : among.length
  }
}

/** Indexes by their costs; equal ones keep their order. Counted, not compared: it runs for every key. */
const byCost = ({ indexes, costs }: Found): Int32Array => {
  const starts = new Int32Array(MAX_COST + 2)
  for (const cost of costs) starts[cost + 1]!++
  for (let cost = 1; cost < starts.length; cost++) starts[cost]! += starts[cost - 1]!
  const order = new Int32Array(indexes.length)
  for (let i = 0; i < indexes.length; i++) order[starts[costs[i]!]!++] = indexes[i]!
  return order
}
