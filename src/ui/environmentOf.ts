import type { Environment } from "../config.ts"
import type { Session } from "../domain/Session.ts"

/**
 * The environment for a program that is run for the user of a session, an editor or a browser: what EffectTalk was started with
 * and what the session's shell has exported since, as a command would have it.
 */
export const environmentOf = (
  started: Environment,
  { environment, metadata }: Pick<Session, "environment" | "metadata">
): Readonly<Record<string, string>> => {
  const gone = new Set(metadata.unset)
  const all = Object.entries({ ...started, ...environment })
  return Object.fromEntries(
    all.filter(
      (entry): entry is [string, string] => entry[1] !== undefined && (entry[0] in environment || !gone.has(entry[0]))
    )
  )
}
