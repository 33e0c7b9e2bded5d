import { MAX_BLOCK_NAME_LENGTH, MAX_NOTE_LENGTH } from "./limits.ts"

/** A letter, then letters, digits, `_` and `-`: one word in every shell, which needs no quotes. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/

/** What stands for a block by itself: `@last`, `@prev`, and `@b12` for the block of that number. */
const RESERVED = /^(?:last|prev|b\d+)$/

const CONTROL = /[\x00-\x1f\x7f-\x9f]/

/** Why a block cannot be called this: it is no name, or means another block already (`@last`). Null when it can. */
export const blockNameProblem = (text: string): "BadName" | "ReservedName" | null => {
  if (!NAME.test(text) || text.length > MAX_BLOCK_NAME_LENGTH) return "BadName"
  return RESERVED.test(text) ? "ReservedName" : null
}

/** Whether this can be noted about a block: one line, `MAX_NOTE_LENGTH` characters at most. */
export const isBlockNote = (text: string): boolean =>
  text.trim() !== "" && text.length <= MAX_NOTE_LENGTH && !CONTROL.test(text)
