import { describe, expect, it } from "vitest"
import { incognitoText, isIncognitoText } from "../../src/domain/incognito.ts"

describe("a text", () => {
  it.each([
    [" ls", true],
    ["\tls", true],
    ["\n ls", true],
    ["/incognito export TOKEN=1", true],
    ["/incognito", true],
    ["/split /timeout 5s /incognito ls", true],
    ["ls", false],
    ["\nls", false],
    ["ls\n ls", false],
    ["/incognitos", false],
    ["echo /incognito ls", false],
    ["/timeout 5s  ls", false],
    ["", false]
  ])("%j is incognito: %s", (text, expected) => {
    expect(isIncognitoText(text)).toBe(expected)
  })

  it("becomes incognito by the word, unless it is", () => {
    expect(incognitoText("ls")).toBe("/incognito ls")
    expect(incognitoText("/split ls")).toBe("/incognito /split ls")
    expect(incognitoText(" ls")).toBe(" ls")
    expect(incognitoText("/timeout 5s /incognito ls")).toBe("/timeout 5s /incognito ls")
  })
})
