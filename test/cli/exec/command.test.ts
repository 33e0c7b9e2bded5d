import { spawnSync } from "node:child_process"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { execCommand } from "../../../src/cli/exec/command.ts"

/** Words that a shell would like to read as something else. */
const nasty = fc.constantFrom(
  "",
  "-n",
  "a b",
  "it's",
  "*",
  "$HOME",
  "~",
  "a=b",
  "if",
  "{",
  "!",
  "\n",
  "\\",
  '"',
  "#",
  "é🙂"
)
const word = fc.oneof(
  nasty,
  fc.fullUnicodeString({ maxLength: 8 }).map((text) => text.replaceAll("\0", ""))
)

/** What bash makes of a line whose command is a function that prints its own words. */
const wordsOf = (name: string, line: string): ReadonlyArray<string> => {
  const script = `${name}() { printf '%s\\0' ${name} "$@"; }; eval "$1"`
  const { stdout } = spawnSync("bash", ["--norc", "-c", script, "bash", line], { encoding: "utf8" })
  return stdout.split("\0").slice(0, -1)
}

describe("execCommand", () => {
  it("takes one word for a line of the shell", () => {
    assert.deepStrictEqual(execCommand(["ls | wc -l"]), { text: "ls | wc -l", shellArguments: ["-c", "ls | wc -l"] })
  })

  it("spells several words so that a shell reads exactly these", () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (rest) => {
        const { text, shellArguments } = execCommand(["show", ...rest])
        assert.deepStrictEqual(wordsOf("show", text), ["show", ...rest])
        assert.deepStrictEqual(shellArguments.slice(3), ["show", ...rest])
      }),
      { numRuns: 60 }
    )
  })

  it("does not let a command's name become an assignment or a part of the shell's grammar", () => {
    for (const name of ["a=b", "if", "!", "{", "time", "[[", "function"]) {
      const { text } = execCommand([name, "x"])
      const { status, stderr } = spawnSync("/bin/bash", ["--norc", "-c", text], {
        encoding: "utf8",
        env: { PATH: "/nowhere" }
      })
      assert.strictEqual(status, 127, name)
      assert.match(stderr, /: (command not found|No such file or directory)$/m, name)
    }
  })

  it("leaves plain words as they are typed", () => {
    const words = ["git", "log", "--since=2.days", "-n", "5", "HEAD~1", "src/a_b.ts", "user@host:dir", "50%"]
    assert.strictEqual(execCommand(words).text, "git log --since=2.days -n 5 'HEAD~1' src/a_b.ts user@host:dir 50%")
  })
})
