import { MarkParser } from "./MarkParser.ts"
import { parseMark } from "./marks.ts"
import { promptText } from "./terminalText.ts"

/**
 * The prompt that a shell shows first, as it rendered it, when what it has printed so far holds all of it; null else.
 * Only for looking: the same bytes go to the shell's driver, which decides what happened.
 *
 * @param nonce of the shell's start, which its first marks carry
 */
export const firstPrompt = (printed: Buffer, nonce: number): Buffer | null => {
  let prompt: Array<Buffer> | null = null
  let whole: Buffer | null = null
  const parser = new MarkParser({
    output: (bytes) => void prompt?.push(bytes),
    mark: (payload) => {
      const mark = parseMark(payload)
      if (mark === null || mark.kind === "editor" || mark.nonce !== nonce) return
      if (mark.kind === "prompt") prompt = []
      else if (mark.kind === "promptEnd" && prompt !== null) whole ??= promptText(Buffer.concat(prompt))
    }
  })
  parser.push(printed)
  return whole
}
