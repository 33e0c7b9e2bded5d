import { assert, describe, it } from "vitest"
import { mistypedText, mistypedWord } from "../../src/ui/mistypedWord.ts"
import { BEGINNINGS, readTyped, SLASH_WORDS } from "../../src/ui/slashCommands.ts"

/** What Linux has at its root. */
const ROOT = "bin boot dev etc home lib media mnt opt proc root run sbin srv sys tmp usr var".split(" ")

const meant = (text: string, root: ReadonlyArray<string> = ROOT): string | null =>
  mistypedWord(text, () => root)?.meant ?? null

describe("mistypedWord", () => {
  it.each([
    ["/undoo", "undo"],
    ["/claer", "clear"],
    ["/Undo", "undo"],
    [" /rdo \n", "redo"],
    ["/svae before the merge", "save"],
    ["/hlep me", "help"],
    ["/timout 30s make\nmake test", "timeout"],
    ["/incognto\tls", "incognito"]
  ])("knows what %j was meant to be", (text, word) => {
    assert.strictEqual(meant(text), word)
  })

  it("leaves to the shell what may be a path, what is like no word, and what is spelt right", () => {
    for (const text of [
      ...ROOT.flatMap((name) => [`/${name}`, `/${name}/`, `/${name}/x start`]),
      "/bin/ls -l",
      "/etc/init.d/x start",
      "/undoo/x",
      "/undo.sh",
      "/undo2",
      "/undoo;ls",
      "/undo*",
      "//undoo",
      "'/undoo'",
      "echo /undoo",
      "undoo",
      "ls\n/undoo",
      "/undoo\nls",
      "/",
      "/nothing-like-it",
      "/make all",
      // No word of ours for its second line, and not mistyped.
      "/save a\nb"
    ]) {
      assert.isNull(meant(text), text)
    }
    for (const word of [...Object.keys(SLASH_WORDS), ...BEGINNINGS]) {
      assert.isNull(meant(`/${word}`), word)
      assert.isFalse("command" in readTyped(`/${word}`), word)
    }
  })

  it("asks for the names at the root only where they decide, and believes them", () => {
    assert.isNull(meant("/undoo", [...ROOT, "undoo"]))
    for (const text of ["ls", "/bin/ls", "/nothing-like-it"]) {
      mistypedWord(text, () => assert.fail(`${text} was looked for`))
    }
  })

  it("says so in a line of 80 columns", () => {
    assert.strictEqual(
      mistypedText({ typed: "undoo", meant: "undo" }),
      "/undoo: did you mean /undo? Enter again runs it in the shell"
    )
    // What the keyboard's owner leaves beside its badge.
    assert.isAtMost(mistypedText({ typed: "incognitoo", meant: "incognito" }).length, 71)
  })
})
