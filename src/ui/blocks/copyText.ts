import type { BlockHeader } from "../../domain/Block.ts"
import type { BlockStore } from "../../terminal/BlockStore.ts"
import { stderrOf } from "./stderrOf.ts"

/** What is copied of a block's output: plain text, stdout and below it, on a line of its own, stderr where it is kept apart. */
export const copyText = (outputs: BlockStore, block: BlockHeader): string => {
  const stdout = outputs.get(block.id)?.text() ?? ""
  const stderr = stderrOf(outputs, block)?.text() ?? ""
  return stdout === "" || stderr === "" || stdout.endsWith("\n") ? stdout + stderr : `${stdout}\n${stderr}`
}
