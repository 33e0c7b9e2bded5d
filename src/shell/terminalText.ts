/**
 * A prompt as the shell printed it: line editors end the lines of a long one with CR CR LF and erase what is right of them;
 * `tput sgr0` chooses a character set as well.
 */
export const promptText = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes
      .toString("latin1")
      .replace(/(?<!\r)\r*\n/g, "\n")
      .replace(/\x1b\[K|\x1b\(B/g, ""),
    "latin1"
  )

/** What was typed ahead, as text for an editor: Enter is a newline, keys that are no text and control bytes are dropped. */
export const typedText = (text: string): string =>
  text
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/g, "")
    .replace(/\r\n?/g, "\n")
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "")
