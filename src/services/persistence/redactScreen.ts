import { type KeyState, NO_KEY, Redactor } from "../../domain/redact.ts"

/** What is known of a screen besides its lines. */
export interface ScreenState {
  /** The last line is still being printed: what may be the beginning of a secret is left out of it. */
  readonly unfinished?: boolean
  /** Where the lines above the screen left off: a private key may go on in it. */
  readonly after?: KeyState
}

/** A screen without its secrets. */
export interface RedactedScreen {
  readonly lines: ReadonlyArray<string>
  /** Secrets that were taken out. */
  readonly count: number
  /** What the lines below depend on. */
  readonly state: KeyState
}

/**
 * A live screen as it may be stored, line by line. They are lines of output, not rows of the screen: a secret that is
 * wrapped at the screen's edge is whole only in its line.
 */
export const redactScreen = (
  lines: ReadonlyArray<string>,
  { unfinished = false, after = NO_KEY }: ScreenState = {}
): RedactedScreen => {
  const redactor = new Redactor(after)
  const whole = unfinished ? lines.slice(0, -1) : lines
  const kept = whole.map((line) => redactor.redact(`${line}\n`).slice(0, -1))
  const rest = unfinished ? lines.slice(-1).map((line) => redactor.unfinished(line)) : []
  return {
    lines: [...kept, ...rest.map(({ text }) => text)],
    count: rest.reduce((sum, { count }) => sum + count, redactor.count),
    state: redactor.state
  }
}
