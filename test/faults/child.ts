import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll } from "vitest"

/** Has a program of this directory bundled before the tests of a file; `path` is where it lies. */
export const bundled = (name: string): { readonly path: string } => {
  const program = { path: "" }
  let directory = ""
  beforeAll(async () => {
    const entry = fileURLToPath(new URL(name, import.meta.url))
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "esm",
      write: false
    })
    directory = mkdtempSync(join(tmpdir(), "faults-"))
    program.path = join(directory, "program.mjs")
    writeFileSync(program.path, outputFiles[0]!.text)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return program
}

/**
 * Starts such a program, below another one (strace) when `under` is given. One thread does its work on files, so that a
 * call's number means the same call each time.
 */
export const startChild = (
  path: string,
  args: ReadonlyArray<string>,
  under: ReadonlyArray<string> = []
): ChildProcess => {
  const words = [...under, execPath, path, ...args]
  return spawn(words[0]!, words.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0" }
  })
}
