/** Longest text sent to the clipboard, in bytes of UTF-8: terminals drop longer OSC 52 sequences (xterm's limit is 75 KB
 * of base64; tmux and others take less than 1 MB). */
export const MAX_CLIPBOARD_BYTES = 55_000

/** The bytes that put text on the clipboard of the terminal that reads them (OSC 52); null when the text is too long. */
export const clipboardSequence = (text: string): string | null => {
  const bytes = Buffer.from(text, "utf8")
  return bytes.length > MAX_CLIPBOARD_BYTES ? null : `\x1b]52;c;${bytes.toString("base64")}\x07`
}
