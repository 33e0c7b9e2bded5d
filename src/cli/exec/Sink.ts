import * as Effect from "effect/Effect"
import { readerIsGone } from "../readerIsGone.ts"

/** A standard stream of ours, which whoever reads it may close at any time. */
export class Sink {
  readonly #stream: NodeJS.WriteStream
  #failure: unknown = null

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** Why nothing can be written any more, null while it can; that a reader has gone is no failure. */
  get failure(): unknown {
    return readerIsGone(this.#failure) ? null : this.#failure
  }

  /** Waits until the bytes are with the system, so that a slow reader slows the command down; false once it is closed. */
  write(bytes: Uint8Array): Effect.Effect<boolean> {
    return Effect.async((resume) => {
      if (this.#failure !== null) return resume(Effect.succeed(false))
      this.#stream.write(bytes, (error) => {
        if (error) this.#failure ??= error
        resume(Effect.succeed(this.#failure === null))
      })
    })
  }
}
