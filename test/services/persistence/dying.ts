import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { afterEach } from "vitest"

/** Calls that change something on disk, or wait for it. */
const { open, openSync, write, writeSync, fsync, fdatasync, linkSync, unlinkSync, renameSync } = fs
const whole = { open, openSync, write, writeSync, fsync, fdatasync, linkSync, unlinkSync, renameSync }

/** Has all calls work again. */
export const live = (): void => {
  Object.assign(fs, whole)
  syncBuiltinESMExports()
}

afterEach(live)

/** Puts other calls in the place of some. */
export const broken = (calls: Partial<typeof fs>): void => {
  Object.assign(fs, calls)
  syncBuiltinESMExports()
}

/** From the call of this number on (from 0) none works: the process is as good as dead. Gives how many were made. */
export const dieAt = (step: number): (() => number) => {
  let calls = 0
  for (const [name, call] of Object.entries(whole)) {
    const real = call as (...parameters: ReadonlyArray<unknown>) => unknown
    const dying = (...parameters: ReadonlyArray<unknown>) => {
      if (calls++ < step) return real(...parameters)
      const error = Object.assign(new Error("killed"), { code: "EIO" })
      const done = parameters.at(-1)
      if (typeof done !== "function") throw error
      setImmediate(() => done(error))
    }
    Object.assign(fs, { [name]: dying })
  }
  syncBuiltinESMExports()
  return () => calls
}

/** From here on nothing can be written: ENOSPC. Reading, removing and renaming go on. */
export const fillDisk = (): void => {
  const full = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })
  broken({
    write: ((...parameters: ReadonlyArray<unknown>) => {
      const done = parameters.at(-1) as (error: Error) => void
      setImmediate(() => done(full()))
    }) as unknown as typeof fs.write,
    writeSync: (() => {
      throw full()
    }) as unknown as typeof fs.writeSync
  })
}
