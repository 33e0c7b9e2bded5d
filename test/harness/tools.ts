import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { it } from "vitest"

/** The path of a program on PATH, or undefined. */
export const which = (tool: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((directory) => join(directory, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** A test that needs programs from the distribution. Without one it is skipped by name, and .ci/run fails for it. */
export const itWith = (
  tools: ReadonlyArray<string>,
  name: string,
  test: () => Promise<void>,
  timeout?: number
): void => {
  const missing = tools.filter((tool) => which(tool) === undefined)
  if (missing.length === 0) it(name, test, timeout)
  else it.skip(`${name} (needs ${missing.join(", ")})`, test)
}
