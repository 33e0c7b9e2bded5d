/**
 * Blocks and sessions in the forms in which they leave EffectTalk. Every form comes in pieces, and each block is read when
 * it is its turn: neither a large session nor a large block is ever in memory at once, and whoever has other things to
 * do as well does them between two pieces.
 */
import { withoutDeleted } from "../domain/deletedBlocks.ts"
import type { Session } from "../domain/Session.ts"
import { visibleText } from "../ui/blocks/visibleText.ts"
import { blockPieces, outputPieces } from "./blockText.ts"
import type { Censor } from "./Censor.ts"
import type { ExportedBlock } from "./ExportedBlock.ts"
import type { ExportFormat } from "./ExportFormat.ts"
import { HTML_TAIL, htmlBlock, htmlHead } from "./exportHtml.ts"
import { jsonBlock } from "./exportJson.ts"
import { codeSpan, markdownBlock } from "./exportMarkdown.ts"

/** A session as it is exported. */
export interface ExportedSession {
  readonly session: Session
  /** Format of the document. */
  readonly version: number
  /** Number of the last event in it. */
  readonly sequence: number
}

/** What is exported, and how. */
export interface ExportRequest {
  readonly format: ExportFormat
  /** As text nothing but the output: no headers, no notices. */
  readonly outputOnly?: boolean
  /** The whole session around the blocks; null for blocks alone. */
  readonly session: ExportedSession | null
  /** In their order; each is asked for when it is written. */
  readonly blocks: Iterable<ExportedBlock>
  readonly censor: Censor
  /** Absolute path written as `~`, but in JSON. */
  readonly home: string
  /** The text goes to a terminal: direction controls are spelled out. The other formats always do. */
  readonly forTerminal: boolean
}

const titleOf = ({ session }: ExportedSession): string => `Session ${session.metadata.name ?? session.id}`

function* textDocument({ blocks, censor, home, forTerminal, outputOnly }: ExportRequest): Generator<string> {
  const look = { colors: false, forTerminal, home }
  let isFirst = true
  for (const block of blocks) {
    if (!isFirst && outputOnly !== true) yield "\n"
    isFirst = false
    yield* (outputOnly === true ? outputPieces : blockPieces)(censor.block(block), look)
  }
}

function* markdownDocument({ session, blocks, censor, home }: ExportRequest): Generator<string> {
  if (session !== null) yield `# ${codeSpan(censor.text(visibleText(titleOf(session))))}\n\n`
  for (const block of blocks) yield* markdownBlock(censor.block(block), home)
}

function* htmlDocument({ session, blocks, censor, home }: ExportRequest): Generator<string> {
  let isOpen = false
  if (session !== null) {
    isOpen = true
    yield htmlHead(censor.text(titleOf(session)))
  }
  for (const given of blocks) {
    const block = censor.block(given)
    if (!isOpen) yield htmlHead(block.header.command.split("\n")[0] || `Block ${block.header.metadata.number}`)
    isOpen = true
    yield* htmlBlock(block, home)
  }
  if (isOpen) yield HTML_TAIL
}

function* jsonDocument({ session: exported, blocks, censor }: ExportRequest): Generator<string> {
  if (exported === null) {
    for (const block of blocks) {
      yield* jsonBlock(censor.block(block))
      yield "\n"
    }
    return
  }
  const { version, sequence, session } = exported
  const { blocks: _, ...fields } = withoutDeleted(session)
  yield `${JSON.stringify({ version, sequence, ...censor.texts(fields) }).slice(0, -1)},"blocks":[`
  let isFirst = true
  for (const block of blocks) {
    yield isFirst ? "\n" : ",\n"
    isFirst = false
    yield* jsonBlock(censor.block(block))
  }
  yield isFirst ? "]}\n" : "\n]}\n"
}

const DOCUMENTS: Readonly<Record<ExportFormat, (request: ExportRequest) => Generator<string>>> = {
  text: textDocument,
  markdown: markdownDocument,
  html: htmlDocument,
  json: jsonDocument
}

/** The whole document in pieces, some of them empty. */
export const exportDocument = (request: ExportRequest): Generator<string> => DOCUMENTS[request.format](request)
