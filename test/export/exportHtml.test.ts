import fc from "fast-check"
import { assert, describe, expect, it } from "vitest"
import { styledHtml } from "../../src/export/styledHtml.ts"
import { plain, sanitise } from "../../src/terminal/sanitise.ts"
import { block, document, printed } from "./session.ts"

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'"
}

/** What a browser shows of it, by the simplest reading: a tag is everything from `<` to `>`. */
const textOf = (html: string): string =>
  html.replaceAll(/<[^>]*>/g, "").replaceAll(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? `?${entity}?`)

describe("styled lines", () => {
  it.each([
    ["plain & <b>", "plain &amp; &lt;b&gt;"],
    ["\x1b[31mred\x1b[0m x", '<span class="f1">red</span> x'],
    ["\x1b[1;2;3;94mx", '<span class="bo di it f12">x</span>'],
    ["\x1b[4;9;53mx", '<span style="text-decoration:underline line-through overline">x</span>'],
    ["\x1b[38;5;208mx", '<span style="color:#ff8700">x</span>'],
    ["\x1b[48;5;244mx", '<span style="background:#808080">x</span>'],
    ["\x1b[38;2;1;2;255mx", '<span style="color:#0102ff">x</span>'],
    ["\x1b[38:2::1:2:3mx", '<span style="color:#010203">x</span>'],
    ["\x1b[7mx", '<span class="iv">x</span>'],
    ["\x1b[7;31;42mx", '<span class="iv f2 b1">x</span>'],
    ["\x1b[8mx", '<span class="hi">x</span>'],
    ["\x1b[31mone\ntwo", '<span class="f1">one</span>\ntwo'],
    [
      "\x1b]8;;https://example.org/?a=1&b='2\x1b\\here\x1b]8;;\x1b\\",
      '<a href="https://example.org/?a=1&amp;b=&#39;2" rel="noopener noreferrer">here</a>'
    ],
    ["\x1b]8;;javascript:alert(1)\x1b\\here\x1b]8;;\x1b\\", "here"],
    ["a\u202eb", "a&lt;U+202E&gt;b"]
  ])("%j", (line, html) => assert.strictEqual(styledHtml(line), html))

  it("hold the text and nothing else, whatever was printed", () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "<script>alert(1)</script>",
        "&lt;",
        '"',
        "'",
        "`",
        "</pre>",
        "<!--",
        "]]>",
        "\u202e",
        "\t",
        "\n"
      ),
      fc.constantFrom("\x1b[31m", "\x1b[1;4;38;5;99m", "\x1b[0m", "\x1b[7m", "\x1b[;;m", "\x1b[38;2m", "\x9b5m"),
      fc.constantFrom(
        '\x1b]8;;https://e.org/"><script>\x1b\\',
        "\x1b]8;;http://x\x07",
        "\x1b]8;;\x1b\\",
        "\x1b]0;t",
        "\x1b"
      )
    )
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const given = parts.join("")
        const shown = given
          .split("\n")
          .map((line) => plain(sanitise(line)))
          .join("\n")
        const html = styledHtml(given)
        assert.strictEqual(textOf(html), shown)
        // Nothing but our own tags, well nested.
        const tags = html.match(/<[^>]*>/g) ?? []
        for (const tag of tags)
          assert.match(
            tag,
            /^<(\/span|\/a|span( class="[\w ]+")?( style="[\w:;# -]+")?|a href="https?:[^"<>]*" rel="noopener noreferrer")>$/
          )
      }),
      { numRuns: 2000 }
    )
  })
})

/** What tries to get out of the page, in every place of a block that others write. */
const HOSTILE = `</code></pre></details></script><script>alert(1)</script><img src=x onerror="alert(1)">\x1b]8;;javascript:alert(1)\x1b\\'"`

describe("a page", () => {
  const page = document("html", [
    printed(block(1, "make\n  all"), "\x1b[32mok\x1b[0m\n", "careful\n"),
    printed(
      block(2, "seq 99", {
        status: "failure",
        exitCode: 2,
        metadata: {
          folded: true,
          name: "tests",
          hiddenLines: 95,
          hiddenBytes: 200,
          headLines: 2,
          notices: ["[1]+ Done"]
        }
      }),
      "1\n2\n98\n99"
    )
  ])

  it("is one file with a header for each block, folded as on the screen", () => {
    expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">/)
    expect(page).toContain("<title>Session abcdefgh1234</title>")
    expect(page).toContain("prefers-color-scheme:dark")
    expect(page).not.toMatch(/<script|<link|@import|url\(|src=/)
    expect(page).toMatch(
      /<details id="block-1" class="success" open><summary>✓ 1 <code>make\n {2}all<\/code> <span class="quiet">1\.2s · ~\/work · 1970-01-01 \d\d:\d\d:01<\/span><\/summary>\n<pre class="stdout">\n<span class="f2">ok<\/span>\n<\/pre>\n<pre class="quiet">stderr:<\/pre>\n<pre class="stderr">\ncareful\n<\/pre>\n<\/details>/
    )
    expect(page).toMatch(
      /<details id="block-2" class="failure"><summary>✗ 2 @tests <code>seq 99<\/code>.*exit 2 · 1\.2s/
    )
    expect(page).toContain(
      '1\n2\n<span class="quiet">… 95 lines (200 B) are not kept …</span>\n98\n99\n</pre>\n<pre class="quiet">| [1]+ Done</pre>\n'
    )
    expect(page).toMatch(/<\/details>\n<\/body>\n<\/html>\n$/)
  })

  it("lets hostile output, commands and names be nothing but text", () => {
    const metadata = { notices: [HOSTILE], directory: `/home/ada/${HOSTILE}`, note: HOSTILE, name: HOSTILE }
    for (const whole of [true, false]) {
      const hostile = document("html", [printed(block(1, HOSTILE, { metadata }), HOSTILE, HOSTILE)], { whole })
      expect(hostile).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
      const tags = new Set((hostile.match(/<\/?[a-z]+/g) ?? []).map((tag) => tag.replace(/^<\/?/, "")))
      expect([...tags].sort()).toEqual(
        [
          "body",
          "br",
          "code",
          "details",
          "h",
          "head",
          "html",
          "meta",
          "pre",
          "span",
          "style",
          "summary",
          "title"
        ].sort()
      )
      expect(hostile).not.toMatch(/<[^>]*(onerror|javascript:)/)
      expect(textOf(hostile)).toContain("<script>alert(1)</script>")
    }
  })
})
