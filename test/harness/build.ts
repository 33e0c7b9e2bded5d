import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const OUTPUT = join(ROOT, "dist/start.cjs")
/** Taken by the worker that builds, so that the others do not start one beside it. */
const LOCK = join(ROOT, "node_modules/.effecttalk-build")
/** A lock older than this was left by a killed worker, ms. A build takes well under a second. */
const STALE_LOCK_MS = 30_000
const LOCK_POLL_MS = 20

const newest = (path: string): number => {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

const outdated = (): boolean => {
  const built = statSync(OUTPUT, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return built < Math.max(...["src", "bin", "package.json"].map((p) => newest(join(ROOT, p))))
}

const takeLock = (): boolean => {
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > STALE_LOCK_MS) rmSync(LOCK, { recursive: true, force: true })
    return false
  }
}

let built: Promise<void> | undefined

/** Builds dist/ when a source is newer. Asked by the first end-to-end test of each file, so unit tests never wait. */
export const ensureBuilt = (): Promise<void> => {
  built ??= build()
  return built
}

const build = async (): Promise<void> => {
  while (outdated()) {
    if (!takeLock()) {
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
      continue
    }
    try {
      const run = spawnSync(process.execPath, [join(ROOT, "bin/build.js")], { cwd: ROOT, encoding: "utf8" })
      if (run.status !== 0) throw new Error(`the build failed\n${run.stderr}`)
      return
    } finally {
      rmSync(LOCK, { recursive: true, force: true })
    }
  }
}
