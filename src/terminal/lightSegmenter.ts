/**
 * Grapheme clusters (what a person calls a character) without ICU wherever the text lets it: making the first
 * `Intl.Segmenter` takes as long as a third of Node's own start, and each use of one longer than a row's layout.
 *
 * Plain functions: they run for every row of every frame. The build gives them to Ink's own dependencies too
 * (bin/light-dependencies.js).
 */

/** One cluster: its text and where it begins, in UTF-16 units. */
export interface GraphemeSegment {
  readonly segment: string
  readonly index: number
}

/** The clusters of a text, in order, and the one that holds a UTF-16 unit (slice-ansi asks for it). */
export interface GraphemeSegments extends Iterable<GraphemeSegment> {
  readonly containing: (index?: number) => GraphemeSegment | undefined
}

/**
 * True for UTF-16 units that neither extend nor are extended by another such unit: between two of them there is always
 * a break (UAX #29). ASCII, Latin, Greek, Cyrillic, signs and frames, kana, ideographs, Hangul syllables.
 */
export const standsAlone = (unit: number): boolean =>
  unit < 0x300
    ? unit !== 0x0d
    : (unit >= 0x370 && unit <= 0x482) ||
      (unit >= 0x48a && unit <= 0x52f) ||
      (unit >= 0x2010 && unit <= 0x2027) ||
      (unit >= 0x2190 && unit <= 0x27bf) ||
      (unit >= 0x3001 && unit <= 0x3029) ||
      (unit >= 0x3041 && unit <= 0x3096) ||
      (unit >= 0x30a1 && unit <= 0x30fa) ||
      (unit >= 0x3400 && unit <= 0x4dbf) ||
      (unit >= 0x4e00 && unit <= 0x9fff) ||
      (unit >= 0xac00 && unit <= 0xd7a3) ||
      (unit >= 0xff01 && unit <= 0xff60)

const allStandAlone = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (!standsAlone(text.charCodeAt(i))) return false
  return true
}

let full: Intl.Segmenter | undefined

/** Splits text as `new Intl.Segmenter(undefined, { granularity: "grapheme" })` does. */
export const lightSegmenter = {
  segment: (text: string): GraphemeSegments => {
    if (!allStandAlone(text)) {
      full ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })
      return full.segment(text)
    }
    const segments: Array<GraphemeSegment> = []
    for (let index = 0; index < text.length; index++) segments.push({ segment: text[index]!, index })
    return Object.assign(segments, { containing: (index = 0) => segments[index] })
  }
}

const EMOJI_PRESENTATION = /\p{Emoji_Presentation}/u
/** Not a literal: that would be compiled with the file. */
const RGI_EMOJI = "^\\p{RGI_Emoji}$"
let rgiExpression: RegExp | undefined

/**
 * Says of one cluster what `/^\p{RGI_Emoji}$/v` says. A cluster of one code point is such an emoji only when it has
 * emoji presentation (UTS #51, ED-20), so what is on every screen is answered without that expression, whose making
 * takes as long as Node's own start.
 */
export const rgiEmoji = {
  test: (cluster: string): boolean => {
    if (cluster.length === 1 && !EMOJI_PRESENTATION.test(cluster)) return false
    rgiExpression ??= new RegExp(RGI_EMOJI, "v")
    return rgiExpression.test(cluster)
  }
}
