import { assert, describe, it } from "vitest"
import { type BlockHeader, EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { applyStep, undoStep } from "../../src/domain/undo.ts"
import { undoneBlock, undoneText } from "../../src/ui/sayings/undoneText.ts"

const a = BlockId.make("a")
const b = BlockId.make("b")
const header = (id: BlockId, number: number): BlockHeader => ({
  id,
  command: "true",
  status: "success",
  exitCode: 0,
  signal: null,
  startTime: 1,
  endTime: 2,
  metadata: { number, directory: "/", ...EMPTY_ACCOUNT, folded: false, notices: [] }
})
const session: Session = {
  ...emptySession({
    _tag: "SessionCreated",
    at: 0,
    session: SessionId.make("s1"),
    workingDirectory: "/home/ada",
    shell: "/bin/bash"
  }),
  blocks: [header(a, 3), header(b, 7)]
}
const at = 9
const rename = (block: BlockId, name: string | null): SessionEvent => ({ _tag: "BlockRenamed", at, block, name })

/** What is said, and shown, when the last of these is undone, and when it is then done again. */
const said = (...events: ReadonlyArray<SessionEvent>) => {
  const last = events.at(-1)!
  const before = events.slice(0, -1).reduce(reduce, session)
  let now = reduce(before, last)
  let step = undoStep(before, last)!
  return ["undone", "redone"].map(() => {
    const applied = applyStep(now, step, at)
    if ("reason" in applied) throw new Error(applied.reason)
    const undone = { events: applied.events, before: now, after: applied.after }
    now = applied.after
    step = applied.reverse
    return [undoneText(undone), undoneBlock(undone)]
  })
}

describe("what is said of undoing", () => {
  it.each<[ReadonlyArray<SessionEvent>, string, string]>([
    [[{ _tag: "BlocksDeleted", at, blocks: [b] }], "b7 is back", "b7 is deleted again"],
    [[{ _tag: "BlocksDeleted", at, blocks: [a, b] }], "2 blocks are back", "2 blocks are deleted again"],
    [
      [{ _tag: "BlocksArchived", at, blocks: [a, b], archive: SessionId.make("x"), why: "clear" }],
      "2 blocks are back",
      "2 blocks are cleared again"
    ],
    [[{ _tag: "AllFolded", at, folded: true }], "2 blocks are unfolded again", "2 blocks are folded again"],
    [
      [
        { _tag: "BlockFolded", at, block: b, folded: true },
        { _tag: "AllFolded", at, folded: true }
      ],
      "b3 is unfolded again",
      "b3 is folded again"
    ],
    [[rename(a, "x")], "b3 has no name again", "b3 is called @x again"],
    [[{ _tag: "BlockNoted", at, block: a, note: "slow" }], "b3 has no note again", "b3 has this note again"],
    [[{ _tag: "BlockPinned", at, block: a, pinned: true }], "b3 is not pinned any more", "b3 is pinned again"],
    [
      [{ _tag: "SessionRenamed", at, name: "work" }],
      "This session has no name again",
      "This session is called work again"
    ],
    [
      [{ _tag: "SessionPinned", at, pinned: true }],
      "This session is not pinned any more",
      "This session is pinned again"
    ]
  ])("%j", (events, undone, redone) => {
    assert.deepStrictEqual(
      said(...events).map(([text]) => text),
      [undone, redone]
    )
  })

  it("names whose names are others' by now, and shows the first block", () => {
    const removed = reduce(reduce(session, rename(a, "x")), { _tag: "BlocksDeleted", at, blocks: [a] })
    const before = reduce(removed, rename(b, "x"))
    const applied = applyStep(before, { events: [{ _tag: "BlocksRestored", at, blocks: [a] }], number: 3 }, at)
    if ("reason" in applied) throw new Error(applied.reason)
    const undone = { events: applied.events, before, after: applied.after }
    assert.strictEqual(undoneText(undone), "b3 is back; @x is another block by now")
    assert.strictEqual(undoneBlock(undone), a)
    assert.isNull(undoneBlock({ ...undone, after: before }))
    assert.strictEqual(undoneText({ ...undone, events: [] }), "It is as it was already")
  })
})
