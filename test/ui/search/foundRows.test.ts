import { describe, expect, it } from "vitest"
import { EMPTY_ACCOUNT } from "../../../src/domain/Block.ts"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import type { FoundBlock } from "../../../src/services/search/searchSessions.ts"
import { styledWidth } from "../../../src/terminal/cells.ts"
import { foundRow, isPlace, rowsOf } from "../../../src/ui/search/foundRows.ts"
import { fullTheme, plainTheme } from "../../../src/ui/theme.ts"

const DAY = 86_400_000

const found = (id: string, lines: ReadonlyArray<string>, given: Partial<FoundBlock> = {}): FoundBlock => ({
  session: SessionId.make("abcdefgh1234"),
  sessionName: null,
  archived: null,
  file: "abcdefgh1234",
  block: {
    id: BlockId.make(id),
    command: "make test",
    status: "failure",
    exitCode: 2,
    signal: null,
    startTime: DAY,
    endTime: DAY,
    metadata: { number: 7, directory: "/home/ada/work", ...EMPTY_ACCOUNT, folded: false, notices: [] }
  },
  inCommand: [{ from: 5, to: 9 }],
  lines: lines.map((text, index) => ({ stream: "stdout", number: index + 1, text, ranges: [{ from: 0, to: 1 }] })),
  more: 0,
  ...given
})

const drawn = (all: ReadonlyArray<FoundBlock>, width: number, session = "none") =>
  rowsOf(all).map((row) =>
    foundRow(row, false, { theme: plainTheme, width, home: "/home/ada", now: 3 * DAY, session }).trimEnd()
  )

describe("what was found", () => {
  it("stands under its session, the first lines under their block, the rest counted", () => {
    const all = [
      found("a", ["one", "two", "three", "four"], { more: 3 }),
      found("b", [], { sessionName: "deploy", archived: "2026-10" })
    ]
    expect(drawn(all, 60)).toEqual([
      "session abcdefgh",
      " ✗ 7 make test                            exit 2  ~/work  2d",
      "    1 one",
      "    2 two",
      "    3 three",
      "    ⋯ 4 more",
      "deploy, archived 2026-10",
      " ✗ 7 make test                            exit 2  ~/work  2d"
    ])
    expect(rowsOf(all).map(isPlace)).toEqual([false, true, true, true, true, false, false, true])
  })

  it("says which session is the one on the screen", () => {
    expect(drawn([found("a", [])], 60, "abcdefgh1234")[0]).toBe("session abcdefgh, this session")
  })

  it("fits any width, chosen or not", () => {
    const rows = rowsOf([found("a", ["漢字".repeat(30), "x"], { sessionName: "n".repeat(90) })])
    for (let width = 1; width < 90; width++) {
      for (const selected of [false, true]) {
        for (const row of rows) {
          const text = foundRow(row, selected, { theme: fullTheme, width, home: "/", now: 0, session: "" })
          if (width > 12) expect(styledWidth(text)).toBeLessThanOrEqual(width)
        }
      }
    }
  })
})
