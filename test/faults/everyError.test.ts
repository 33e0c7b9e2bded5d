import fs, { existsSync, mkdtempSync, rmSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { archiveSession } from "../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { SessionFile, type SessionFileOptions } from "../../src/services/persistence/SessionFile.ts"
import { checkLeft, namesIn } from "./checkDirectory.ts"
import { CREATED, eventAt, Happenings, SESSION } from "./happenings.ts"
import { report } from "./seeded.ts"

/** One under which no session is closed and opened again by itself. */
const SEED = 7
const ERRORS = ["EIO", "ENOSPC", "EMFILE", "EACCES", "EROFS"]
/** Failures in a row: the first attempt's, and those of what follows it. */
const RUNS = [1, 4]

/** Calls that a disk may fail, or the process's limits. */
const { open, openSync, mkdirSync, write, writeSync, fsync, fdatasync, linkSync, unlinkSync, renameSync, readSync } = fs
const calls = {
  open,
  openSync,
  mkdirSync,
  write,
  writeSync,
  fsync,
  fdatasync,
  linkSync,
  unlinkSync,
  renameSync,
  readSync
}

afterEach(() => {
  Object.assign(fs, calls)
  syncBuiltinESMExports()
})

/** Lets the calls `first` to `first + length - 1` below `root` fail; gives how many were made. */
const failAt = (first: number, length: number, code: string): (() => number) => {
  let made = 0
  for (const [name, call] of Object.entries(calls)) {
    const real = call as (...parameters: ReadonlyArray<unknown>) => unknown
    const failing = (...parameters: ReadonlyArray<unknown>) => {
      made++
      if (made < first || made >= first + length) return real(...parameters)
      const error = Object.assign(new Error(`${code}: ${name}`), { code })
      const done = parameters.at(-1)
      if (typeof done !== "function") throw error
      setImmediate(() => done(error))
    }
    Object.assign(fs, { [name]: failing })
  }
  syncBuiltinESMExports()
  return () => made
}

const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

const optionsFor = (dataDir: string, pid: number): SessionFileOptions => ({
  directory: dataDirectory(dataDir),
  processes: {
    self: { pid, startTime: 1, bootId: "b" },
    isAlive: (process) => process.pid === pid
  },
  now: () => 0
})

/** Appends and flushes; while saving fails that is said, and what was saved before is there. */
const happen = async (
  file: SessionFile,
  count: number,
  check: (saved: number) => void,
  where: string
): Promise<number> => {
  for (let index = 0; index < count; index++) file.append(eventAt(SEED, file.status.appended + 1, file.session))
  let failures = 0
  for (let status = await file.flush(); status.durable < status.appended; status = await file.flush()) {
    assert.match(status.failure ?? "", /^not saved: /)
    check(status.durable)
    assert.isBelow(++failures, 20, `${where}: saving does not resume: ${status.failure}`)
  }
  assert.isNull(file.status.failure)
  return failures
}

/** Tries again what the disk has refused, as whoever asks for it does. */
const again = async <A>(body: () => Promise<A>): Promise<A> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await body()
    } catch (cause) {
      if (attempt === 10) throw cause
    }
  }
}

describe("a call that fails while a session is saved", () => {
  it.each(RUNS)(
    "costs nothing that was called saved, and saving goes on by itself, at every call, %i at a time",
    async (length) => {
      let told = 0
      let total = Number.POSITIVE_INFINITY
      for (let first = 1; first <= total; first += length) {
        const code = ERRORS[first % ERRORS.length]!
        const where = `${code} at call ${first}`
        const dataDir = join(mkdtempSync(join(place, "errors-")), "data")
        const happenings = new Happenings(SEED)
        const made = failAt(first, length, code)
        const live = (saved: number) => {
          // Looking must not fail itself: only the session's own calls do.
          const now = { ...fs }
          Object.assign(fs, calls)
          syncBuiltinESMExports()
          checkLeft(dataDir, happenings, saved, where)
          Object.assign(fs, Object.fromEntries(Object.keys(calls).map((name) => [name, now[name as "open"]])))
          syncBuiltinESMExports()
        }
        const file = SessionFile.create(CREATED, optionsFor(dataDir, 1))
        told += await happen(file, 5, live, where)
        await file.compact()
        told += await happen(file, 3, live, where)
        await file.compact()
        told += await happen(file, 2, live, where)
        const { appended } = await file.close()
        live(appended)
        happenings.resumeAfter(appended)
        const opened = await again(() => SessionFile.open(SESSION, optionsFor(dataDir, 2)))
        assert.deepStrictEqual(opened.notes, [], where)
        opened.append({ _tag: "SessionResumed", at: 1000 + opened.status.appended + 1 })
        told += await happen(opened, 1, live, where)
        const last = opened.status.appended
        await opened.close()
        await again(() => archiveSession(SESSION, optionsFor(dataDir, 3)))
        total = made()
        Object.assign(fs, calls)
        syncBuiltinESMExports()
        const names = namesIn(join(dataDir, "archived", "1970-01"))
        assert.deepStrictEqual(names, [`${SESSION}.json`], where)
        checkLeft(dataDir, happenings, last, where, join("archived", "1970-01"))
        rmSync(join(dataDir, ".."), { recursive: true })
      }
      report(`errors: each of ${total} calls failed, ${length} at a time; "not saved" was said ${told} times`)
      assert.isAbove(told, 0)
    },
    120_000
  )
})
