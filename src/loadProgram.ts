/**
 * Loads the program with what V8 compiled of it at an earlier run (its code cache): compiling over a megabyte of
 * JavaScript would take several times as long as everything else between start and screen. Everything works without:
 * then the program is compiled, and when it leaves it keeps the cache for the next start, where it may write.
 *
 * Light on purpose: no Effect, no React.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { constants, Script } from "node:vm"
import type { start } from "./start.ts"

/** What the program's file exports. */
export interface Program {
  readonly start: typeof start
}

/** The last line of a built program: what it was built from. A build for development has none, and no cache. */
const BUILD_ID = /\n\/\/# build=(\w+)\n$/
/** Enough of the file's end to hold that line, in bytes. */
const BUILD_ID_ROOM = 128

/**
 * The first line of a cache. V8 itself refuses a cache of another version, with other flags or for a source of another
 * length; it does not look at the source's text or at the processor.
 */
const headerFor = (buildId: string): string => `${buildId} ${process.version} ${process.arch}\n`

const readCache = (file: string, header: string): Buffer | undefined => {
  try {
    const cache = readFileSync(file)
    return cache.toString("latin1", 0, header.length) === header ? cache.subarray(header.length) : undefined
  } catch {
    return undefined
  }
}

/** Writes beside the cache first: programs that start meanwhile find a whole one, or none. */
const writeCache = (file: string, header: string, script: Script): void => {
  const unfinished = `${file}.${process.pid}`
  try {
    // Only now, so that it holds the functions which this run has needed.
    writeFileSync(unfinished, Buffer.concat([Buffer.from(header, "latin1"), script.createCachedData()]))
    renameSync(unfinished, file)
  } catch {
    // Installed read-only, or the disk is full: the next start compiles again.
    rmSync(unfinished, { force: true })
  }
}

/**
 * Loads `start.cjs`.
 *
 * @param directory absolute path of dist/
 */
export const loadProgram = (directory: string): Program => {
  const file = join(directory, "start.cjs")
  const require = createRequire(file)
  // esbuild writes ASCII, which needs no decoding.
  const source = readFileSync(file, "latin1")
  const buildId = BUILD_ID.exec(source.slice(-BUILD_ID_ROOM))?.[1]
  if (buildId === undefined) return require(file)
  const header = headerFor(buildId)
  const cacheFile = join(directory, "start.cache")
  const cachedData = readCache(cacheFile, header)
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}})`, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData })
  })
  if (cachedData === undefined || script.cachedDataRejected === true) {
    process.once("exit", () => writeCache(cacheFile, header, script))
  }
  const module = { exports: {} as Program }
  script.runInThisContext()(module.exports, require, module, file, dirname(file))
  return module.exports
}
