/**
 * The clipboard by OSC 52 (xterm's ctlseqs, "Manipulate Selection Data"): what EffectTalk writes to the outer terminal, and
 * what programs want written.
 */

/** Longest text sent to the clipboard, in bytes of UTF-8: terminals drop longer OSC 52 sequences (xterm's limit is 75 KB
 * of base64; tmux and others take less than 1 MB). */
export const MAX_CLIPBOARD_BYTES = 55_000
/** Longest OSC 52 that is read, in characters: the longest text in base64 and a few targets before it. */
export const MAX_COPY_CHARACTERS = Math.ceil(MAX_CLIPBOARD_BYTES / 3) * 4 + 16

/** The clipboard, X11's primary selection, which a middle click pastes, or the same text for both. */
export type ClipboardTarget = "clipboard" | "primary" | "both"

/** Text that a program wants on the clipboard; null for text that is longer than terminals take. */
export interface CopyRequest {
  readonly target: ClipboardTarget
  readonly text: string | null
}

/** OSC 52's letters; a sequence for each, as not every terminal reads more than the first. */
const LETTERS: Readonly<Record<ClipboardTarget, ReadonlyArray<string>>> = {
  clipboard: ["c"],
  primary: ["p"],
  both: ["p", "c"]
}

/** The bytes that put text on the clipboard of the terminal that reads them (OSC 52); null when the text is too long. */
export const clipboardSequence = (text: string, target: ClipboardTarget = "clipboard"): string | null => {
  const bytes = Buffer.from(text, "utf8")
  if (bytes.length > MAX_CLIPBOARD_BYTES) return null
  return LETTERS[target].map((letter) => `\x1b]52;${letter};${bytes.toString("base64")}\x07`).join("")
}

/** Bytes of a sequence that GNU screen passes on at once: it drops a string of more than 768 (its MAXSTR). */
const SCREEN_STRING_BYTES = 240

/** A sequence for the terminal that GNU screen is shown on: in DCS strings, which screen passes on without looking. */
export const throughScreen = (sequence: string): string => {
  let out = ""
  for (let at = 0; at < sequence.length; at += SCREEN_STRING_BYTES)
    out += `\x1bP${sequence.slice(at, at + SCREEN_STRING_BYTES)}\x1b\\`
  return out
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decoded = (base64: string): string | null => {
  try {
    return utf8.decode(Buffer.from(base64, "base64"))
  } catch {
    return null
  }
}

const targetOf = (clipboard: boolean, primary: boolean): ClipboardTarget | null =>
  clipboard ? (primary ? "both" : "clipboard") : primary ? "primary" : null

/**
 * What a program wants that has asked twice: the newer text. The same text for the other target, as editors send it one
 * after the other that keep both, is for both.
 */
export const newerRequest = <R extends CopyRequest>(before: CopyRequest | null, next: R): R =>
  before !== null && before.text === next.text && before.target !== next.target ? { ...next, target: "both" } : next

/**
 * What an OSC 52 asks for, by its text after the number: targets, `;`, base64. Null for a question (`?`), for what is no
 * base64 of UTF-8, and for no text, which would empty the clipboard: those are dropped.
 */
export const readCopyRequest = (payload: string): CopyRequest | null => {
  const at = payload.indexOf(";")
  if (at === -1 || at > 16) return null
  const targets = payload.slice(0, at)
  // Nothing said is `s0`, the terminal's own choice; the numbered cut buffers are nobody's clipboard.
  const target = targetOf(targets === "" || /[cs]/.test(targets), targets.includes("p"))
  if (target === null) return null
  // Too long already: the rest was not kept.
  if (payload.length > MAX_COPY_CHARACTERS)
    return /^[A-Za-z0-9+/]{64}/.test(payload.slice(at + 1, at + 65)) ? { target, text: null } : null
  const base64 = payload.slice(at + 1)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.replace(/=+$/, "").length % 4 === 1) return null
  const text = decoded(base64)
  if (text === null) return null
  return { target, text: Buffer.byteLength(text) > MAX_CLIPBOARD_BYTES ? null : text }
}
