import { type KeyState, MAX_KEY_LINES, NO_KEY, Redactor } from "../../domain/redact.ts"
import { LONG_LINE, redactLongLine } from "../../domain/redactLongLine.ts"
import type { LiveOutput, PrintedOutput } from "./LiveScreen.ts"

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

/** A stream's live screen as it was printed, and what its redaction depends on. */
export interface PrintedScreen {
  readonly output: PrintedOutput
  /** Where the lines appended so far left off. */
  readonly after: KeyState
  /** The user has said that the block holds no secret. */
  readonly isKept: boolean
}

/**
 * A live screen as it may be stored, line by line, a step at a time: none takes longer than a few milliseconds. They are
 * lines of output, not rows of the screen: a secret that is wrapped at the screen's edge is whole only in its line.
 */
export function* redactScreen(
  lines: ReadonlyArray<string>,
  { unfinished = false, after = NO_KEY }: ScreenState = {}
): Generator<void, RedactedScreen, void> {
  let state = after
  let count = 0
  const kept: Array<string> = []
  for (const [index, line] of lines.entries()) {
    yield
    const isOpen = unfinished && index === lines.length - 1
    const redactor = new Redactor(state)
    // A private key's header may have any length: then the whole line tells whether the key goes on.
    if (line.length > LONG_LINE && (isOpen || state.keyLines === 0)) {
      const long = yield* redactLongLine(line, isOpen)
      kept.push(long.text)
      count += long.count
      if (!isOpen) state = long.state
      continue
    }
    const { text, count: found } = isOpen
      ? redactor.unfinished(line)
      : { text: redactor.redact(`${line}\n`).slice(0, -1), count: redactor.count }
    kept.push(text)
    count += found
    if (!isOpen) state = redactor.state
  }
  return { lines: kept, count, state }
}

/** A stream's live screen as it may be stored, a step at a time. */
export function* storableScreen(screen: PrintedScreen): Generator<void, LiveOutput, void> {
  const { above = [], ...output } = screen.output
  if (screen.isKept) return output
  // What the journal has is too far above for a key when it is not the last thing above.
  const after = above.length < MAX_KEY_LINES ? screen.after : NO_KEY
  let { state } = yield* redactScreen(above, { after })
  let redacted = 0
  const runs: Array<LiveOutput["runs"][number]> = []
  for (const [index, run] of output.runs.entries()) {
    const unfinished = output.unfinished && index === output.runs.length - 1
    const { lines, count, state: next } = yield* redactScreen(run.lines, { unfinished, after: state })
    // A private key may go on behind the lines that the output limit has taken.
    state = next
    redacted += count
    runs.push({ ...run, lines })
  }
  return { ...output, runs, ...(redacted > 0 && { redacted }) }
}
