import { assert, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { FollowedOutputs } from "../../../src/services/ownership/FollowedOutputs.ts"
import { SessionFollower } from "../../../src/services/ownership/SessionFollower.ts"
import type { LiveOutput } from "../../../src/services/persistence/LiveScreen.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { BlockStore } from "../../../src/terminal/BlockStore.ts"
import { eventually } from "../../harness/eventually.ts"
import {
  created,
  finished,
  optionsFor,
  printed,
  processes,
  SESSION,
  started,
  temporaryDirectory
} from "../persistence/sessions.ts"

const A = BlockId.make("a")

/** A session with a running block `a`, and another process's view of what it prints. */
const followed = async (events: ReadonlyArray<SessionEvent> = []) => {
  const dataDir = temporaryDirectory()
  const file = SessionFile.create(created, optionsFor(dataDir))
  for (const event of [started("a"), ...events]) file.append(event)
  await file.flush()
  const follower = await SessionFollower.open(SESSION, optionsFor(dataDir, processes(11, [10, 11])))
  const outputs = new BlockStore({ maxBytes: 100_000, restore: (id, stream) => follower.output(id, stream) })
  const feeds = new FollowedOutputs(outputs, follower)
  follower.follow((change) => feeds.take(change))
  const text = (stream: "stdout" | "stderr" = "stdout") => outputs.get(A, stream)?.text() ?? null
  /** Writes events and a live screen, and looks until they are seen: the screen follows the journal when it likes. */
  const look = async (
    more: ReadonlyArray<SessionEvent>,
    expected: string,
    screen: ReadonlyArray<LiveOutput> | null = null
  ) => {
    for (const event of more) file.append(event)
    if (screen !== null) file.keepScreens(screen)
    await file.flush()
    await eventually(async () => {
      await follower.look()
      assert.strictEqual(text(), expected)
    })
  }
  return { file, follower, outputs, text, look }
}

const screen = (firstLine: number, lines: ReadonlyArray<string>, unfinished = false): LiveOutput => ({
  block: A,
  stream: "stdout",
  runs: [{ firstLine, lines }],
  unfinished,
  hiddenBytes: 0
})

describe("FollowedOutputs", () => {
  it("adds what the journal tells, and reads what has ended from disk", async () => {
    const { file, follower, outputs, text, look } = await followed([printed("a", 0, ["one"])])
    assert.strictEqual(text(), "one\n")
    const live = outputs.live(A)
    await look([printed("a", 1, ["two", "\x1b[31mthree\x1b[0m"])], "one\ntwo\nthree\n")
    assert.strictEqual(outputs.live(A), live, "what follows is added, not read again")
    // Over a compaction, too.
    await file.compact()
    await look([printed("a", 3, ["four"])], "one\ntwo\nthree\nfour\n")
    await look([finished("a", 4)], "one\ntwo\nthree\nfour\n")
    assert.isNull(outputs.live(A))
    await follower.close()
    await file.close()
  })

  it("draws the live screen below it, again and again, until its lines are the journal's", async () => {
    const { file, follower, look } = await followed([printed("a", 0, ["one"])])
    await look([], "one\nhalf? ", [screen(1, ["half? "], true)])
    await look([], `one\ntwo\n${"x".repeat(450)}\nmost? `, [screen(1, ["two", "x".repeat(450), "most? "], true)])
    await look([printed("a", 1, ["two"])], `one\ntwo\n${"y".repeat(200)}\ndone\n`, [
      screen(2, ["y".repeat(200), "done"])
    ])
    // More than any terminal of ours had rows for.
    const many = Array.from({ length: 120 }, (_, index) => `row ${index}`)
    await look([], `one\ntwo\n${many.join("\n")}\n`, [screen(2, many)])
    await look([], "one\ntwo\nleft\n", [screen(2, ["left"])])
    await follower.close()
    await file.close()
  })

  it("begins anew where lines take the place of others", async () => {
    const { file, follower, look } = await followed([printed("a", 0, ["one", "two"])])
    await look([printed("a", 1, ["TWO", "three"])], "one\nTWO\nthree\n")
    await look([printed("a", 3, ["four"])], "one\nTWO\nthree\nfour\n")
    await follower.close()
    await file.close()
  })

  it("keeps stderr apart from when it is first printed to", async () => {
    const { file, follower, outputs, text, look } = await followed([printed("a", 0, ["out"])])
    assert.isNull(outputs.live(A, "stderr"))
    await look([printed("a", 0, ["problem"], "stderr"), printed("a", 1, ["more"])], "out\nmore\n")
    assert.strictEqual(text("stderr"), "problem\n")
    await follower.close()
    await file.close()
  })
})
