import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { ensureDataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { encodeEvent, roomFor } from "../../../src/services/persistence/encodeEvent.ts"
import { encodeJournalHeader } from "../../../src/services/persistence/journalCodec.ts"
import { MAX_JOURNAL_BYTES } from "../../../src/services/persistence/StoredSession.ts"
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

/** Bytes of the largest record in these tests: a 2 KB event is too large. */
const MAX_BYTES = 1024
const LARGE = "x".repeat(2048)

/** What a session shows that was written with small records and is read from its journal. */
const reopened = async (events: ReadonlyArray<SessionEvent>) => {
  const options = optionsFor(temporaryDirectory())
  await ensureDataDirectory(options.directory)
  const records = events.map((event, index) => encodeEvent(index + 1, event, MAX_BYTES))
  const path = join(options.directory.active, `${SESSION}.journal`)
  writeFileSync(path, Buffer.concat([encodeJournalHeader(SESSION), ...records]), { mode: 0o600 })
  return withFile(options, (file) => ({ ...visible(file), notes: file.notes }))
}

describe("encodeEvent", () => {
  it.each<SessionEvent>([
    { _tag: "InputKept", at: 5000, input: LARGE },
    { _tag: "EnvironmentChanged", at: 5000, set: { A: LARGE }, unset: [] },
    { _tag: "DirectoryChanged", at: 5000, directory: `/${LARGE}` }
  ])("leaves a record that changes nothing of $_tag, and what follows is read", async (large) => {
    const before = [created, ...block("a", ["one"])]
    const after = block("b", ["two"])
    assert.deepStrictEqual(await reopened([...before, large, ...after]), {
      ...folded([...before, ...after]),
      notes: []
    })
    // The block that keys act on is not let go, whatever comes last.
    assert.deepStrictEqual(await reopened([...before, large]), { ...folded(before), notes: [] })
  })

  it("leaves out the lines of large output, and keeps what is printed behind them", async () => {
    const events = [
      created,
      started("a"),
      printed("a", 0, ["one"]),
      printed("a", 1, [LARGE]),
      printed("a", 2, ["three"])
    ]
    const { outputs } = await reopened(events)
    assert.deepStrictEqual(outputs, [{ lines: ["one", "three"], unfinished: false }])
  })
})

describe("roomFor", () => {
  it("has a journal that cannot be compacted take no output, then nothing at all, before it could not be opened", () => {
    const output = printed("a", 0, [LARGE])
    const note: SessionEvent = { _tag: "BlockNoted", at: 5000, block: BlockId.make("a"), note: LARGE }
    const taken = (event: SessionEvent, offset: number) =>
      encodeEvent(1, event, roomFor(event, offset)).toString("utf8").includes(LARGE)
    assert.deepStrictEqual(
      [0, 0.7, 0.8, 0.95, 1].map((part) => [
        taken(output, MAX_JOURNAL_BYTES * part),
        taken(note, MAX_JOURNAL_BYTES * part)
      ]),
      [
        [true, true],
        [true, true],
        [false, true],
        [false, false],
        [false, false]
      ]
    )
    // What is left holds the numbers of as many events as a session can have blocks, and more.
    const rest = encodeEvent(1, output, roomFor(output, MAX_JOURNAL_BYTES)).length
    assert.isAbove(MAX_JOURNAL_BYTES / 16 / rest, 100_000)
  })
})
