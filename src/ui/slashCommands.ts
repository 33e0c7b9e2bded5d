import type { BlockHeader } from "../domain/Block.ts"
import { DURATION_FORMS, parseDuration, spellDuration } from "../domain/duration.ts"

/** What was written for a block: its command, with the limit that it was given. */
export const writtenText = ({ command, metadata }: BlockHeader): string =>
  metadata.timeLimit === undefined ? command : `/timeout ${spellDuration(metadata.timeLimit)} ${command}`

/** What was typed, as it is to be run. */
export interface TypedCommand {
  readonly command: string
  /** Milliseconds after which it is ended; null for no limit. */
  readonly timeLimit: number | null
}

/** A slash command that cannot be run, and why. */
export interface SlashProblem {
  readonly problem: string
}

/**
 * Takes EffectTalk's own words off the front of what was typed: `/timeout 30s make`. Everything else is the shell's,
 * programs by their path included: a slash command is one only when a blank follows its name.
 */
export const readTyped = (text: string): TypedCommand | SlashProblem => {
  const found = /^\s*\/timeout(?:[ \t]+(\S+)(?:[ \t]+([\s\S]*\S))?)?\s*$/.exec(text)
  if (found === null) return { command: text, timeLimit: null }
  const [, duration, command] = found
  const timeLimit = duration === undefined ? null : parseDuration(duration)
  if (timeLimit === null) return { problem: `/timeout needs ${DURATION_FORMS}, then the command` }
  if (command === undefined) return { problem: `/timeout ${duration} needs a command behind it` }
  return { command, timeLimit }
}
