import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { BlockId } from "../../../src/domain/ids.ts"
import { indexKnownLines, type KnownTexts } from "../../../src/services/persistence/knownLines.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { atOnce } from "../../../src/services/persistence/Slices.ts"
import { Snapshot } from "../../../src/services/persistence/Snapshot.ts"
import { indexLines } from "../../../src/services/persistence/snapshotLines.ts"
import { block, created, optionsFor, SESSION, sessionEvents, started, temporaryDirectory } from "./sessions.ts"

const LONG = "x".repeat(3_000)

/** Writes a snapshot of what the events tell and gives its path. */
const snapshotOf = async (events: Parameters<SessionFile["append"]>[0][]): Promise<string> => {
  const dataDir = temporaryDirectory()
  const file = SessionFile.create(created, optionsFor(dataDir))
  for (const event of events) file.append(event)
  await file.compact()
  await file.close()
  return join(dataDir, "active", `${SESSION}.json`)
}

const indexes = (path: string, known: KnownTexts) => {
  const fd = openSync(path, "r")
  try {
    const { size } = statSync(path)
    return { walked: atOnce(indexKnownLines(fd, size, known)), scanned: atOnce(indexLines(fd, size)) }
  } finally {
    closeSync(fd)
  }
}

/** What the snapshot at `path` knows of its own texts. */
const knownOf = (path: string): KnownTexts => {
  const snapshot = Snapshot.open(join(path, ".."), SESSION)!
  const lengths = new Map(snapshot.blocks.map(({ id }) => [id, snapshot.textBytes(id)]))
  snapshot.close()
  return (id) => lengths.get(id as BlockId) ?? null
}

describe("indexKnownLines", () => {
  it("finds what reading everything finds, whatever is known of the texts", async () => {
    await fc.assert(
      fc.asyncProperty(sessionEvents, fc.infiniteStream(fc.boolean()), async (events, forgets) => {
        const path = await snapshotOf([...events, ...block("kept", [LONG])])
        const all = knownOf(path)
        const { walked, scanned } = indexes(path, (id) => (forgets.next().value ? null : all(id)))
        assert.deepStrictEqual(walked, scanned)
      }),
      { numRuns: 40 }
    )
  })

  it("reads headers and texts that are longer than what it reads at a time", async () => {
    const commands = [10, 600, 5_000].map((length) => "c".repeat(length))
    const path = await snapshotOf(
      commands.flatMap((command, index) => [started(`b${index}`, command), ...block(`c${index}`, ["a", LONG])])
    )
    const all = knownOf(path)
    for (const known of [all, () => null]) {
      const { walked, scanned } = indexes(path, known)
      assert.strictEqual(walked?.lines.length, 6)
      assert.deepStrictEqual(walked, scanned)
    }
  })

  it("does not read a text whose length it knows", async () => {
    const path = await snapshotOf([...block("a", [LONG, LONG]), ...block("b", ["two"])])
    const known = knownOf(path)
    const { scanned } = indexes(path, known)
    const line = scanned!.lines[0]!
    // Nothing that reads it would take it for one line.
    const fd = openSync(path, "r+")
    writeSync(fd, Buffer.alloc(4_000, "\n"), 0, 4_000, line.output + 1_100)
    closeSync(fd)
    const { walked, scanned: misled } = indexes(path, known)
    assert.deepStrictEqual(walked, scanned)
    assert.isAbove(misled?.lines.length ?? 0, 2)
  })

  it("takes no line's end for granted", async () => {
    const path = await snapshotOf([...block("a", ["one"]), ...block("b", ["two"]), ...block("c", ["three"])])
    const all = knownOf(path)
    for (const [id, by] of [
      ["a", 1],
      ["a", -1],
      ["c", 1],
      ["c", -1],
      ["c", 100_000]
    ] as const) {
      const { walked } = indexes(path, (block) => (block === id ? all(block)! + by : all(block)))
      assert.isNull(walked, `${id} ${by}`)
    }
    for (const change of [
      (text: string) => text.slice(0, -1),
      (text: string) => text.replace('"blocks":[', '"blocks": ['),
      (text: string) => text.replaceAll("\n", "")
    ]) {
      const directory = temporaryDirectory()
      mkdirSync(directory, { recursive: true })
      const other = join(directory, `${SESSION}.json`)
      writeFileSync(other, change(readFileSync(path, "utf8")))
      assert.isNull(indexes(other, all).walked)
    }
  })

  it("is not believed where it has passed over a block", async () => {
    const path = await snapshotOf([...block("a", ["one"]), ...block("b", ["two"]), ...block("c", ["three"])])
    const { scanned } = indexes(path, () => null)
    const [a, b] = scanned!.lines
    // As if the text of `a` reached to where that of `b` ends.
    const known: KnownTexts = (id) => (id === "a" ? b!.end - a!.output : null)
    assert.strictEqual(indexes(path, known).walked?.lines.length, 2)
    const snapshot = atOnce(Snapshot.openInSteps(join(path, ".."), SESSION, SESSION, known))!
    assert.deepStrictEqual(
      snapshot.blocks.map(({ id }) => id as string),
      ["a", "b", "c"]
    )
    snapshot.close()
  })
})
