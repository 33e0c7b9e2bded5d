// Builds dist/: minified scripts, node-pty outside, and their code cache. `--if-missing` does nothing when dist/ is there.
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const ifMissing = process.argv.includes("--if-missing")

if (!(ifMissing && existsSync(`${root}dist/start.cjs`))) {
  const { build } = await import("esbuild").catch(() => {
    console.error("effecttalk: its dependencies are not installed: run `npm ci` here first")
    process.exit(1)
  })
  const { buildOptions } = await import("./build-options.js")
  await build(buildOptions(root)).catch(() => process.exit(1)) // esbuild has said what is wrong
  const { makeCodeCache } = await import("./code-cache.js")
  if (!(await makeCodeCache(root)))
    console.error("effecttalk: built without a code cache: the first start will be slower")
}
