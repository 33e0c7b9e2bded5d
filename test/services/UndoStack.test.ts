import { assert, describe, it } from "vitest"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { UndoError, UndoStack } from "../../src/services/UndoStack.ts"

const BLOCKS = 20
/** Weighs a hundred times folding them all. */
const MAX_WEIGHT = 100 * (BLOCKS + 1)
const started = Array.from(
  { length: BLOCKS },
  (_, index): SessionEvent => ({
    _tag: "BlockQueued",
    at: 1,
    block: BlockId.make(`b${index}`),
    command: "true",
    directory: "/"
  })
)
const created = emptySession({
  _tag: "SessionCreated",
  at: 0,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
})

describe("UndoStack", () => {
  it("lets go of the oldest once what it holds is large, and never of the last", () => {
    const blocks = started.flatMap((event) => (event._tag === "BlockQueued" ? [reduce(created, event).blocks[0]!] : []))
    let session: Session = { ...created, blocks }
    const stack = new UndoStack(MAX_WEIGHT)
    const act = (event: SessionEvent) => {
      stack.note(session, event)
      session = reduce(session, event)
    }
    for (let turn = 0; turn < 150; turn++) act({ _tag: "AllFolded", at: 2, folded: turn % 2 === 0 })
    act({ _tag: "SessionRenamed", at: 3, name: "work" })
    let undone = 0
    for (;;) {
      const applied = stack.apply("undo", session, 4)
      if (applied instanceof UndoError) break
      session = applied.after
      undone++
    }
    // The name, and as many folds as there is room for beside it.
    assert.strictEqual(undone, 100)
    // What was undone counts as well: all of it can be done again.
    for (let redone = 0; redone < undone; redone++) {
      const applied = stack.apply("redo", session, 5)
      if (applied instanceof UndoError) throw applied
      session = applied.after
    }
    assert.strictEqual(session.metadata.name, "work")
  })
})
