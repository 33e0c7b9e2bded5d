import type { HistoryIndex, IndexedEntry } from "./HistoryIndex.ts"

/** What one search has come to: a longer text is looked for from there on. */
interface Looked {
  readonly text: string
  readonly entries: ReadonlyArray<IndexedEntry>
  /** Index of the newest that begins with the text; -1 for none. */
  readonly at: number
}

/** The newest entry from `from` backwards that begins with `text` and goes on behind it. */
const lookBack = (
  entries: ReadonlyArray<IndexedEntry>,
  from: number,
  text: string,
  directory: string | null
): number => {
  for (let i = from; i >= 0; i--) {
    const entry = entries[i]!
    if (directory !== null && entry.directory !== directory) continue
    const { command } = entry
    if (command.length > text.length && command.startsWith(text)) return i
  }
  return -1
}

/**
 * Suggests how a text goes on: as the newest command that begins with it, of those from the same directory first. A text
 * that grows by a character goes on from where the search for the shorter one has ended, so that a whole line costs one
 * walk at most through the commands with its first character. Plain: it runs for every key.
 */
export class Suggester {
  readonly #index: HistoryIndex
  #directory = ""
  #here: Looked | null = null
  #anywhere: Looked | null = null

  constructor(index: HistoryIndex) {
    this.#index = index
  }

  /** What follows `text`; null for nothing. */
  suggest(text: string, directory: string): string | null {
    if (text === "") return null
    const entries = this.#index.beginningWith(text[0]!)
    if (directory !== this.#directory) this.#here = null
    this.#directory = directory
    this.#here = look(this.#here, entries, text, directory)
    if (this.#here.at === -1) this.#anywhere = look(this.#anywhere, entries, text, null)
    const found = this.#here.at === -1 ? this.#anywhere : this.#here
    return found === null || found.at === -1 ? null : entries[found.at]!.command.slice(text.length)
  }

  /** The history has changed. */
  reset(): void {
    this.#here = null
    this.#anywhere = null
  }
}

const look = (
  before: Looked | null,
  entries: ReadonlyArray<IndexedEntry>,
  text: string,
  directory: string | null
): Looked => {
  const goesOn = before !== null && before.entries === entries && text.startsWith(before.text)
  return { text, entries, at: lookBack(entries, goesOn ? before.at : entries.length - 1, text, directory) }
}
