import type { ExportedBlock, ExportedStream } from "./ExportedBlock.ts"

/** A string in JSON from pieces of whole lines: no character is in two of them. */
function* stringPieces({ pieces }: ExportedStream): Generator<string> {
  yield '"'
  for (const piece of pieces()) yield JSON.stringify(piece).slice(1, -1)
  yield '"'
}

/** A block as the seeds' document has it (`Block` in src/domain/Block.ts), in one line. */
export function* jsonBlock({ header, stdout, stderr, problem }: ExportedBlock): Generator<string> {
  const fields = problem === null ? header : { ...header, problem }
  yield `${JSON.stringify(fields).slice(0, -1)},"stdout":`
  yield* stringPieces(stdout)
  yield ',"stderr":'
  yield* stringPieces(stderr)
  yield "}"
}
