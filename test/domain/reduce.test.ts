import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { EMPTY_ACCOUNT, isFinished, jobSource, MAX_SOURCE_LENGTH } from "../../src/domain/Block.ts"
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

  const events: fc.Arbitrary<SessionEvent> = fc.oneof(
    fc.constantFrom(start(a), start(b), end(a), end(b), queue(a), start(a, 2000, { queued: true })),
    fc.record({
      _tag: fc.constant("OutputFrozen" as const),
      block: fc.constantFrom(a, b),
      firstLine: fc.nat(20),
      lines: fc.array(fc.string(), { maxLength: 3 })
    }),
    fc.record({ _tag: fc.constant("SessionResumed" as const), at: fc.nat() }),
    fc.record({ _tag: fc.constant("AllFolded" as const), at: fc.nat(), folded: fc.boolean() }),
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
        assert.deepStrictEqual(
          session.blocks.map(({ metadata }) => metadata.number),
          session.blocks.map((_, index) => index + 1)
        )
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
