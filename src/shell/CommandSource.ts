import type { BlockWord } from "./blockWords.ts"

/** A word of a command that stands for a file. */
export interface Reference {
  /** As it was typed, such as `@last`. */
  readonly word: string
  /** Absolute, of characters that no shell quotes; no other reference's path is a part of it. */
  readonly path: string
}

/** A command as it was typed and as it runs: words that stand for files have become their paths. */
export interface CommandSource {
  readonly typed: string
  readonly runs: string
  readonly references: ReadonlyArray<Reference>
}

/** A command that runs as it was typed. */
export const typedCommand = (typed: string): CommandSource => ({ typed, runs: typed, references: [] })

/**
 * A command whose words are put in place by the files that they stand for.
 *
 * @param words of it that stand for files, in their order
 * @param pathOf a word's file, absolute, of characters that no shell quotes, and no part of another's path
 */
export const referringCommand = (
  typed: string,
  words: ReadonlyArray<Pick<BlockWord, "start" | "end">>,
  pathOf: (word: string) => string
): CommandSource => {
  const paths = new Map<string, string>()
  let runs = ""
  let end = 0
  for (const word of words) {
    const name = typed.slice(word.start, word.end)
    let path = paths.get(name) ?? pathOf(name)
    // Two words for one file: another way to spell its path tells which of them was typed.
    while (!paths.has(name) && [...paths.values()].includes(path)) path = path.replace(/[^/]*$/, "./$&")
    paths.set(name, path)
    runs += typed.slice(end, word.start) + path
    end = word.end
  }
  const references = [...paths].map(([word, path]) => ({ word, path }))
  return { typed, runs: runs + typed.slice(end), references }
}

/** What the shell has made of a command, with the words again where their paths stand. */
export const asTyped = ({ typed, runs, references }: CommandSource, made: string): string => {
  if (made === runs || references.length === 0) return made === runs ? typed : made
  const text = references.reduce((text, { word, path }) => text.replaceAll(path, word), made)
  return made.startsWith(" ") && !typed.startsWith(" ") ? text.slice(1) : text
}
