import type { BlockHeader } from "../../src/domain/Block.ts"
import { EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import { type Censor, noCensor } from "../../src/export/Censor.ts"
import { type ExportedBlock, storedBlock } from "../../src/export/ExportedBlock.ts"
import type { ExportFormat } from "../../src/export/ExportFormat.ts"
import { exportDocument } from "../../src/export/exportDocument.ts"

/** A finished block of Ada's. */
export const block = (
  number: number,
  command: string,
  { metadata, ...fields }: Partial<Omit<BlockHeader, "metadata">> & { metadata?: Partial<BlockHeader["metadata"]> } = {}
): BlockHeader => ({
  id: BlockId.make(`block${number}`),
  command,
  status: "success",
  exitCode: 0,
  signal: null,
  startTime: 1_000,
  endTime: 2_200,
  ...fields,
  metadata: { number, directory: "/home/ada/work", ...EMPTY_ACCOUNT, folded: false, notices: [], ...metadata }
})

/** A block with its output. */
export const printed = (header: BlockHeader, stdout = "", stderr = ""): ExportedBlock =>
  storedBlock(header, { stdout, stderr })

export const session: Session = emptySession({
  _tag: "SessionCreated",
  at: 0,
  session: SessionId.make("abcdefgh1234"),
  workingDirectory: "/home/ada/work",
  shell: "/bin/bash"
})

/** A whole document. */
export const document = (
  format: ExportFormat,
  blocks: ReadonlyArray<ExportedBlock>,
  { whole = true, censor = noCensor }: { whole?: boolean; censor?: Censor } = {}
): string =>
  [
    ...exportDocument({
      format,
      session: whole
        ? { session: { ...session, blocks: blocks.map(({ header }) => header) }, version: 1, sequence: 7 }
        : null,
      blocks,
      censor,
      home: "/home/ada",
      forTerminal: false
    })
  ].join("")
