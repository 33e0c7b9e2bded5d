import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { commandWords } from "../../../src/ui/pick/commandWords.ts"
import { MAX_LABELS, makeLabels } from "../../../src/ui/pick/labels.ts"
import { shellWord } from "../../../src/ui/pick/shellWord.ts"
import { asArgument } from "../../../src/ui/pick/useHints.ts"
import { itWith } from "../../harness/tools.ts"

describe("labels", () => {
  it("are one letter while there are letters, those under the fingers first", () => {
    expect(makeLabels(4)).toEqual(["a", "s", "d", "f"])
    expect(makeLabels(26).every((label) => label.length === 1)).toBe(true)
  })

  it.each([0, 1, 26, 27, 51, 52, 100, 675, 676])("of %i things differ, and none begins another", (count) => {
    const labels = makeLabels(count)
    expect(labels).toHaveLength(count)
    for (const one of labels) expect(labels.filter((other) => other.startsWith(one))).toEqual([one])
    expect(labels.map((label) => label.length)).toEqual(labels.map((label) => label.length).sort())
  })

  it("end with what two letters can name", () => {
    expect(makeLabels(10_000)).toHaveLength(MAX_LABELS)
  })
})

describe("a word of a command line", () => {
  it.each([
    ["src/a.ts", "src/a.ts"],
    ["書類/a-b_c.txt", "書類/a-b_c.txt"],
    ["/a b/c", "'/a b/c'"],
    ["it's", "'it'\\''s'"],
    ["~/a b", "~/'a b'"],
    ["~/", "~/"],
    ["~/x", "~/x"],
    ["https://x.io/a?b=1&c=2", "'https://x.io/a?b=1&c=2'"],
    ["app/[id]/(x).tsx", "'app/[id]/(x).tsx'"],
    ["~root", "'~root'"],
    ["-oProxyCommand=x", "'-oProxyCommand=x'"],
    ["/a b\\", "'/a b'\\\\''"]
  ])("of %s is %s", (text, word) => expect(shellWord(text)).toBe(word))

  // In fish a backslash is special between single quotes too.
  itWith(["bash", "zsh", "fish"], "is that text in every shell, whatever stands in it", async () => {
    const texts = ["/x\\';touch owned;'", "/a b\\", 'it\'s \\\\ $(touch owned) `x` "y" !! *', "~/a\\'b", "=ls", "{a,b}"]
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await promisify(execFile)(shell, ["-c", `printf '%s\\n' ${texts.map(shellWord).join(" ")}`], {
        env: { ...process.env, HOME: "~" },
        cwd: tmpdir()
      })
      expect(stdout, shell).toBe(texts.map((text) => `${text}\n`).join(""))
    }
  })

  it("is never an option where it names a file, nor the command that vi takes behind a plus", () => {
    expect(asArgument({ text: "-rf", file: { path: "-rf" } })).toBe("./-rf")
    expect(asArgument({ text: "+:!x", file: { path: "+:!x" } })).toBe("'./+:!x'")
    expect(asArgument({ text: "a.ts:1", file: { path: "a.ts", line: 1 } })).toBe("a.ts")
  })
})

describe("the words of a variable", () => {
  it.each<[string, ReadonlyArray<string>]>([
    ["", []],
    ["  vim  ", ["vim"]],
    ["code --wait", ["code", "--wait"]],
    ["'/opt/my editor/ed' -x", ["/opt/my editor/ed", "-x"]],
    ['"a \\" b"c d\\ e', ['a " bc', "d e"]],
    ["a $(rm x) `y`; z", ["a", "$(rm", "x)", "`y`;", "z"]],
    ["'open", ["open"]]
  ])("of %s", (text, words) => expect(commandWords(text)).toEqual(words))
})
