import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { readTyped } from "../../src/ui/slashCommands.ts"

describe("readTyped", () => {
  it.each([
    ["/timeout 30s make test", { command: "make test", timeLimit: 30_000, split: false, incognito: false }],
    ["  /timeout 1m\tsleep 100 \n", { command: "sleep 100", timeLimit: 60_000, split: false, incognito: true }],
    [
      "/timeout 5 for i in 1 2; do\n  echo $i\ndone",
      { command: "for i in 1 2; do\n  echo $i\ndone", timeLimit: 5000, split: false, incognito: false }
    ],
    ["/split make", { command: "make", timeLimit: null, split: true, incognito: false }],
    [" /split\tmake -j\nmake test ", { command: "make -j\nmake test", timeLimit: null, split: true, incognito: true }],
    ["/timeout 5 /split make", { command: "make", timeLimit: 5000, split: true, incognito: false }],
    ["/split /timeout 5 make", { command: "make", timeLimit: 5000, split: true, incognito: false }],
    ["/incognito export T=1", { command: "export T=1", timeLimit: null, split: false, incognito: true }],
    ["/split /incognito /timeout 5 a", { command: "a", timeLimit: 5000, split: true, incognito: true }],
    ["/incognito /split a\n b", { command: "a\n b", timeLimit: null, split: true, incognito: true }],
    ["\n ls\nls", { command: "\n ls\nls", timeLimit: null, split: false, incognito: true }],
    ["ls\n ls", { command: "ls\n ls", timeLimit: null, split: false, incognito: false }],
    ["/incognito", { problem: "/incognito needs a command behind it: nothing of it is kept in any file" }],
    ["/split ", { problem: "/split needs a command behind it: its stderr is kept apart" }],
    ["/timeout 5s /split", { problem: "/split needs a command behind it: its stderr is kept apart" }],
    [
      "/split /timeout make",
      { problem: "/timeout needs a duration such as 30s, 5m, 1h30m or 500ms, then the command" }
    ],
    ["/timeout", { problem: "/timeout needs a duration such as 30s, 5m, 1h30m or 500ms, then the command" }],
    ["/timeout make", { problem: "/timeout needs a duration such as 30s, 5m, 1h30m or 500ms, then the command" }],
    ["/timeout 30s", { problem: "/timeout 30s needs a command behind it" }]
  ])("reads %j", (text, expected) => {
    assert.deepStrictEqual<unknown>(readTyped(text), expected)
  })

  it("reads words for EffectTalk itself, alone on their line", () => {
    assert.deepStrictEqual(readTyped(" /help \n"), { word: "help", argument: "" })
    assert.deepStrictEqual(readTyped("/help me"), { problem: "/help takes nothing behind it" })
    for (const text of ["/help/run", "/helper", "/help\nls", "echo /help"]) {
      assert.deepStrictEqual(readTyped(text), { command: text, timeLimit: null, split: false, incognito: false })
    }
  })

  it("leaves everything else to the shell, as it was typed", () => {
    for (const text of [
      "ls",
      "/bin/ls -l",
      "/timeouts 3",
      "echo /timeout 3s x",
      "/timeout/run",
      "timeout 3 x",
      "/splits a",
      "//split a",
      "'/split' a",
      "a /split b",
      "/split/run"
    ]) {
      assert.deepStrictEqual(readTyped(text), { command: text, timeLimit: null, split: false, incognito: false })
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/\/(timeout|split|incognito|help)/.test(text))
        const incognito = /^[\r\n]*[ \t]/.test(text)
        assert.deepStrictEqual(readTyped(text), { command: text, timeLimit: null, split: false, incognito })
      })
    )
  })
})
