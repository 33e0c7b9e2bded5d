/**
 * The inside of xterm.js as far as it is used here, and what is set right in it. test/terminal/Emulator.test.ts holds each
 * part to what is expected of it.
 */

import type { Terminal } from "@xterm/headless"
import { charWidth } from "./cells.ts"
import type { Attributes } from "./emulatorCells.ts"

interface Line {
  readonly isWrapped: boolean
  /** Cells up to the last one that was written or has a background. */
  getNoBgTrimmedLength(): number
}

type Repeated = (parameters: { readonly params: ReadonlyArray<number> }) => boolean
/** Prints the code points from index `from` (inclusive) to `to` (exclusive). */
type Print = (codePoints: Uint32Array, from: number, to: number) => void

/** What the public interface does not offer. */
export interface Core {
  writeSync(data: string): void
  readonly buffer: {
    readonly x: number
    readonly y: number
    readonly ybase: number
    readonly scrollTop: number
    readonly scrollBottom: number
    readonly lines: { get(row: number): Line | undefined }
  }
  readonly buffers: {
    readonly normal: {
      readonly lines: { onTrim(listener: (rows: number) => void): unknown }
      addMarker(row: number): { readonly line: number; dispose(): void }
    }
    readonly alt: { readonly lines: { readonly length: number; maxLength: number } }
  }
  readonly _inputHandler: {
    getAttrData(): Attributes
    readonly _parser: { readonly currentState: number }
    print: Print
  } & Readonly<Record<RepeatedMethod, Repeated>>
  readonly _charsetService: { readonly charset: unknown; readonly glevel: number }
  readonly _oscLinkService: { getLinkData(id: number): { readonly uri: string } | undefined }
}

/** Sequences that the emulator repeats as often as they say, up to 2^31 times; each by its final byte and method. */
const REPEATED = {
  S: "scrollUp",
  T: "scrollDown",
  L: "insertLines",
  M: "deleteLines",
  I: "cursorForwardTab",
  Z: "cursorBackwardTab",
  b: "repeatPrecedingCharacter"
} as const

type RepeatedMethod = (typeof REPEATED)[keyof typeof REPEATED]

/** The inside of a terminal. */
export const coreOf = (terminal: Terminal): Core => (terminal as unknown as { readonly _core: Core })._core

/** Bounds how often a sequence is repeated by what it can do to the screen. */
export const limitRepeats = (terminal: Terminal, core: Core): void => {
  for (const [final, method] of Object.entries(REPEATED)) {
    terminal.parser.registerCsiHandler({ final }, (parameters) => {
      const { cols, rows } = terminal
      const limit = final === "b" ? rows * cols : Math.max(rows, cols)
      if (typeof parameters[0] !== "number" || parameters[0] <= limit) return false
      // T with several parameters is mouse highlighting, which the emulator does not know.
      if (parameters.length > 1) return false
      return core._inputHandler[method].call(core._inputHandler, { params: [limit] })
    })
  }
}

/** What has no width takes no cell: at the start of a row, where it has nothing to join, xterm.js gives it one. */
export const dropLoneMarks = (core: Core): void => {
  const handler = core._inputHandler
  const print = handler.print
  handler.print = (codePoints, from, to) => {
    let start = from
    if (core.buffer.x === 0) while (start < to && charWidth(codePoints[start]!) === 0) start++
    print.call(handler, codePoints, start, to)
  }
}
