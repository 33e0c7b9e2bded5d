import { type Editor, type EditorIntent, type EditorKey, makeEditor, press } from "../../../src/ui/editor/Editor.ts"

/** `"ab<ctrl+a><alt+<>"` as keys: names between angle brackets, everything else typed one character at a time. */
export const parseKeys = (script: string): ReadonlyArray<EditorKey> => {
  const keys: Array<EditorKey> = []
  for (const [part] of script.matchAll(/<[a-z0-9]+(?:\+(?:[a-z0-9]+|[^a-z0-9\s]))*>|[\s\S]/gu)) {
    if (part.length > 2 && part.startsWith("<")) keys.push({ type: "key", name: part.slice(1, -1) })
    else keys.push({ type: "text", text: part })
  }
  return keys
}

/** What is left after some keys, and what they asked for on the way. */
export const typeInto = (editor: Editor, script: string, past: ReadonlyArray<string> = []) => {
  const intents: Array<EditorIntent> = []
  let current = editor
  for (const key of parseKeys(script)) {
    const pressed = press(current, key, () => past)
    current = pressed.editor
    if (pressed.intent !== null) intents.push(pressed.intent)
  }
  return { editor: current, intents, shown: show(current) }
}

/** The text with `|` where the cursor is. */
export const show = (editor: Editor): string => {
  const { cursor, text } = editor.buffer
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

/** Keys into an empty editor. */
export const typed = (script: string, past: ReadonlyArray<string> = []) => typeInto(makeEditor(), script, past)
