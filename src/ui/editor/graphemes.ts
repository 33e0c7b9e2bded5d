/**
 * Boundaries of grapheme clusters (what a person calls a character) near one place of a long text.
 *
 * Plain functions over UTF-16 offsets: they run for every key and every cell of the editor, so they look at a window
 * around the offset and never at the whole text. The rules are Unicode's (UAX #29), as `Intl.Segmenter` knows them.
 */

import { standsAlone } from "../../terminal/lightSegmenter.ts"

/** UTF-16 units looked ahead for the end of a cluster before the window grows. */
const FIRST_WINDOW = 16
/** UTF-16 units looked back for a place where a break is certain; a text of emoji alone may have none. */
const MAX_LOOK_BACK = 1024

let segmenter: Intl.Segmenter | undefined

/** Built when the first character that needs it comes: its construction takes longer than most key presses. */
const segment = (text: string): Intl.Segments => {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  return segmenter.segment(text)
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** Certain by the two units alone; false only means that the segmenter has to say. */
const breaksCertainly = (text: string, at: number): boolean =>
  at <= 0 || at >= text.length || (standsAlone(text.charCodeAt(at - 1)) && standsAlone(text.charCodeAt(at)))

/** The nearest offset at or before `at` where a break is certain, or about `MAX_LOOK_BACK` units back. */
const certainBreakBefore = (text: string, at: number): number => {
  let start = at
  const stop = Math.max(0, at - MAX_LOOK_BACK)
  while (start > stop && !breaksCertainly(text, start)) start--
  return isLowSurrogate(text.charCodeAt(start)) && isHighSurrogate(text.charCodeAt(start - 1)) ? start - 1 : start
}

/** The end of the cluster that begins at `at` (a boundary); the text's length at its end. */
export const nextBoundary = (text: string, at: number): number => {
  if (at >= text.length) return text.length
  if (standsAlone(text.charCodeAt(at)) && breaksCertainly(text, at + 1)) return at + 1
  for (let size = FIRST_WINDOW; ; size *= 4) {
    let end = Math.min(at + size, text.length)
    // Half a code point at the window's end could feign a break before it.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end++
    const [first] = segment(text.slice(at, end))
    const length = first?.segment.length ?? 1
    if (at + length < end || end === text.length) return at + length
  }
}

/** The start of the cluster that ends at `at` (a boundary); 0 at the start of the text. */
export const previousBoundary = (text: string, at: number): number => {
  if (at <= 0) return 0
  if (standsAlone(text.charCodeAt(at - 1)) && breaksCertainly(text, at - 1)) return at - 1
  const start = certainBreakBefore(text, at - 1)
  let last = start
  for (const { index } of segment(text.slice(start, at))) last = start + index
  return last
}

/** `at` when it is a boundary, else the next one: an edit may join the characters around it. */
export const boundaryAtOrAfter = (text: string, at: number): number => {
  if (at >= text.length) return text.length
  if (breaksCertainly(text, at)) return Math.max(at, 0)
  let boundary = certainBreakBefore(text, at)
  while (boundary < at) boundary = nextBoundary(text, boundary)
  return boundary
}
