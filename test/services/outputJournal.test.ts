import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { makeOutputJournal, OUTPUT_JOURNAL_INTERVAL_MS } from "../../src/services/outputJournal.ts"
import type { PrintedOutput } from "../../src/services/persistence/LiveScreen.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"

const ID = BlockId.make("b1")
const ROWS = 4

/** A block that runs in a terminal of 80×4, over a session in memory. */
const running = Effect.gen(function* () {
  const events: Array<SessionEvent> = []
  const screens: Array<ReadonlyArray<PrintedOutput>> = []
  const outputs = new BlockStore({ maxBytes: 1_000_000, restore: () => null })
  let session = emptySession({
    _tag: "SessionCreated",
    at: 0,
    session: SessionId.make("s1"),
    workingDirectory: "/",
    shell: "/bin/bash"
  })
  const dispatch = (event: SessionEvent) =>
    Effect.sync(() => {
      events.push(event)
      session = reduce(session, event)
    })
  const journal = yield* makeOutputJournal(
    outputs,
    { get: Effect.sync(() => session), dispatch },
    (kept) => void screens.push(kept)
  )
  const open = (stream: "stdout" | "stderr") =>
    outputs.open(
      ID,
      { columns: 80, rows: ROWS },
      () => {},
      () => {},
      stream
    )
  open("stdout")
  yield* dispatch({ _tag: "BlockStarted", at: 0, block: ID, command: "make", directory: "/" })
  return {
    journal,
    screens,
    open,
    outputs,
    print: (text: string, stream: "stdout" | "stderr" = "stdout") =>
      outputs.live(ID, stream)?.write(Buffer.from(text.replaceAll("\n", "\r\n"))),
    frozen: () => events.flatMap((event) => (event._tag === "OutputFrozen" ? [event] : []))
  }
})

const numbered = (count: number): Array<string> => Array.from({ length: count }, (_, index) => `line ${index}`)
const textOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

describe("the journal of outputs", () => {
  it.scoped("takes what leaves a running screen after a while, and the screen beside it", () =>
    Effect.gen(function* () {
      const { print, frozen, screens } = yield* running
      const lines = numbered(10)
      print(textOf(lines))
      yield* TestClock.adjust(OUTPUT_JOURNAL_INTERVAL_MS - 1)
      assert.deepStrictEqual([frozen(), screens], [[], []])
      yield* TestClock.adjust(1)
      const taken = frozen().flatMap((event) => event.lines)
      assert.isAbove(taken.length, 0)
      const shown = screens.at(-1)![0]!.runs.flatMap((run) => run.lines)
      assert.isAtMost(shown.length, ROWS)
      assert.deepStrictEqual([...taken, ...shown], lines)
    })
  )

  it.scoped("takes the rest of both streams at the end, and says how much each has printed", () =>
    Effect.gen(function* () {
      const { journal, open, print, frozen } = yield* running
      open("stderr")
      print("out\nmore\n")
      print("err", "stderr")
      const account = yield* journal.finish(ID)
      assert.deepInclude(account, { lines: 2, hiddenLines: 0, hiddenBytes: 0 })
      assert.strictEqual(account.stderr?.lines, 1)
      const said = frozen().map(({ lines, stream, unfinished }) => [lines, stream, unfinished])
      assert.deepStrictEqual(said, [
        [["out", "more"], undefined, undefined],
        [["err"], "stderr", true]
      ])
    })
  )

  it.scoped("has no account of a stream that was not kept apart", () =>
    Effect.gen(function* () {
      const { journal, print } = yield* running
      print("out\n")
      assert.notProperty(yield* journal.finish(ID), "stderr")
    })
  )

  it.scoped("takes everything once more when it is asked to", () =>
    Effect.gen(function* () {
      const { journal, outputs, print, frozen } = yield* running
      print("out\n")
      yield* journal.finish(ID)
      assert.isTrue(outputs.retake(ID, ["stdout"]))
      yield* journal.alone(journal.again(ID, ["stdout"], true))
      assert.deepStrictEqual(
        frozen().map(({ firstLine, lines }) => [firstLine, lines]),
        [
          [0, ["out"]],
          [0, ["out"]]
        ]
      )
    })
  )
})
