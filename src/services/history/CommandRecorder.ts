import type { HistoryEntry } from "../../domain/HistoryEntry.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import type { SessionEvent } from "../../domain/SessionEvent.ts"

type Begun = Pick<HistoryEntry, "command" | "directory"> & { readonly at: number }

/**
 * Makes entries of one session's finished commands out of its events: those of its shell and those beside it alike. Output
 * without a command, plain shells, incognito commands and those that never began are none.
 */
export class CommandRecorder {
  readonly #session: SessionId
  readonly #record: (entry: HistoryEntry) => void
  readonly #running = new Map<BlockId, Begun>()

  constructor(session: SessionId, record: (entry: HistoryEntry) => void) {
    this.#session = session
    this.#record = record
  }

  /** To be told of every event of the session, in order. */
  observe(event: SessionEvent): void {
    if (event._tag === "BlockStarted") {
      const { at, block, command, directory, origin, plain, incognito } = event
      if (origin !== undefined || plain === true || incognito === true || command === "") return
      this.#running.set(block, { command, directory, at })
    } else if (event._tag === "BlockFinished") {
      const begun = this.#running.get(event.block)
      if (begun === undefined || event.status === "idle" || event.status === "running") return
      this.#running.delete(event.block)
      this.#record({
        ...begun,
        status: event.status,
        exit: event.exitCode,
        duration: event.at - begun.at,
        session: this.#session
      })
    }
  }
}
