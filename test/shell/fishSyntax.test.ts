import { execFileSync } from "node:child_process"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fishEditor } from "../../src/shell/integration/fishEditor.ts"
import { parseHistory, parsePast } from "../../src/shell/integration/fishHistory.ts"
import { isSurelyComplete, parseNames, parseStatus, quote, unquote } from "../../src/shell/integration/fishSyntax.ts"
import { which } from "../harness/tools.ts"

const ODD = [
  "'",
  '"',
  "\\",
  "$",
  "(",
  ")",
  "%",
  "%41",
  "\n",
  "\t",
  "\x1b",
  "\x07",
  "é",
  "日",
  "🚀",
  " ",
  "a",
  "\x7f",
  "=",
  "~",
  "*"
]
/** Text that an environment can hold. */
const value = fc.array(fc.constantFrom(...ODD), { maxLength: 12 }).map((parts) => parts.join(""))

describe.skipIf(which("fish") === undefined)("with a real fish", () => {
  it("quotes one word and reads it back, whatever it holds", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (values) => {
        const script = values.map((text) => `printf '%s\\n' (string escape --style=url -- ${quote(text)})`).join("\n")
        const printed = execFileSync("fish", ["-N", "-c", script], { env: { LANG: "C.UTF-8", HOME: "/" } }).toString(
          "utf8"
        )
        expect(printed.split("\n").slice(0, -1).map(unquote)).toEqual(values)
      }),
      { numRuns: 20 }
    )
  })

  it("takes no text for complete that fish takes for unfinished or wrong", () => {
    const part = fc.constantFrom(
      ...[
        "echo",
        "a",
        "'b'",
        '"c"',
        "$x",
        "\\ ",
        ";",
        "&",
        "&&",
        "|",
        "||",
        ">",
        ">f",
        "(",
        ")",
        "{",
        "}",
        "if",
        "end"
      ],
      ...["for", "begin", "#", "not", "and", "\\", "'", '"', "<", "2>&1", "=", "\n", "[", "]", "!", "time", "$", "%"]
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.join(" ")
        if (!isSurelyComplete(text)) return
        // An unfinished text fails as a wrong one does: what is sure must only not be unfinished.
        const checked = execFileSync("sh", ["-c", 'fish -N -n -c "$0" 2>&1; :', text], {
          env: { PATH: process.env.PATH, HOME: "/" }
        })
        expect(checked.toString(), text).not.toMatch(/Missing end|end of the input|no closing|Unexpected end of string/)
      }),
      { numRuns: 60 }
    )
  })
})

describe("isSurelyComplete", () => {
  it.each([
    "ls",
    "git commit -m 'a; b'",
    'echo "x" | wc -l',
    "cat <in >out",
    "echo $x; false",
    "make -j4 2>err",
    "cd ../.."
  ])("is sure of %s", (text) => {
    expect(isSurelyComplete(text)).toBe(true)
  })

  it.each([
    "echo 'a",
    'echo "a',
    "echo \\",
    "a |",
    "a &&",
    "if true",
    "begin",
    "f; and",
    "echo (ls",
    "a\nb",
    "echo {a,b",
    "# x",
    "a >"
  ])("asks about %s", (text) => {
    expect(isSurelyComplete(text)).toBe(false)
  })
})

describe("what fish tells of itself", () => {
  it("is read from its status file", () => {
    const { jobs, environment } = parseStatus("123\0-2\x00456\0--\0A=x\ny\0B=\0PATH=/a:/b=c\0")
    expect(jobs).toEqual([123, 456])
    expect([...environment]).toEqual([
      ["A", "x\ny"],
      ["B", ""],
      ["PATH", "/a:/b=c"]
    ])
    expect(parseStatus("")).toEqual({ jobs: [], environment: new Map() })
  })

  it("names the functions that do not come with it", () => {
    expect([...parseNames("cd\nls\nmine\n--\ncd\nls\n").functions]).toEqual(["mine"])
    expect([...parseNames("").functions]).toEqual([])
  })
})

describe("parseHistory", () => {
  const read = (text: string) => parseHistory(Buffer.from(text))

  it("tells when, in milliseconds", () => {
    expect(parsePast(Buffer.from("- cmd: a\n  when: 1700000000\n  paths:\n    - x\n- cmd: b\n"))).toEqual([
      { command: "a", at: 1_700_000_000_000 },
      { command: "b", at: null }
    ])
  })

  it("reads entries with their escapes, and nothing of their paths", () => {
    expect(
      read(
        "- cmd: echo a\\nb\n  when: 1\n- cmd: printf '\\\\n' \\\\\\n x\n  when: 2\n  paths:\n    - '- cmd: no'\n- cmd: ü: b\n  when: 3\n"
      )
    ).toEqual(["echo a\nb", "printf '\\n' \\\n x", "ü: b"])
  })

  it("finds nothing in an empty file", () => {
    expect(read("")).toEqual([])
  })
})

describe("fish's line editor", () => {
  const bytes = (text: string) => Buffer.from(text, "utf8")
  const TITLE = "\x1b]0;echo hi ~\x07\x1b[30m\x1b(B\x1b[m\r"
  const SIGN = `\x1b[2m⏎\x1b(B\x1b[m${" ".repeat(99)}\r⏎ \r\x1b[K`

  it("opens a command with its own, however it is cut", () => {
    for (const [printed, output] of [
      [`\x1b[?2004l${TITLE}hi\r\n`, "hi\r\n"],
      [`\x1b[?2004l\x1b[?1004l${TITLE}\rhi`, "\rhi"],
      [`\x1b[?2004l${TITLE}\x1b]0;mine\x07\x1b(B\x1b[mx`, "\x1b]0;mine\x07\x1b(B\x1b[mx"],
      // Without a title there is no CR after it.
      ["\x1b[?2004l\x1b[30m\x1b(B\x1b[m\rhi", "\rhi"],
      // A terminal that knows neither.
      ["hi", "hi"],
      ["\x1b[31mred", "\x1b[31mred"]
    ] as const) {
      for (let cut = 1; cut < Buffer.byteLength(printed); cut++) {
        const all = bytes(printed)
        const first = fishEditor.opening!(all.subarray(0, cut))
        const seen = first === null ? fishEditor.opening!(all) : Buffer.concat([first, all.subarray(cut)])
        expect(seen?.toString("utf8"), `${JSON.stringify(printed)} cut at ${cut}`).toBe(output)
      }
    }
  })

  it("finds what fish said to a text that it refused", () => {
    const echo = `ab\r\n\x1b[K\x1b[34mcd\x1b[30m\x1b(B\x1b[m\r\n\x1b[6C\r\nfish: Unexpected ')' found\r\necho )\r\n     ^\r\n`
    expect(fishEditor.afterAccept(bytes(echo), false)).toBe("fish: Unexpected ')' found\necho )\n     ^")
    expect(fishEditor.afterAccept(bytes("# c\r\x1b[5C\r\n\x1b[30m\x1b(B\x1b[m"), false)).toBe("")
  })

  it("keeps what hooks print, and nothing of its own", () => {
    const clean = (text: string) => fishEditor.withoutEditor(bytes(text)).toString("utf8")
    expect(clean(`${SIGN}\x1b[?2004h${TITLE}`)).toBe("")
    expect(clean(`${SIGN}\x1b[?2004hdirenv: loading\r\n${TITLE}`)).toBe("direnv: loading\r\n")
    expect(clean(`\r\nfish: Job 1, 'x' has ended\r\n\r\x1b[C\x1b[C${TITLE}`)).toBe("\r\nfish: Job 1, 'x' has ended\r\n")
    expect(fishEditor.beforeStart!(bytes("echo hi\r\x1b[9C\x1b[m\r\n\x1b[30m\x1b(B\x1b[mpre\r\n")).toString()).toBe(
      "pre\r\n"
    )
  })

  it("takes its way back to the edit line off what was printed before", () => {
    const left = (text: string) => fishEditor.redrawn!(bytes(text), true).before.toString("utf8")
    expect(left(`\r\nfish: Job 1, 'x' has ended\r\n\r\x1b[C\x1b[C${TITLE}`)).toBe("\r\nfish: Job 1, 'x' has ended\r\n")
    expect(left("late\r\n\r\x1b[2C")).toBe("late\r\n")
    expect(left("50%\r")).toBe("50%\r")
    expect(left("\x1b[31mred\x1b(B\x1b[m")).toBe("\x1b[31mred\x1b(B\x1b[m")
  })

  it("is seen to take the terminal by any of what it writes then", () => {
    const enters = (text: string) => fishEditor.enters!(bytes(text))
    expect([SIGN, "\x1b[?2004h", `x\r\n${TITLE}`, "$ \x1b[K\r\x1b[C\x1b[2C"].map(enters)).toEqual([
      true,
      true,
      true,
      true
    ])
    expect(["on\r\n", "\x1b]0;mine\x07", "\x1b[K", "~ \r\n"].map(enters)).toEqual([false, false, false, false])
  })

  it("tells redrawing from output", () => {
    expect(fishEditor.isNoise(bytes("\x1b[K\r\x1b[C\x1b[C"), new Uint8Array())).toBe(true)
    expect(fishEditor.isNoise(bytes(`${SIGN}${TITLE}`), new Uint8Array())).toBe(true)
    expect(fishEditor.isNoise(bytes("late\r\n"), new Uint8Array())).toBe(false)
  })
})
