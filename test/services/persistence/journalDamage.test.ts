import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { encodeEvent } from "../../../src/services/persistence/encodeEvent.ts"
import { encodeJournalHeader } from "../../../src/services/persistence/journalCodec.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { readStoredSession } from "../../../src/services/persistence/StoredSession.ts"
import { block, created, optionsFor, processes, SESSION, temporaryDirectory } from "./sessions.ts"

const events = [created, ...block("a", ["one", "two"]), ...block("b", ["three"]), ...block("c", [])]
const header = encodeJournalHeader(SESSION)
const records = events.map((event, index) => encodeEvent(index + 1, event))
/** Where each record ends, in bytes. */
const ends = records.map((_, index) => header.length + Buffer.concat(records.slice(0, index + 1)).length)
const texts = new Set(events.map((event) => JSON.stringify(event)))

/** What has happened to a journal's records, and how many from the first on it has left as they were. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant("twice" as const), at: fc.nat(records.length - 1), to: fc.nat(records.length) }),
  fc.record({ kind: fc.constant("swap" as const), at: fc.nat(records.length - 1), to: fc.nat(records.length - 1) }),
  fc.record({ kind: fc.constant("drop" as const), at: fc.nat(records.length - 1) }),
  fc.record({
    kind: fc.constant("bytes" as const),
    at: fc.nat(records.length),
    bytes: fc.uint8Array({ maxLength: 60 })
  }),
  fc.record({ kind: fc.constant("again" as const), at: fc.nat(records.length) }),
  fc.record({ kind: fc.constant("page" as const), at: fc.nat(2000), length: fc.nat(300), fill: fc.nat(255) })
)

type Damage = typeof damage extends fc.Arbitrary<infer A> ? A : never

const apply = (one: Damage): readonly [Buffer, number] => {
  const parts: Array<Uint8Array> = [...records]
  switch (one.kind) {
    case "twice":
      parts.splice(one.to, 0, records[one.at]!)
      return [Buffer.concat([header, ...parts]), one.to]
    case "swap":
      parts[one.at] = records[one.to]!
      parts[one.to] = records[one.at]!
      return [Buffer.concat([header, ...parts]), one.at === one.to ? records.length : Math.min(one.at, one.to)]
    case "drop":
      parts.splice(one.at, 1)
      return [Buffer.concat([header, ...parts]), one.at]
    case "bytes":
      parts.splice(one.at, 0, one.bytes)
      return [Buffer.concat([header, ...parts]), one.at]
    case "again":
      // Another journal of the same session behind this one, from its header on.
      parts.splice(one.at, 0, header, ...records)
      return [Buffer.concat([header, ...parts]), one.at]
    case "page": {
      const whole = Buffer.concat([header, ...records])
      whole.fill(one.fill, Math.min(one.at, whole.length), Math.min(one.at + one.length, whole.length))
      if (one.at < header.length) return [whole, 0]
      return [whole, ends.filter((end) => end <= one.at).length]
    }
  }
}

const outcome = async <A>(body: () => A | Promise<A>): Promise<A | PersistenceError> => {
  try {
    return await body()
  } catch (cause) {
    if (cause instanceof PersistenceError) return cause
    throw cause
  }
}

describe("a journal whose records were repeated, swapped, lost, overwritten or put behind each other", () => {
  it(
    "keeps what comes before, invents nothing, and is mended by the next open",
    () =>
      fc.assert(
        fc.asyncProperty(damage, async (one) => {
          const [bytes, intact] = apply(one)
          const dataDir = temporaryDirectory()
          const { active } = optionsFor(dataDir).directory
          mkdirSync(active, { mode: 0o700 })
          writeFileSync(join(active, `${SESSION}.journal`), bytes, { mode: 0o600 })
          const stored = await outcome(() => readStoredSession(active, SESSION))
          if (stored instanceof PersistenceError) {
            assert.strictEqual(stored.reason, "Damaged")
            assert.strictEqual(intact, 0)
            return
          }
          const found = stored.journal!.events
          const commands = stored.session.blocks.map(({ command }) => command)
          stored.close()
          assert.deepStrictEqual(
            found.slice(0, intact).map(({ event }) => event),
            events.slice(0, intact)
          )
          for (const { event } of found) assert.isTrue(texts.has(JSON.stringify(event)))
          for (const [index, { sequence }] of found.entries()) {
            if (index > 0) assert.isAbove(sequence, found[index - 1]!.sequence)
          }
          const opened = await SessionFile.open(SESSION, optionsFor(dataDir, processes()))
          assert.isNull(opened.status.failure)
          assert.deepStrictEqual(
            opened.session.blocks.map(({ command }) => command),
            commands
          )
          await opened.close()
          const again = await SessionFile.open(SESSION, optionsFor(dataDir, processes()))
          assert.deepStrictEqual(again.notes, [])
          await again.close()
        }),
        { numRuns: 300 }
      ),
    60_000
  )
})

describe("random bytes in the place of a session's files", () => {
  it("are refused or read, and never crash", () =>
    fc.assert(
      fc.asyncProperty(
        fc.option(fc.uint8Array({ maxLength: 400 }), { nil: undefined }),
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.json().map((text) => Buffer.from(text))
        ),
        async (journal, snapshot) => {
          const dataDir = temporaryDirectory()
          const { active } = optionsFor(dataDir).directory
          mkdirSync(active, { mode: 0o700 })
          writeFileSync(join(active, `${SESSION}.json`), snapshot, { mode: 0o600 })
          if (journal !== undefined) writeFileSync(join(active, `${SESSION}.journal`), journal, { mode: 0o600 })
          const opened = await outcome(() => SessionFile.open(SESSION, optionsFor(dataDir, processes())))
          assert.instanceOf(opened, PersistenceError)
        }
      ),
      { numRuns: 200 }
    ))
})
