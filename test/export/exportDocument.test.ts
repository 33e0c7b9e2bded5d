import * as Schema from "effect/Schema"
import { assert, describe, expect, it } from "vitest"
import { Block } from "../../src/domain/Block.ts"
import { REDACTED } from "../../src/domain/redact.ts"
import { SessionDocument } from "../../src/domain/Session.ts"
import { makeCensor } from "../../src/export/Censor.ts"
import { storedBlock, textPieces } from "../../src/export/ExportedBlock.ts"
import { EXPORT_FORMATS, formatOf } from "../../src/export/ExportFormat.ts"
import { codeSpan } from "../../src/export/exportMarkdown.ts"
import { PersistenceError } from "../../src/services/persistence/PersistenceError.ts"
import { block, document, printed } from "./session.ts"

/** Assembled, so that no scanner takes this file for a leak. */
const token = `ghp_${"Ab3x".repeat(9)}`

it.each([
  ["a.txt", "text"],
  ["a", "text"],
  ["a.log", "text"],
  ["/x.md/a.MD", "markdown"],
  ["a.b.html", "html"],
  ["a.htm", "html"],
  [".json", "text"],
  ["a.json", "json"]
])("%s is %s", (path, format) => assert.strictEqual(formatOf(path), format))

describe("Markdown", () => {
  it("lets no output out of its block of code that a running command prints while it is written", () => {
    const texts = ["begun\n", "begun\n````\n# not a heading\n"]
    const shown = printed(block(1, "make", { status: "running", endTime: null }))
    const stdout = { ...shown.stdout, pieces: () => [texts.shift() ?? ""] }
    expect(document("markdown", [{ ...shown, stdout }], { whole: false })).toContain(
      "```\n\n`````console\nbegun\n````\n# not a heading\n`````\n"
    )
  })

  it("has a section for each block", () => {
    const failed = block(2, "cat README.md\necho `x`", {
      status: "failure",
      exitCode: 2,
      metadata: { name: "readme", note: "as *it* was", notices: ["[1]+ Done"] }
    })
    const text = document("markdown", [
      printed(block(1, "true")),
      printed(failed, "```sh\n\x1b[31mmake\x1b[0m\n```", "no\n")
    ])
    expect(text.replaceAll(/\d\d:\d\d:01/g, "TIME")).toBe(
      [
        "# `Session abcdefgh1234`",
        "",
        "## ✓ 1 `true`",
        "",
        "1.2s · `~/work` · 1970-01-01 TIME",
        "",
        "```console",
        "$ true",
        "```",
        "",
        "## ✗ 2 @readme `cat README.md`",
        "",
        "exit 2 · 1.2s · `~/work` · 1970-01-01 TIME",
        "",
        "`as *it* was`",
        "",
        "````console",
        "$ cat README.md",
        "> echo `x`",
        "```sh",
        "make",
        "```",
        "````",
        "",
        "Standard error:",
        "",
        "```text",
        "no",
        "```",
        "",
        "```text",
        "[1]+ Done",
        "```",
        "",
        ""
      ].join("\n")
    )
  })

  it.each([
    ["a", "`a`"],
    ["a`b", "``a`b``"],
    ["`a", "`` `a ``"],
    [" a ", "`  a  `"]
  ])("writes %j as a span of code", (text, span) => assert.strictEqual(codeSpan(text), span))
})

describe("JSON", () => {
  const blocks = [
    printed(block(1, "one"), "\x1b[31mré\x1b[0m\t\n".repeat(9_000), "e"),
    printed(block(2, "two"), "no newline")
  ]

  it("is the document on disk, whatever it is written in", () => {
    const parsed = JSON.parse(document("json", blocks))
    expect(Schema.is(SessionDocument)(parsed)).toBe(true)
    expect(parsed).toMatchObject({ version: 1, sequence: 7, id: "abcdefgh1234" })
    expect(parsed.blocks[0].stdout).toBe("\x1b[31mré\x1b[0m\t\n".repeat(9_000))
    expect(parsed.blocks.map(({ stdout, stderr }: Block) => [stdout.slice(-10), stderr])).toEqual([
      ["\x1b[31mré\x1b[0m\t\n".slice(-10), "e"],
      ["no newline", ""]
    ])
    expect(JSON.parse(document("json", [])).blocks).toEqual([])
  })

  it("of one block is that block", () => {
    const parsed = JSON.parse(document("json", blocks.slice(1), { whole: false }))
    expect(Schema.is(Block)(parsed)).toBe(true)
    expect(parsed).toMatchObject({ command: "two", stdout: "no newline" })
  })
})

describe("in every format", () => {
  it.each(EXPORT_FORMATS)("%s has no secret of any of a block's texts, and each is counted once", (format) => {
    const metadata = { notices: [`notice ${token}`], note: `note ${token}` }
    const censor = makeCensor()
    const header = block(1, `curl -H 'Authorization: Bearer ${token}' x`, { metadata })
    const given = [
      printed(header, `out \x1b[31m${token.slice(0, 9)}\x1b[0m${token.slice(9)}\n`, `DB_PASSWORD=hunter2\n`)
    ]
    const text = document(format, given, { censor })
    expect(text).not.toContain(token.slice(9, 30))
    expect(text).not.toContain("hunter2")
    expect(text).toContain(REDACTED)
    expect(censor.count()).toBe(5)
    expect(document(format, given)).toContain("hunter2")
  })

  it.each(EXPORT_FORMATS)("%s names a block that cannot be read in its place", (format) => {
    const error = new PersistenceError({ reason: "Damaged", subject: "x", detail: "Block 1 cannot be read" })
    const text = document(format, [storedBlock(block(1, "lost"), error), printed(block(2, "kept"), "output\n")])
    expect(text).toMatch(
      /lost[\s\S]*Block 1 cannot be read[\s\S]*kept[\s\S]*output|Block 1 cannot be read[\s\S]*output/
    )
  })
})

it("takes a text apart between lines, a line however long as one", () => {
  const text = `${"x".repeat(100_000)}\n${"line\n".repeat(20_000)}end`
  const pieces = [...textPieces(text)]
  assert.strictEqual(pieces.join(""), text)
  expect(pieces.length).toBeGreaterThan(3)
  for (const piece of pieces.slice(0, -1)) expect(piece.endsWith("\n")).toBe(true)
  expect([...textPieces("")]).toEqual([])
})
