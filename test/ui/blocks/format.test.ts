import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatBytes } from "../../../src/domain/formatBytes.ts"
import { textWidth } from "../../../src/terminal/cells.ts"
import {
  DURATION_CELLS,
  formatCount,
  formatDay,
  formatDuration,
  formatLines,
  formatLiveDuration,
  formatTime,
  formatTimeLeft,
  shortenPath,
  TIME_LEFT_CELLS,
  tildePath
} from "../../../src/ui/blocks/format.ts"

describe("durations", () => {
  it.each([
    [-5, "0ms"],
    [0, "0ms"],
    [999.4, "999ms"],
    [999.6, "1.0s"],
    [3_249, "3.2s"],
    [59_960, "59.9s"],
    [60_000, "1m 00s"],
    [185_000, "3m 05s"],
    [7_500_000, "2h 05m"],
    [86_400_000, "1d 0h"],
    [8_640_000_000, "100d"]
  ])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text))

  it("counts whole seconds while a command runs", () => {
    expect([0, 999, 1_000, 9_999, 61_000].map(formatLiveDuration)).toEqual(["0s", "0s", "1s", "9s", "1m 01s"])
  })

  it("never leaves the duration column", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), (ms) => {
        expect(formatDuration(ms).length).toBeLessThanOrEqual(DURATION_CELLS)
        expect(formatLiveDuration(ms).length).toBeLessThanOrEqual(DURATION_CELLS)
        expect(formatTimeLeft(ms).length).toBeLessThanOrEqual(TIME_LEFT_CELLS)
      })
    )
  })

  it("counts the seconds of a limit that have begun, down to none", () => {
    expect([90_000, 27_000, 26_999, 1, 0, -500].map(formatTimeLeft)).toEqual([
      ...["1m 30s left", "27s left", "27s left", "1s left", "0s left", "0s left"]
    ])
  })
})

describe("times and counts", () => {
  it("prints the local wall clock with seconds, and the day", () => {
    const at = new Date(2026, 2, 4, 5, 6, 7).getTime()
    expect(formatTime(at)).toBe("05:06:07")
    expect(formatDay(at)).toBe("2026-03-04")
  })

  it("sets thousands apart", () => {
    expect([0, 999, 1_000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"])
    expect([0, 1, 2].map(formatLines)).toEqual(["0 lines", "1 line", "2 lines"])
  })

  it("names bytes in the unit that keeps them short", () => {
    expect([0, 999, 1_000, 9_949, 9_950, 999_949, 999_950, 8_241_000, 5e15].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "9.9 kB",
      "10 kB",
      "1000 kB",
      "1.0 MB",
      "8.2 MB",
      "5000 TB"
    ])
  })
})

describe("paths", () => {
  it("writes the home directory as ~, and only that", () => {
    expect(tildePath("/home/ada", "/home/ada")).toBe("~")
    expect(tildePath("/home/ada/x", "/home/ada/")).toBe("~/x")
    expect(tildePath("/home/adam", "/home/ada")).toBe("/home/adam")
    expect(tildePath("/etc", "/")).toBe("/etc")
    expect(tildePath("/etc", "")).toBe("/etc")
  })

  it("shows control bytes in a directory's name", () => {
    expect(tildePath("/tmp/a\x1b[31mb\u202ec", "/home/ada")).toBe("/tmp/a^[[31mb<U+202E>c")
  })

  it("leaves out whole components in the middle first", () => {
    const path = "~/work/effect-talk/src/ui/blocks"
    expect(shortenPath(path, 40)).toBe(path)
    expect(shortenPath(path, 20)).toBe("~/…/src/ui/blocks")
    expect(shortenPath(path, 12)).toBe("~/…/blocks")
    expect(shortenPath(path, 8)).toBe("…/blocks")
    expect(shortenPath("/var/log/effecttalk/archive", 20)).toBe("/var/…/archive")
    expect(shortenPath("~/a-directory-with-a-very-long-name", 16)).toBe("…/a-dire…ng-name")
  })

  it("fits every width", () => {
    const part = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("会議", "🚀", "..", "a".repeat(40)))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.integer({ min: 0, max: 60 }), (parts, width) => {
        expect(textWidth(shortenPath(tildePath(`/${parts.join("/")}`, "/home/ada"), width))).toBeLessThanOrEqual(width)
      })
    )
  })
})
