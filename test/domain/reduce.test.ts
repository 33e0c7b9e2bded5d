import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { EMPTY_ACCOUNT, isFinished, jobSource, MAX_SOURCE_LENGTH } from "../../src/domain/Block.ts"
import { lastDeleted } from "../../src/domain/deletedBlocks.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { BlockFinished, BlockStarted, SessionEvent } from "../../src/domain/SessionEvent.ts"

const created = {
  _tag: "SessionCreated",
  at: 1000,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
} as const

const a = BlockId.make("a")
const b = BlockId.make("b")

const start = (block: BlockId, at = 2000, more: Partial<typeof BlockStarted.Type> = {}): SessionEvent => ({
  ...more,
  _tag: "BlockStarted",
  at,
  block,
  command: `echo ${block}`,
  directory: "/tmp"
})

const end = (block: BlockId, at = 3000, more: Partial<typeof BlockFinished.Type> = {}): SessionEvent => ({
  _tag: "BlockFinished",
  at,
  block,
  status: "failure",
  exitCode: 7,
  signal: null,
  lines: 9,
  hiddenLines: 4,
  hiddenBytes: 100,
  headLines: 2,
  ...more
})

const fold = (...events: ReadonlyArray<SessionEvent>): Session => events.reduce(reduce, emptySession(created))

describe("reduce", () => {
  it("begins a session", () => {
    assert.deepStrictEqual(reduce(fold(start(a)), created), emptySession(created))
    assert.deepStrictEqual(emptySession(created), {
      id: created.session,
      workingDirectory: "/home/ada",
      environment: {},
      blocks: [],
      activeBlockId: null,
      createdAt: 1000,
      lastModified: 1000,
      metadata: { shell: "/bin/bash", input: "", unset: [] }
    })
  })

  it("opens numbered blocks and closes them with their account", () => {
    const session = fold(start(a), start(b, 2500), end(a))
    assert.deepStrictEqual(
      session.blocks.map(({ id, status, metadata }) => [id, status, metadata.number]),
      [
        ["a", "failure", 1],
        ["b", "running", 2]
      ]
    )
    const [block] = session.blocks
    assert.deepInclude(block, { exitCode: 7, signal: null, startTime: 2000, endTime: 3000 })
    assert.deepInclude(block!.metadata, { lines: 9, hiddenLines: 4, hiddenBytes: 100, headLines: 2, directory: "/tmp" })
    assert.strictEqual(session.activeBlockId, b)
    assert.strictEqual(session.lastModified, 3000)
  })

  it("counts lines as they come, and the gap the output limit makes", () => {
    const frozen = (firstLine: number, count: number): SessionEvent => ({
      _tag: "OutputFrozen",
      block: a,
      firstLine,
      lines: Array.from({ length: count }, () => "x")
    })
    const counts = (session: Session) => {
      const { lines, hiddenLines, headLines } = session.blocks[0]!.metadata
      return { lines, hiddenLines, headLines }
    }
    assert.deepStrictEqual(counts(fold(start(a), frozen(0, 3), frozen(3, 2))), {
      lines: 5,
      hiddenLines: 0,
      headLines: 0
    })
    assert.deepStrictEqual(counts(fold(start(a), frozen(0, 3), frozen(10, 2))), {
      lines: 12,
      hiddenLines: 7,
      headLines: 3
    })
    assert.deepStrictEqual(counts(fold(start(a), frozen(0, 3), frozen(10, 2), frozen(50, 1))), {
      lines: 51,
      hiddenLines: 47,
      headLines: 3
    })
  })

  it("interrupts on resume what was running, and nothing else", () => {
    const session = fold(start(a), end(a), start(b), { _tag: "SessionResumed", at: 9000 })
    assert.deepStrictEqual(
      session.blocks.map(({ status, endTime }) => [status, endTime]),
      [
        ["failure", 3000],
        ["interrupted", 9000]
      ]
    )
  })

  const queue = (block: BlockId, at = 2500): SessionEvent => ({
    _tag: "BlockQueued",
    at,
    block,
    command: `echo ${block}`,
    directory: "/tmp"
  })

  it("keeps a queued command's place and number until it runs", () => {
    const waiting = fold(start(a), queue(b))
    assert.deepInclude(waiting.blocks[1], { id: b, status: "idle", startTime: null, endTime: null })
    assert.strictEqual(waiting.activeBlockId, a)
    const c = BlockId.make("c")
    const folded: SessionEvent = { _tag: "BlockFolded", at: 2600, block: b, folded: true }
    const ran = [folded, start(c), end(a), start(b, 4000, { queued: true })].reduce(reduce, waiting)
    assert.deepStrictEqual(
      ran.blocks.map(({ id, status, startTime, metadata }) => [id, status, startTime, metadata.number]),
      [
        [a, "failure", 2000, 1],
        [b, "running", 4000, 2],
        [c, "running", 2000, 3]
      ]
    )
    assert.isTrue(ran.blocks[1]!.metadata.folded)
    assert.strictEqual(ran.activeBlockId, b)
  })

  it("ends a queued command that is cancelled, or that its terminal has left behind", () => {
    const cancelled = fold(start(a), queue(b), end(b, 3000, { status: "interrupted", exitCode: null }))
    assert.deepInclude(cancelled.blocks[1], { status: "interrupted", startTime: null, endTime: 3000 })
    const resumed = fold(queue(b), { _tag: "SessionResumed", at: 9000 })
    assert.deepInclude(resumed.blocks[0], { status: "interrupted", startTime: null, endTime: 9000 })
  })

  it("opens a block for a queued command that a damaged journal has lost", () => {
    const session = fold(start(a, 2000, { queued: true }))
    assert.deepInclude(session.blocks[0], { id: a, status: "running" })
  })

  it("says of a command that it ran beside the others, and how long it may take", () => {
    const session = fold(start(a, 2000, { beside: true, timeLimit: 5000 }), start(b))
    assert.deepInclude(session.blocks[0]!.metadata, { beside: true, timeLimit: 5000 })
    assert.notProperty(session.blocks[1]!.metadata, "beside")
  })

  it("says of a shell beside that the user works in it, and of output in the background who has left it", () => {
    const from = jobSource(a, "make -j4 &")
    const session = fold(start(a, 2000, { beside: true, plain: true }), start(b, 3000, { origin: "background", from }))
    assert.deepInclude(session.blocks[0]!.metadata, { beside: true, plain: true })
    assert.notProperty(session.blocks[0]!.metadata, "from")
    assert.deepInclude(session.blocks[1]!.metadata, { origin: "background", from: { block: a, command: "make -j4 &" } })
    assert.notProperty(session.blocks[1]!.metadata, "plain")
    // Its name stays when the block that left it is gone.
    const cleared = reduce(reduce(session, end(a)), { _tag: "BlocksCleared", at: 5000 })
    assert.deepStrictEqual(
      cleared.blocks.map(({ metadata }) => metadata.from),
      [from]
    )
  })

  it("names a source of output by the first line of its command, and no more of that than a header can show", () => {
    assert.strictEqual(jobSource(a, "\n  for i in 1 2\ndo sleep $i; done &").command, "for i in 1 2")
    assert.strictEqual(jobSource(a, "x".repeat(10_000)).command, "x".repeat(MAX_SOURCE_LENGTH))
  })

  it("says from a command's start that its stderr is kept apart, also where nothing comes of it", () => {
    const session = fold(start(a, 2000, { split: true }), start(b))
    assert.deepStrictEqual(session.blocks[0]!.metadata.stderr, EMPTY_ACCOUNT)
    assert.notProperty(session.blocks[1]!.metadata, "stderr")
  })

  it("counts the lines of a stderr that is kept apart by themselves", () => {
    const stderr = { lines: 8, hiddenLines: 3, hiddenBytes: 30, headLines: 5 }
    const frozen = { _tag: "OutputFrozen", block: a, firstLine: 0, lines: ["x", "y"] } as const
    const live = fold(start(a), frozen, { ...frozen, stream: "stderr", lines: ["z"] } as const)
    assert.strictEqual(live.blocks[0]!.metadata.lines, 2)
    assert.strictEqual(live.blocks[0]!.metadata.stderr?.lines, 1)
    const { metadata } = reduce(live, end(a, 3000, { stderr })).blocks[0]!
    assert.strictEqual(metadata.lines, 9)
    assert.deepStrictEqual(metadata.stderr, stderr)
  })

  it("clears what has ended, and leaves what runs or waits", () => {
    const cleared: SessionEvent = { _tag: "BlocksCleared", at: 5000 }
    const session = fold(start(a), start(b), queue(BlockId.make("c")), end(a), cleared)
    assert.deepStrictEqual(
      session.blocks.map(({ id, metadata }) => [id, metadata.number]),
      [
        [b, 2],
        [BlockId.make("c"), 3]
      ]
    )
    assert.strictEqual(session.activeBlockId, b)
    assert.isNull(fold(start(a), end(a), cleared).activeBlockId)
  })

  it("remembers that exec made a session until somebody works in it", () => {
    const made = emptySession({ ...created, exec: true })
    assert.isTrue(made.metadata.exec)
    const resumed = (exec?: true): SessionEvent => ({ _tag: "SessionResumed", at: 4000, ...(exec && { exec }) })
    assert.isTrue(reduce(made, resumed(true)).metadata.exec)
    assert.notProperty(reduce(made, resumed()).metadata, "exec")
  })

  it("takes a name, a pin, and gives them back", () => {
    const named = fold({ _tag: "SessionRenamed", at: 4000, name: "build" })
    assert.strictEqual(named.metadata.name, "build")
    assert.deepStrictEqual(
      reduce(named, { _tag: "SessionRenamed", at: 4001, name: null }).metadata,
      emptySession(created).metadata
    )
    assert.isTrue(reduce(named, { _tag: "SessionPinned", at: 4002, pinned: true }).metadata.pinned)
  })

  it("folds one block, or all", () => {
    const session = fold(start(a), start(b), { _tag: "BlockFolded", at: 4000, block: a, folded: true })
    assert.deepStrictEqual(
      session.blocks.map(({ metadata }) => metadata.folded),
      [true, false]
    )
    const all = reduce(session, { _tag: "AllFolded", at: 4000, folded: true })
    assert.deepStrictEqual(
      all.blocks.map(({ metadata }) => metadata.folded),
      [true, true]
    )
    // What is folded already stays the same object: readers compare by identity.
    assert.strictEqual(all.blocks[0], session.blocks[0])
  })

  it("takes the command that runs out of the unsent input, as far as it was kept when it was sent", () => {
    const kept = (input: string, ...events: ReadonlyArray<SessionEvent>) =>
      fold({ _tag: "InputKept", at: 1500, input }, ...events).metadata.input
    assert.strictEqual(kept("echo a", start(a)), "")
    assert.strictEqual(kept(" echo a \n", start(a)), "")
    assert.strictEqual(kept("ech", start(a)), "")
    assert.strictEqual(kept("echo b", start(a)), "echo b")
    assert.strictEqual(kept("echo a; ls", start(a)), "echo a; ls")
    // Output without a command was not typed.
    const loose: SessionEvent = {
      _tag: "BlockStarted",
      at: 2000,
      block: b,
      command: "",
      directory: "/",
      origin: "start"
    }
    assert.strictEqual(kept(" ", loose), " ")
  })

  it("keeps directory, environment, notices, active block and unsent input", () => {
    const session = fold(
      start(a),
      { _tag: "DirectoryChanged", at: 4000, directory: "/usr" },
      { _tag: "EnvironmentChanged", at: 4001, set: { A: "1" }, unset: ["B"], redacted: ["C"] },
      { _tag: "NoticeAdded", at: 4002, block: a, lines: ["one"] },
      { _tag: "NoticeAdded", at: 4003, block: a, lines: ["two"] },
      { _tag: "ActiveBlockSet", at: 4004, block: null },
      { _tag: "InputKept", at: 4005, input: "git st" }
    )
    assert.strictEqual(session.workingDirectory, "/usr")
    assert.deepStrictEqual(session.environment, { A: "1" })
    assert.deepStrictEqual(session.metadata, { shell: "/bin/bash", input: "git st", unset: ["B"], redacted: ["C"] })
    assert.deepStrictEqual(session.blocks[0]!.metadata.notices, ["one", "two"])
    assert.isNull(session.activeBlockId)
  })

  const c = BlockId.make("c")
  const remove = (...blocks: ReadonlyArray<BlockId>): SessionEvent => ({ _tag: "BlocksDeleted", at: 5000, blocks })
  const restore = (...blocks: ReadonlyArray<BlockId>): SessionEvent => ({ _tag: "BlocksRestored", at: 6000, blocks })
  const name = (block: BlockId, text: string | null): SessionEvent => ({
    _tag: "BlockRenamed",
    at: 4000,
    block,
    name: text
  })
  const note = (block: BlockId, text: string | null): SessionEvent => ({
    _tag: "BlockNoted",
    at: 4000,
    block,
    note: text
  })
  const pin = (block: BlockId, pinned: boolean): SessionEvent => ({ _tag: "BlockPinned", at: 4000, block, pinned })
  const three = [start(a), start(b), start(c), end(a), end(b), end(c)]
  const ids = (session: Session) => session.blocks.map(({ id }) => id)

  it("keeps what the user says of a block, and nothing of it once it is taken back", () => {
    const said = fold(...three, name(a, "build"), note(a, "slow"), pin(a, true))
    assert.deepInclude(said.blocks[0]!.metadata, { name: "build", note: "slow", pinned: true })
    const silent = [name(a, null), note(a, null), pin(a, false)].reduce(reduce, said)
    assert.deepStrictEqual(silent.blocks, fold(...three).blocks)
  })

  it("lets a name mean one block: the last that was given it", () => {
    const session = fold(...three, name(a, "build"), name(b, "build"), name(BlockId.make("gone"), "build"))
    assert.deepStrictEqual(
      session.blocks.map(({ metadata }) => metadata.name),
      [undefined, "build", undefined]
    )
  })

  it("keeps what was said of a queued command when it runs", () => {
    const said = fold(queue(a), name(a, "build"), note(a, "slow"), pin(a, true), start(a, 4000, { queued: true }))
    assert.deepInclude(said.blocks[0]!.metadata, { name: "build", note: "slow", pinned: true })
  })

  it("clears no block that is pinned", () => {
    const cleared: SessionEvent = { _tag: "BlocksCleared", at: 5000 }
    assert.deepStrictEqual(ids(fold(...three, pin(b, true), cleared)), [b])
    assert.deepStrictEqual(ids(fold(...three, pin(b, true), pin(b, false), cleared)), [])
  })

  it("brings deleted blocks back as they were and where they were, in any order", () => {
    const before = fold(...three, name(b, "build"), note(b, "slow"), pin(b, true))
    for (const order of [
      [remove(a), remove(b), restore(b), restore(a)],
      [remove(c), remove(a), restore(c), restore(a)],
      [remove(a, c), restore(a, c)],
      [remove(a, b, c), restore(c), restore(b), restore(a)]
    ]) {
      const after = order.reduce(reduce, before)
      assert.deepStrictEqual(after.blocks, before.blocks)
      assert.notProperty(after, "deleted")
    }
  })

  it("brings many thousands of blocks back without looking at each for each", () => {
    const names = Array.from({ length: 100_000 }, (_, index) => BlockId.make(`block-${index}`))
    const [first, ...others] = fold(start(a), end(a)).blocks
    assert.isEmpty(others)
    const blocks = names.map((id, index) => ({ ...first!, id, metadata: { ...first!.metadata, number: index + 1 } }))
    const before = { ...fold(), blocks }
    const odd = names.filter((_, index) => index % 2 === 1)
    const removed = reduce(before, remove(...odd))
    const begun = process.cpuUsage()
    const after = reduce(removed, restore(...odd))
    // In microseconds, of this process alone: a tenth of a second. Each for each it would be a minute.
    assert.isBelow(process.cpuUsage(begun).user, 3_000_000)
    assert.deepStrictEqual(ids(after), names)
  })

  it("deletes what has ended, and nothing that runs, waits or is not there", () => {
    const session = fold(start(a), start(b), end(a), queue(c), remove(b, c, BlockId.make("gone")))
    assert.deepStrictEqual(ids(session), [a, b, c])
    assert.notProperty(session, "deleted")
    assert.deepStrictEqual(ids(fold(...three, remove(a), restore(b, c), restore(a), restore(a))), [a, b, c])
  })

  it("tells what the last delete took: what was deleted together comes back together", () => {
    const session = fold(...three, remove(b), remove(a, c))
    const turns = (now: Session) => lastDeleted(now).map(({ id }) => id)
    assert.deepStrictEqual(turns(session), [a, c])
    const back = reduce(session, restore(a, c))
    assert.deepStrictEqual(turns(back), [b])
    assert.deepStrictEqual(turns(reduce(back, restore(b))), [])
  })

  it("leaves a name to the block that has it by now", () => {
    const session = fold(...three, name(a, "build"), remove(a), name(b, "build"), restore(a))
    assert.deepStrictEqual(
      session.blocks.map(({ metadata }) => metadata.name),
      [undefined, "build", undefined]
    )
  })

  it("makes no deleted block the active one, and hears what is said of it late", () => {
    const notice: SessionEvent = { _tag: "NoticeAdded", at: 5500, block: c, lines: ["late"] }
    const session = fold(...three, remove(c), notice)
    assert.isNull(session.activeBlockId)
    assert.deepStrictEqual(reduce(session, restore(c)).blocks[2]!.metadata.notices, ["late"])
  })

  it("gives no number twice, whatever was deleted or cleared, also after a resume", () => {
    const next = (...more: ReadonlyArray<SessionEvent>) =>
      fold(...three, ...more, start(BlockId.make("d"))).blocks.at(-1)!.metadata.number
    const resumed: SessionEvent = { _tag: "SessionResumed", at: 9000 }
    assert.strictEqual(next(), 4)
    assert.strictEqual(next(remove(c)), 4)
    assert.strictEqual(next(remove(a, b, c), resumed), 4)
    assert.strictEqual(next({ _tag: "BlocksCleared", at: 5000 }, resumed), 4)
  })

  it("brings nothing back once the session was opened again", () => {
    const session = fold(...three, remove(b), { _tag: "SessionResumed", at: 9000 }, restore(b))
    assert.deepStrictEqual(ids(session), [a, c])
    assert.deepStrictEqual(lastDeleted(session), [])
  })

  const archive = SessionId.make("archive")
  const archived = (why: "clear" | "size", ...blocks: ReadonlyArray<BlockId>): SessionEvent => ({
    _tag: "BlocksArchived",
    at: 5000,
    blocks,
    archive,
    why
  })

  it("brings cleared blocks back as they were, and tells until then where else they are", () => {
    const before = fold(...three, name(b, "build"), note(b, "slow"))
    const cleared = reduce(before, archived("clear", a, b))
    assert.deepStrictEqual(ids(cleared), [c])
    assert.deepStrictEqual(
      lastDeleted(cleared).map(({ id, metadata }) => [id, metadata.archive]),
      [
        [a, archive],
        [b, archive]
      ]
    )
    const back = reduce(cleared, restore(a, b))
    assert.deepStrictEqual(back.blocks, before.blocks)
    assert.notProperty(back, "deleted")
    assert.notProperty(reduce(cleared, { _tag: "SessionResumed", at: 9000 }), "deleted")
  })

  it("lets go of blocks that were archived for the session's size, and gives their numbers to nobody", () => {
    const session = fold(...three, archived("size", a, c))
    assert.deepStrictEqual(ids(session), [b])
    assert.notProperty(session, "deleted")
    assert.isNull(session.activeBlockId)
    assert.deepStrictEqual(ids(reduce(session, restore(a, c))), [b])
    assert.strictEqual(reduce(session, start(BlockId.make("d"))).blocks.at(-1)!.metadata.number, 4)
  })

  it("archives nothing that runs, waits or is not there", () => {
    for (const why of ["clear", "size"] as const) {
      const session = fold(start(a), start(b), end(a), queue(c), archived(why, b, c, BlockId.make("gone")))
      assert.deepStrictEqual(ids(session), [a, b, c])
      assert.notProperty(session, "deleted")
    }
  })

  const some = fc.subarray([a, b, c])
  const events: fc.Arbitrary<SessionEvent> = fc.oneof(
    some.map((blocks) => remove(...blocks)),
    some.map((blocks) => restore(...blocks)),
    fc
      .record({ block: fc.constantFrom(a, b), text: fc.constantFrom("x", "y", null) })
      .map((to) => name(to.block, to.text)),
    fc.record({ block: fc.constantFrom(a, b), pinned: fc.boolean() }).map((to) => pin(to.block, to.pinned)),
    fc.record({ _tag: fc.constant("BlocksCleared" as const), at: fc.nat() }),
    fc
      .record({ why: fc.constantFrom("clear" as const, "size" as const), blocks: some })
      .map((to) => archived(to.why, ...to.blocks)),
    fc.constantFrom(start(a), start(b), end(a), end(b), queue(a), start(a, 2000, { queued: true })),
    fc.record({
      _tag: fc.constant("OutputFrozen" as const),
      block: fc.constantFrom(a, b),
      firstLine: fc.nat(20),
      lines: fc.array(fc.string(), { maxLength: 3 })
    }),
    fc.record({ _tag: fc.constant("SessionResumed" as const), at: fc.nat() }),
    fc.record({ _tag: fc.constant("AllFolded" as const), at: fc.nat(), folded: fc.boolean() }),
    fc.record({ _tag: fc.constant("BlocksFolded" as const), at: fc.nat(), blocks: some, folded: fc.boolean() }),
    fc.record({ _tag: fc.constant("InputKept" as const), at: fc.nat(), input: fc.string() })
  )

  it("is pure: it changes no session it was given, and says the same twice", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 20 }), events, (before, event) => {
        const session = fold(...before)
        const copy = structuredClone(session)
        const once = reduce(session, event)
        assert.deepStrictEqual(session, copy)
        assert.deepStrictEqual(reduce(session, event), once)
      })
    )
  })

  it("never ends a resumed session with a running block, nor numbers two blocks alike", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 20 }), (before) => {
        const session = fold(...before, { _tag: "SessionResumed", at: 9999 })
        assert.isTrue(session.blocks.every(({ status }) => isFinished(status)))
        const numbers = session.blocks.map(({ metadata }) => metadata.number)
        assert.deepStrictEqual(
          numbers,
          [...new Set(numbers)].sort((one, other) => one - other)
        )
        const names = session.blocks.flatMap(({ metadata }) => metadata.name ?? [])
        assert.lengthOf(new Set(names), names.length)
      })
    )
  })

  it("numbers a new block higher than any before it, those that have left too", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 20 }), (before) => {
        let highest = 0
        let session = emptySession(created)
        for (const event of [...before, start(BlockId.make("new"))]) {
          const known = new Set(session.blocks.map(({ metadata }) => metadata.number))
          session = reduce(session, event)
          if (event._tag !== "BlockStarted" && event._tag !== "BlockQueued") continue
          const fresh = session.blocks.map(({ metadata }) => metadata.number).filter((number) => !known.has(number))
          for (const number of fresh) assert.isAbove(number, highest)
          highest = Math.max(highest, ...fresh)
        }
        assert.strictEqual(session.blocks.at(-1)!.metadata.number, highest)
      })
    )
  })

  it("keeps counts that make sense: the lines kept are never more than the lines printed", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 20 }), (before) => {
        for (const { metadata } of fold(...before).blocks) {
          const { lines, hiddenLines, headLines } = metadata
          assert.isAtLeast(hiddenLines, 0)
          assert.isAtMost(hiddenLines + headLines, lines)
        }
      })
    )
  })

  it("ignores an unknown block", () => {
    const session = fold(start(a))
    for (const event of [
      { _tag: "OutputFrozen", block: b, firstLine: 0, lines: ["x"] },
      { _tag: "BlockFolded", at: 1, block: b, folded: true }
    ] satisfies ReadonlyArray<SessionEvent>) {
      assert.strictEqual(reduce(session, event), session)
    }
  })
})
