import { Redactor, redact } from "../domain/redact.ts"
import type { ExportedBlock, ExportedStream } from "./ExportedBlock.ts"

/** Takes secrets out of what is exported, and counts them. */
export interface Censor {
  /** Secrets taken out so far. */
  readonly count: () => number
  /** One text. */
  readonly text: (text: string) => string
  /** Every text of a document, its ids aside. */
  readonly texts: <A>(value: A) => A
  /** A block: its header now, its streams as they are read. */
  readonly block: (block: ExportedBlock) => ExportedBlock
}

/** Leaves everything as it is. */
export const noCensor: Censor = {
  count: () => 0,
  text: (text) => text,
  texts: (value) => value,
  block: (block) => block
}

/** Redacts by the table of src/domain/secretPatterns.ts. */
export const makeCensor = (): Censor => {
  let count = 0
  const text = (given: string): string => {
    const { text: kept, count: found } = redact(given)
    count += found
    return kept
  }
  const mapped = (value: unknown): unknown => {
    if (typeof value === "string") return text(value)
    if (Array.isArray(value)) return value.map(mapped)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, name === "id" ? field : mapped(field)])
    )
  }
  const texts = <A>(value: A): A => mapped(value) as A

  /** A stream may be read more than once: its secrets count once. */
  const stream = (given: ExportedStream): ExportedStream => {
    let counted = 0
    return {
      ...given,
      pieces: function* () {
        const redactor = new Redactor()
        for (const piece of given.pieces()) {
          const kept = redactor.redact(piece)
          if (redactor.count > counted) {
            count += redactor.count - counted
            counted = redactor.count
          }
          yield kept
        }
      }
    }
  }
  return {
    count: () => count,
    text,
    texts,
    block: (block) => ({
      ...block,
      header: texts(block.header),
      stdout: stream(block.stdout),
      stderr: stream(block.stderr)
    })
  }
}
