import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestShell, type TestShellOptions } from "../TestShell.ts"
import { CASES, ENDINGS } from "./cases.ts"
import { PLAIN_CASES } from "./plainCases.ts"
import { missing, PLAIN, SETUPS, type Setup } from "./setups.ts"
import { WORDS } from "./words.ts"

const start = ({ shell, rc }: Setup): Promise<TestShell> => TestShell.start({ shell, rc })

/**
 * Every case in every setup of one shell, and what needs no more in the plain one: one table, so that what is promised for one
 * shell holds for all. A file for each shell, so that they run side by side.
 */
export const testTable = (name: Setup["shell"]): void => {
  for (const setup of SETUPS.filter(({ shell }) => shell === name)) {
    const absent = missing(setup)
    const title = `${setup.shell}, ${setup.name}`
    if (absent.length > 0) {
      describe(title, () => it.skip(`(needs ${absent.join(", ")})`, () => {}))
      continue
    }
    describe(title, () => {
      let shell: TestShell
      beforeAll(async () => {
        shell = await start(setup)
      })
      afterAll(async () => {
        await shell[Symbol.asyncDispose]()
      })
      const words = WORDS[setup.shell]
      for (const { name, run } of CASES) {
        it(name, async () => {
          shell.loose = ""
          await run(shell, words)
          // Nothing of the line editor's drawing was taken for output.
          expect(shell.loose).toBe("")
        })
      }
      for (const { name, run } of ENDINGS) {
        it(`ends by ${name}`, async () => {
          await using own = await start(setup)
          await run(own, words)
        })
      }
      if (setup.name !== PLAIN) return
      const startPlain = ({ rc = "", ...options }: TestShellOptions = {}) =>
        TestShell.start({ shell: setup.shell, rc: setup.rc + rc, ...options })
      for (const { name, run, limit } of PLAIN_CASES) it(name, () => run(startPlain, words), limit)
    })
  }
}
