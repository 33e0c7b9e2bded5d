import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { readStoredSession } from "../../../src/services/persistence/StoredSession.ts"
import {
  block,
  created,
  folded,
  optionsFor,
  printed,
  SESSION,
  started,
  temporaryDirectory,
  visible,
  withFile
} from "./sessions.ts"

const { openSync } = fs

afterEach(() => {
  Object.assign(fs, { openSync })
  syncBuiltinESMExports()
})

/** Lets no new file be made whose name holds `part`; gives how often it was tried. */
const refuseNew = (part: string): (() => number) => {
  let tried = 0
  Object.assign(fs, {
    openSync: (path: string, flags: number, mode?: number) => {
      if ((flags & fs.constants.O_CREAT) === 0 || !path.includes(part)) return openSync(path, flags, mode)
      tried++
      throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" })
    }
  })
  syncBuiltinESMExports()
  return () => tried
}

describe("a session's files, while they cannot be made smaller", () => {
  it("grow, and the snapshot is not tried again at every event", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    const tried = refuseNew(".json.")
    const line = "x".repeat(512 * 1024)
    const events = [started("a"), ...Array.from({ length: 24 }, (_, number) => printed("a", number, [line]))]
    for (const event of events) {
      file.append(event)
      await file.flush()
    }
    // 12 MiB of journal: one attempt each 4 MiB.
    assert.strictEqual(tried(), 2)
    assert.isNull(file.status.failure)
    Object.assign(fs, { openSync })
    syncBuiltinESMExports()
    await file.close()
    await withFile(optionsFor(dataDir), (again) => assert.deepStrictEqual(visible(again), folded([created, ...events])))
  })

  it("take no more output once the journal is full, but all else, say so, and go on once there is room", async () => {
    const options = { ...optionsFor(temporaryDirectory()), fullJournalBytes: 100_000 }
    const file = SessionFile.create(created, options)
    for (const event of block("a", ["x".repeat(200_000)])) file.append(event)
    await file.flush()
    for (const event of block("b", ["lost"])) file.append(event)
    await file.flush()
    assert.deepStrictEqual(file.output(BlockId.make("b"))?.lines, [])
    const [, said] = file.session.blocks
    assert.strictEqual(said?.status, "success")
    assert.match(said?.metadata.notices.join() ?? "", /^Lines of this output are not saved: the journal is full/)
    await file.compact()
    for (const event of block("c", ["kept"])) file.append(event)
    const shown = visible(file)
    assert.deepStrictEqual(file.output(BlockId.make("c"))?.lines, ["kept"])
    await file.close()
    await withFile(options, (again) => assert.deepStrictEqual(visible(again), shown))
  })

  it("hold no more output in memory than fits, say so, and save the rest once the disk takes it", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    refuseNew(".journal.")
    // One text, many times: this test needs no memory for it.
    const line = "x".repeat(1024 * 1024)
    const events = [started("a"), ...Array.from({ length: 40 }, (_, number) => printed("a", number, [line]))]
    for (const event of [...events, ...block("b", ["whole"])]) file.append(event)
    assert.strictEqual((await file.flush()).failure, "not saved: the disk is full (ENOSPC)")
    const kept = file.output(BlockId.make("a"))!.lines
    assert.isAbove(kept.length, 25)
    assert.isBelow(kept.length, 33)
    assert.strictEqual(kept.at(-1), line)
    const notices = file.session.blocks.map(({ metadata }) => metadata.notices)
    assert.deepStrictEqual(notices, [
      ["Lines of this output could not be saved, and were too many to wait in memory"],
      []
    ])
    Object.assign(fs, { openSync })
    syncBuiltinESMExports()
    assert.isNull((await file.flush()).failure)
    const shown = visible(file)
    await file.close()
    await withFile(optionsFor(dataDir), (again) => assert.deepStrictEqual(visible(again), shown))
  }, 30_000)
})

describe("a torn tail that cannot be put aside", () => {
  it("stays where it is until it can, and everything is saved then", async () => {
    const dataDir = temporaryDirectory()
    const active = join(dataDir, "active")
    const first = SessionFile.create(created, optionsFor(dataDir))
    for (const event of block("a", ["one"])) first.append(event)
    await first.flush()
    const torn = Buffer.concat([fs.readFileSync(join(active, "s1.journal")), Buffer.from([9, 0, 0, 0, 1, 2, 3])])
    await first.close()
    fs.rmSync(join(active, "s1.json"))
    fs.writeFileSync(join(active, "s1.journal"), torn, { mode: 0o600 })
    refuseNew(".torn-")
    const file = await SessionFile.open(SESSION, optionsFor(dataDir))
    assert.strictEqual(file.status.failure, "not saved: the disk is full (ENOSPC)")
    for (const event of block("b", ["two"])) file.append(event)
    assert.strictEqual((await file.flush()).failure, "not saved: the disk is full (ENOSPC)")
    assert.isTrue(fs.readFileSync(join(active, "s1.journal")).equals(torn))
    Object.assign(fs, { openSync })
    syncBuiltinESMExports()
    assert.isNull((await file.flush()).failure)
    const shown = visible(file)
    await file.close()
    const [tail] = fs.readdirSync(active).filter((name) => name.startsWith("s1.torn-"))
    assert.deepStrictEqual([...fs.readFileSync(join(active, tail!))], [9, 0, 0, 0, 1, 2, 3])
    await withFile(optionsFor(dataDir), (again) => assert.deepStrictEqual(visible(again), shown))
  })
})

describe("SessionFile.compact", () => {
  it("does no harm to a session that has no journal yet", async () => {
    const dataDir = temporaryDirectory()
    const first = SessionFile.create(created, optionsFor(dataDir))
    for (const event of block("a", ["one"])) first.append(event)
    await first.close()
    const file = await SessionFile.open(SESSION, optionsFor(dataDir))
    await file.compact()
    for (const event of block("b", ["two"])) file.append(event)
    await file.flush()
    const stored = readStoredSession(join(dataDir, "active"), SESSION)
    assert.isFalse(stored.gap)
    stored.close()
    await file.close()
  })
})
