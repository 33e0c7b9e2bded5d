import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { type BlockEnd, BlockService, type BlockServiceOptions, statusOf } from "../../src/services/BlockService.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { BlockStore, type StoredOutput } from "../../src/terminal/BlockStore.ts"

const session = emptySession({
  _tag: "SessionCreated",
  at: 0,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
})
const id = BlockId.make("b1")

/** Blocks over a list instead of a journal, in a terminal of 80×4. */
const withBlocks = <A, E>(
  use: (context: {
    appended: Array<SessionEvent>
    write: (text: string) => void
  }) => Effect.Effect<A, E, BlockService | SessionStore>,
  maxBytes = 1_000_000,
  restore: (id: BlockId) => StoredOutput | null = () => null,
  options: BlockServiceOptions = {}
) => {
  const appended: Array<SessionEvent> = []
  const outputs = new BlockStore({ maxBytes, restore })
  const write = (text: string) => outputs.live(id)?.write(Buffer.from(text))
  const open = Effect.sync(() =>
    outputs.open(
      id,
      { columns: 80, rows: 4 },
      () => {},
      () => {}
    )
  )
  const layer = BlockService.layer(outputs, options).pipe(
    Layer.provideMerge(SessionStore.layer(session, { append: (event) => appended.push(event) }))
  )
  return Effect.zipRight(open, use({ appended, write })).pipe(Effect.provide(layer))
}

const numbered = (from: number, to: number): Array<string> =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`)
const text = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\r\n`).join("")
const frozen = (events: ReadonlyArray<SessionEvent>) => events.filter((event) => event._tag === "OutputFrozen")

const folds = (
  name: string,
  lines: number,
  end: BlockEnd,
  expected: boolean,
  meanwhile: (blocks: typeof BlockService.Service) => Effect.Effect<void> = () => Effect.void
) =>
  it.scoped(`${expected ? "folds" : "leaves open"} ${name}`, () =>
    withBlocks(
      ({ write, appended }) =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          yield* blocks.createBlock("make", { id, directory: "/home/ada" })
          write(text(numbered(0, lines)))
          yield* meanwhile(blocks)
          yield* blocks.finishBlock(id, end)
          const { metadata } = yield* (yield* SessionStore).getBlock(id)
          assert.strictEqual(metadata.folded, expected)
          // As an event, so that it comes back.
          const last = appended.at(-1)
          if (expected) assert.deepInclude(last, { _tag: "BlockFolded", block: id, folded: true })
          else assert.strictEqual(last?._tag, "BlockFinished")
        }),
      undefined,
      undefined,
      { autoFoldLines: 10 }
    )
  )

describe("BlockService", () => {
  it.scoped("wakes for nothing while nothing is printed", () =>
    withBlocks(({ write }) =>
      Effect.gen(function* () {
        yield* (yield* BlockService).createBlock("watch", { id, directory: "/home/ada" })
        const sleepingAfter = (ms: number) => Effect.flatMap(TestClock.adjust(ms), TestClock.sleeps)
        assert.lengthOf(yield* sleepingAfter(250), 0)
        write(text(numbered(0, 10)))
        assert.lengthOf(yield* sleepingAfter(0), 1)
        assert.lengthOf(yield* sleepingAfter(250), 0)
      })
    )
  )

  const success: BlockEnd = { status: "success", exitCode: 0, signal: null }
  folds("a success that is longer than the limit, by itself", 11, success, true)
  folds("one of just so many lines", 10, success, false)
  folds("a failure, however long", 99, { status: "failure", exitCode: 2, signal: null }, false)
  folds("what was interrupted", 99, { status: "interrupted", exitCode: 130, signal: "SIGINT" }, false)
  folds("what the user has unfolded while it ran", 99, success, false, (blocks) => blocks.setFolded(id, false))
  folds("what was unfolded with all the others", 99, success, false, (blocks) => blocks.setAllFolded(false))
  folds("what the user has unfolded and folded again", 99, success, true, (blocks) =>
    Effect.zipRight(blocks.setFolded(id, false), blocks.setAllFolded(true))
  )
  folds("what is being read", 99, success, false, (blocks) => Effect.sync(() => blocks.reading((one) => one === id)))
  folds("what another block's reader does not see", 99, success, true, (blocks) =>
    Effect.sync(() => blocks.reading((one) => one !== id))
  )

  it.scoped("ends a block when its command has ended, not when that is told, and never before it began", () =>
    withBlocks(({ appended }) =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        yield* blocks.createBlock("slow prompt", { id, directory: "/home/ada" })
        yield* TestClock.adjust("1 second")
        yield* blocks.finishBlock(id, { status: "success", exitCode: 0, signal: null }, 300.4)
        const ended = appended.at(-1)
        assert.deepInclude(ended, { _tag: "BlockFinished", at: 700 })
        yield* blocks.createBlock("quick", { directory: "/home/ada" })
        const quick = appended.findLast((event) => event._tag === "BlockStarted")!
        yield* blocks.finishBlock(quick.block, { status: "success", exitCode: 0, signal: null }, 5000)
        assert.deepInclude(appended.at(-1), { _tag: "BlockFinished", at: 1000 })
      })
    )
  )

  it.scoped("opens a block, journals what leaves the screen every 250 ms, and the rest before the end", () =>
    withBlocks(({ appended, write }) =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        const header = yield* blocks.createBlock("seq", { id, directory: "/home/ada" })
        assert.deepStrictEqual([header.status, header.metadata.number], ["running", 1])

        write(text(numbered(0, 10)))
        assert.deepStrictEqual(frozen(appended), [])
        yield* TestClock.adjust("250 millis")
        // The last rows can still be changed by the program: they stay on the live screen.
        assert.deepStrictEqual(
          frozen(appended).flatMap((event) => event.lines),
          numbered(0, 6)
        )

        write(`${text(numbered(10, 12))}no newline`)
        yield* blocks.finishBlock(id, { status: "failure", exitCode: 7, signal: null })
        const lines = frozen(appended)
        assert.deepStrictEqual(
          lines.flatMap((event) => event.lines),
          [...numbered(0, 12), "no newline"]
        )
        assert.deepStrictEqual(lines.at(-1)?.unfinished, true)
        assert.deepInclude(appended.at(-1), { _tag: "BlockFinished", status: "failure", exitCode: 7, lines: 13 })
      })
    )
  )

  it.scoped("journals no line before the start of its block, and loses none of what was printed by then", () =>
    withBlocks(({ appended, write }) =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        write(text(numbered(0, 10)))
        yield* TestClock.adjust("500 millis")
        assert.deepStrictEqual(appended, [])
        yield* blocks.createBlock("seq", { id, directory: "/home/ada" })
        yield* TestClock.adjust("250 millis")
        assert.deepStrictEqual(
          appended.map(({ _tag }) => _tag),
          ["BlockStarted", "OutputFrozen"]
        )
        assert.deepStrictEqual(
          frozen(appended).flatMap((event) => event.lines),
          numbered(0, 6)
        )
      })
    )
  )

  it.scoped("says how much the output limit left out", () =>
    withBlocks(
      ({ appended, write }) =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          yield* blocks.createBlock("seq", { id, directory: "/" })
          write(text(numbered(0, 5000)))
          yield* blocks.finishBlock(id, { status: "success", exitCode: 0, signal: null })
          const end = appended.at(-1)
          if (end?._tag !== "BlockFinished") return assert.fail("the block has not ended")
          const kept = frozen(appended).flatMap((event) => event.lines)
          assert.strictEqual(end.lines, 5000)
          assert.isAbove(end.hiddenLines, 0)
          const bytes = (lines: ReadonlyArray<string>) => lines.reduce((sum, line) => sum + line.length + 1, 0)
          assert.strictEqual(
            bytes(blocks.outputs.get(id)!.text().trimEnd().split("\n")) + end.hiddenBytes,
            bytes(numbered(0, 5000))
          )
          assert.strictEqual(kept[0], "line 0")
          assert.strictEqual(kept.at(-1), "line 4999")
        }),
      8192
    )
  )

  it.scoped("does not fill the journal with a flood: no more than is kept, then the last lines at the end", () =>
    withBlocks(
      ({ appended, write }) =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          yield* blocks.createBlock("yes", { id, directory: "/" })
          const size = () => frozen(appended).reduce((sum, event) => sum + event.lines.join("\n").length + 1, 0)
          for (let i = 0; i < 50; i++) {
            write(text(numbered(i * 1000, (i + 1) * 1000)))
            yield* TestClock.adjust("250 millis")
          }
          assert.isBelow(size(), 3 * 8192)
          yield* blocks.finishBlock(id, { status: "interrupted", exitCode: 130, signal: "SIGINT" })
          assert.isBelow(size(), 4 * 8192)
          assert.strictEqual(frozen(appended).at(-1)?.lines.at(-1), "line 49999")
        }),
      8192
    )
  )

  it.scoped("journals much output in pieces that follow each other without a gap", () =>
    withBlocks(({ appended, write }) =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        yield* blocks.createBlock("seq", { id, directory: "/" })
        const lines = numbered(0, 60_000)
        write(`${text(lines)}open`)
        yield* blocks.finishBlock(id, { status: "success", exitCode: 0, signal: null })
        const events = frozen(appended)
        assert.isAbove(events.length, 3)
        assert.deepStrictEqual(
          events.flatMap((event) => event.lines),
          [...lines, "open"]
        )
        let next = 0
        for (const event of events) {
          assert.strictEqual(event.firstLine, next)
          next += event.lines.length
        }
        assert.deepStrictEqual(
          events.map((event) => event.unfinished ?? false),
          [...events.slice(1).map(() => false), true]
        )
      })
    )
  )

  it.scoped("adds notices and folds", () =>
    withBlocks(() =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        yield* blocks.createBlock("make", { id, directory: "/" })
        yield* blocks.addNotice(id, ["direnv: loading .envrc"])
        yield* blocks.addNotice(id, [])
        yield* blocks.setFolded(id, true)
        const { metadata } = yield* (yield* SessionStore).getBlock(id)
        assert.deepStrictEqual([metadata.notices, metadata.folded], [["direnv: loading .envrc"], true])
        yield* blocks.setAllFolded(false)
        assert.isFalse((yield* (yield* SessionStore).getBlock(id)).metadata.folded)
      })
    )
  )

  describe("what the user says", () => {
    const other = BlockId.make("b2")
    const success: BlockEnd = { status: "success", exitCode: 0, signal: null }

    /** Block 1 has ended, block 2 runs. */
    const withTwo = <A, E>(use: (appended: Array<SessionEvent>) => Effect.Effect<A, E, BlockService | SessionStore>) =>
      withBlocks(({ appended, write }) =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          yield* blocks.createBlock("make", { id })
          write("built\r\n")
          yield* blocks.finishBlock(id, success)
          yield* blocks.createBlock("sleep 9", { id: other })
          return yield* use(appended)
        })
      )

    it.scoped("is a name of its own for a block, until it is taken away", () =>
      withTwo((appended) =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          const store = yield* SessionStore
          yield* blocks.renameBlock(id, "build")
          assert.strictEqual((yield* store.getBlock(id)).metadata.name, "build")
          const taken = yield* Effect.flip(blocks.renameBlock(other, "build"))
          assert.strictEqual(taken.message, "b1 is called @build already")
          const before = appended.length
          yield* blocks.renameBlock(id, "build")
          assert.lengthOf(appended, before)
          const refused = (name: string) =>
            Effect.map(Effect.flip(blocks.renameBlock(id, name)), ({ reason }) => reason)
          assert.deepStrictEqual(
            [yield* refused("2nd"), yield* refused("last"), yield* refused("b7")],
            ["BadName", "ReservedName", "ReservedName"]
          )
          yield* blocks.renameBlock(id, null)
          assert.notProperty((yield* store.getBlock(id)).metadata, "name")
          yield* blocks.renameBlock(other, "build")
          const unknown = yield* Effect.flip(blocks.renameBlock(BlockId.make("nope"), "x"))
          assert.strictEqual(unknown.reason, "UnknownBlock")
        })
      )
    )

    it.scoped("gives one of many who ask at once a name", () =>
      withTwo(() =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          const asked = [id, other].map((block) => Effect.either(blocks.renameBlock(block, "build")))
          const answers = yield* Effect.all(asked, { concurrency: "unbounded" })
          assert.deepStrictEqual(answers.map(({ _tag }) => _tag).sort(), ["Left", "Right"])
        })
      )
    )

    it.scoped("is a note of one line, and a pin", () =>
      withTwo(() =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          const store = yield* SessionStore
          yield* blocks.noteBlock(id, "slow since Monday")
          yield* blocks.setPinned(id, true)
          assert.deepInclude((yield* store.getBlock(id)).metadata, { note: "slow since Monday", pinned: true })
          const refused = yield* Effect.flip(blocks.noteBlock(id, "two\nlines"))
          assert.strictEqual(refused.message, "A note is one line of 500 characters at most")
          yield* store.clearBlocks
          assert.deepStrictEqual(
            (yield* store.get).blocks.map((block) => block.id),
            [id, other]
          )
          yield* blocks.noteBlock(id, null)
          yield* blocks.setPinned(id, false)
          assert.notProperty((yield* store.getBlock(id)).metadata, "note")
          yield* store.clearBlocks
          assert.lengthOf((yield* store.get).blocks, 1)
        })
      )
    )

    it.scoped("takes blocks out and brings them back with their output, newest first; not while they run", () =>
      withTwo(() =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          const store = yield* SessionStore
          const running = yield* Effect.flip(blocks.deleteBlocks([id, other]))
          assert.strictEqual(running.message, "b2 runs: stop it first")
          assert.lengthOf((yield* store.get).blocks, 2)
          const waiting = yield* blocks.createBlock("later", { queued: true })
          assert.strictEqual((yield* Effect.flip(blocks.deleteBlocks([waiting.id]))).message, "b3 waits: stop it first")
          yield* blocks.finishBlock(other, success)
          const before = (yield* store.get).blocks
          yield* blocks.deleteBlocks([id])
          yield* blocks.deleteBlocks([other])
          assert.strictEqual((yield* Effect.flip(store.getBlock(id))).reason, "UnknownBlock")
          const back = (yield* store.undo).after.blocks.map((block) => block.id)
          assert.deepStrictEqual(back, [other, waiting.id])
          yield* store.undo
          assert.deepStrictEqual((yield* store.get).blocks, before)
          assert.strictEqual(blocks.outputs.get(id)?.text(), "built\n")
        })
      )
    )
  })

  it.scoped("creates blocks as the seeds do: a command, then its status and its output, which is appended", () =>
    withBlocks(({ appended }) =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        const store = yield* SessionStore
        const block = yield* blocks.createBlock("echo test")
        assert.deepStrictEqual([block.status, block.metadata.directory], ["running", "/home/ada"])
        yield* blocks.updateBlockStatus(block.id, "running")
        yield* blocks.updateBlockOutput(block.id, "one\ntw")
        yield* blocks.updateBlockOutput(block.id, "o\n", "")
        yield* blocks.updateBlockStatus(block.id, "success", 0)
        assert.strictEqual(blocks.outputs.get(block.id)?.text(), "one\ntwo\n")
        assert.deepStrictEqual(
          frozen(appended).flatMap((event) => event.lines),
          ["one", "two"]
        )
        const ended = yield* store.getBlock(block.id)
        assert.deepStrictEqual([ended.status, ended.exitCode, ended.metadata.lines], ["success", 0, 2])
        assert.isUndefined(ended.metadata.stderr)
      })
    )
  )

  it.scoped("keeps stderr apart where it is given apart, live and in the journal, with an account of its own", () =>
    withBlocks(({ appended }) =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        const { id } = yield* blocks.createBlock("make")
        yield* blocks.updateBlockOutput(id, text(numbered(0, 40)), "warning\n")
        yield* blocks.updateBlockOutput(id, "", text(numbered(40, 80)))
        assert.strictEqual(
          blocks.outputs.get(id, "stderr")?.text(),
          `warning\n${text(numbered(40, 80)).replaceAll("\r", "")}`
        )
        yield* TestClock.adjust("250 millis")
        const journaled = frozen(appended)
        assert.isTrue(journaled.some(({ stream }) => stream === "stderr"))
        assert.isTrue(journaled.some(({ stream }) => stream === undefined))
        yield* blocks.updateBlockOutput(id, "", "last words")
        yield* blocks.updateBlockStatus(id, "failure", 2)
        const lines = (stream: "stderr" | undefined) =>
          frozen(appended)
            .filter((event) => event.stream === stream)
            .flatMap((event) => event.lines)
        assert.deepStrictEqual(lines(undefined), numbered(0, 40))
        assert.deepStrictEqual(lines("stderr"), ["warning", ...numbered(40, 80), "last words"])
        assert.isTrue(frozen(appended).at(-1)?.unfinished)
        const { metadata } = yield* (yield* SessionStore).getBlock(id)
        assert.deepInclude(metadata, { lines: 40, stderr: { lines: 42, hiddenBytes: 0, hiddenLines: 0, headLines: 0 } })
        assert.strictEqual(blocks.outputs.get(id)?.lineCount, 40)
        assert.strictEqual(blocks.outputs.get(id, "stderr")?.lineCount, 42)
      })
    )
  )

  it.scoped("goes on with what is stored of a block's output", () =>
    withBlocks(
      () =>
        Effect.gen(function* () {
          const blocks = yield* BlockService
          yield* blocks.finishBlock(id, { status: "success", exitCode: 0, signal: null })
          const block = yield* blocks.createBlock("tail", { id: BlockId.make("b2") })
          yield* blocks.updateBlockOutput(block.id, "new\n")
          assert.strictEqual(blocks.outputs.get(block.id)?.text(), "stored\nnew\n")
        }),
      1_000_000,
      (asked) =>
        asked === "b2" ? { lines: ["stored"], unfinished: false, hidden: { lines: 0, bytes: 0, headLines: 0 } } : null
    )
  )

  const legal = new Set([
    "idle>running",
    "idle>interrupted",
    "running>success",
    "running>failure",
    "running>interrupted"
  ])
  const statuses = ["idle", "running", "success", "failure", "interrupted"] as const
  for (const from of statuses) {
    for (const to of statuses) {
      const isLegal = from === to || legal.has(`${from}>${to}`)
      it.scoped(`${isLegal ? "lets" : "does not let"} a block go from ${from} to ${to}`, () =>
        withBlocks(({ appended }) =>
          Effect.gen(function* () {
            const blocks = yield* BlockService
            const store = yield* SessionStore
            const queued = BlockId.make("b2")
            yield* blocks.createBlock("ls", { id: queued, queued: true })
            if (from !== "idle") yield* blocks.updateBlockStatus(queued, "running")
            if (from !== "idle" && from !== "running") yield* blocks.updateBlockStatus(queued, from)
            const before = appended.length
            const outcome = yield* Effect.either(blocks.updateBlockStatus(queued, to))
            const block = yield* store.getBlock(queued)
            assert.strictEqual(block.status, isLegal ? to : from)
            assert.strictEqual(appended.length - before, isLegal && from !== to ? 1 : 0)
            if (outcome._tag === "Right") return assert.isTrue(isLegal)
            assert.deepInclude(outcome.left, { reason: "IllegalTransition", from, to })
            assert.include(outcome.left.message, `${from} and cannot become ${to}`)
          })
        )
      )
    }
  }

  it.scoped("takes output for running blocks only, and knows no others", () =>
    withBlocks(() =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        const { id: queued } = yield* blocks.createBlock("ls", { queued: true })
        const error = yield* Effect.flip(blocks.updateBlockOutput(queued, "x"))
        assert.deepInclude(error, { reason: "NotRunning", from: "idle" })
        const unknown = BlockId.make("nope")
        assert.strictEqual((yield* Effect.flip(blocks.updateBlockOutput(unknown, "x"))).reason, "UnknownBlock")
        assert.strictEqual((yield* Effect.flip(blocks.updateBlockStatus(unknown, "running"))).reason, "UnknownBlock")
        yield* blocks.updateBlockStatus(queued, "running")
        yield* blocks.updateBlockStatus(queued, "success")
        assert.strictEqual(
          (yield* Effect.flip(blocks.updateBlockStatus(queued, "success", 1))).reason,
          "IllegalTransition"
        )
      })
    )
  )

  it.scoped("starts a queued block in its place, and one that is not there at the end", () =>
    withBlocks(() =>
      Effect.gen(function* () {
        const blocks = yield* BlockService
        const { id: queued } = yield* blocks.createBlock("echo !!", { queued: true })
        yield* blocks.createBlock("other")
        const again = yield* blocks.createBlock("again", { id: queued })
        assert.strictEqual(again.command, "echo !!")
        const begun = yield* blocks.startBlock(queued, "echo ls", { directory: "/usr", timeLimit: 5 })
        assert.deepInclude(begun, { command: "echo ls", status: "running" })
        assert.deepInclude(begun.metadata, { number: 1, directory: "/usr", timeLimit: 5 })
        const fresh = yield* blocks.startBlock(BlockId.make("b9"), "ls", { beside: true })
        assert.deepInclude(fresh.metadata, { number: 3, beside: true, directory: "/home/ada" })
      })
    )
  )

  it("gives each ending its status", () => {
    assert.strictEqual(statusOf(0, null), "success")
    assert.strictEqual(statusOf(1, null), "failure")
    assert.strictEqual(statusOf(null, "SIGKILL"), "failure")
    assert.strictEqual(statusOf(137, "SIGKILL"), "failure")
    assert.strictEqual(statusOf(130, null), "interrupted")
    assert.strictEqual(statusOf(130, "SIGINT"), "interrupted")
    assert.strictEqual(statusOf(148, null), "interrupted")
    assert.strictEqual(statusOf(null, null), "failure")
  })
})
