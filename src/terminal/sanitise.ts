/**
 * Makes text safe for the terminal that shows it.
 *
 * What passes: printable text, tabs, newlines, SGR, and OSC 8 links to http(s) addresses. Every other control is
 * dropped: C0, DEL, C1 (as code points), and whole escape sequences with their payload, ended or not. Text that lost
 * something can spell no new sequence, as ESC only ever comes out as the first unit of a sequence that passes.
 */

import stripAnsi from "strip-ansi"
import { isLinkAllowed, linkOf } from "./sgr.ts"

/**
 * One thing at a time, in this order: SGR; OSC with its payload; DCS, SOS, PM and APC with theirs; other CSI; other
 * escapes with intermediates; stray controls. A string ends with BEL (OSC only), ST, CAN, SUB or the next ESC.
 */
const UNSAFE = new RegExp(
  [
    "(?:\\x1b\\[|\\x9b)(?<sgr>[0-9;:]{0,256})m",
    "(?:\\x1b\\]|\\x9d)(?<osc>[^\\x07\\x1b\\x9c\\x18\\x1a]*)(?:\\x07|\\x1b\\\\|\\x9c|[\\x18\\x1a]|(?=\\x1b)|$)",
    "(?:\\x1b[PX^_]|[\\x90\\x98\\x9e\\x9f])[^\\x1b\\x9c\\x18\\x1a]*(?:\\x1b\\\\|\\x9c|[\\x18\\x1a]|(?=\\x1b)|$)",
    "(?:\\x1b\\[|\\x9b)[\\x20-\\x3f]*[\\x40-\\x7e]?",
    "\\x1b[\\x20-\\x2f]*[\\x30-\\x7e]?",
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]"
  ].join("|"),
  "g"
)
const NEEDS_WORK = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g

/** The address and the link's sequence, from an OSC's payload; `""` when it is not a link that may pass. */
const linkIn = (payload: string): string => {
  const match = /^8;[^;]*;(.*)$/s.exec(payload)
  if (match === null) return ""
  const address = match[1]!
  return address === "" || isLinkAllowed(address) ? linkOf(address) : ""
}

/**
 * Keeps only what is safe to show, see above.
 *
 * @param bidi direction controls (embeddings, overrides, isolates) make text read otherwise than it runs: `show` (the
 *   default) spells them as `<U+202E>`, `keep` is for stored lines, whose text stays exact and whose rows leave them out
 */
export const sanitise = (text: string, bidi: "show" | "keep" = "show"): string => {
  const safe = NEEDS_WORK.test(text)
    ? text.replace(UNSAFE, (...match) => {
        const groups = match.at(-1) as { readonly sgr?: string; readonly osc?: string }
        if (groups.sgr !== undefined) return `\x1b[${groups.sgr}m`
        return groups.osc === undefined ? "" : linkIn(groups.osc)
      })
    : text
  if (bidi === "keep") return safe
  return safe.replace(BIDI, (unit) => `<U+${unit.charCodeAt(0).toString(16).toUpperCase()}>`)
}

/** Text without its sequences: what was printed, tabs, blanks and newlines included. */
export const plain = (text: string): string => (text.includes("\x1b") ? stripAnsi(text) : text)
