import { type BlockHeader, EMPTY_ACCOUNT, type OutputAccount, type OutputStream } from "../../domain/Block.ts"
import type { StoredOutput } from "../../terminal/BlockStore.ts"
import { KeptOutput } from "./KeptOutput.ts"
import type { BlockText } from "./Snapshot.ts"

/** One stream of a block's text as an output; null for a `stderr` that was not kept apart. */
export const outputOfText = (header: BlockHeader, text: BlockText, stream: OutputStream): StoredOutput | null => {
  if (stream === "stdout") return storedOutput(header.metadata, text.stdout)
  const { stderr } = header.metadata
  return stderr === undefined && text.stderr === "" ? null : storedOutput(stderr ?? EMPTY_ACCOUNT, text.stderr)
}

const storedOutput = (account: OutputAccount, text: string): StoredOutput => {
  const { hiddenLines, hiddenBytes, headLines } = account
  const { lines, unfinished } = KeptOutput.fromText(text, account)
  return { lines, unfinished, hidden: { lines: hiddenLines, bytes: hiddenBytes, headLines } }
}
