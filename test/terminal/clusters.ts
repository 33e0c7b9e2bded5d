import * as fc from "fast-check"

const VS15 = "\ufe0e"
const VS16 = "\ufe0f"
const ZWJ = "\u200d"

/** Emoji that are two cells wide by themselves, of many years. */
const wideEmoji = fc.constantFrom("🚀", "👍", "👩", "🧑", "🥲", "🤌", "🫠", "🪿", "🔥", "⌚", "✅", "🏽", "🗿")
/** Signs that a terminal may show as emoji. */
const textEmoji = fc.constantFrom("❤", "☀", "✈", "⚠", "©", "↔", "☎", "🏳", "🌡", "▶", "1", "#")
const skinTone = fc.constantFrom("🏻", "🏽", "🏿")
const regional = fc.integer({ min: 0x1f1e6, max: 0x1f1ff }).map((codePoint) => String.fromCodePoint(codePoint))

/** A cluster of emoji-test.txt's forms, or what comes near one. */
const emojiSequence = fc.oneof(
  wideEmoji,
  fc.tuple(textEmoji, fc.constantFrom("", VS15, VS16)).map((parts) => parts.join("")),
  fc.tuple(wideEmoji, fc.constantFrom(VS15, VS16)).map((parts) => parts.join("")),
  fc.tuple(wideEmoji, skinTone).map((parts) => parts.join("")),
  // Families, professions, a heart on fire: with selectors and skin tones between.
  fc
    .array(
      fc
        .tuple(fc.oneof(wideEmoji, textEmoji), fc.constantFrom("", VS16), fc.oneof(fc.constant(""), skinTone))
        .map((parts) => parts.join("")),
      { minLength: 2, maxLength: 4 }
    )
    .map((parts) => parts.join(ZWJ)),
  fc.array(regional, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom("1", "9", "#", "*"), fc.constantFrom("", VS16)).map((parts) => `${parts.join("")}\u20e3`),
  // England: a flag spelled in tags.
  fc.constant("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}")
)

const marked = fc
  .tuple(
    fc.constantFrom("e", "你", "か", "к", "अ", "ก", "🚀", "─"),
    fc.array(
      fc.constantFrom("\u0301", "\u20dd", "\u3099", "\u0e35", "\u1ac1", "\u{1e08f}", "\u200c", ZWJ, "\u{e0100}"),
      {
        minLength: 1,
        maxLength: 3
      }
    )
  )
  .map(([base, marks]) => base + marks.join(""))

/** Old and new scripts whose widths tables differ about: spacing marks, jamo, prepended signs, hexagrams, private use. */
const script = fc.constantFrom(
  "नि",
  "क्ष",
  "क्\u200dष",
  "நி",
  "ᄒ\u1161\u11ab",
  "\u1161",
  "\ud7b0",
  "\u0600١",
  "䷀",
  "☰",
  "\ue0b0",
  "\u{f0001}",
  "\u{1b150}",
  "\u{1f1e6}",
  "\u00ad",
  "\u2028",
  "\u{1fae0}",
  "ﷺ",
  "𓀀",
  "\u3164"
)

/** One of what terminals count differently: emoji sequences, combined characters, scripts; or any code point at all. */
export const cluster: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: emojiSequence },
  { weight: 2, arbitrary: marked },
  { weight: 2, arbitrary: script },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0xa0, max: 0x1fbff })
      .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
      .map((codePoint) => String.fromCodePoint(codePoint))
  }
)
