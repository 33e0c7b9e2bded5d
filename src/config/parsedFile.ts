import type { FileProblem } from "./sources.ts"

/** What a configuration file says, by line. */
export interface ParsedFile {
  readonly settings: ReadonlyArray<{
    /** As written. */
    readonly name: string
    /** The variable meant by it. */
    readonly variable: string
    readonly value: string
    readonly line: number
  }>
  readonly problems: ReadonlyArray<FileProblem>
}
