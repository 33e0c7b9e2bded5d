import { expect, it } from "vitest"
import type { TestShell } from "./TestShell.ts"

/** What a command is expected to do; left out means it is not looked at, unless a default is named. */
export interface Case {
  readonly run: string
  /** Default 0; "incomplete" when the shell must ask for more. */
  readonly status?: number | "incomplete"
  /** Exact output with \n for line ends; default "". */
  readonly output?: string | RegExp
  /** The text that ran, when it is not what was typed. */
  readonly text?: string
  /** Default "". */
  readonly notice?: string | RegExp
  readonly signal?: string
  /** Keys to type once something is seen ("": once it has started). */
  readonly keys?: ReadonlyArray<readonly [seen: string, keys: string]>
  /** The prompt afterwards. */
  readonly prompt?: string
}

/** Output with LF for line ends. */
export const lines = (text: string): string => text.replaceAll("\r\n", "\n")

/** Makes tests that run a table in one shell: what a line leaves behind must not disturb the next. */
export const tableIn =
  (start: () => Promise<TestShell>) =>
  (title: string, cases: ReadonlyArray<Case>): void =>
    it(title, async () => {
      await using shell = await start()
      for (const { run, status = 0, output = "", text = run, notice = "", signal, keys = [], prompt } of cases) {
        const result = await shell.run(run, ...keys)
        const seen = `${JSON.stringify(run.slice(0, 200))} gave ${JSON.stringify(result)}`
        expect(result.incomplete, seen).toBe(status === "incomplete")
        if (status === "incomplete") {
          expect(result.text, seen).toBeNull()
          continue
        }
        expect(result.status, seen).toBe(status)
        if (typeof output === "string") expect(lines(result.output), seen).toBe(output)
        else expect(lines(result.output), seen).toMatch(output)
        if (typeof notice === "string") expect(lines(result.notice), seen).toBe(notice)
        else expect(lines(result.notice), seen).toMatch(notice)
        expect(result.text, seen).toBe(text)
        if (signal !== undefined) expect(result.end?.signal, seen).toBe(signal)
        if (prompt !== undefined) expect(shell.promptText, seen).toBe(prompt)
      }
      // Nothing of the line editor's drawing was taken for output, and the shell was driven to the end.
      expect(shell.loose).toBe("")
      expect(shell.bare).toBeNull()
    })
