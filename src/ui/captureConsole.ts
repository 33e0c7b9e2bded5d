// biome-ignore-all lint/suspicious/noConsole: the console is what is captured here
import { format } from "node:util"

const METHODS = ["log", "info", "warn", "error", "debug"] as const
/** Lines kept; the first say most. */
const MAX_LINES = 20

/**
 * Keeps what libraries print through `console` (React does, for every error that a boundary catches) off the screen that
 * EffectTalk paints. The result puts `console` back and gives what was kept.
 */
export const captureConsole = (): (() => ReadonlyArray<string>) => {
  const lines: Array<string> = []
  const originals = METHODS.map((method) => [method, console[method]] as const)
  for (const method of METHODS) {
    console[method] = (...values: ReadonlyArray<unknown>) => {
      if (lines.length < MAX_LINES) lines.push(format(...values))
    }
  }
  return () => {
    for (const [method, original] of originals) console[method] = original
    return lines
  }
}
