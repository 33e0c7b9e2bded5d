import * as Schema from "effect/Schema"
import { EMPTY_ACCOUNT, OutputStream } from "../../domain/Block.ts"
import { BlockId, SessionId } from "../../domain/ids.ts"
import { placeLines } from "../../domain/OutputSpan.ts"
import { REDACTED } from "../../domain/redact.ts"
import type { Session } from "../../domain/Session.ts"
import type { OutputFrozen, SecretsRedacted } from "../../domain/SessionEvent.ts"

/** Format of the payload; a reader takes no newer one for a screen. */
export const SCREEN_VERSION = 1

/** What one stream of a running block has printed beyond what the journal holds of it: the lines of the live screen. */
export const LiveOutput = Schema.Struct({
  block: BlockId,
  stream: OutputStream,
  /** Sanitised lines, numbered over everything printed; a gap between two runs is what the output limit has dropped. */
  runs: Schema.Array(Schema.Struct({ firstLine: Schema.NonNegativeInt, lines: Schema.Array(Schema.String) })),
  /** The last line has no newline. */
  unfinished: Schema.Boolean,
  /** Bytes of plain text that neither the journal nor `runs` have of everything printed. */
  hiddenBytes: Schema.NonNegativeInt,
  /** Secrets that were taken out of `runs`; absent for none. */
  redacted: Schema.optionalWith(Schema.Int, { exact: true })
})
export type LiveOutput = typeof LiveOutput.Type

/** The same as it was printed. */
export interface PrintedOutput extends LiveOutput {
  /**
   * Lines that the journal does not have and that there was no room for, above the first run: the last `MAX_KEY_LINES` of them,
   * as a private key may go on from them into the runs. They are not stored.
   */
  readonly above?: ReadonlyArray<string>
}

/** What `<id>.screen` says: the live screens of all running blocks of a session at one moment. */
export const LiveScreen = Schema.Struct({
  version: Schema.Literal(SCREEN_VERSION),
  session: SessionId,
  /** Milliseconds since the epoch. */
  at: Schema.Number,
  outputs: Schema.Array(LiveOutput)
})
export type LiveScreen = typeof LiveScreen.Type

/** An event of a running block that its live screen tells. */
export type ScreenEvent = typeof OutputFrozen.Type | typeof SecretsRedacted.Type

/**
 * The events that bring what a screen shows into the session that the journal tells of. Lines that the journal has by now
 * are left out, so a screen may be older than the journal, and folding it in twice changes nothing; it must not be newer
 * by a line that left it. A block that does not run (any more) needs no screen.
 */
export const screenEvents = (session: Session, { outputs }: LiveScreen): ReadonlyArray<ScreenEvent> =>
  outputs.flatMap((output): ReadonlyArray<ScreenEvent> => {
    const header = session.blocks.findLast(({ id }) => id === output.block)
    if (header?.status !== "running") return []
    const { metadata } = header
    let span = output.stream === "stdout" ? metadata : (metadata.stderr ?? EMPTY_ACCOUNT)
    const rest: Array<(typeof output.runs)[number]> = []
    for (const { firstLine, lines } of output.runs) {
      const known = Math.max(0, span.lines - firstLine)
      if (known >= lines.length) continue
      const run = { firstLine: firstLine + known, lines: lines.slice(known) }
      span = { ...span, ...placeLines(span, run.firstLine, run.lines.length).span }
      rest.push(run)
    }
    const events = rest.map((run, index): typeof OutputFrozen.Type => {
      const last = index === rest.length - 1
      return {
        _tag: "OutputFrozen",
        block: output.block,
        ...run,
        ...(output.stream === "stderr" && { stream: output.stream }),
        ...(last && output.hiddenBytes > 0 && { hiddenBytes: output.hiddenBytes }),
        ...(last && output.unfinished && { unfinished: true })
      }
    })
    const gaps = rest.flatMap(({ lines }) => lines).reduce((sum, line) => sum + line.split(REDACTED).length - 1, 0)
    // Of those that the journal has too it tells the count; a program may have printed the word itself.
    const more = Math.min(gaps, output.redacted ?? 0)
    if (more === 0) return events
    return [...events, { _tag: "SecretsRedacted", block: output.block, count: (metadata.redacted ?? 0) + more }]
  })
