import { expect, it } from "vitest"
import { typedText } from "../../src/shell/terminalText.ts"

it.each([
  ["make\r", "make\n"],
  ["a\r\nb\rc", "a\nb\nc"],
  ["\x1b[200~pasted\x1b[201~", "pasted"],
  ["\x1b[A\x1bOB\x1b[1;5Cmake\x1b[3~", "make"],
  ["\x03ls\x7f\t-l", "ls\t-l"],
  ["\x1bx", "x"]
])("of the keys %j comes %j to the editor", (keys, text) => {
  expect(typedText(keys)).toBe(text)
})
