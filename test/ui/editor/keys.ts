import { keyBytes } from "../../../src/terminal/Key.ts"
import { type Editor, type EditorIntent, type EditorKey, makeEditor, press } from "../../../src/ui/editor/Editor.ts"

/** What an xterm sends for the keys that tests use. */
const BYTES: Readonly<Record<string, string>> = {
  left: "\x1b[D",
  right: "\x1b[C",
  home: "\x1b[H",
  end: "\x1b[F",
  delete: "\x1b[3~",
  backspace: "\x7f",
  enter: "\r",
  "alt+enter": "\x1b\r",
  up: "\x1b[A",
  down: "\x1b[B",
  f5: "\x1b[15~",
  tab: "\t",
  escape: "\x1b",
  "ctrl+left": "\x1b[1;5D",
  "ctrl+right": "\x1b[1;5C",
  "ctrl+space": "\0",
  "ctrl+delete": "\x1b[3;5~",
  "alt+backspace": "\x1b\x7f",
  "alt+left": "\x1b[1;3D",
  "alt+right": "\x1b[1;3C"
}

const sequenceOf = (name: string): string => {
  const bytes = BYTES[name] ?? (keyBytes(name) === null ? undefined : Buffer.from(keyBytes(name)!).toString())
  if (bytes === undefined) throw new Error(`no bytes known for ${name}`)
  return bytes
}

/** The bytes of a script of keys. */
export const bytesOf = (script: string): string =>
  parseKeys(script)
    .map((key) => (key.type === "key" ? key.sequence : key.text))
    .join("")

/** `"ab<ctrl+a><alt+<>"` as keys: names between angle brackets, everything else typed one character at a time. */
export const parseKeys = (script: string): ReadonlyArray<EditorKey> => {
  const keys: Array<EditorKey> = []
  for (const [part] of script.matchAll(/<[a-z0-9]+(?:\+(?:[a-z0-9]+|[^a-z0-9\s]))*>|[\s\S]/gu)) {
    if (part.length > 2 && part.startsWith("<")) {
      const name = part.slice(1, -1)
      keys.push({ type: "key", name, sequence: sequenceOf(name) })
    } else keys.push({ type: "text", text: part })
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
