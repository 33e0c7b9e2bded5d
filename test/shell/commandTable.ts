import { expect, it } from "vitest"
import { PLAIN_RC, type ShellName, TestShell } from "./TestShell.ts"

/** What a command is expected to do; left out means it is not looked at. */
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
}

/** Output with LF for line ends. */
export const lines = (text: string): string => text.replaceAll("\r\n", "\n")

/** Makes tests that run a table in one shell: what a line leaves behind must not disturb the next. */
export const tableIn =
  (name: ShellName) =>
  (title: string, cases: ReadonlyArray<Case>, rc: string = PLAIN_RC[name]): void =>
    it(title, async () => {
      await using shell = await TestShell.start({ shell: name, rc })
      for (const { run, status = 0, output = "", text = run, notice = "", signal, keys = [] } of cases) {
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
      }
      // Nothing of the line editor's drawing was taken for output.
      expect(shell.loose).toBe("")
    })
