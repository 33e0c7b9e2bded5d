import { once } from "node:events"
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, assert, beforeAll, describe } from "vitest"
import { archiveSession } from "../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { itWith } from "../harness/tools.ts"
import { checkLeft, namesIn } from "./checkDirectory.ts"
import { bundled, startChild } from "./child.ts"
import { CREATED, eventAt, Happenings, SESSION } from "./happenings.ts"
import { report } from "./seeded.ts"

/** Whatever changes a file, a directory or what is known to be on disk. */
const CALLS = ["pwrite64", "fsync", "fdatasync", "rename", "link", "unlink", "mkdir"]
/** One under which no session is closed and opened again by itself, as what happens here is the same each time. */
const SEED = 7
/** Writers at a time. */
const AT_ONCE = 4
/** Month in which the session of 1970 is archived. */
const ARCHIVED = join("archived", "1970-01")

const program = bundled("save.ts")

const options = (dataDir: string) => ({
  directory: dataDirectory(dataDir),
  processes: systemProcesses(),
  now: () => Date.now()
})

interface Outcome {
  readonly lines: ReadonlyArray<string>
  readonly signal: NodeJS.Signals | null
  readonly saved: number
}

const run = async (dataDir: string, words: ReadonlyArray<string>, begins: boolean): Promise<Outcome> => {
  // Without --seccomp-bpf: with it strace 6.1 sends no signal.
  const under = ["strace", "-f", "-qq", ...words]
  const child = startChild(program.path, [dataDir, String(SEED), ...(begins ? ["new"] : [])], under)
  const ended = once(child, "close")
  const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)])
  await ended
  assert.strictEqual(errors, "")
  const lines = output.split("\n").slice(0, -1)
  const saved = lines.flatMap((line) => /^saved (\d+)$/.exec(line)?.[1] ?? []).map(Number)
  return { lines, signal: child.signalCode, saved: Math.max(0, ...saved) }
}

/** Calls of one kind, as they are made where nobody is killed. */
interface Calls {
  readonly made: number
  /** Numbers of those that did something, counted from 1. */
  readonly effective: ReadonlyArray<number>
}

/** What one undisturbed run does. One thread makes all calls of a kind, as strace counts by thread. */
const countCalls = async (dataDir: string, begins: boolean): Promise<ReadonlyMap<string, Calls>> => {
  const log = join(dataDir, "..", "calls")
  const { lines, signal } = await run(dataDir, ["-o", log, "-e", `trace=${CALLS.join(",")}`], begins)
  assert.deepStrictEqual([signal, lines.at(-1)], [null, "archived"])
  const calls = new Map<string, Calls>()
  const threads = new Map<string, string>()
  for (const [, thread = "", call = "", result] of readFileSync(log, "utf8").matchAll(
    /^(\d+) +(\w+)\(.* = (-?\d+)/gm
  )) {
    assert.strictEqual(threads.get(call) ?? thread, thread, call)
    threads.set(call, thread)
    const { made, effective } = calls.get(call) ?? { made: 0, effective: [] }
    calls.set(call, { made: made + 1, effective: Number(result) < 0 ? effective : [...effective, made + 1] })
  }
  return calls
}

/** Holds what a kill has left to what was promised, then opens it, goes on and archives it as the next process would. */
const check = async (dataDir: string, { saved }: Outcome, happenings: Happenings, where: string) => {
  const isArchived = namesIn(join(dataDir, ARCHIVED)).includes(`${SESSION}.json`)
  if (isArchived) checkLeft(dataDir, happenings, saved, where, ARCHIVED)
  const isActive = namesIn(join(dataDir, "active")).some((name) => /^s1\.(json|journal)$/.test(name))
  if (!isArchived) checkLeft(dataDir, happenings, saved, where)
  if (!isActive) return
  const file = await SessionFile.open(SESSION, options(dataDir))
  const { failure, appended } = await file.close()
  assert.isNull(failure, where)
  assert.isAtLeast(appended, saved, where)
  checkLeft(dataDir, happenings, appended, `${where}, opened`)
  await archiveSession(SESSION, options(dataDir))
  checkLeft(dataDir, happenings, appended, `${where}, archived`, ARCHIVED)
  assert.deepStrictEqual(namesIn(join(dataDir, "active")), [], where)
}

let root = ""
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "faults-"))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Kills at every call, each time from a copy of `before`. Gives the number of kills. */
const killEverywhere = async (name: string, before: string, happenings: Happenings, begins: boolean) => {
  const copy = (to: string): string => {
    const dataDir = join(root, name, to, "data")
    cpSync(before, dataDir, { recursive: true })
    return dataDir
  }
  const calls = await countCalls(copy("count"), begins)
  const kills = [...calls].flatMap(([call, { made, effective }]) =>
    // One more than there are: nobody may be killed by it, or the calls were not those that were counted.
    [...effective, made + 1].map((number) => ({ call, number, made }))
  )
  let hit = 0
  const killer = async () => {
    for (let kill = kills.shift(); kill !== undefined; kill = kills.shift()) {
      const { call, number, made } = kill
      const where = `${name}, ${call} ${number} of ${made}`
      const dataDir = copy(`${call}-${number}`)
      const inject = `inject=${call}:signal=KILL:when=${number}`
      const outcome = await run(dataDir, ["-o", "/dev/null", "-e", `trace=${call}`, "-e", inject], begins)
      assert.strictEqual(outcome.signal, number > made ? null : "SIGKILL", where)
      if (outcome.signal !== null) hit++
      await check(dataDir, outcome, happenings, where)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, killer))
  const counts = [...calls].map(([call, { effective }]) => [call, effective.length] as const)
  assert.strictEqual(
    hit,
    counts.reduce((sum, [, count]) => sum + count, 0)
  )
  report(`kill at every call, ${name}: ${hit} kills: ${counts.map(([call, count]) => `${count} ${call}`).join(", ")}`)
  return new Map(counts)
}

describe("a process killed at a system call", () => {
  itWith(
    ["strace"],
    "loses nothing it called saved, at every write, sync, rename, link and unlink of a session's first saves",
    async () => {
      const before = mkdtempSync(join(root, "before-"))
      const happenings = new Happenings(SEED)
      happenings.resumeAfter(10)
      const counts = await killEverywhere("new", before, happenings, true)
      for (const call of CALLS) assert.isAbove(counts.get(call) ?? 0, 0, call)
    },
    120_000
  )

  itWith(
    ["strace"],
    "the same while a torn tail is put aside and the session is archived with it",
    async () => {
      const before = mkdtempSync(join(root, "before-"))
      const happenings = new Happenings(SEED)
      happenings.resumeAfter(8)
      const file = SessionFile.create(CREATED, options(before))
      while (file.status.appended < 8) file.append(eventAt(SEED, file.status.appended + 1, file.session))
      await file.flush()
      const journal = join(before, "active", `${SESSION}.journal`)
      const whole = readFileSync(journal)
      await file.close()
      rmSync(join(before, "active", `${SESSION}.json`))
      writeFileSync(journal, whole, { mode: 0o600 })
      appendFileSync(journal, whole.subarray(-50, -1))
      await killEverywhere("torn", before, happenings, false)
    },
    120_000
  )
})
