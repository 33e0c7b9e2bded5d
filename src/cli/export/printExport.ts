/** Writes a stored session or one of its blocks, block by block: no session is too large for it. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { BlockHeader } from "../../domain/Block.ts"
import { namedBlock } from "../../domain/referredBlock.ts"
import { makeCensor, noCensor } from "../../export/Censor.ts"
import { type ExportedBlock, storedBlock } from "../../export/ExportedBlock.ts"
import { type ExportFormat, formatOf } from "../../export/ExportFormat.ts"
import { exportDocument } from "../../export/exportDocument.ts"
import { lookAt, WRITE_CHARACTERS, writeExport, writeProblem } from "../../export/exportFile.ts"
import { PersistenceError, quoted } from "../../services/persistence/PersistenceError.ts"
import type { SessionReader } from "../../services/persistence/SessionReader.ts"
import { CliError } from "../CliError.ts"
import { readAnySession } from "../readAnySession.ts"
import { writeOut } from "../writeOut.ts"

/** What the command line asks for. */
export interface PrintExportOptions {
  /** The session's id or a unique beginning of it. */
  readonly session: string
  /** A block's number or `@name`; null for all. */
  readonly block: string | null
  /** Null for what `output` says. */
  readonly format: ExportFormat | null
  /** A path, relative to the working directory; null for standard output. */
  readonly output: string | null
  /** With what looks like a secret. */
  readonly raw: boolean
  /** Absolute path written as `~`. */
  readonly home: string
}

/** Blocks as they are asked for. A block that cannot be read says so in its place; `damaged` hears of it. */
function* storedBlocks(
  reader: SessionReader,
  headers: ReadonlyArray<BlockHeader>,
  damaged: (error: PersistenceError) => void
): Generator<ExportedBlock> {
  for (const header of headers) {
    try {
      yield storedBlock(header, reader.text(header))
    } catch (cause) {
      const error = PersistenceError.from(cause, header.id)
      damaged(error)
      yield storedBlock(header, error)
    }
  }
}

const print = Effect.fn("export.print")(function* (pieces: Iterable<string>) {
  let gathered = ""
  for (const piece of pieces) {
    gathered += piece
    if (gathered.length < WRITE_CHARACTERS) continue
    if (!(yield* writeOut(gathered))) return
    gathered = ""
  }
  if (gathered !== "") yield* writeOut(gathered)
})

const write = (path: string, pieces: Iterable<string>): Effect.Effect<void, CliError> => {
  const refuse = (why: string) => new CliError({ exitCode: 1, line: `${quoted(path)} could not be written: ${why}` })
  const found = lookAt(path)
  if (found !== null && found !== "file") return refuse(found.problem)
  return Effect.tryPromise({
    try: () => writeExport(path, pieces, true),
    catch: (cause) => refuse(writeProblem(cause))
  })
}

/** Exports a session, or a block of it; says on standard error what was redacted. */
export const printExport = Effect.fn("export.printExport")(function* (options: PrintExportOptions) {
  const { session: text, block, output, raw, home } = options
  const reader = yield* readAnySession(text)
  const { session, version, sequence } = reader
  const chosen = block === null ? null : namedBlock(session.blocks, block)
  if (block !== null && chosen === null)
    return yield* new CliError({ exitCode: 2, line: `session ${session.id} has no block ${quoted(block)}` })
  let damage: PersistenceError | null = null
  const blocks = storedBlocks(reader, chosen === null ? session.blocks : [chosen], (error) => {
    damage ??= error
  })
  const censor = raw ? noCensor : makeCensor()
  const pieces = exportDocument({
    format: options.format ?? (output === null ? "text" : formatOf(output)),
    session: chosen === null ? { session, version, sequence } : null,
    blocks,
    censor,
    home,
    forTerminal: output === null && process.stdout.isTTY === true
  })
  yield* output === null ? print(pieces) : write(resolve(output), pieces)
  const count = censor.count()
  if (count > 0) {
    const places = count === 1 ? "1 place looks like a secret" : `${count} places look like secrets`
    yield* Effect.sync(() => process.stderr.write(`effecttalk: ${places}: redacted; --raw leaves them in\n`))
  }
  if (damage !== null) return yield* damage as PersistenceError
}, Effect.scoped)
