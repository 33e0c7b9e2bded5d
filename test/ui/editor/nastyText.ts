import * as fc from "fast-check"

/** Pieces that a line editor gets wrong: joined, combining, wide, invisible, control, and plain ones. */
const PIECES = [
  "a",
  "b",
  "Z",
  "0",
  "_",
  " ",
  "  ",
  "\n",
  "\t",
  "-",
  "ls -la /tmp",
  "é",
  "e\u0301",
  "ß",
  "Ж",
  "漢字",
  "가",
  "각",
  "\u1100\u1161",
  "の",
  "か\u3099",
  "नमस्ते",
  "👍",
  "👍🏽",
  "👨‍👩‍👧‍👦",
  "🇩🇪",
  "🇫🇷🇯",
  "❤\ufe0f",
  "\u0301",
  "\u200b",
  "\u202e",
  "\x01",
  "\x1b",
  "\x7f",
  "\x9b",
  "\u0600"
]

/** Texts of such pieces, without lone surrogates. */
export const nastyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join(""))

/** One character of such a piece. */
export const nastyCharacter = fc
  .constantFrom(...PIECES)
  .map((piece) => Array.from(new Intl.Segmenter("en").segment(piece), ({ segment }) => segment)[0] ?? "")
