import { StringDecoder } from "node:string_decoder"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import type { Pty } from "../shell/Pty.ts"

/** Bytes that wait for a reader before the program has to, and those at which it may go on. */
const HIGH_WATER_BYTES = 512 * 1024
const LOW_WATER_BYTES = 128 * 1024

/**
 * What a process prints, on its way to whoever wants it: listeners, which are called at once, and one stream, which is
 * read when its reader has time. Until somebody wants it it is kept, and whoever comes first gets it from the start.
 *
 * What is kept and what the stream's reader has not taken is bounded: beyond that the terminal is not read, so the
 * program waits, as in every terminal. Plain code: every byte passes here.
 */
export class ProcessOutput {
  readonly #pty: Pick<Pty, "pause" | "resume">
  readonly #mailbox: Mailbox.Mailbox<Uint8Array>
  readonly #listeners = new Set<(bytes: Uint8Array) => void>()
  readonly #textListeners = new Set<(text: string) => void>()
  readonly #decoder = new StringDecoder("utf8")
  /** What was printed before anybody wanted it, null afterwards. */
  #kept: Array<Uint8Array> | null = []
  #isStreamed = false
  #hasEnded = false
  #waitingBytes = 0
  #isPaused = false

  private constructor(pty: Pick<Pty, "pause" | "resume">, mailbox: Mailbox.Mailbox<Uint8Array>) {
    this.#pty = pty
    this.#mailbox = mailbox
  }

  static readonly make = (pty: Pick<Pty, "pause" | "resume">): Effect.Effect<ProcessOutput> =>
    Effect.map(Mailbox.make<Uint8Array>(), (mailbox) => new ProcessOutput(pty, mailbox))

  /** Takes what was printed. */
  push(bytes: Uint8Array): void {
    if (this.#kept !== null) {
      this.#kept.push(bytes)
      this.#wait(bytes)
      return
    }
    for (const listener of this.#listeners) listener(bytes)
    this.#tellText(bytes)
    if (!this.#isStreamed) return
    this.#mailbox.unsafeOffer(bytes)
    this.#wait(bytes)
  }

  /** Nothing more will be printed. */
  end(): void {
    this.#hasEnded = true
    if (this.#kept !== null) return
    const rest = this.#decoder.end()
    if (rest !== "") for (const listener of this.#textListeners) listener(rest)
    if (this.#isStreamed) this.#mailbox.unsafeDone(Exit.void)
  }

  /** Calls `listener` with bytes until the returned function is called. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener)
    this.#hasReader()
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` with text: UTF-8, no character cut; what is none becomes U+FFFD. */
  onText(listener: (text: string) => void): () => void {
    this.#textListeners.add(listener)
    this.#hasReader()
    return () => this.#textListeners.delete(listener)
  }

  /** For one reader; what is printed once it has stopped reading is dropped, as far as the stream is concerned. */
  readonly stream: Stream.Stream<Uint8Array> = Stream.suspend(() => {
    this.#isStreamed = true
    const ended = this.#hasReader()
    if (ended) this.#mailbox.unsafeDone(Exit.void)
    return Mailbox.toStream(this.#mailbox)
  }).pipe(
    Stream.tap((bytes) => Effect.sync(() => this.#taken(bytes))),
    Stream.ensuring(
      Effect.sync(() => {
        this.#isStreamed = false
        this.#waitingBytes = 0
        this.#goOn()
      })
    )
  )

  /** Gives what was kept to whoever is there; true when that was all. */
  #hasReader(): boolean {
    const kept = this.#kept
    if (kept !== null) {
      this.#kept = null
      this.#waitingBytes = 0
      for (const bytes of kept) this.push(bytes)
      if (this.#hasEnded) this.end()
      this.#goOn()
    }
    return this.#hasEnded
  }

  #tellText(bytes: Uint8Array): void {
    if (this.#textListeners.size === 0) return
    const text = this.#decoder.write(bytes)
    if (text !== "") for (const listener of this.#textListeners) listener(text)
  }

  #wait(bytes: Uint8Array): void {
    this.#waitingBytes += bytes.length
    if (this.#isPaused || this.#waitingBytes < HIGH_WATER_BYTES) return
    this.#isPaused = true
    this.#pty.pause()
  }

  #taken(bytes: Uint8Array): void {
    this.#waitingBytes -= bytes.length
    this.#goOn()
  }

  #goOn(): void {
    if (!this.#isPaused || this.#waitingBytes > LOW_WATER_BYTES) return
    this.#isPaused = false
    this.#pty.resume()
  }
}
