import fs, {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, assert, describe, it } from "vitest"
import type { ProcessIdentity, ProcessTable } from "../../src/services/persistence/ProcessLock.ts"
import { Counters, type Counts } from "../../src/services/telemetry/Counters.ts"
import { type Gauges, processFileNames, type Totals } from "../../src/services/telemetry/ProcessCounts.ts"
import { foldEnded, readAggregate, type SharedCountsOptions } from "../../src/services/telemetry/SharedCounts.ts"
import { StateFile } from "../../src/services/telemetry/StateFile.ts"
import { temporaryDirectory } from "./persistence/sessions.ts"

const NOTHING: Gauges = {
  activeSessions: 0,
  runningBlocks: 0,
  queuedBlocks: 0,
  processSlotsUsed: 0,
  processSlotsMax: 0,
  poolUsed: 0,
  poolMax: 0,
  heapBytes: 0,
  residentBytes: 0
}
const NAMESPACE = 1
const INTERVAL = 60_000

/** A machine whose processes live and die as the test says. */
class Machine {
  readonly dataDir = temporaryDirectory()
  readonly directory = join(this.dataDir, "metrics")
  readonly alive = new Set<number>()
  now = Date.now()
  #pid = 0

  table(pid: number, bootId = "boot"): ProcessTable {
    return {
      self: { pid, startTime: 1, bootId },
      isAlive: (process: ProcessIdentity) => process.bootId === "boot" && this.alive.has(process.pid)
    }
  }

  options(pid: number): SharedCountsOptions {
    return { dataDir: this.dataDir, processes: this.table(pid), namespace: NAMESPACE, now: () => this.now }
  }

  start(bootId?: string): SimulatedProcess {
    const pid = ++this.#pid
    this.alive.add(pid)
    return new SimulatedProcess(this, pid, this.table(pid, bootId))
  }

  /** Runs as a process of its own that ends, or is killed, afterwards. */
  async as<A>(body: (options: SharedCountsOptions) => Promise<A>): Promise<A> {
    const pid = ++this.#pid
    this.alive.add(pid)
    try {
      return await body(this.options(pid))
    } finally {
      this.alive.delete(pid)
    }
  }

  fold = (): Promise<number> => this.as(foldEnded)

  sums = (): ReturnType<typeof readAggregate> => readAggregate(this.options(0), null)

  sum(key: string): number {
    return this.sums().counts.get(key) ?? 0
  }

  totals(): Totals {
    return JSON.parse(readFileSync(join(this.directory, "totals.json"), "utf8"))
  }
}

class SimulatedProcess {
  readonly counters = new Counters()
  readonly file: StateFile
  readonly pid: number
  readonly #machine: Machine
  /** What its file says. */
  written: Counts = new Map()

  constructor(machine: Machine, pid: number, processes: ProcessTable) {
    this.#machine = machine
    this.pid = pid
    this.file = new StateFile({
      dataDir: machine.dataDir,
      processes,
      namespace: NAMESPACE,
      interval: INTERVAL,
      now: () => machine.now
    })
  }

  async write(ended = false, gauges: Partial<Gauges> = {}): Promise<void> {
    await this.file.write(() => ({ counts: this.counters.counts, gauges: { ...NOTHING, ...gauges } }), ended)
    this.written = new Map(this.counters.counts)
  }

  async end(): Promise<void> {
    await this.write(true)
    this.#machine.alive.delete(this.pid)
  }

  kill(): void {
    this.#machine.alive.delete(this.pid)
  }
}

const whole = {
  renameSync: fs.renameSync,
  unlinkSync: fs.unlinkSync,
  readdirSync: fs.readdirSync,
  fsync: fs.fsync
}

const replaceCalls = (calls: Partial<Record<keyof typeof whole, unknown>>) => {
  Object.assign(fs, calls)
  syncBuiltinESMExports()
}

afterEach(() => replaceCalls(whole))

/** Folds in a process that is killed right before its `step`th change of the directory; false when it was done by then. */
const foldKilledAt = async (machine: Machine, step: number): Promise<boolean> => {
  let steps = 0
  const mortal =
    <A extends ReadonlyArray<unknown>>(call: (...args: A) => void) =>
    (...args: A) => {
      // A dead process does nothing any more, in its finalizers neither.
      if (++steps >= step) throw new Error("killed")
      call(...args)
    }
  replaceCalls({ renameSync: mortal(whole.renameSync), unlinkSync: mortal(whole.unlinkSync) })
  try {
    await machine.as(foldEnded)
    return steps >= step
  } catch {
    return true
  } finally {
    replaceCalls(whole)
  }
}

describe("counts of several processes", () => {
  it("are added up, those that run, have ended and were killed", async () => {
    const machine = new Machine()
    const [a, b, c] = [machine.start(), machine.start(), machine.start()]
    a.counters.count("blocks")
    b.counters.count("blocks")
    c.counters.count("blocks")
    await a.write(false, { activeSessions: 2, heapBytes: 10 })
    await b.write(false, { activeSessions: 1, heapBytes: 5 })
    await b.end()
    await c.write(false, { activeSessions: 7 })
    c.kill()
    const { counts, running, unreadable } = machine.sums()
    assert.strictEqual(counts.get("blocks"), 3)
    assert.deepStrictEqual(
      running.map(({ gauges }) => [gauges.activeSessions, gauges.heapBytes]),
      [[2, 10]]
    )
    assert.strictEqual(unreadable, 0)
  })

  it("are taken from this process itself where its file is older", async () => {
    const machine = new Machine()
    const [a, b] = [machine.start(), machine.start()]
    a.counters.count("blocks")
    b.counters.count("blocks")
    await a.write()
    await b.write()
    a.counters.count("blocks")
    const live = a.file.describe({ counts: a.counters.counts, gauges: { ...NOTHING, activeSessions: 1 } }, false)
    const { counts, running } = readAggregate(machine.options(a.pid), live)
    assert.strictEqual(counts.get("blocks"), 3)
    assert.strictEqual(running.length, 2)
  })

  it("say how old the oldest are", async () => {
    const machine = new Machine()
    const [a, b] = [machine.start(), machine.start()]
    await a.write()
    await b.write()
    const old = machine.now - 25_000
    utimesSync(
      join(machine.directory, a.file.describe({ counts: new Map(), gauges: NOTHING }, false).name),
      old / 1000,
      old / 1000
    )
    assert.approximately(machine.sums().age, 25_000, 5)
    a.kill()
    assert.isBelow(machine.sums().age, 20_000)
  })

  it("are private: 0600 in a directory 0700", async () => {
    const machine = new Machine()
    const a = machine.start()
    await a.end()
    const [name = ""] = readdirSync(machine.directory)
    assert.match(name, /^1-1-[\w-]{12}\.json$/)
    await machine.fold()
    assert.deepStrictEqual(readdirSync(machine.directory), ["totals.json"])
    assert.strictEqual(statSync(machine.directory).mode & 0o777, 0o700)
    assert.strictEqual(statSync(join(machine.directory, "totals.json")).mode & 0o777, 0o600)
  })

  it("are written one after the other, each as they are when its turn has come", async () => {
    const machine = new Machine()
    const { file } = machine.start()
    const order: Array<string> = []
    const write = (name: string) =>
      file
        .write(() => {
          order.push(`measure ${name}`)
          return { counts: new Map(), gauges: NOTHING }
        }, false)
        .then(() => order.push(`written ${name}`))
    await Promise.all([write("first"), write("second")])
    assert.deepStrictEqual(order, ["measure first", "written first", "measure second", "written second"])
  })

  it("of another boot or container count as ended only after long silence", async () => {
    const machine = new Machine()
    const far = machine.start("another boot")
    far.counters.count("blocks")
    await far.write()
    assert.strictEqual(await machine.fold(), 0)
    assert.strictEqual(machine.sums().running.length, 1)
    machine.now += 2 * INTERVAL
    assert.strictEqual(machine.sums().running.length, 1)
    machine.now += INTERVAL + 1000
    assert.strictEqual(machine.sums().running.length, 0)
    assert.strictEqual(await machine.fold(), 1)
    assert.strictEqual(machine.sum("blocks"), 1)

    // It was only asleep, and goes on where it was.
    far.counters.count("blocks")
    await far.write()
    assert.strictEqual(machine.sum("blocks"), 2)
    await far.end()
    assert.strictEqual(await machine.fold(), 1)
    assert.strictEqual(machine.sum("blocks"), 2)
  })

  it("that cannot be read are told, kept, and cost no other", async () => {
    const machine = new Machine()
    const a = machine.start()
    a.counters.count("blocks")
    await a.end()
    const file = (name: string) => join(machine.directory, name)
    writeFileSync(file("7-1-aaaaaaaaaaaa.json"), "{}")
    writeFileSync(file("8-1-aaaaaaaaaaaa.json"), "[")
    writeFileSync(file("9-1-aaaaaaaaaaaa.json"), '{"version":2}')
    symlinkSync(file("8-1-aaaaaaaaaaaa.json"), file("10-1-aaaaaaaaaaaa.json"))
    mkdirSync(file("11-1-aaaaaaaaaaaa.json"))
    writeFileSync(file("12-1-aaaaaaaaaaaa.json"), "x".repeat(300_000))
    const negative = JSON.parse(
      readFileSync(file(processFileNames(machine.directory).find((n) => n.startsWith("1-"))!), "utf8")
    )
    writeFileSync(file("13-1-aaaaaaaaaaaa.json"), JSON.stringify({ ...negative, counts: { blocks: -1 } }))
    assert.strictEqual(await machine.fold(), 1)
    const { counts, unreadable } = machine.sums()
    assert.strictEqual(counts.get("blocks"), 1)
    assert.strictEqual(unreadable, 7)
    assert.strictEqual(processFileNames(machine.directory).length, 7)
  })
})

describe("the totals", () => {
  it("lose and repeat nothing when a process is killed at any step of moving counts", async () => {
    let wasKilled = true
    for (let step = 1; wasKilled; step++) {
      const machine = new Machine()
      const processes = [machine.start(), machine.start(), machine.start()]
      for (const each of processes) {
        each.counters.count("blocks")
        await each.end()
      }
      assert.strictEqual(await machine.fold(), 3)
      const more = machine.start()
      more.counters.count("blocks")
      await more.end()
      wasKilled = await foldKilledAt(machine, step)
      assert.strictEqual(machine.sum("blocks"), 4, `killed at step ${step}`)
      await machine.fold()
      assert.strictEqual(machine.sum("blocks"), 4, `after being killed at step ${step}`)
      await machine.fold()
      assert.deepStrictEqual(machine.totals().contains, [], `after being killed at step ${step}`)
      assert.deepStrictEqual(processFileNames(machine.directory), [])
      assert.strictEqual(machine.sum("blocks"), 4)
      if (!wasKilled) assert.isAtLeast(step, 5)
    }
  })

  it("are the exact sums after any order of counting, writing, ending, killing and moving", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ act: fc.constant("count" as const), who: fc.nat(4) }) },
      { weight: 4, arbitrary: fc.record({ act: fc.constant("write" as const), who: fc.nat(4) }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constantFrom("end" as const, "kill" as const), who: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant("fold" as const), who: fc.nat(12) }) }
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const machine = new Machine()
        const running = Array.from({ length: 5 }, () => machine.start())
        const all = [...running]
        const replace = (who: number) => {
          running[who] = machine.start()
          all.push(running[who])
        }
        let before = 0
        for (const { act, who } of steps) {
          const process = running[who % running.length]!
          if (act === "count") process.counters.count("blocks")
          else if (act === "write") await process.write()
          else if (act === "fold") await foldKilledAt(machine, who === 12 ? Number.POSITIVE_INFINITY : who)
          else {
            if (act === "end") await process.end()
            else process.kill()
            replace(who)
          }
          const expected = all.reduce((sum, { written }) => sum + (written.get("blocks") ?? 0), 0)
          assert.strictEqual(machine.sum("blocks"), expected)
          assert.isAtLeast(expected, before)
          before = expected
        }
      }),
      { numRuns: 60 }
    )
  })

  it("are read exactly while another process moves counts into them, and forgets the file", async () => {
    for (const forgets of [false, true]) {
      const machine = new Machine()
      const a = machine.start()
      a.counters.count("blocks")
      await a.end()
      const [name = ""] = processFileNames(machine.directory)
      const content = readFileSync(join(machine.directory, name), "utf8")
      await machine.fold()
      const totals = machine.totals()
      unlinkSync(join(machine.directory, "totals.json"))
      writeFileSync(join(machine.directory, name), content, { mode: 0o600 })
      let lists = 0
      replaceCalls({
        readdirSync: (path: string) => {
          const names = whole.readdirSync(path)
          if (++lists === 1) {
            const contains = forgets ? [] : [name]
            writeFileSync(join(machine.directory, "totals.json"), JSON.stringify({ ...totals, contains }), {
              mode: 0o600
            })
          } else unlinkSync(join(machine.directory, name))
          return lists === 1 ? names : names.filter((each) => each !== name)
        }
      })
      assert.strictEqual(machine.sum("blocks"), 1)
      assert.strictEqual(lists, 2)
      replaceCalls(whole)
    }
  })

  it("are moved by one process at a time", async () => {
    const machine = new Machine()
    for (let n = 0; n < 6; n++) {
      const each = machine.start()
      each.counters.count("blocks")
      await each.end()
    }
    const moved = await Promise.all([machine.fold(), machine.fold(), machine.fold()])
    assert.deepStrictEqual([...moved].sort(), [0, 0, 6])
    assert.strictEqual(machine.sum("blocks"), 6)
  })

  it("forget a file only once a power loss cannot bring it back", async () => {
    const machine = new Machine()
    await machine.start().end()
    await machine.fold()
    const calls: Array<string> = []
    replaceCalls({
      fsync: (fd: number, done: (error: Error | null) => void) => {
        calls.push(fs.fstatSync(fd).isDirectory() ? "sync directory" : "sync file")
        whole.fsync(fd, done)
      },
      renameSync: (from: string, to: string) => {
        if (to.endsWith("totals.json")) calls.push("rename")
        whole.renameSync(from, to)
      }
    })
    assert.strictEqual(machine.totals().contains.length, 1)
    await machine.fold()
    assert.deepStrictEqual(machine.totals().contains, [])
    assert.deepStrictEqual(calls, ["sync directory", "sync file", "rename", "sync directory"])
  })

  it("stay as they are when the lock was taken meanwhile", async () => {
    const machine = new Machine()
    const a = machine.start()
    a.counters.count("blocks")
    await a.end()
    replaceCalls({
      fsync: (fd: number, done: (error: Error | null) => void) => {
        writeFileSync(join(machine.directory, "other"), "{}")
        whole.renameSync(join(machine.directory, "other"), join(machine.directory, "totals.lock"))
        whole.fsync(fd, done)
      }
    })
    const reason = await machine.fold().then(
      () => "moved",
      (error) => error.reason
    )
    replaceCalls(whole)
    assert.strictEqual(reason, "Locked")
    assert.deepStrictEqual(readdirSync(machine.directory).sort(), [
      ...processFileNames(machine.directory),
      "totals.lock"
    ])
    assert.strictEqual(machine.sum("blocks"), 1)
  })

  it("begin again beside what is damaged, and leave alone what a newer version wrote", async () => {
    const machine = new Machine()
    const end = async () => {
      const each = machine.start()
      each.counters.count("blocks")
      await each.end()
    }
    await end()
    writeFileSync(join(machine.directory, "totals.json"), "{", { mode: 0o600 })
    assert.strictEqual(machine.sums().unreadable, 1)
    assert.strictEqual(await machine.fold(), 1)
    assert.strictEqual(machine.sum("blocks"), 1)
    assert.strictEqual(readFileSync(join(machine.directory, "totals.json.damaged"), "utf8"), "{")

    await end()
    writeFileSync(join(machine.directory, "totals.json"), '{"version":2}', { mode: 0o600 })
    const refused = await machine.fold().then(
      () => "moved",
      (error) => error.reason
    )
    assert.strictEqual(refused, "Newer")
    assert.strictEqual(readFileSync(join(machine.directory, "totals.json"), "utf8"), '{"version":2}')
    assert.strictEqual(machine.sum("blocks"), 1)
  })

  it("take with them what a killed process left half written", async () => {
    const machine = new Machine()
    await machine.start().end()
    const half = (name: string, age: number) => {
      writeFileSync(join(machine.directory, name), "{")
      utimesSync(join(machine.directory, name), (machine.now - age) / 1000, (machine.now - age) / 1000)
    }
    half(".5-1-aaaaaaaaaaaa.json.b.tmp", 2 * 3_600_000)
    half(".6-1-aaaaaaaaaaaa.json.b.tmp", 1000)
    await machine.fold()
    assert.deepStrictEqual(readdirSync(machine.directory).sort(), [".6-1-aaaaaaaaaaaa.json.b.tmp", "totals.json"])
  })
})
