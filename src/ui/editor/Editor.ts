/**
 * The command editor as a pure machine: a key and the state before give the state after and what the outside has to do.
 * The component only shows it, the hook only feeds it.
 */

import { controlByte } from "../../terminal/Key.ts"
import { type BufferCommand, edit } from "./bufferCommands.ts"
import { CHORD_PREFIX, commandFor, type EditorCommand } from "./editorActions.ts"
import { nextBoundary } from "./graphemes.ts"
import { atDraft, type HistoryMove, type HistoryPlace, moveInHistory, type Past } from "./history.ts"
import { addKill } from "./killRing.ts"
import { lastWord } from "./lastWord.ts"
import { gapAt, gapTaken } from "./redactedGap.ts"
import {
  cleanText,
  clear,
  insertAt,
  insertQuoted,
  makeTextBuffer,
  moveTo,
  pasteText,
  replace,
  type TextBuffer,
  typeText,
  undo
} from "./TextBuffer.ts"

/** What the keyboard sent, as `InputDecoder` reports it: a named key with its bytes, text to insert, or a paste. */
export type EditorKey =
  | { readonly type: "key"; readonly name: string; readonly sequence: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }

/** What the outside has to do after a key. */
export type EditorIntent =
  /** Run this text; the editor is empty again. */
  | { readonly type: "submit"; readonly text: string }
  /** Ctrl+D in an empty editor. */
  | { readonly type: "endOfFile" }
  /** Ctrl+C; `hadText` when it cleared the input. */
  | { readonly type: "interrupt"; readonly hadText: boolean }
  /** Ctrl+L. */
  | { readonly type: "clearScreen" }
  /** Escape in an empty editor. */
  | { readonly type: "escapeEmpty" }
  /** The editor has no use for this key. */
  | { readonly type: "unbound"; readonly name: string }

export interface Editor {
  readonly buffer: TextBuffer
  readonly place: HistoryPlace
  /** A half-typed chord, or that the next key is inserted as it is. */
  readonly pending: "chord" | "quoted" | null
  /** The line submitted last, for when the shell finds it unfinished. */
  readonly submitted: TextBuffer | null
  /** What came before everything written since the last Enter: a line that came back, type-ahead. More goes behind it. */
  readonly earlier: string
}

/** What a key press gives. */
export interface Pressed {
  readonly editor: Editor
  readonly intent: EditorIntent | null
}

/** An editor holding `text`, for instance the unsent input of a resumed session. */
export const makeEditor = (text = ""): Editor => ({
  buffer: makeTextBuffer(cleanText(text)),
  place: atDraft,
  pending: null,
  submitted: null,
  earlier: ""
})

const withBuffer = (editor: Editor, buffer: TextBuffer): Pressed => ({ editor: { ...editor, buffer }, intent: null })

const walk = (editor: Editor, move: HistoryMove, past: Past): Pressed => {
  const moved = moveInHistory(editor.place, editor.buffer, move, past)
  return moved === null
    ? withBuffer(editor, moveTo(editor.buffer, editor.buffer.cursor))
    : { editor: { ...editor, ...moved }, intent: null }
}

const moveLineOrWalk = (editor: Editor, command: BufferCommand, move: HistoryMove, past: Past): Pressed => {
  const moved = edit(editor.buffer, command)
  return moved === editor.buffer ? walk(editor, move, past) : withBuffer(editor, moved)
}

/** The last word of an earlier command; pressed again, that of the one before it, in the same undo step. */
const yankLastArgument = (editor: Editor, past: Past): Pressed => {
  const { buffer } = editor
  const taken = buffer.last.kind === "argument" ? buffer.last.depth : 0
  const commands = past()
  for (let depth = taken + 1; depth <= commands.length; depth++) {
    const word = lastWord(commands[commands.length - depth]!)
    if (word === "") continue
    const before = taken > 0 ? undo(buffer) : buffer
    return withBuffer(editor, replace(before, before.cursor, before.cursor, word, { kind: "argument", depth }))
  }
  return withBuffer(editor, buffer)
}

/** What Enter does: the editor is empty, and its text is to be run unless it is blank. */
export const submit = (editor: Editor): Pressed => {
  const { buffer } = editor
  const empty = makeTextBuffer("", buffer.kills)
  const next: Editor = { ...editor, buffer: empty, place: atDraft, submitted: buffer, earlier: "" }
  // Enter on blanks gives a shell nothing to do: a new prompt, and here not even that.
  return { editor: next, intent: buffer.text.trim() === "" ? null : { type: "submit", text: buffer.text } }
}

const run = (editor: Editor, command: EditorCommand, past: Past): Pressed => {
  const { buffer } = editor
  switch (command) {
    case "accept-line":
      return submit(editor)
    case "previous-line-or-history":
      return moveLineOrWalk(editor, "previous-line", "previous", past)
    case "next-line-or-history":
      return moveLineOrWalk(editor, "next-line", "next", past)
    case "previous-history":
      return walk(editor, "previous", past)
    case "next-history":
      return walk(editor, "next", past)
    case "beginning-of-history":
      return walk(editor, "first", past)
    case "end-of-history":
      return walk(editor, "draft", past)
    case "yank-last-arg":
      return yankLastArgument(editor, past)
    case "delete-char-or-eof":
      return buffer.text === ""
        ? { editor, intent: { type: "endOfFile" } }
        : withBuffer(editor, edit(buffer, "delete-char"))
    case "quoted-insert":
      return { editor: { ...editor, pending: "quoted" }, intent: null }
    case "interrupt":
      return {
        editor: { ...editor, buffer: clear(buffer), place: atDraft },
        intent: { type: "interrupt", hadText: buffer.text !== "" }
      }
    case "clear-screen":
      return { editor, intent: { type: "clearScreen" } }
    case "abort":
      return withBuffer(editor, moveTo(buffer, buffer.cursor))
    default:
      return withBuffer(editor, edit(buffer, command))
  }
}

/** What Ctrl+V inserts for a key: its control character, or the bytes the terminal sent, as bash does. */
const literal = (name: string, sequence: string): string => {
  const control = name.startsWith("ctrl+") ? controlByte(name.slice("ctrl+".length)) : null
  return control === null ? sequence : String.fromCharCode(control)
}

/** One key. Pure. */
export const press = (editor: Editor, key: EditorKey, past: Past): Pressed => {
  const { buffer, pending } = editor
  const settled = pending === null ? editor : { ...editor, pending: null }
  if (key.type === "paste") return withBuffer(settled, pasteText(gapTaken(buffer), key.text))
  if (key.type === "text") {
    // An unknown chord is swallowed whole, what follows is typed.
    const text = pending === "chord" ? key.text.slice(nextBoundary(key.text, 0)) : key.text
    return withBuffer(settled, text === "" ? buffer : typeText(gapTaken(buffer), text))
  }
  const { name, sequence } = key
  if (pending === "quoted") return withBuffer(settled, insertQuoted(buffer, literal(name, sequence)))
  if (pending === null && name === CHORD_PREFIX) return { editor: { ...editor, pending: "chord" }, intent: null }
  const command = commandFor(pending === "chord" ? `${CHORD_PREFIX} ${name}` : name)
  if (command !== undefined) return run(settled, command, past)
  if (name === "escape" && pending === null && buffer.text === "") return { editor, intent: { type: "escapeEmpty" } }
  // An unknown key may mean something to somebody else, but not as the end of a chord.
  return { editor: settled, intent: pending === "chord" ? null : { type: "unbound", name } }
}

/**
 * The submitted text back with a new line, because the shell says it is unfinished. What was typed since stays behind
 * it, and the undo steps from before the submission come back.
 */
export const continueLine = (editor: Editor): Editor => {
  const { buffer, submitted } = editor
  if (submitted === null) return editor
  const again = pasteText({ ...submitted, cursor: submitted.text.length, kills: buffer.kills }, "\n")
  const at = again.text.length + buffer.cursor
  const joined = buffer.text === "" ? again : pasteText(again, buffer.text)
  // Type-ahead that has come already was typed behind the line too.
  const earlier = again.text + (buffer.text.startsWith(editor.earlier) ? editor.earlier : "")
  return { ...editor, buffer: moveTo(joined, at), place: atDraft, submitted: null, earlier }
}

/**
 * The submitted text back as it was, undo steps and cursor too, because it was not run. What was typed since goes on a
 * line behind it.
 */
export const takeBack = (editor: Editor): Editor => {
  const { buffer, submitted } = editor
  if (submitted === null || buffer.text !== "") return continueLine(editor)
  const earlier = submitted.text.replace(/\n?$/, "\n")
  return { ...editor, buffer: { ...submitted, kills: buffer.kills }, place: atDraft, submitted: null, earlier }
}

/**
 * Text that was typed before the editor had the keyboard, in one undo step: it goes before what has been written since,
 * and behind a line that came back and what else was typed earlier.
 */
export const insertTypeAhead = (editor: Editor, text: string): Editor => {
  const { buffer, earlier } = editor
  const written = buffer.text
  // A line that was taken back has no newline yet, and what was typed behind its Enter is on the next.
  const unended = `${written}\n` === earlier
  const ahead = (unended ? "\n" : "") + cleanText(text)
  // What was edited meanwhile is as new as the rest.
  const at = unended ? written.length : written.startsWith(earlier) ? earlier.length : 0
  return { ...editor, buffer: insertAt(buffer, at, ahead), earlier: written.slice(0, at) + ahead }
}

/** Keeps `text` where Ctrl+Y finds it: what was typed ahead while another line was being written. */
export const keepForYank = (editor: Editor, text: string): Editor => ({
  ...editor,
  buffer: { ...editor.buffer, kills: addKill(editor.buffer.kills, cleanText(text)) }
})

/** Puts `text` in place of everything, in one undo step: a block's command brought back to be edited. */
export const replaceText = (editor: Editor, text: string): Editor => ({
  ...editor,
  buffer: replace(editor.buffer, 0, editor.buffer.text.length, cleanText(text)),
  place: atDraft
})

/** Puts the cursor where a secret is missing in the text, for it to be written there; where none is it stays. */
export const goToGap = (editor: Editor): Editor => {
  const at = gapAt(editor.buffer.text)
  return at === null ? editor : { ...editor, buffer: moveTo(editor.buffer, at, { kind: "gap" }) }
}
