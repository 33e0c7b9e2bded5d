import { InputDecoder } from "../terminal/InputDecoder.ts"
import type { InputEvent } from "../terminal/inputEvents.ts"
import { LEADER_SCAN_START, type LeaderScan, splitLeader } from "../terminal/splitLeader.ts"

interface Options {
  /** The bytes of the leader key. */
  readonly leader: Uint8Array
  /** Keys, text and pastes for everything else. */
  readonly toScreen: (event: InputEvent) => void
  /** The leader was pressed while a program owned the keyboard; the gate is closed from here on. */
  readonly onLeader: () => void
}

/**
 * Decides for every byte of the keyboard whether it is a program's or ours.
 *
 * Open, bytes pass to the program verbatim: nothing is decoded and spelt again, so what the outer terminal sends is what
 * the program gets. Only the leader is taken out. Closed, they are decoded. Opening takes effect at once, also in the
 * middle of a chunk: what was typed behind Enter is the command's.
 *
 * Plain: it sees every byte that is typed.
 */
export class KeyboardGate {
  readonly #options: Options
  readonly #decoder: InputDecoder
  #scan: LeaderScan = LEADER_SCAN_START
  #open = false
  /** Takes the bytes of the program that owns the keyboard, as they came. */
  program: (bytes: Uint8Array) => void = () => {}

  constructor(options: Options) {
    this.#options = options
    this.#decoder = new InputDecoder({
      onEvent: (event) => options.toScreen(event),
      until: () => this.#open,
      onRest: (bytes) => this.push(bytes)
    })
  }

  /** True while a program owns the keyboard. */
  get open(): boolean {
    return this.#open
  }

  set open(open: boolean) {
    // What one program left half-typed, a paste above all, says nothing of the next one's input.
    if (open && !this.#open) this.#scan = LEADER_SCAN_START
    this.#open = open
  }

  /** Takes what the outer terminal's keyboard sent. */
  push(bytes: Uint8Array): void {
    if (!this.#open) return this.#decoder.push(bytes)
    const { before, found, after, scan } = splitLeader(bytes, this.#options.leader, this.#scan)
    this.#scan = scan
    if (before.length > 0) this.program(before)
    if (!found) return
    this.#open = false
    this.#options.onLeader()
    if (after.length > 0) this.push(after)
  }

  /** Stops the timers of half-read sequences. */
  dispose(): void {
    this.#decoder.dispose()
  }
}
