import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { recognise } from "../../../src/ui/pick/recognise.ts"

const uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
const sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/** A line and what is found in it, as `kind text`, for a file with a line also `@line:column`. */
const TABLE: ReadonlyArray<readonly [line: string, ...found: ReadonlyArray<string>]> = [
  ["see https://example.com/a?b=c#d.", "url https://example.com/a?b=c#d"],
  ["(https://en.wikipedia.org/wiki/Foo_(bar))", "url https://en.wikipedia.org/wiki/Foo_(bar)"],
  [
    "[docs](https://x.io/y), <http://a.b/>; 'https://q.r/s'",
    "url https://x.io/y",
    "url http://a.b/",
    "url https://q.r/s"
  ],
  ['{"url":"https://x.io/y","n":1}', "url https://x.io/y"],
  ["http://localhost:5173/ http://[::1]:8080/x", "url http://localhost:5173/", "url http://[::1]:8080/x"],
  ["https://a.io/1,https://b.io/2", "url https://a.io/1", "url https://b.io/2"],
  ["参照：https://例え.jp/パス。次", "url https://例え.jp/パス"],
  ["│ https://a.io/x │", "url https://a.io/x"],
  ["git clone ssh://git@host/repo.git", "url ssh://git@host/repo.git"],
  ["http:// and ://x"],
  ["    at run (file:///home/a/x%20y.js:10:5)", "path /home/a/x y.js@10:5"],
  ["file:///tmp/a%0Acurl%20x", "path /tmp/a%0Acurl%20x"],
  ["file:///tmp/a%E2%80%AEb%C2%85 file:///tmp/%00", "path /tmp/a%E2%80%AEb%C2%85", "path /tmp/%00"],
  ["    at Object.<anonymous> (/srv/app/index.js:10:5)", "path /srv/app/index.js:10:5@10:5"],
  ["src/a.ts:12:text that follows", "path src/a.ts:12@12"],
  ["src/a.ts(12,5): error TS2304", "path src/a.ts(12,5)@12:5"],
  ["  --> src/main.rs:1:2", "path src/main.rs:1:2@1:2"],
  ["./main.go:12:2: undefined: x", "path ./main.go:12:2@12:2"],
  ['  File "lib/x.py", line 12, in <module>', "path lib/x.py@12"],
  ["Makefile:3: *** missing separator.", "path Makefile:3@3"],
  ["a/b.ts, ~/x y, ./run.sh; ../up/", "path a/b.ts", "path ~/x", "path ./run.sh", "path ../up/"],
  ["diff --git a/src/x.ts b/src/x.ts", "path src/x.ts", "path src/x.ts"],
  ["+++ b/src/x.ts", "path src/x.ts"],
  ["cp a/src/x.ts b/", "path a/src/x.ts"],
  ["cat '/tmp/a b/c.txt' \"/tmp/d\"", "path /tmp/a b/c.txt", "path /tmp/d"],
  ["app/[id]/(group)/page.tsx:3:4", "path app/[id]/(group)/page.tsx:3:4@3:4"],
  ["(see docs/api.md)", "path docs/api.md"],
  ["書類/資料.txt:7 を開く", "path 書類/資料.txt:7@7"],
  ["PATH=/usr/bin:/bin gcc -I/usr/include -o out.o", "path /usr/bin", "path /bin", "path /usr/include", "path out.o"],
  ["modified:   package.json", "path package.json"],
  ["and/or is a path, 1/2 and MB/s, km/h are none, </div> neither", "path and/or"],
  ["e.g. this, i.e. that. Done"],
  ["commit 1abc120 (HEAD) 1abc120..c899f89", "hash 1abc120", "hash 1abc120", "hash c899f89"],
  [`sha256:${sha} ${sha}`, `hash sha256:${sha}`, `hash ${sha}`],
  ["deadbeef 12345678 1a2b3c 1abc120.txt", "number 12345678", "path 1abc120.txt"],
  [`id=${uuid}`, `number ${uuid}`],
  [
    "12 123 1,234,567 0x7ffe 3.14 1.5 v18 v1.2.3-rc.1 node-20.20.0",
    "number 123",
    "number 1,234,567",
    "number 0x7ffe",
    "number 3.14",
    "number v18",
    "number v1.2.3-rc.1",
    "number 20.20.0"
  ],
  [
    "10.0.0.1:8080 192.168.0.0/16 999.1.1.1 fe80::1%eth0 ::1 12:34:56",
    "number 10.0.0.1:8080",
    "number 192.168.0.0/16",
    "number 999.1.1.1",
    "number fe80::1%eth0",
    "number ::1"
  ],
  ["2026-11-22T06:44:22Z 2026-11-22", "number 2026-11-22T06:44:22Z", "number 2026-11-22"],
  ["#4711 port 3000.", "number 4711", "number 3000"],
  ["\ta\t/tmp/x\t", "path /tmp/x"]
]

const spell = ({ kind, text, file }: ReturnType<typeof recognise>[number]): string =>
  `${kind} ${text}${file?.line === undefined ? "" : `@${[file.line, ...(file.column === undefined ? [] : [file.column])].join(":")}`}`

describe("recognising what may be picked", () => {
  it.each(TABLE)("in: %s", (line, ...found) => {
    expect(recognise(line).map(spell)).toEqual(found)
  })

  it("finds stretches of the line that do not overlap, in any text", () => {
    const piece = fc.constantFrom(
      "a",
      "/",
      ".",
      ":",
      "12",
      " ",
      "(",
      ")",
      "https://",
      "'",
      '"',
      "漢",
      "~",
      "-",
      "e\u0301",
      "f00ba4"
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const line = pieces.join("")
        let end = 0
        for (const { from, to, text } of recognise(line)) {
          expect(from).toBeGreaterThanOrEqual(end)
          expect(to).toBeGreaterThan(from)
          expect(text.length).toBeGreaterThan(0)
          end = to
        }
        expect(end).toBeLessThanOrEqual(line.length)
      })
    )
  })
})
