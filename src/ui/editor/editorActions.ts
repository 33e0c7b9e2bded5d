/**
 * The editor's key bindings as data: readline's emacs mode (bash(1), READLINE, Commands) and the few keys that an editor
 * of several lines needs. The help overlay and docs/keys.md are printed from this table.
 */

import type { BufferCommand } from "./bufferCommands.ts"

/** What needs more than the text: the history, the shell, the screen. */
export type EditorCommand =
  | BufferCommand
  | "accept-line"
  | "previous-line-or-history"
  | "next-line-or-history"
  | "previous-history"
  | "next-history"
  | "beginning-of-history"
  | "end-of-history"
  | "yank-last-arg"
  | "delete-char-or-eof"
  | "quoted-insert"
  | "interrupt"
  | "clear-screen"
  | "abort"

/** One row of the table. */
export interface EditorBinding {
  /** Key names as terminal/Key.ts spells them, a chord with a blank between its keys; the first is the one shown. */
  readonly keys: ReadonlyArray<string>
  readonly command: EditorCommand
  /** What it does, for people. */
  readonly help: string
}

/** Keys that begin a chord. */
export const CHORD_PREFIX = "ctrl+x"

/** Bindings that belong together. */
export interface EditorBindingGroup {
  readonly title: string
  readonly bindings: ReadonlyArray<EditorBinding>
}

/** The table, as the help shows it. */
export const EDITOR_BINDING_GROUPS: ReadonlyArray<EditorBindingGroup> = [
  {
    title: "Input",
    bindings: [
      { keys: ["enter"], command: "accept-line", help: "run the command" },
      { keys: ["alt+enter", "ctrl+j", "shift+enter"], command: "insert-newline", help: "begin a new line" },
      {
        keys: ["ctrl+c"],
        command: "interrupt",
        help: "clear the input (undo has it); if empty, interrupt what runs"
      },
      {
        keys: ["ctrl+d"],
        command: "delete-char-or-eof",
        help: "delete the character here; in an empty editor, end the shell"
      },
      { keys: ["ctrl+l"], command: "clear-screen", help: "begin a new page; the blocks stay above it" },
      { keys: ["ctrl+g", "ctrl+x ctrl+g"], command: "abort", help: "leave a half-typed chord" }
    ]
  },
  {
    title: "Moving",
    bindings: [
      { keys: ["ctrl+a", "home"], command: "beginning-of-line", help: "to the start of the line" },
      { keys: ["ctrl+e", "end"], command: "end-of-line", help: "to the end of the line" },
      { keys: ["ctrl+b", "left"], command: "backward-char", help: "back one character" },
      { keys: ["ctrl+f", "right"], command: "forward-char", help: "forward one character" },
      { keys: ["alt+b", "ctrl+left", "alt+left"], command: "backward-word", help: "back one word" },
      { keys: ["alt+f", "ctrl+right", "alt+right"], command: "forward-word", help: "forward one word" },
      { keys: ["ctrl+space"], command: "set-mark", help: "set the mark here" },
      { keys: ["ctrl+x ctrl+x"], command: "exchange-point-and-mark", help: "to the mark, and the mark here" }
    ]
  },
  {
    title: "History",
    bindings: [
      {
        keys: ["up"],
        command: "previous-line-or-history",
        help: "one line up; on the first line, the previous command"
      },
      { keys: ["down"], command: "next-line-or-history", help: "one line down; on the last line, the next command" },
      { keys: ["ctrl+p"], command: "previous-history", help: "the previous command" },
      { keys: ["ctrl+n"], command: "next-history", help: "the next command" },
      { keys: ["alt+<"], command: "beginning-of-history", help: "the oldest command" },
      { keys: ["alt+>"], command: "end-of-history", help: "back to what was being written" },
      {
        keys: ["alt+.", "alt+_"],
        command: "yank-last-arg",
        help: "insert the previous command's last word; again: an older one"
      }
    ]
  },
  {
    title: "Cutting and pasting",
    bindings: [
      {
        keys: ["backspace", "ctrl+h", "shift+backspace"],
        command: "backward-delete-char",
        help: "delete the character before"
      },
      { keys: ["delete"], command: "delete-char", help: "delete the character here" },
      { keys: ["alt+\\"], command: "delete-horizontal-space", help: "delete the blanks around the cursor" },
      { keys: ["ctrl+k"], command: "kill-line", help: "cut to the end of the line" },
      { keys: ["ctrl+u", "ctrl+x backspace"], command: "unix-line-discard", help: "cut to the start of the line" },
      { keys: ["ctrl+w"], command: "unix-word-rubout", help: "cut the blank-separated word before" },
      { keys: ["alt+d", "ctrl+delete"], command: "kill-word", help: "cut to the end of the word" },
      {
        keys: ["alt+backspace", "ctrl+backspace"],
        command: "backward-kill-word",
        help: "cut to the start of the word"
      },
      { keys: ["ctrl+y"], command: "yank", help: "paste what was cut" },
      { keys: ["alt+y"], command: "yank-pop", help: "right after that: paste an earlier cut instead" }
    ]
  },
  {
    title: "Changing",
    bindings: [
      { keys: ["ctrl+t"], command: "transpose-chars", help: "swap the two characters at the cursor" },
      { keys: ["alt+t"], command: "transpose-words", help: "swap two words" },
      { keys: ["alt+u"], command: "upcase-word", help: "make the word upper case" },
      { keys: ["alt+l"], command: "downcase-word", help: "make the word lower case" },
      { keys: ["alt+c"], command: "capitalize-word", help: "capitalise the word" },
      { keys: ["ctrl+v", "ctrl+q"], command: "quoted-insert", help: "insert the next key as it is (a tab, an escape)" },
      { keys: ["ctrl+_", "ctrl+x ctrl+u", "ctrl+/"], command: "undo", help: "take the last change back" },
      { keys: ["alt+r"], command: "revert-line", help: "take every change of this line back" }
    ]
  }
]

/** Every binding of the editor. */
export const EDITOR_BINDINGS: ReadonlyArray<EditorBinding> = EDITOR_BINDING_GROUPS.flatMap(({ bindings }) => bindings)

const COMMANDS = new Map(EDITOR_BINDINGS.flatMap(({ command, keys }) => keys.map((key) => [key, command] as const)))

/** Alt with a capital letter, which readline takes for the small one (`do-lowercase-version`). */
const ALT_CAPITAL = /^alt\+shift\+(?=[a-z]$)/

/** The command of a key or chord, undefined when the editor has no use for it. */
export const commandFor = (key: string): EditorCommand | undefined => COMMANDS.get(key.replace(ALT_CAPITAL, "alt+"))
