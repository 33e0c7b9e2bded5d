import { assert, it } from "vitest"
import { type BlockHeader, EMPTY_ACCOUNT, type OutputAccount } from "../../src/domain/Block.ts"
import { BlockId } from "../../src/domain/ids.ts"
import { blockText, type TextLook } from "../../src/export/blockText.ts"

const header = (account: Partial<OutputAccount>): BlockHeader => ({
  id: BlockId.make("0123456789abcdefghjkmnpqrs"),
  command: "make",
  status: "success",
  exitCode: 0,
  signal: null,
  startTime: null,
  endTime: null,
  metadata: { number: 1, directory: "/", ...EMPTY_ACCOUNT, ...account, folded: false, notices: [] }
})

const PIPE: TextLook = { colors: false, forTerminal: false, home: "/home/me" }
const TERMINAL: TextLook = { ...PIPE, forTerminal: true, colors: true }

/** What is printed below the header. */
const shown = (stdout: string, look: TextLook, account: Partial<OutputAccount> = {}): string => {
  const text = blockText(header(account), { stdout, stderr: "" }, look)
  return text.slice(text.indexOf("\n") + 1)
}

it("prints stored lines as they are, the last with its newline where it had none", () => {
  for (const look of [PIPE, TERMINAL]) {
    assert.strictEqual(shown("", look), "")
    assert.strictEqual(shown("\n", look), "\n")
    assert.strictEqual(shown("a\tb \n\n c", look), "a\tb \n\n c\n")
  }
})

it("ends a line's colours with it, and leaves them out of a pipe", () => {
  const stored = "plain\n\x1b[31mred\nstill plain\n"
  assert.strictEqual(shown(stored, TERMINAL), "plain\n\x1b[31mred\x1b[0m\nstill plain\n")
  assert.strictEqual(shown(stored, PIPE), "plain\nred\nstill plain\n")
})

it("says what the user has put on the block: pin, name and note", () => {
  const { metadata, ...rest } = header({})
  const said = { ...rest, metadata: { ...metadata, pinned: true, name: "build", note: "slow" } }
  const text = blockText(said, { stdout: "ok\n", stderr: "" }, PIPE)
  assert.match(text, /^✓ 1 ⚑ @build make {2}.*\n {4}✎ slow\nok\n$/)
})

it("spells direction controls out on a terminal", () => {
  assert.strictEqual(shown("a\u202eb\nc\n", TERMINAL), "a<U+202E>b\nc\n")
  assert.strictEqual(shown("a\u202eb\nc\n", PIPE), "a\u202eb\nc\n")
})

it.each([
  [0, "… 7 lines (9 B) are not kept …\na\nb\n"],
  [1, "a\n… 7 lines (9 B) are not kept …\nb\n"],
  [2, "a\nb\n… 7 lines (9 B) are not kept …\n"],
  [5, "a\nb\n… 7 lines (9 B) are not kept …\n"]
])("says after %i lines what is not kept", (headLines, text) => {
  assert.strictEqual(shown("a\nb\n", PIPE, { hiddenLines: 7, hiddenBytes: 9, headLines }), text)
})
