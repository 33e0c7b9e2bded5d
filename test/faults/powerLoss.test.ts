import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { archiveSession } from "../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import type { ProcessTable } from "../../src/services/persistence/ProcessLock.ts"
import { SessionFile, type SessionFileOptions } from "../../src/services/persistence/SessionFile.ts"
import { checkLeft, namesIn } from "./checkDirectory.ts"
import { Disk, type Operation, type Tree, writeTree } from "./Disk.ts"
import { CREATED, eventAt, Happenings, SESSION } from "./happenings.ts"
import { type Recording, recordCalls } from "./recordCalls.ts"
import { report, seeded, suiteKills, suiteSeed } from "./seeded.ts"

/** One under which no session is closed and opened again by itself. */
const SEED = 7
/** Events before and after the first close. */
const FIRST = 10
/** In CI this many moments are chosen at which a process is killed before the power fails; in a full run all of them. */
const KILLS_IN_CI = 4
const ARCHIVED = join("archived", "1970-01")

let recording: Recording | null = null
const roots: Array<string> = []

afterEach(() => {
  recording?.stop()
  recording = null
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()
const newRoot = (): string => {
  const root = mkdtempSync(join(place, "power-"))
  roots.push(root)
  return root
}

/** Each start of the machine has an id: locks of an earlier one bind nobody. */
const machine = (boot: string, pid: number): ProcessTable => ({
  self: { pid, startTime: 1, bootId: boot },
  isAlive: (process) => process.bootId === boot && process.pid === pid
})

const optionsFor = (root: string, table: ProcessTable): SessionFileOptions => ({
  directory: dataDirectory(join(root, "data")),
  processes: table,
  now: () => 0
})

const happen = async (file: SessionFile, count: number): Promise<void> => {
  for (let index = 0; index < count; index++) file.append(eventAt(SEED, file.status.appended + 1, file.session))
  await file.flush()
}

const follow = (file: SessionFile, recorded: Recording): SessionFile => {
  file.subscribe(({ durable, failure }) => {
    assert.isNull(failure)
    recorded.note({ op: "saved", sequence: durable })
  })
  return file
}

/** A session's first process: it is begun, written, compacted, written again and closed. */
const begin = async (root: string, recorded: Recording): Promise<void> => {
  const file = follow(SessionFile.create(CREATED, optionsFor(root, machine("first", 1))), recorded)
  await happen(file, 5)
  await file.compact()
  await happen(file, 3)
  await happen(file, FIRST - 9)
  await file.close()
}

/** The next process: the session is opened, mended where it has to be, resumed, closed and archived. */
const goOn =
  (pid: number) =>
  async (root: string, recorded: Recording): Promise<void> => {
    const options = optionsFor(root, machine("first", pid))
    const file = follow(await SessionFile.open(SESSION, options), recorded)
    file.append({ _tag: "SessionResumed", at: 1000 + file.status.appended + 1 })
    await happen(file, 1)
    await file.close()
    await archiveSession(SESSION, options)
  }

const record = async (
  root: string,
  work: (root: string, recorded: Recording) => Promise<void>,
  before: ReadonlyArray<Operation> = [],
  ignore?: (operation: Operation, path: string) => boolean
): Promise<ReadonlyArray<Operation>> => {
  recording = recordCalls(root, before, ignore)
  await work(root, recording)
  recording.stop()
  return recording.operations
}

/** True when the session has files of its own in a directory. */
const isIn = (directory: string): boolean => namesIn(directory).some((name) => /^s1\.(json|journal)$/.test(name))

/** Looks at what a power loss has left as the next start of EffectTalk would: first only reading, then mending. */
const check = async (tree: Tree, saved: number, happenings: Happenings, where: string): Promise<void> => {
  const root = mkdtempSync(join(place, "power-"))
  try {
    writeTree(tree, root)
    const dataDir = join(root, "data")
    // Killed between the two names of a move, a session goes on in `active/`, and its next archiving leaves a second copy.
    const copies = namesIn(join(dataDir, ARCHIVED)).flatMap((name) => /^(.*)\.json$/.exec(name)?.[1] ?? [])
    const isActive = isIn(join(dataDir, "active"))
    for (const copy of copies) {
      const isLast = !isActive && copy === (copies.includes(`${SESSION}.2`) ? `${SESSION}.2` : SESSION)
      checkLeft(dataDir, happenings, isLast ? saved : 0, where, ARCHIVED, copy)
    }
    if (copies.length > 0 && !isActive) return
    if (checkLeft(dataDir, happenings, saved, where) === 0) return
    const file = await SessionFile.open(SESSION, optionsFor(root, machine("second", 1)))
    const { failure, appended } = await file.close()
    assert.isNull(failure, where)
    assert.deepStrictEqual(namesIn(join(dataDir, "quarantine")), [], where)
    assert.isAtLeast(appended, saved, where)
    checkLeft(dataDir, happenings, appended, `${where}, opened`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Lets the power fail after each operation from number `from` on, in every way. Gives how many ways there were. */
const failEverywhere = async (
  operations: ReadonlyArray<Operation>,
  from: number,
  happenings: Happenings,
  name: string
): Promise<number> => {
  const disk = new Disk(operations.slice(0, from))
  const checked = new Set<string>()
  for (let index = from; index <= operations.length; index++) {
    for (const [digest, tree] of disk.afterPowerLoss()) {
      const key = `${disk.saved} ${digest}`
      if (checked.has(key)) continue
      checked.add(key)
      const last = JSON.stringify(operations[index - 1], (key, value) => (key === "bytes" ? undefined : value))
      await check(tree, disk.saved, happenings, `${name}, power lost after operation ${index}: ${last}`)
    }
    const next = operations[index]
    if (next !== undefined) disk.apply(next)
  }
  return checked.size
}

const resumed = (after: number): Happenings => {
  const happenings = new Happenings(SEED)
  happenings.resumeAfter(after)
  return happenings
}

describe("a power loss", () => {
  it("takes nothing that was called saved, after each call of a session's first saves and of its archiving", async () => {
    const root = newRoot()
    const first = await record(root, begin)
    const operations = [...first, ...(await record(root, goOn(2), first))]
    const ways = await failEverywhere(operations, 0, resumed(FIRST), "one after the other")
    report(`power loss: ${operations.length} operations, ${ways} states of the disk, nothing missing in any`)
    assert.isAbove(ways, operations.length)
  }, 120_000)

  it("takes nothing either when it comes after a kill -9, while the next process goes on", async () => {
    const begun = newRoot()
    const opened = await record(begun, begin)
    const first = [...opened, ...(await record(begun, goOn(2), opened))]
    const seed = suiteSeed()
    const next = seeded(seed)
    const moments =
      suiteKills() > 40
        ? first.map((_, index) => index + 1)
        : Array.from({ length: KILLS_IN_CI }, () => 1 + next(first.length))
    let ways = 0
    for (const moment of moments) {
      const before = first.slice(0, moment)
      const root = newRoot()
      const disk = new Disk(before)
      writeTree(disk.now(), root)
      const where = `seed ${seed}, killed after operation ${moment}`
      if (!isIn(join(root, "data/active"))) continue
      const left = checkLeft(join(root, "data"), resumed(FIRST), 0, where)
      const happenings = resumed(FIRST)
      happenings.resumeAfter(left)
      const after = await record(root, goOn(3), before)
      ways += await failEverywhere([...before, ...after], moment, happenings, where)
    }
    report(`power loss after kill -9: seed ${seed}, ${moments.length} kills, ${ways} states of the disk`)
  }, 900_000)

  it.each<[string, (operation: Operation, path: string) => boolean]>([
    ["directories", ({ op }, path) => op === "sync" && !path.endsWith(".tmp")],
    ["new files", ({ op }, path) => op === "sync" && path.endsWith(".tmp")],
    ["what is appended to a journal", (operation) => operation.op === "sync" && operation.call === "fdatasync"]
  ])(
    "would be noticed here if %s were not synced",
    async (_, ignore) => {
      const operations = await record(newRoot(), begin, [], ignore)
      const failure = await failEverywhere(operations, 0, resumed(FIRST), "careless").catch((cause) => cause)
      assert.instanceOf(failure, Error)
    },
    120_000
  )
})
