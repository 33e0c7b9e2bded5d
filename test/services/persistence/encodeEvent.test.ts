import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { ensureDataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { encodeEvent } from "../../../src/services/persistence/encodeEvent.ts"
import { encodeJournalHeader } from "../../../src/services/persistence/journalCodec.ts"
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
