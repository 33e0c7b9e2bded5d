import type { ReactNode } from "react"
import type { InputEvent } from "../../terminal/inputEvents.ts"
import type { CellPosition } from "../../terminal/OutputView.ts"
import type { TextBuffer } from "../editor/TextBuffer.ts"
import type { KeyHint } from "../keyHint.ts"

/**
 * Something that has the keyboard for a while, above editor, program and navigation: a question, a search, a selection.
 * At most one is open. It ends by itself, as its hook says; the keyboard goes back to whoever had it.
 */
export interface Layer {
  /** One word in capitals for the status line: `FIND`. */
  readonly badge: string
  /** The keys that work now, most important first. */
  readonly hints: ReadonlyArray<KeyHint>
  /** What the status line says of its state ("3 of 17"); what was said to the user (`say`) goes before. */
  readonly message?: string | null
  /**
   * Takes every key but the leader, text, paste and mouse event while it is open. Ctrl+G leaves it at once, whatever it is
   * at: that is how the leader does.
   */
  readonly onEvent: (event: InputEvent) => void
  /** A line of text that is being written: it stands in the editor's place, and the terminal's cursor in it. */
  readonly line?: {
    /** Plain or styled text before it, of one line. */
    readonly prompt: string
    readonly buffer: Pick<TextBuffer, "text" | "cursor">
    /** Shown dim while there is no text. */
    readonly placeholder?: string
  }
  /** Where the terminal's cursor stands among the rows of the block list, asked for at every paint; absent with a `line`. */
  readonly cursor?: () => CellPosition | null
  /** What lies above the blocks: an `Overlay` (components/Surface.tsx). */
  readonly overlay?: ReactNode
}
