import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { highestNumber } from "../../src/domain/deletedBlocks.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { type AppliedStep, applyStep, type UndoStep, undoStep } from "../../src/domain/undo.ts"

const ids = ["a", "b", "c", "d"].map((id) => BlockId.make(id))
const [a, b, c, d] = ids as [BlockId, BlockId, BlockId, BlockId]
const at = 5000

const start = (block: BlockId): SessionEvent => ({
  _tag: "BlockStarted",
  at: 1000,
  block,
  command: `echo ${block}`,
  directory: "/tmp"
})
const end = (block: BlockId): SessionEvent => ({
  _tag: "BlockFinished",
  at: 2000,
  block,
  status: "success",
  exitCode: 0,
  signal: null,
  lines: 1,
  hiddenLines: 0,
  hiddenBytes: 0,
  headLines: 1
})
const remove = (...blocks: ReadonlyArray<BlockId>): SessionEvent => ({ _tag: "BlocksDeleted", at: 3000, blocks })
const clear = (...blocks: ReadonlyArray<BlockId>): SessionEvent => ({
  _tag: "BlocksArchived",
  at: 3000,
  blocks,
  archive: SessionId.make("archive"),
  why: "clear"
})
const outgrown = (...blocks: ReadonlyArray<BlockId>): SessionEvent => ({
  _tag: "BlocksArchived",
  at: 3000,
  blocks,
  archive: SessionId.make("archive"),
  why: "size"
})
const foldAll = (folded: boolean): SessionEvent => ({ _tag: "AllFolded", at: 3000, folded })
const foldOne = (block: BlockId, folded: boolean): SessionEvent => ({ _tag: "BlockFolded", at: 3000, block, folded })
const name = (block: BlockId, text: string | null): SessionEvent => ({
  _tag: "BlockRenamed",
  at: 3000,
  block,
  name: text
})
const note = (block: BlockId, text: string | null): SessionEvent => ({
  _tag: "BlockNoted",
  at: 3000,
  block,
  note: text
})
const pin = (block: BlockId, pinned: boolean): SessionEvent => ({ _tag: "BlockPinned", at: 3000, block, pinned })
const active = (block: BlockId | null): SessionEvent => ({ _tag: "ActiveBlockSet", at: 3000, block })
const nameSession = (text: string | null): SessionEvent => ({ _tag: "SessionRenamed", at: 3000, name: text })

const fold = (...events: ReadonlyArray<SessionEvent>): Session =>
  events.reduce(
    reduce,
    emptySession({
      _tag: "SessionCreated",
      at: 0,
      session: SessionId.make("s1"),
      workingDirectory: "/home/ada",
      shell: "/bin/bash"
    })
  )

const three = [start(a), start(b), start(c), end(a), end(b), end(c)]

/** What the user sees of a session: not when it was changed last, and not how a number is remembered. */
const seen = (session: Session) => {
  const { lastModified: _lastModified, deleted = [], metadata, activeBlockId, ...rest } = session
  const { lastNumber: _lastNumber, pinned = false, ...said } = metadata
  const active = session.blocks.find(({ id }) => id === activeBlockId)?.id
  return {
    ...rest,
    active,
    metadata: { ...said, pinned },
    highest: highestNumber(session),
    aside: deleted.map(({ id }) => id)
  }
}

const applied = (session: Session, step: UndoStep | null): AppliedStep => {
  const result = applyStep(session, step!, at)
  if ("reason" in result) throw new Error(`not applied: ${result.reason}`)
  return result
}

/** What the user does, and what happens besides: commands run and end, a block is folded or chosen by itself. */
const someIds = fc.subarray(ids, { minLength: 1 })
const someId = fc.constantFrom(...ids)
const text = fc.constantFrom("x", "y", null)
const actions: fc.Arbitrary<SessionEvent> = fc.oneof(
  someIds.map((blocks) => remove(...blocks)),
  someIds.map((blocks) => clear(...blocks)),
  fc.boolean().map(foldAll),
  fc.tuple(someId, text).map(([block, to]) => name(block, to)),
  fc.tuple(someId, text).map(([block, to]) => note(block, to)),
  fc.tuple(someId, fc.boolean()).map(([block, to]) => pin(block, to)),
  text.map(nameSession),
  fc.boolean().map((pinned): SessionEvent => ({ _tag: "SessionPinned", at: 3000, pinned }))
)
const happenings: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.constant(start(d)),
  someId.map(end),
  fc.tuple(someId, fc.boolean()).map(([block, folded]) => foldOne(block, folded)),
  fc.option(someId).map(active),
  someIds.map((blocks) => outgrown(...blocks))
)
/** A session's events: no block begins twice. */
const past = fc
  .array(fc.oneof(actions, happenings), { maxLength: 25 })
  .map((events) =>
    events.filter(
      ({ _tag }, index) => _tag !== "BlockStarted" || index === events.findIndex((event) => event._tag === _tag)
    )
  )

describe("undoing", () => {
  it("makes up for whatever the user did, and doing it again makes up for that", () => {
    let changed = 0
    fc.assert(
      fc.property(past, actions, (events, action) => {
        const before = fold(...three, ...events)
        const after = reduce(before, action)
        const step = undoStep(before, action)
        if (step === null) return assert.deepStrictEqual(seen(after), seen(before))
        changed++
        const undone = applied(after, step)
        assert.deepStrictEqual(seen(undone.after), { ...seen(before), aside: seen(undone.after).aside })
        assert.deepStrictEqual(undone.events.reduce(reduce, after), undone.after)
        const redone = applied(undone.after, undone.reverse)
        assert.deepStrictEqual(seen(redone.after), seen(after))
        const again = applied(redone.after, redone.reverse)
        assert.deepStrictEqual(seen(again.after), seen(undone.after))
      })
    )
    assert.isAbove(changed, 20)
  })

  it("through several actions and back leads where it came from", () => {
    fc.assert(
      fc.property(past, fc.array(actions, { maxLength: 8 }), (events, done) => {
        let session = fold(...three, ...events)
        const states = [seen(session)]
        const steps: Array<UndoStep> = []
        for (const action of done) {
          const step = undoStep(session, action)
          session = reduce(session, action)
          if (step === null) continue
          steps.push(step)
          states.push(seen(session))
        }
        const redo: Array<UndoStep> = []
        for (const [index, step] of [...steps.entries()].reverse()) {
          const undone = applied(session, step)
          session = undone.after
          redo.push(undone.reverse)
          assert.deepStrictEqual(seen(session), { ...states[index]!, aside: seen(session).aside })
        }
        for (const [index, step] of redo.reverse().entries()) {
          session = applied(session, step).after
          assert.deepStrictEqual(seen(session), states[index + 1])
        }
      })
    )
  })

  it("never takes a command back, nor what happens by itself", () => {
    fc.assert(
      fc.property(past, happenings, (events, event) => {
        assert.isNull(undoStep(fold(...three, ...events), event))
      })
    )
  })

  it("leaves alone what came since", () => {
    const before = fold(...three, foldOne(b, true))
    const meanwhile = [start(d), end(d), foldOne(a, false)]
    const folded = fold(...three, foldOne(b, true), foldAll(true), ...meanwhile)
    const undone = applied(folded, undoStep(before, foldAll(true)))
    const folds = ({ blocks }: Session) => blocks.map(({ id, metadata }) => [id, metadata.folded])
    assert.deepStrictEqual(undone.events, [{ _tag: "BlocksFolded", at, blocks: [c], folded: false }])
    assert.deepStrictEqual(folds(undone.after), [
      [a, false],
      [b, true],
      [c, false],
      [d, false]
    ])
    // Again means what was taken back, and no block that nobody has folded.
    assert.deepStrictEqual(folds(applied(undone.after, undone.reverse).after), folds(folded))

    const running = fold(...three.slice(0, 4), remove(a), end(b))
    const back = applied(running, undoStep(fold(...three.slice(0, 4)), remove(a))).after
    assert.deepStrictEqual(
      back.blocks.map(({ id, status }) => [id, status]),
      [
        [a, "success"],
        [b, "success"],
        [c, "running"]
      ]
    )
  })

  it("leaves the active block to whoever has chosen another since", () => {
    const before = fold(...three, active(a))
    const step = undoStep(before, remove(a))
    assert.strictEqual(applied(fold(...three, active(a), remove(a)), step).after.activeBlockId, a)
    assert.strictEqual(applied(fold(...three, active(a), remove(a), active(c)), step).after.activeBlockId, c)
  })

  it("gives no name back that means another block by now", () => {
    const before = fold(...three, name(a, "build"))
    const step = undoStep(before, name(a, null))!
    const taken = fold(...three, name(a, null), name(c, "build"))
    assert.deepStrictEqual(applyStep(taken, step, at), { reason: "NameTaken", number: 1, name: "build", other: 3 })
    // A block that comes back comes back without it.
    const removed = fold(...three, name(a, "build"), remove(a), name(c, "build"))
    const back = applied(removed, undoStep(before, remove(a))).after
    assert.deepStrictEqual(
      back.blocks.map(({ metadata }) => metadata.name),
      [undefined, undefined, "build"]
    )
  })

  it("gives a name back to the block that it was taken from", () => {
    const before = fold(...three, name(a, "build"))
    const undone = applied(reduce(before, name(b, "build")), undoStep(before, name(b, "build")))
    assert.deepStrictEqual(seen(undone.after), seen(before))
  })

  it("tells of a block that has left for the archive meanwhile, and does what can be done for the others", () => {
    const before = fold(...three)
    for (const action of [name(b, "x"), note(b, "x"), pin(b, true)]) {
      const gone = [action, outgrown(b)].reduce(reduce, before)
      assert.deepStrictEqual(applyStep(gone, undoStep(before, action)!, at), { reason: "BlockGone", number: 2 })
    }
    const step = undoStep(before, foldAll(true))
    const partly = applied([foldAll(true), outgrown(b)].reduce(reduce, before), step)
    assert.deepStrictEqual(
      partly.after.blocks.map(({ id, metadata }) => [id, metadata.folded]),
      [
        [a, false],
        [c, false]
      ]
    )
    const none = [foldAll(true), outgrown(a, b, c)].reduce(reduce, before)
    assert.deepStrictEqual(applyStep(none, step!, at), { reason: "BlockGone", number: null })
  })

  it("of what the user has put right by hand adds nothing", () => {
    const before = fold(...three)
    const step = undoStep(before, name(a, "x"))
    const { events, reverse } = applied(fold(...three, name(a, "x"), name(a, null)), step)
    assert.deepStrictEqual([events, reverse.events], [[], []])
  })
})
