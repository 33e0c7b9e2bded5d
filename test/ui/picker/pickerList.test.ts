import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitPlace, movePlace, PICKER_START, pickerRows } from "../../../src/ui/picker/pickerList.ts"

const row = (index: number, chosen: boolean): string => `${chosen ? ">" : " "}${index}`

describe("a list to pick from", () => {
  it("has its best match next to the line of text, on either side of it", () => {
    expect(pickerRows(PICKER_START, 3, 4, "up", row)).toEqual(["", " 2", " 1", ">0"])
    expect(pickerRows(PICKER_START, 3, 4, "down", row)).toEqual([">0", " 1", " 2", ""])
  })

  it("moves to where a key points on the screen, and stops at its ends", () => {
    const up = movePlace(PICKER_START, "up", 9, 4, "up")
    expect(up).toEqual({ at: 1, top: 0 })
    expect(movePlace({ at: 1, top: 0 }, "ctrl+n", 9, 4, "up")).toEqual({ at: 0, top: 0 })
    expect(movePlace(PICKER_START, "down", 9, 4, "up")).toEqual(PICKER_START)
    expect(movePlace(PICKER_START, "down", 9, 4, "down")).toEqual({ at: 1, top: 0 })
    expect(movePlace({ at: 2, top: 0 }, "pageup", 9, 4, "up")).toEqual({ at: 5, top: 2 })
    expect(movePlace({ at: 7, top: 5 }, "pageup", 9, 4, "up")).toEqual({ at: 8, top: 5 })
    expect(movePlace(PICKER_START, "x", 9, 4, "up")).toBeNull()
  })

  it("keeps the chosen entry in view, and its rows full, whatever the list becomes", () => {
    const number = fc.integer({ min: -5, max: 40 })
    fc.assert(
      fc.property(number, number, fc.nat(30), fc.nat(10), (at, top, count, height) => {
        const place = fitPlace({ at, top }, count, height)
        const rows = pickerRows(place, count, Math.max(1, height), "down", row)
        expect(rows.filter((text) => text !== "")).toHaveLength(Math.min(count, Math.max(1, height)))
        if (count > 0) expect(rows).toContain(`>${Math.max(0, Math.min(at, count - 1))}`)
        expect(fitPlace(place, count, height)).toEqual(place)
      }),
      // Above an empty list.
      { examples: [[0, -1, 0, 2]] }
    )
  })
})
