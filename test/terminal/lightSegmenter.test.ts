import fc from "fast-check"
import { expect, it } from "vitest"
import { lightSegmenter, rgiEmoji, standsAlone } from "../../src/terminal/lightSegmenter.ts"

const full = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const segments = (text: string, by: { segment(text: string): Iterable<{ segment: string; index: number }> }) =>
  Array.from(by.segment(text), ({ segment, index }) => ({ segment, index }))

const units = Array.from({ length: 0x10000 }, (_, unit) => unit)

it("never calls a unit alone that Unicode joins to a neighbour", () => {
  const alone = units.filter(standsAlone)
  expect(alone.length).toBeGreaterThan(40_000)
  // Each beside others like it, and beside others quite unlike. In pieces: the full segmenter is slow in long texts.
  const mixed = alone.map((_, i) => alone[(i * 7919) % alone.length]!)
  for (const order of [alone, alone.toReversed(), mixed]) {
    for (let from = 0; from < order.length; from += 256) {
      const text = String.fromCharCode(...order.slice(from, from + 257))
      expect(segments(text, full)).toHaveLength(text.length)
    }
  }
})

it("splits any text as the full segmenter does", () => {
  const pieces = [
    "e",
    "é",
    "\r",
    "\n",
    "\x1b[1m",
    "│",
    "❯",
    "漢",
    "한",
    "👩‍👩‍👧",
    "🇩🇪",
    "☺️",
    "#️⃣",
    "\u200d",
    "\ud83d",
    "नि"
  ]
  const parts = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary" })), { maxLength: 12 })
  fc.assert(
    fc.property(parts, (all) => {
      const text = all.join("")
      expect(segments(text, lightSegmenter)).toEqual(segments(text, full))
      for (let i = 0; i <= text.length; i++) {
        const { index, segment } = full.segment(text).containing(i) ?? {}
        expect(lightSegmenter.segment(text).containing(i)).toEqual(
          index === undefined ? undefined : expect.objectContaining({ index, segment })
        )
      }
    })
  )
})

it("knows the same single characters as RGI emoji, and sequences too", () => {
  const all = units.map((unit) => String.fromCharCode(unit))
  const single = new RegExp("\\p{RGI_Emoji}", ["g", "v"].join(""))
  expect(all.filter((char) => rgiEmoji.test(char))).toEqual(all.join(" ").match(single))
  expect(["☺️", "⌚", "👩‍👩‍👧", "🇩🇪", "1️⃣", "🚀"].filter((text) => !rgiEmoji.test(text))).toEqual([])
  expect(["☺", "1", "ab", "│", "🇩"].filter((text) => rgiEmoji.test(text))).toEqual([])
})
