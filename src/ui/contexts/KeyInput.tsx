import { useStdin } from "ink"
import { createContext, type ReactNode, useContext, useEffect, useState } from "react"
import { InputDecoder } from "../../terminal/InputDecoder.ts"
import type { InputEvent } from "../../terminal/inputEvents.ts"

/** Takes an event; true when it was meant for this handler, and nobody else shall see it. */
export type KeyHandler = (event: InputEvent) => boolean | undefined

interface Subscriber {
  readonly handler: KeyHandler
  readonly priority: number
}

/**
 * Hands the keyboard's events to the components that listen: highest priority first, among equals the one that came
 * last, until one takes it. Delivery is synchronous: what a handler decides about the keyboard holds for the next byte.
 */
export class KeyInput {
  /**
   * Renders pending state changes (`InkInstance.settle`). Called between two events of one turn, so that the second
   * meets the screen that the first has made.
   */
  settle: () => void = () => {}
  #subscribers: ReadonlyArray<Subscriber> = []
  #delivered = false
  #held: Array<InputEvent> | null = null
  /** Keys that were dropped since they are refused; null while they are not. */
  #refused: number | null = null

  /** Adds a handler; the result removes it. */
  subscribe(handler: KeyHandler, priority = 0): () => void {
    const subscriber = { handler, priority }
    const below = this.#subscribers.findIndex((other) => other.priority <= priority)
    this.#subscribers = this.#subscribers.toSpliced(below === -1 ? this.#subscribers.length : below, 0, subscriber)
    const held = this.#held
    if (held !== null) setImmediate(() => this.#release(held))
    return () => {
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    }
  }

  /**
   * Keeps what is typed from now on for the screen that is about to come: it is not meant for the one that is there. Who
   * subscribes next gets it, in the next turn.
   */
  hold(): void {
    this.#held ??= []
  }

  /** The screen does not come: drops what was held, which was meant for nobody else. */
  forget(): void {
    this.#held = null
  }

  /**
   * Drops what is typed from now on: it is meant for a program that has the terminal in a moment, and cannot be handed to it.
   * The result delivers again and tells how many keys were dropped.
   */
  refuse(): () => number {
    this.#refused = 0
    return () => {
      const dropped = this.#refused ?? 0
      this.#refused = null
      return dropped
    }
  }

  /** Delivers an event. True when somebody took it. */
  emit(event: InputEvent): boolean {
    if (this.#refused !== null) {
      this.#refused += event.type === "text" ? [...event.text].length : event.type === "key" ? 1 : 0
      return true
    }
    if (this.#held !== null) {
      this.#held.push(event)
      return true
    }
    if (this.#delivered) this.settle()
    else {
      this.#delivered = true
      setImmediate(() => {
        this.#delivered = false
      })
    }
    return this.#subscribers.some(({ handler }) => handler(event) === true)
  }

  #release(held: ReadonlyArray<InputEvent>): void {
    if (this.#held !== held) return
    this.#held = null
    for (const event of held) this.emit(event)
  }
}

const KeyInputContext = createContext<KeyInput | null>(null)

/** The keyboard of this tree. Throws outside of `KeyInputProvider`. */
export const useKeyInput = (): KeyInput => {
  const input = useContext(KeyInputContext)
  if (input === null) throw new Error("useKeys is called outside KeyInputProvider")
  return input
}

/**
 * Gives the tree its keyboard. Without `value` it decodes what is written to Ink's stdin, which is how component tests
 * type: by the same decoder as the program.
 */
export const KeyInputProvider = (props: { readonly value?: KeyInput; readonly children?: ReactNode }) => {
  const [own] = useState(() => new KeyInput())
  const input = props.value ?? own
  return (
    <KeyInputContext.Provider value={input}>
      {props.value === undefined && <StdinKeys input={input} />}
      {props.children}
    </KeyInputContext.Provider>
  )
}

/** Feeds Ink's stdin to the keyboard, one event at a time: React renders in between. */
const StdinKeys = ({ input }: { readonly input: KeyInput }) => {
  const { stdin } = useStdin()
  useEffect(() => {
    const queue: Array<InputEvent> = []
    let turn: NodeJS.Immediate | null = null
    const next = () => {
      const event = queue.shift()
      if (event !== undefined) input.emit(event)
      // React renders in the turn after this one: it asks for that turn when this one is over.
      turn =
        queue.length === 0
          ? null
          : setImmediate(() => {
              turn = setImmediate(next)
            })
    }
    const decoder = new InputDecoder({
      onEvent: (event) => {
        queue.push(event)
        turn ??= setImmediate(next)
      }
    })
    const onData = (chunk: string | Uint8Array) => decoder.push(Buffer.from(chunk))
    stdin.on("data", onData)
    return () => {
      stdin.off("data", onData)
      decoder.dispose()
      if (turn !== null) clearImmediate(turn)
    }
  }, [stdin, input])
  return null
}
