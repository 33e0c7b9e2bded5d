import type { Motion, SelectionKind } from "./textMotions.ts"

/** What a key does while text is selected. */
export type SelectionAction =
  | { readonly type: "move"; readonly motion: Motion }
  | { readonly type: "select"; readonly kind: SelectionKind }
  | { readonly type: "swapEnds" }
  | { readonly type: "copy" }
  | { readonly type: "insert" }
  /** Drops what is selected; leaves when nothing is. */
  | { readonly type: "drop" }
  | { readonly type: "leave" }

/** One row of the table. */
export interface SelectionBinding {
  /** Key names as `InputDecoder` spells them; the first is the one that is shown. */
  readonly keys: ReadonlyArray<string>
  readonly action: SelectionAction
  /** What it does, for the help overlay. */
  readonly help: string
}

const move = (motion: Motion): SelectionAction => ({ type: "move", motion })

/** The keys while text of an output is selected. */
export const SELECTION_BINDINGS: ReadonlyArray<SelectionBinding> = [
  { keys: ["enter", "y", "c"], action: { type: "copy" }, help: "copy what is selected, or the line, and go back" },
  {
    keys: ["i"],
    action: { type: "insert" },
    help: "put what is selected, or the line, into the editor"
  },
  {
    keys: ["v"],
    action: { type: "select", kind: "characters" },
    help: "select characters from here, or instead of lines"
  },
  { keys: ["V"], action: { type: "select", kind: "lines" }, help: "select lines from here, or instead of characters" },
  { keys: ["o"], action: { type: "swapEnds" }, help: "to the other end of what is selected" },
  { keys: ["escape"], action: { type: "drop" }, help: "select nothing; once more: go back" },
  { keys: ["q", "ctrl+c", "ctrl+g"], action: { type: "leave" }, help: "go back" },
  { keys: ["left", "h"], action: move("left"), help: "one character to the left" },
  { keys: ["right", "l"], action: move("right"), help: "one character to the right" },
  { keys: ["up", "k"], action: move("up"), help: "one line up" },
  { keys: ["down", "j"], action: move("down"), help: "one line down" },
  { keys: ["w", "ctrl+right", "alt+f"], action: move("wordNext"), help: "to the next word" },
  { keys: ["e"], action: move("wordEnd"), help: "to the end of the word" },
  { keys: ["b", "ctrl+left", "alt+b"], action: move("wordBack"), help: "to the start of the word" },
  { keys: ["W"], action: move("bigWordNext"), help: "to the next blank-separated word" },
  { keys: ["E"], action: move("bigWordEnd"), help: "to the end of the blank-separated word" },
  { keys: ["B"], action: move("bigWordBack"), help: "to the start of the blank-separated word" },
  { keys: ["0", "home"], action: move("lineStart"), help: "to the start of the line" },
  { keys: ["^"], action: move("lineText"), help: "to the first character of the line that is no blank" },
  { keys: ["$", "end"], action: move("lineEnd"), help: "to the end of the line" },
  { keys: ["pageup", "ctrl+u"], action: move("pageUp"), help: "one page up" },
  { keys: ["pagedown", "ctrl+d"], action: move("pageDown"), help: "one page down" },
  { keys: ["g"], action: move("top"), help: "to the start of the output" },
  { keys: ["G"], action: move("bottom"), help: "to the end of the output" }
]

/** What a key does, or null. */
export const selectionActionFor = (key: string): SelectionAction | null =>
  SELECTION_BINDINGS.find(({ keys }) => keys.includes(key))?.action ?? null
