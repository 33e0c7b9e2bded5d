import { spawn } from "node-pty"
import { describe, expect, it } from "vitest"
import { InputDecoder } from "../../../src/terminal/InputDecoder.ts"
import { makeEditor, press } from "../../../src/ui/editor/Editor.ts"
import { bytesOf } from "./keys.ts"

/** Reads one line with bash's own line editor and says in hex what it got. Older ones lack some of the bindings. */
const READER = String.raw`
bind 'set enable-bracketed-paste off'
bind '"\e[1;5D": backward-word' '"\e[1;5C": forward-word' '"\e[1;3D": backward-word' '"\e[1;3C": forward-word'
bind '"\e[3;5~": kill-word'
IFS= read -r -e -p 'READY>' line
printf 'GOT:%s:\n' "$(printf %s "$line" | od -An -v -tx1 | tr -d ' \n')"
read -r`

/** The line that bash's readline makes of these bytes. */
const editedByReadline = async (bytes: string): Promise<string> => {
  const bash = spawn("bash", ["--norc", "--noprofile", "-c", READER], {
    cols: 200,
    rows: 24,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C.UTF-8", TERM: "xterm", INPUTRC: "/dev/null" }
  })
  let output = ""
  let wake = () => {}
  bash.onData((data) => {
    output += data
    wake()
  })
  const waitFor = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(output)
      if (found !== null) return found[1] ?? ""
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  try {
    await waitFor(/READY>/)
    bash.write(`${bytes}\r`)
    return Buffer.from(await waitFor(/GOT:([0-9a-f]*):/), "hex").toString()
  } finally {
    // It still waits for a line: ended by us, it has nothing left to print that could be lost.
    bash.kill("SIGKILL")
  }
}

/** The line that our editor makes of the same bytes. */
const editedByUs = (bytes: string): string => {
  let editor = makeEditor()
  const decoder = new InputDecoder({
    onEvent: (event) => {
      if (event.type === "key" || event.type === "text") editor = press(editor, event, () => []).editor
    }
  })
  decoder.push(Buffer.from(bytes))
  decoder.flush()
  return editor.buffer.text
}

/** The last `|` typed shows where the cursor is, in both editors. */
const CASES: ReadonlyArray<string> = [
  "hello",
  "hello<ctrl+a>",
  "hello<home><end><left>",
  "hello<ctrl+b><ctrl+b><ctrl+f>",
  "hello<left><left><right>",
  "echo one_two three.four<alt+b>",
  "echo one_two three.four<alt+b><alt+b><alt+b>",
  "echo one_two three.four<ctrl+a><alt+f><alt+f>",
  "a  b--c<ctrl+left><ctrl+left>",
  "a  b--c<ctrl+a><ctrl+right><ctrl+right><ctrl+right>",
  "a b c<alt+left><alt+left><alt+right>",
  "wort größer 漢字 ok<alt+b><alt+b><alt+b>",
  "one two<ctrl+h><backspace>",
  "one two<ctrl+a><ctrl+d><delete>",
  "one two three<alt+b><ctrl+k>",
  "one two three<alt+b><ctrl+u>",
  "one --two=3  <ctrl+w>",
  "one<ctrl+v><tab>--two<ctrl+v><tab>x<ctrl+w><ctrl+w>",
  "a/b/c d<ctrl+w><ctrl+w>",
  "one two.three<ctrl+a><alt+d><alt+d>",
  "one two.three<alt+backspace><alt+backspace>",
  "one two.three<ctrl+a><ctrl+delete>",
  "one two three<ctrl+w><ctrl+w><ctrl+y>",
  "one two three<ctrl+w><left><ctrl+w><ctrl+y><ctrl+y>",
  "one two three<ctrl+a><alt+d><alt+d><ctrl+e><ctrl+y>",
  "one two three<alt+b><ctrl+k><ctrl+u><ctrl+y>",
  "one two three<alt+b><ctrl+u><ctrl+k><ctrl+y>",
  // After a key that was typed ahead readline forgets that a kill has ended: hence the two moves.
  "one two<alt+backspace>x<left><right><alt+backspace><ctrl+y>",
  "aa bb cc<ctrl+w><left><right><ctrl+w><ctrl+y><alt+y>",
  "aa bb cc<ctrl+w><left><right><ctrl+w><ctrl+y><alt+y><ctrl+y>",
  "aa bb cc<ctrl+w><left><right><ctrl+w><ctrl+y><alt+y><alt+y>",
  "aa<ctrl+w>bb<ctrl+y>cc<alt+y>",
  "abc<ctrl+t>",
  "abc<left><ctrl+t>",
  "abc<ctrl+a><ctrl+t>",
  "a<ctrl+t>",
  "abcd<ctrl+a><right><ctrl+t><ctrl+t>",
  "one two<alt+t>",
  "one two three<alt+b><alt+t>",
  "one, two; three<ctrl+a><alt+t>",
  "one, two; three<ctrl+a><alt+f><alt+t><alt+t>",
  "lonely<alt+t>",
  "hello wide world<ctrl+a><alt+u><alt+c><alt+l>",
  "hELLO wORLD<ctrl+a><right><right><alt+c>",
  "größe ΣΊΣΥΦΟΣ<ctrl+a><alt+u><alt+l>",
  "...mixed CASE<ctrl+a><alt+c><alt+l>",
  "one   two<left><left><left><left><alt+\\>",
  "one two<ctrl+a><ctrl+space><ctrl+e><ctrl+x><ctrl+x>",
  "one two<ctrl+w><ctrl+y><ctrl+x><ctrl+x>",
  // Undo leaves our cursor where it was before the change, readline's behind it.
  "one two<ctrl+w><ctrl+_><ctrl+e>",
  "one two<ctrl+w><ctrl+w><ctrl+_><ctrl+x><ctrl+u><ctrl+e>",
  "one two<ctrl+u><ctrl+y><ctrl+_><ctrl+_><ctrl+e>",
  "abc<ctrl+t><ctrl+_><ctrl+e>",
  "one two<alt+t><ctrl+_><ctrl+e>",
  "word<ctrl+a><alt+u><ctrl+_><ctrl+e>",
  "word<left><backspace><alt+r>",
  "twenty letters are one undo step<ctrl+_>",
  "ab<ctrl+v><escape>c<ctrl+v><ctrl+a>",
  "one two<ctrl+x><backspace>"
]

describe("compared with bash's readline", () => {
  it.each(CASES)("%j", async (keys) => {
    const bytes = bytesOf(`${keys}|`)
    expect(editedByUs(bytes)).toBe(await editedByReadline(bytes))
  })
})
