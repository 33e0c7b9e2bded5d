import { type KeyState, NO_KEY, Redactor } from "../../domain/redact.ts"

/** What is known of a screen besides its lines. */
export interface ScreenState {
  /** The last line is still being printed: what may be the beginning of a secret is left out of it. */
  readonly unfinished?: boolean
  /** Where the lines above the screen left off: a private key may go on in it. */
  readonly after?: KeyState
}

/**
 * A live screen as it may be stored, line by line. They are lines of output, not rows of the screen: a secret that is
 * wrapped at the screen's edge is whole only in its line.
 */
export const redactScreen = (
  lines: ReadonlyArray<string>,
  { unfinished = false, after = NO_KEY }: ScreenState = {}
): ReadonlyArray<string> => {
  const redactor = new Redactor(after)
  const last = lines.length - 1
  return lines.map((line, index) =>
    unfinished && index === last ? redactor.unfinished(line).text : redactor.redact(`${line}\n`).slice(0, -1)
  )
}
