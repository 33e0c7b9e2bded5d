import { closeSync, renameSync, statSync, unlinkSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { lastSuccess } from "../backup/backupFiles.ts"
import { replaceFile } from "../persistence/atomicReplace.ts"
import { syncDirectory } from "../persistence/checkedFile.ts"
import { dataDirectory, ensureSubdirectory } from "../persistence/dataDirectory.ts"
import { errorCode, PersistenceError } from "../persistence/PersistenceError.ts"
import { ProcessLock, type ProcessTable } from "../persistence/ProcessLock.ts"
import { addCounts, type Counts } from "./Counters.ts"
import {
  COUNTS_VERSION,
  countsOf,
  METRICS_DIRECTORY,
  NO_TOTALS,
  type ProcessCounts,
  processFileNames,
  type Read,
  readProcessCounts,
  readTotals,
  TOTALS_FILE,
  type Totals
} from "./ProcessCounts.ts"

/** A process that cannot be asked about has ended when it has not written for so many of its intervals… */
const SILENT_INTERVALS = 3
/** …and for so many milliseconds. */
const MIN_SILENCE_MS = 60_000
/** A temporary file of this age was left by a killed process, in milliseconds: writing one takes no second. */
const STALE_TEMPORARY_MS = 3_600_000
/** How often a reader that another process came in the way of begins again. */
const MAX_READS = 8
/** The lock's name: whoever has it may change the totals. */
const LOCK = "totals"

/** Where counts are shared, and how their processes are told apart. */
export interface SharedCountsOptions {
  readonly dataDir: string
  readonly processes: ProcessTable
  /** Number of our pid's namespace, null where there is none. */
  readonly namespace: number | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** This process's own counts, which are newer than its file. */
export interface LiveCounts {
  /** The name of its file. */
  readonly name: string
  readonly content: ProcessCounts
}

/** What all processes together have counted. */
export interface Aggregate {
  /** Sums over every process that runs or ran. */
  readonly counts: Counts
  /** What each process that runs has said last. */
  readonly running: ReadonlyArray<ProcessCounts>
  /** Milliseconds since the process that wrote longest ago has written; 0 when none runs. */
  readonly age: number
  /** Files that should hold counts and could not be read: theirs are missing in the sums. */
  readonly unreadable: number
  /** When a backup was last found to hold everything, in milliseconds since the epoch; 0 when there is none. */
  readonly lastBackup: number
}

const hasEnded = (options: SharedCountsOptions, { content, modified }: Read<ProcessCounts>): boolean => {
  if (content.ended) return true
  const { processes, namespace, now } = options
  if (content.process.bootId === processes.self.bootId && content.namespace === namespace) {
    return !processes.isAlive(content.process)
  }
  // Another boot, machine or container: its kernel cannot be asked, but a process that runs writes.
  return now() - modified > Math.max(MIN_SILENCE_MS, SILENT_INTERVALS * content.interval)
}

interface Found {
  readonly files: ReadonlyMap<string, Read<ProcessCounts>>
  readonly unreadable: number
}

const readFiles = (directory: string, except: string | null): Found => {
  const files = new Map<string, Read<ProcessCounts>>()
  let unreadable = 0
  for (const name of processFileNames(directory)) {
    if (name === except) continue
    try {
      const read = readProcessCounts(directory, name)
      if (read !== null) files.set(name, read)
    } catch {
      unreadable++
    }
  }
  return { files, unreadable }
}

/** The totals, null when they cannot be read. */
const totalsOrNull = (directory: string): Totals | null => {
  try {
    return readTotals(directory, TOTALS_FILE)?.content ?? NO_TOTALS
  } catch {
    return null
  }
}

/**
 * Adds up what every process that shares DATA_DIR has counted. Without a lock: a reader that finds the totals changed
 * while it was reading begins again, so that nothing that is moved meanwhile is counted twice or not at all.
 *
 * Throws what the system says when the directory cannot be read.
 */
export const readAggregate = (options: SharedCountsOptions, live: LiveCounts | null): Aggregate => {
  const directory = join(options.dataDir, METRICS_DIRECTORY)
  let before = totalsOrNull(directory)
  for (let reads = 1; ; reads++) {
    const found = readFiles(directory, live?.name ?? null)
    const totals = totalsOrNull(directory)
    if (totals?.generation === before?.generation || reads === MAX_READS) return addUp(options, found, totals, live)
    before = totals
  }
}

const addUp = (
  options: SharedCountsOptions,
  { files, unreadable }: Found,
  totals: Totals | null,
  live: LiveCounts | null
): Aggregate => {
  const counts = new Map(countsOf(totals?.counts ?? {}))
  const running: Array<ProcessCounts> = []
  let age = 0
  for (const [name, read] of files) {
    if (totals?.contains.includes(name)) continue
    addCounts(counts, countsOf(read.content.counts))
    if (hasEnded(options, read)) continue
    running.push(read.content)
    age = Math.max(age, options.now() - read.modified)
  }
  if (live !== null) {
    addCounts(counts, countsOf(live.content.counts))
    running.push(live.content)
  }
  const lastBackup = Math.max(0, lastSuccess(dataDirectory(options.dataDir).backups, options.now()))
  return { counts, running, age, unreadable: unreadable + (totals === null ? 1 : 0), lastBackup }
}

/**
 * Moves the counts of processes that have ended into the totals and removes their files. The totals name the files they
 * contain until these are known to be gone, so that a crash at any step neither loses nor repeats a count.
 *
 * Gives how many files were moved; 0 also when another process is about it. Rejects when the disk says no, or a newer
 * EffectTalk has written the totals.
 */
export const foldEnded = async (options: SharedCountsOptions): Promise<number> => {
  const directory = await ensureSubdirectory(options.dataDir, METRICS_DIRECTORY)
  let lock: ProcessLock
  try {
    lock = ProcessLock.acquire(directory, LOCK, options.processes, { brief: true })
  } catch (cause) {
    if (cause instanceof PersistenceError && cause.reason === "Locked") return 0
    throw cause
  }
  try {
    return await fold(directory, options, lock)
  } finally {
    lock.release()
  }
}

const fold = async (directory: string, options: SharedCountsOptions, lock: ProcessLock): Promise<number> => {
  await sweep(directory, options.now())
  const totals = usableTotals(directory)
  const { files } = readFiles(directory, null)
  const known = new Set(totals.contains)
  const ended = [...files].filter(([name, read]) => !known.has(name) && hasEnded(options, read))
  // What is gone now stays gone: entries that a power loss could bring back must not be forgotten.
  const left = new Set(processFileNames(directory))
  const contains = totals.contains.filter((name) => left.has(name))
  if (contains.length < totals.contains.length) await syncDirectory(directory)
  if (ended.length > 0 || contains.length < totals.contains.length) {
    const counts = new Map(countsOf(totals.counts))
    for (const [, { content }] of ended) addCounts(counts, countsOf(content.counts))
    const text = JSON.stringify({
      version: COUNTS_VERSION,
      generation: totals.generation + 1,
      counts: Object.fromEntries(counts),
      contains: [...contains, ...ended.map(([name]) => name)]
    } satisfies Totals)
    const assertOwned = () => {
      if (!lock.isHeld()) throw new PersistenceError({ reason: "Locked", subject: LOCK, detail: "the lock was taken" })
    }
    closeSync(await replaceFile(directory, TOTALS_FILE, (sink) => sink.write(Buffer.from(`${text}\n`)), assertOwned))
  }
  for (const name of [...contains, ...ended.map(([name]) => name)]) unlinkSync(join(directory, name))
  return ended.length
}

/** The totals to go on from. What is damaged is set aside: it can be looked at, and counting begins again. */
const usableTotals = (directory: string): Totals => {
  try {
    return readTotals(directory, TOTALS_FILE)?.content ?? NO_TOTALS
  } catch (cause) {
    if (cause instanceof PersistenceError) throw cause
    renameSync(join(directory, TOTALS_FILE), join(directory, `${TOTALS_FILE}.damaged`))
    return NO_TOTALS
  }
}

/** Removes what killed processes left half written; they may be of any name. */
const sweep = async (directory: string, now: number): Promise<void> => {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(".tmp")) continue
    try {
      if (now - statSync(join(directory, name)).mtimeMs > STALE_TEMPORARY_MS) unlinkSync(join(directory, name))
    } catch (cause) {
      if (errorCode(cause) !== "ENOENT") throw cause
    }
  }
}
