import type { BlockHeader } from "../domain/Block.ts"
import { DURATION_FORMS, parseDuration, spellDuration } from "../domain/duration.ts"

/** What was written for a block: its command, with the limit that it was given, and that its stderr was kept apart. */
export const writtenText = ({ command, metadata }: BlockHeader): string =>
  (metadata.timeLimit === undefined ? "" : `/timeout ${spellDuration(metadata.timeLimit)} `) +
  (metadata.stderr === undefined ? "" : "/split ") +
  command

/** What was typed, as it is to be run. */
export interface TypedCommand {
  readonly command: string
  /** Milliseconds after which it is ended; null for no limit. */
  readonly timeLimit: number | null
  /** Its stderr is kept apart. */
  readonly split: boolean
}

/** A slash command that cannot be run, and why. */
export interface SlashProblem {
  readonly problem: string
}

/** A slash command that the text begins with, and what follows it; null when the text is the shell's. */
const SLASH_COMMAND = /^\s*\/(timeout|split)(?:[ \t]+([\s\S]*\S))?\s*$/

/** A duration and the command behind it. */
const DURATION = /^(\S+)(?:[ \t]+([\s\S]+))?$/

/**
 * Takes EffectTalk's own words off the front of what was typed: `/timeout 30s make`, `/split make`, and both in any order.
 * Everything else is the shell's, programs by their path included: a slash command is one only when a blank follows its
 * name. (A program of such a name at the file system's root runs quoted, or as `//split`.)
 */
export const readTyped = (text: string): TypedCommand | SlashProblem => {
  const [, name, rest = ""] = SLASH_COMMAND.exec(text) ?? []
  if (name === undefined) return { command: text, timeLimit: null, split: false }
  if (name === "split") {
    if (rest === "") return { problem: "/split needs a command behind it: its stderr is kept apart" }
    const typed = readTyped(rest)
    return "problem" in typed ? typed : { ...typed, split: true }
  }
  const [, duration, command] = DURATION.exec(rest) ?? []
  const timeLimit = duration === undefined ? null : parseDuration(duration)
  if (timeLimit === null) return { problem: `/timeout needs ${DURATION_FORMS}, then the command` }
  if (command === undefined) return { problem: `/timeout ${duration} needs a command behind it` }
  const typed = readTyped(command)

  return "problem" in typed ? typed : { ...typed, timeLimit }
}
