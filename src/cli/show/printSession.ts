/** Prints a stored session block by block: no session is too large for it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { BlockHeader } from "../../domain/Block.ts"
import { blockText, type TextLook } from "../../export/blockText.ts"
import { PersistenceService } from "../../services/PersistenceService.ts"
import { PersistenceError } from "../../services/persistence/PersistenceError.ts"
import type { SessionReader } from "../../services/persistence/SessionReader.ts"
import type { BlockText } from "../../services/persistence/Snapshot.ts"
import { readAnySession } from "../readAnySession.ts"
import { writeOut } from "../writeOut.ts"

const readText = ({ text }: SessionReader, header: BlockHeader): Either.Either<BlockText, PersistenceError> =>
  Either.try({ try: () => text(header), catch: (cause) => PersistenceError.from(cause, header.id) })

/** A block that runs in no process any more was interrupted; when it ended is not known. */
const endedBlock = (header: BlockHeader): BlockHeader =>
  header.status === "running" ? { ...header, status: "interrupted", endTime: null } : header

/**
 * Prints a session for people. A block that cannot be read says so in its place and costs no other; the first such error
 * is what this fails with at the end.
 *
 * @param text see `readAnySession`
 */
export const printSession = Effect.fn("show.printSession")(function* (text: string, look: TextLook) {
  const reader = yield* readAnySession(text)
  const { id, blocks } = reader.session
  const runs = blocks.some(({ status }) => status === "running")
  const isOpen = runs && (yield* (yield* PersistenceService).ownerOf(id)) !== null
  let damage: PersistenceError | null = null
  for (const [index, header] of blocks.entries()) {
    const read = readText(reader, header)
    if (Either.isLeft(read)) damage ??= read.left
    const body = Either.match(read, { onLeft: (error) => error, onRight: (output) => output })
    const separator = index === 0 ? "" : "\n"
    if (!(yield* writeOut(separator + blockText(isOpen ? header : endedBlock(header), body, look)))) return
  }
  if (damage !== null) yield* damage
}, Effect.scoped)

/** Prints a session as its document, one block per line. */
export const printDocument = Effect.fn("show.printDocument")(function* (text: string) {
  const reader = yield* readAnySession(text)
  const { session, version, sequence } = reader
  const { blocks, ...fields } = session
  const head = JSON.stringify({ version, sequence, ...fields }).slice(0, -1)
  if (!(yield* writeOut(`${head},"blocks":[`))) return
  for (const [index, header] of blocks.entries()) {
    const output = yield* readText(reader, header)
    if (!(yield* writeOut(`${index === 0 ? "" : ","}\n${JSON.stringify({ ...header, ...output })}`))) return
  }
  yield* writeOut(blocks.length === 0 ? "]}\n" : "\n]}\n")
}, Effect.scoped)
