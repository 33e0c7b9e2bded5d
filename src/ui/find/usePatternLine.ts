import { useMemo, useReducer, useRef } from "react"
import { mindsCase } from "../../domain/textPattern.ts"
import type { InputEvent } from "../../terminal/inputEvents.ts"
import type { KeyHint } from "../keyHint.ts"
import { type LineAnswer, type LineInput, useLineInput } from "../layers/useLineInput.ts"
import { LineMatcher, type WrittenPattern } from "./LineMatcher.ts"

/** A line in which a pattern is written, and how it is meant. */
export interface PatternLine {
  readonly input: LineInput
  /** The pattern now, also between two renders. */
  readonly written: () => WrittenPattern
  /** Takes an event; `edited` also when the pattern is now meant otherwise. */
  readonly onEvent: (event: InputEvent) => LineAnswer
  /** Begins anew with a pattern: by default an empty one of plain text and smart case. */
  readonly reset: (written?: WrittenPattern) => void
}

/** Plain text of which capitals count when there is one. */
export const NO_PATTERN: WrittenPattern = { text: "", regex: false, caseSensitive: "smart", words: false }

/** The keys that say how a pattern is meant. */
export const PATTERN_HINTS: ReadonlyArray<KeyHint> = [
  { keys: "Alt+C", meaning: "case" },
  { keys: "Alt+R", meaning: "regex" },
  { keys: "Alt+W", meaning: "words" }
]

/** How a pattern is meant where that is not the usual, in words: `exact case, regex, words`. */
export const meaningOf = ({ caseSensitive, regex, words }: WrittenPattern): string =>
  [
    caseSensitive === "smart" ? "" : caseSensitive ? "exact case" : "any case",
    regex ? "regex" : "",
    words ? "words" : ""
  ]
    .filter((word) => word !== "")
    .join(", ")

/** The same pattern meant as a key says; null for any other key. */
const toggled = (written: WrittenPattern, key: string): WrittenPattern | null => {
  // Whatever it was, it is the other now.
  if (key === "alt+c") return { ...written, caseSensitive: !mindsCase(written.text, written) }
  if (key === "alt+r") return { ...written, regex: !written.regex }
  return key === "alt+w" ? { ...written, words: !written.words } : null
}

/** Holds a pattern that is being written. */
export const usePatternLine = (): PatternLine => {
  const input = useLineInput()
  // A ref, as in `useLineInput`: one read may bring many keys.
  const meant = useRef(NO_PATTERN)
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  const { onEvent: onLineEvent, reset: resetLine, text } = input
  const actions = useMemo(() => {
    const written = (): WrittenPattern => ({ ...meant.current, text: text() })
    const mean = (next: WrittenPattern): void => {
      meant.current = next
      rerender()
    }
    return {
      written,
      onEvent: (event: InputEvent): LineAnswer => {
        const next = event.type === "key" ? toggled(written(), event.name) : null
        if (next === null) return onLineEvent(event)
        mean(next)
        return "edited"
      },
      reset: (next: WrittenPattern = NO_PATTERN) => {
        resetLine(next.text)
        mean(next)
      }
    }
  }, [onLineEvent, resetLine, text])
  return { input, ...actions }
}

/** What came of a pattern: null for an empty one. */
export type MadeMatcher = { readonly matcher: LineMatcher | null; readonly problem: string | null }

/** A matcher for what was written, or what is wrong with it. */
export const matcherFor = (written: WrittenPattern): MadeMatcher => {
  if (written.text === "") return { matcher: null, problem: null }
  const made = LineMatcher.make(written)
  return "problem" in made ? { matcher: null, problem: made.problem } : { matcher: made, problem: null }
}
