import { EMPTY_ACCOUNT } from "../../domain/Block.ts"

/** Shell of a session that names none. */
export const FALLBACK_SHELL = "/bin/sh"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Brings an older version's document to the shape of this one; what is none, or is newer, passes unchanged.
 *
 * Version 0 is the seeds' document, which names no version. Its environment is the whole one that a process had: nothing
 * tells what of it the user had changed, and it may hold secrets, so that it is left out.
 */
export const migrateDocument = (value: unknown): unknown =>
  isFields(value) && value.version === undefined && Array.isArray(value.blocks)
    ? fromVersion0(value, value.blocks)
    : value

const fromVersion0 = (document: Fields, blocks: ReadonlyArray<unknown>): Fields => ({
  activeBlockId: null,
  ...document,
  version: 0,
  sequence: 0,
  environment: {},
  metadata: { shell: FALLBACK_SHELL, input: "", unset: [], ...(isFields(document.metadata) && document.metadata) },
  blocks: blocks.map((block, index) => (isFields(block) ? blockFromVersion0(block, index + 1, document) : block))
})

const blockFromVersion0 = (block: Fields, number: number, { workingDirectory }: Fields): Fields => ({
  exitCode: null,
  signal: null,
  startTime: null,
  endTime: null,
  stdout: "",
  stderr: "",
  ...block,
  metadata: {
    number,
    directory: workingDirectory,
    ...EMPTY_ACCOUNT,
    lines: linesOf(block.stdout),
    // The seeds keep the two streams apart.
    ...(linesOf(block.stderr) > 0 && { stderr: { ...EMPTY_ACCOUNT, lines: linesOf(block.stderr) } }),
    folded: false,
    notices: [],
    ...(isFields(block.metadata) && block.metadata)
  }
})

const linesOf = (text: unknown): number => {
  if (typeof text !== "string" || text === "") return 0
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
}
