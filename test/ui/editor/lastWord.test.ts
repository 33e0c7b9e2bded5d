import { describe, expect, it } from "vitest"
import { lastWord } from "../../../src/ui/editor/lastWord.ts"

describe("the last word of a command", () => {
  it.each([
    ["", ""],
    ["  \n", ""],
    ["ls", "ls"],
    ["ls -la /tmp  ", "/tmp"],
    ['cp \'a b\' "c \\" d"', '"c \\" d"'],
    ["cat a\\ b", "a\\ b"],
    ["echo $(date +%s)", "$(date +%s)"],
    [`echo $\{a:-b c}`, `$\{a:-b c}`],
    ["echo $(echo ')' \"$(ls)\")x", "$(echo ')' \"$(ls)\")x"],
    ["echo `a b`", "`a b`"],
    ["diff <(a b) <(c d)", "<(c d)"],
    ["a && b", "b"],
    ["a;", ";"],
    ["a > out.txt", "out.txt"],
    ["a &", "&"],
    ["echo 'unfinished quote", "'unfinished quote"],
    ["echo $(unfinished", "$(unfinished"],
    ["trailing\\", "trailing\\"]
  ])("%j", (command, word) => {
    expect(lastWord(command)).toBe(word)
  })

  it("is not looked for in a megabyte", () => {
    expect(lastWord("x ".repeat(500_000))).toBe("")
  })
})
