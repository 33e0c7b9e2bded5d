// Type checks with the compiler that also knows Effect's mistakes (floating effects, leaked requirements, …): the
// TypeScript of @effect/tsgo, which is made from the very TypeScript in package-lock.json. Its `get-exe-path` command
// finds it for this platform; the module of that name in the package does not know the package's own layout (0.45.0).
import { execFileSync, spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

process.chdir(fileURLToPath(new URL("..", import.meta.url))) // where it looks for that TypeScript
const manifest = createRequire(import.meta.url).resolve("@effect/tsgo/package.json")
const cli = join(manifest, "..", createRequire(import.meta.url)(manifest).bin["effect-tsgo"])
const compiler = execFileSync(process.execPath, [cli, "get-exe-path"], { encoding: "utf8" }).trim()

const { status, error } = spawnSync(compiler, ["--noEmit", "-p", ".", ...process.argv.slice(2)], { stdio: "inherit" })
if (error !== undefined) throw error
process.exit(status ?? 1)
