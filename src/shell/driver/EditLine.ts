import type { DriverParts } from "./DriverParts.ts"
import { endStrays } from "./endStrays.ts"

/** How long the shell has to answer a question typed into its line editor. */
export const ANSWER_MS = 500
/** How many programs that key bindings have started may be ended one after the other. */
const MAX_STRAYS = 3

/** The shell's edit line between two commands: what was typed ahead is asked for and taken out, then the shell is ready. */
export class EditLine {
  readonly #with: Pick<DriverParts, "shell" | "listener" | "state" | "timer" | "watch" | "keys" | "prompt">

  constructor(parts: Pick<DriverParts, "shell" | "listener" | "state" | "timer" | "watch" | "keys" | "prompt">) {
    this.#with = parts
  }

  /** Asks what is in it, ending whatever the line editor may be in the middle of. `first`: keys to be read before. */
  ask(first: string): void {
    const { abort, probe } = this.#with.shell.integration
    this.#type(abort + first + probe)
  }

  /** Empties it, and is ready once the shell has said that it is empty. */
  empty(): void {
    const { clear, probe } = this.#with.shell.integration
    this.#type(clear + probe)
  }

  /** The shell has told what is in it. */
  answered(line: string): void {
    this.#with.keys.find(line)
    this.#with.prompt.typed(line)
    if (line === "") this.ready()
    else this.empty()
  }

  /** It is empty: the shell waits for a command. */
  ready(): void {
    const { listener, state, timer, watch, keys, prompt } = this.#with
    timer.stop()
    watch.end()
    state.phase = "ready"
    const ahead = keys.take()
    if (ahead !== "") listener.typeAhead(ahead)
    prompt.tell()
  }

  #type(keys: string, strays = MAX_STRAYS): void {
    const { shell, state, timer } = this.#with
    state.phase = "probing"
    shell.pty.write(keys)
    timer.set(ANSWER_MS, () => this.#unanswered(strays))
  }

  /** What was typed ahead may have started a program from a key binding, a menu or an editor: it has our question now. */
  #unanswered(left: number): void {
    const { shell, keys } = this.#with
    if (left === 0 || !keys.areUsers || !endStrays(shell.pty.pid)) {
      this.ready()
      return
    }
    const { abort, clear, probe } = shell.integration
    this.#type(abort + clear + probe, left - 1)
  }
}
