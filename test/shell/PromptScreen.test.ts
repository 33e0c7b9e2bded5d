import { describe, expect, it } from "vitest"
import { lateOutput } from "../../src/shell/driver/lateOutput.ts"
import { PromptScreen } from "../../src/shell/driver/PromptScreen.ts"
import { fishEditor } from "../../src/shell/integration/fishEditor.ts"
import { readline } from "../../src/shell/integration/readline.ts"
import type { LineEditor } from "../../src/shell/integration/ShellIntegration.ts"
import { zle } from "../../src/shell/integration/zle.ts"

/** What is told of pieces that are printed while the shell waits at the prompt `$ `. */
const late = (lineEditor: LineEditor, pieces: ReadonlyArray<string>): string => {
  let told = ""
  const screen = new PromptScreen({
    shell: { directory: "/", integration: { lineEditor } },
    listener: {
      output: (_: null, bytes: Uint8Array) => {
        told += Buffer.from(bytes).toString("latin1")
      },
      ready: () => {}
    },
    state: { phase: "ready" },
    end: { text: Buffer.from("$ ") }
  } as never)
  for (const piece of pieces) if (piece !== "") screen.print(Buffer.from(piece, "latin1"))
  // More than one CR makes no difference to anybody.
  return told.replace(/(?<!\r)\r+\n/g, "\r\n")
}

const NOTICE = "[1]  + done       sh -c 'x'\r\n"
const TAKES = "\x1b[K\x1b[?1h\x1b=\x1b[?2004h"
/** zsh leaves the prompt's line, says it, and draws the prompt again, which a mark divides. */
const SAID = `\r\r\n${NOTICE}\x1b[0m\x1b[27m\x1b[24m\x1b[J`

describe("what is printed at a prompt", () => {
  const cases: ReadonlyArray<readonly [name: string, lineEditor: LineEditor, printed: string, told: string]> = [
    ["zsh's word of a job", zle, `${SAID}${TAKES}`, NOTICE],
    ["the same before zsh has begun to read", zle, `${TAKES}${SAID}`, NOTICE],
    ["a job's last line, and the word of it", zle, `${TAKES}late\r\n${SAID}${TAKES}`, `late\r\n${NOTICE}`],
    ["the same without an end of the line", zle, `${TAKES}late${SAID}${TAKES}`, `late\r\n${NOTICE}`],
    ...[zle, readline, fishEditor].map(
      (lineEditor, at) =>
        [`lines in ${["zsh", "bash", "fish"][at]}`, lineEditor, "one\r\ntwo\r\n", "one\r\ntwo\r\n"] as const
    )
  ]
  for (const [name, lineEditor, printed, told] of cases) {
    it(`is told the same however it is cut: ${name}`, () => {
      // Where the kernel makes CR LF of a line's end it writes both at once.
      const cuts = Array.from({ length: printed.length + 1 }, (_, at) => at).filter(
        (at) => lineEditor.unfinished !== undefined || printed.slice(at - 1, at + 1) !== "\r\n"
      )
      for (const first of cuts) {
        for (const second of cuts.filter((at) => at >= first)) {
          const middle = printed.slice(first, second)
          // Blanks alone are what a line editor draws.
          if (/^ +$/.test(middle)) continue
          const pieces = [printed.slice(0, first), middle, printed.slice(second)]
          expect(late(lineEditor, pieces), JSON.stringify(pieces)).toBe(told)
        }
      }
    })
  }

  it("keeps looks, and what is drawn over in place", () => {
    expect(late(zle, ["\x1b[31mred\x1b[0m\r\n"])).toBe("\x1b[31mred\x1b[0m\r\n")
    expect(late(zle, ["10%\r", "20%\r", "30%\r\n"])).toBe("10%\r20%\r30%\r\n")
    expect(late(zle, ["\x1b[31", "mred"])).toBe("\x1b[31mred")
  })

  it("is not slowed down by what never ends", () => {
    const endless = `${"\r".repeat(100_000)}x`
    const before = process.cpuUsage()
    for (const lineEditor of [zle, readline, fishEditor]) expect(late(lineEditor, [endless])).toBe(endless)
    expect(lateOutput(Buffer.from(endless), Buffer.from("$ "), []).toString()).toBe("x")
    // A quadratic one takes seconds.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  })
})
