import { useRef, useState } from "react"
import type { KeyHint } from "../keyHint.ts"
import type { Layer } from "./Layer.ts"
import { useLineInput } from "./useLineInput.ts"

/** A question that is answered with a line of text. */
export interface TextQuestion {
  /** One word in capitals for the status line. */
  readonly badge: string
  /** Before the text: `name of b12: `. */
  readonly prompt: string
  /** The text it begins with. */
  readonly initial?: string
  readonly placeholder?: string
  /** What Enter does, for the status line: "save". */
  readonly verb: string
  /** Takes the answer; a text says why it cannot be, and the question stays. */
  readonly answer: (text: string) => string | null
}

export interface Question {
  /** Null while nothing is asked. */
  readonly layer: Layer | null
  readonly ask: (question: TextQuestion) => void
}

/** Asks for one line of text at a time, in the editor's place. */
export const useQuestion = (): Question => {
  const [asked, setAsked] = useState<TextQuestion | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const input = useLineInput()
  const latest = useRef<TextQuestion | null>(null)
  const show = (question: TextQuestion | null) => {
    latest.current = question
    setAsked(question)
    setProblem(null)
    if (question !== null) input.reset(question.initial)
  }
  const hints: ReadonlyArray<KeyHint> = [
    { keys: "Enter", meaning: asked?.verb ?? "" },
    { keys: "Esc", meaning: "back" }
  ]
  const layer: Layer | null =
    asked === null
      ? null
      : {
          badge: asked.badge,
          hints,
          message: problem,
          line: {
            prompt: asked.prompt,
            buffer: input.buffer,
            ...(asked.placeholder !== undefined && { placeholder: asked.placeholder })
          },
          onEvent: (event) => {
            const question = latest.current
            if (question === null) return
            const did = input.onEvent(event)
            if (did === "edited") setProblem(null)
            if (did === "cancel") return show(null)
            if (did !== "enter") return
            // Closed first: the answer may ask the next question.
            const text = input.text()
            show(null)
            const refused = question.answer(text)
            if (refused === null) return
            show({ ...question, initial: text })
            setProblem(refused)
          }
        }
  return { layer, ask: show }
}
