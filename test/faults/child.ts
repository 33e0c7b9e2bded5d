import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll } from "vitest"

/** Has `writer.ts` bundled before the tests of a file; `path` is where it lies. */
export const bundledWriter = (): { readonly path: string } => {
  const writer = { path: "" }
  let directory = ""
  beforeAll(async () => {
    const entry = fileURLToPath(new URL("./writer.ts", import.meta.url))
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "esm",
      write: false
    })
    directory = mkdtempSync(join(tmpdir(), "faults-"))
    writer.path = join(directory, "writer.mjs")
    writeFileSync(writer.path, outputFiles[0]!.text)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return writer
}

/** How a writer was started: below another program (strace) when `under` is given. */
export interface WriterOptions {
  readonly path: string
  readonly dataDir: string
  readonly seed: number
  /** Number of the last event; without end when left out. */
  readonly last?: number
  readonly under?: ReadonlyArray<string>
}

/** Starts `writer.ts`. One thread does its work on files, so that a call's number means the same call each time. */
export const startWriter = ({ path, dataDir, seed, last, under = [] }: WriterOptions): ChildProcess => {
  const words = [...under, execPath, path, dataDir, String(seed), ...(last === undefined ? [] : [String(last)])]
  return spawn(words[0]!, words.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0" }
  })
}
