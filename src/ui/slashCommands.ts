import type { BlockHeader } from "../domain/Block.ts"
import { DURATION_FORMS, parseDuration, spellDuration } from "../domain/duration.ts"
import { hasLeadingBlank, incognitoText } from "../domain/incognito.ts"

/**
 * What was written for a block: its command, with the limit that it was given, that its stderr was kept apart, and that it
 * was to be in no file.
 */
export const writtenText = ({ command, metadata }: BlockHeader): string => {
  const text =
    (metadata.timeLimit === undefined ? "" : `/timeout ${spellDuration(metadata.timeLimit)} `) +
    (metadata.stderr === undefined ? "" : "/split ") +
    command
  return metadata.incognito === true ? incognitoText(text) : text
}

/** What was typed, as it is to be run. */
export interface TypedCommand {
  readonly command: string
  /** Milliseconds after which it is ended; null for no limit. */
  readonly timeLimit: number | null
  /** Its stderr is kept apart. */
  readonly split: boolean
  /** It is kept out of every file. */
  readonly incognito: boolean
}

/** Whether text may follow a word for EffectTalk itself. */
export type SlashArgument = "none" | "optional" | "required"

/**
 * Words that are a whole line of the editor and speak to EffectTalk, not to the shell, and whether text may follow them.
 * Features answer them (`Feature.word`).
 */
export const SLASH_WORDS = {
  help: { argument: "none", does: "show every key" },
  undo: { argument: "none", does: "take back what you did last; never a command" },
  redo: { argument: "none", does: "do again what was undone last" },
  clear: { argument: "none", does: "move the finished blocks that are not pinned to the archive" },
  save: { argument: "required", does: "keep the session in the archive as it is now, under a name" },
  saved: { argument: "none", does: "list what was saved: restore or delete it" }
} as const satisfies Record<string, { readonly argument: SlashArgument; readonly does: string }>
export type SlashWord = keyof typeof SLASH_WORDS

/** A word for EffectTalk itself. */
export interface SlashCall {
  readonly word: SlashWord
  /** What follows it; empty for nothing. */
  readonly argument: string
}

/** A slash command that cannot be run, and why. */
export interface SlashProblem {
  readonly problem: string
}

/** Words that say how the command behind them is to be run. */
export const BEGINNINGS = ["timeout", "split", "incognito"] as const

/** A slash command that the text begins with, and what follows it; null when the text is the shell's. */
const SLASH_COMMAND = new RegExp(`^\\s*/(${BEGINNINGS.join("|")})(?:[ \\t]+([\\s\\S]*\\S))?\\s*$`)

/** A slash word, alone on its line, and what follows it. */
const SLASH_CALL = new RegExp(`^\\s*/(${Object.keys(SLASH_WORDS).join("|")})(?:[ \\t]+(\\S[^\\n]*?))?\\s*$`)

const readCall = (text: string): SlashCall | SlashProblem | null => {
  const [, word, argument = ""] = SLASH_CALL.exec(text) ?? []
  if (word === undefined || !isSlashWord(word)) return null
  const { argument: takes }: { readonly argument: string } = SLASH_WORDS[word]
  if (takes === "none" && argument !== "") return { problem: `/${word} takes nothing behind it` }
  if (takes === "required" && argument === "") return { problem: `/${word} needs a name behind it` }
  return { word, argument }
}

const isSlashWord = (word: string): word is SlashWord => Object.hasOwn(SLASH_WORDS, word)

/** A duration and the command behind it. */
const DURATION = /^(\S+)(?:[ \t]+([\s\S]+))?$/

/**
 * Takes EffectTalk's own words off the front of what was typed: `/timeout 30s make`, `/split make`, `/incognito make`, in any
 * order. A blank before everything is as good as the last of them, and stays before a command without such words.
 * Everything else is the shell's, programs by their path included: a slash command is one only when a blank follows its
 * name. (A program of such a name at the file system's root runs quoted, or as `//split`.) A line that is one of the
 * `SLASH_WORDS` runs nothing.
 */
export const readTyped = (text: string): TypedCommand | SlashCall | SlashProblem => {
  const typed = readCall(text) ?? readCommand(text)
  return "command" in typed && hasLeadingBlank(text) ? { ...typed, incognito: true } : typed
}

/** What a word does to the command behind it. */
const ALONE = { split: "its stderr is kept apart", incognito: "nothing of it is kept in any file" } as const

const readCommand = (text: string): TypedCommand | SlashProblem => {
  const [, name, rest = ""] = SLASH_COMMAND.exec(text) ?? []
  if (name === undefined) return { command: text, timeLimit: null, split: false, incognito: false }
  if (name === "split" || name === "incognito") {
    if (rest === "") return { problem: `/${name} needs a command behind it: ${ALONE[name]}` }
    const typed = readCommand(rest)
    return "problem" in typed ? typed : { ...typed, [name]: true }
  }
  const [, duration, command] = DURATION.exec(rest) ?? []
  const timeLimit = duration === undefined ? null : parseDuration(duration)
  if (timeLimit === null) return { problem: `/timeout needs ${DURATION_FORMS}, then the command` }
  if (command === undefined) return { problem: `/timeout ${duration} needs a command behind it` }
  const typed = readCommand(command)
  return "problem" in typed ? typed : { ...typed, timeLimit }
}
