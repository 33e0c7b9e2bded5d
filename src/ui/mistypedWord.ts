import { nearest } from "../config/nearest.ts"
import { BEGINNINGS, SLASH_WORDS } from "./slashCommands.ts"

/** Every word for EffectTalk itself that a line may begin with. */
const WORDS: ReadonlyArray<string> = [...Object.keys(SLASH_WORDS), ...BEGINNINGS]

/** A first word of letters behind a single slash: a path goes on with another one, a dot or a digit more often than not. */
const FIRST_WORD = /^\s*\/([A-Za-z]+)(?=[ \t]|\s*$)/

/** A first word that was most likely meant for EffectTalk. */
export interface MistypedWord {
  /** Without its slash, as the others. */
  readonly typed: string
  readonly meant: string
}

/**
 * The word that a text begins with, where it is none of ours but is close to one of them, and no file of the file system's
 * root has that name: `/claer`, `/undoo`, and not `/bin`, `/home` or `/etc/init.d/x`. Null where the text is the shell's.
 *
 * @param root names of what lies in `/`; asked for only when it decides
 */
export const mistypedWord = (text: string, root: () => ReadonlyArray<string>): MistypedWord | null => {
  const [, typed] = FIRST_WORD.exec(text) ?? []
  if (typed === undefined) return null
  const meant = nearest(typed, WORDS)
  // The very word, which `readTyped` has left to the shell, was not mistyped.
  return meant === null || meant === typed || root().includes(typed) ? null : { typed, meant }
}

/** What is said of it: short, for a status line of 80 columns. */
export const mistypedText = ({ typed, meant }: MistypedWord): string =>
  `/${typed}: did you mean /${meant}? Enter again runs it in the shell`
