import { sanitise } from "../terminal/sanitise.ts"

const decoder = new TextDecoder()

/** Bytes that a shell printed around its prompt, as harmless text. */
export const decodeText = (bytes: Uint8Array): string => sanitise(decoder.decode(bytes))

/** The lines of a notice: no blank ones. */
export const noticeLines = (text: string): ReadonlyArray<string> =>
  text
    .replace(/^\s*\n|\s+$/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
