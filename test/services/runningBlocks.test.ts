import { cpSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { OutputStream } from "../../src/domain/Block.ts"
import { BlockId } from "../../src/domain/ids.ts"
import { NO_KEY } from "../../src/domain/redact.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { OUTPUT_JOURNAL_INTERVAL_MS } from "../../src/services/outputJournal.ts"
import type { LiveOutput } from "../../src/services/persistence/LiveScreen.ts"
import { storableScreen } from "../../src/services/persistence/redactScreen.ts"
import { readScreen } from "../../src/services/persistence/ScreenFile.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { openSessionReader } from "../../src/services/persistence/SessionReader.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import { plain } from "../../src/terminal/sanitise.ts"
import { eventually } from "../harness/eventually.ts"
import { created, optionsFor, processes, SESSION, temporaryDirectory } from "./persistence/sessions.ts"

const id = BlockId.make("b1")
const COLUMNS = 20
const ROWS = 4

/** A screen as it is stored: of an unfinished line a word is held back that may be the beginning of a secret. */
const stored = (output: LiveOutput): LiveOutput => {
  const steps = storableScreen({ output, after: NO_KEY, isKept: false })
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

/** A command whose output goes to disk as the program sends it, and may be killed. */
interface Running {
  readonly write: (bytes: string) => void
  /** What its block shows. */
  readonly text: (stream?: OutputStream) => string
  /** Lets the time pass after which output is on its way to the disk. */
  readonly beat: Effect.Effect<void>
  /** Waits until what was on its way is there. */
  readonly settled: Effect.Effect<void>
  /** Brings what is on disk into a snapshot. */
  readonly compact: Effect.Effect<void>
  /** The command ends. */
  readonly finish: Effect.Effect<void>
  /** The session as another process finds it after a kill at this very moment. */
  readonly killed: Effect.Effect<Killed>
}

interface Killed {
  readonly text: string
  readonly stderr: string | null
  /** Of stdout. */
  readonly hiddenBytes: number
  readonly lines: number
  readonly status: string
  readonly notices: ReadonlyArray<string>
}

const running = <A>(
  use: (command: Running) => Effect.Effect<A>,
  { maxBytes = 1_000_000, split = false }: { maxBytes?: number; split?: boolean } = {}
): Promise<A> => {
  const dataDir = temporaryDirectory()
  const { active } = optionsFor(dataDir).directory
  return Effect.gen(function* () {
    const file = yield* Effect.acquireRelease(
      Effect.sync(() => SessionFile.create(created, optionsFor(dataDir))),
      (open) => Effect.promise(() => open.close())
    )
    const outputs = new BlockStore({ maxBytes, restore: (block, stream) => file.output(block, stream) })
    let told = "[]"
    const services = yield* Layer.build(
      BlockService.layer(outputs, {
        keepScreens: (screens) => {
          told = JSON.stringify(screens.map(stored))
          file.keepScreens(screens)
        }
      }).pipe(Layer.provideMerge(SessionStore.layer(file.session, { append: (event) => file.append(event) })))
    )
    const quiet = () => {}
    outputs.open(id, { columns: COLUMNS, rows: ROWS }, quiet, quiet)
    if (split) outputs.open(id, { columns: COLUMNS, rows: ROWS }, quiet, quiet, "stderr")
    const blocks = Context.get(services, BlockService)
    yield* blocks.createBlock("make", { id, split })
    yield* Effect.promise(() => file.flush())
    const killed = Effect.promise(async (): Promise<Killed> => {
      const copy = temporaryDirectory()
      cpSync(dataDir, copy, { recursive: true })
      const after = await SessionFile.open(SESSION, optionsFor(copy, processes(11, [11])))
      after.resume({ at: 9_000 })
      const header = after.session.blocks[0]!
      const reader = openSessionReader(optionsFor(copy).directory, SESSION)
      try {
        // Once the screen is in the journal, it is no longer beside it.
        assert.isNull(readScreen(join(copy, "active"), SESSION))
        const { stdout, stderr } = reader.text(header)
        const { hiddenBytes, lines, notices } = header.metadata
        const apart = after.output(id, "stderr")
        return {
          text: plain(stdout),
          stderr: apart && plain(stderr),
          hiddenBytes,
          lines,
          status: header.status,
          notices
        }
      } finally {
        reader.close()
        await after.close()
      }
    })
    return yield* use({
      write: (bytes) => outputs.live(id)?.write(Buffer.from(bytes)),
      text: (stream) => outputs.get(id, stream)?.text() ?? "",
      beat: TestClock.adjust(OUTPUT_JOURNAL_INTERVAL_MS),
      settled: Effect.promise(async () => {
        await file.flush()
        await eventually(() => assert.strictEqual(JSON.stringify(readScreen(active, SESSION)?.outputs ?? []), told))
      }),
      compact: Effect.promise(() => file.compact()),
      finish: blocks.finishBlock(id, { status: "success", exitCode: 0, signal: null }),
      killed
    })
  }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext), Effect.runPromise)
}

describe("a command that is killed with its terminal", () => {
  it("keeps what its block showed, says that it was interrupted and why, and shows it beside the process too", () =>
    running(({ write, beat, settled, killed, text }) =>
      Effect.gen(function* () {
        write("one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\n")
        write("  0 %\r 50 %\r\x1b[32m100 %\x1b[0m\r\nName: ")
        yield* beat
        yield* settled
        const found = yield* killed
        assert.strictEqual(found.text, "one\ntwo\nthree\nfour\nfive\nsix\n100 %\nName: ")
        assert.strictEqual(found.text, text())
        assert.deepInclude(found, { status: "interrupted", lines: 8, hiddenBytes: 0 })
        assert.match(found.notices.join(), /was killed while this ran.* nor how much longer it ran/)
      })
    ))

  it("keeps no line of the alternate screen, and what was printed before it", () =>
    running(({ write, beat, settled, killed }) =>
      Effect.gen(function* () {
        write("before\r\n\x1b[?1049h\x1b[Hin the editor")
        yield* beat
        yield* settled
        assert.strictEqual((yield* killed).text, "before\n")
        write("\x1b[?1049lafter\r\n")
        yield* beat
        yield* settled
        assert.strictEqual((yield* killed).text, "before\nafter\n")
      })
    ))

  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z日é🚀 ]{0,30} $/u) },
    { weight: 4, arbitrary: fc.constant("\r\n") },
    fc.constantFrom("\x1b[32m", "\x1b[0m", "\x1b[K", "\x1b7", "\x1b[6n")
  )
  const redrawn = fc.oneof(
    { weight: 5, arbitrary: piece },
    fc.constantFrom("\r", "\x1b[A", "\x1b[J", "\x1b[H", "\x1b[2J")
  )
  const steps = (output: fc.Arbitrary<string>) =>
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.array(output, { maxLength: 12 }).map((pieces) => pieces.join("")) },
        { weight: 2, arbitrary: fc.constantFrom("beat", "compact") }
      ),
      { maxLength: 20 }
    )

  it(
    "shows exactly what was on its block, however its output is cut into lines that left the screen and the screen",
    () =>
      fc.assert(
        fc.asyncProperty(steps(redrawn), (script) =>
          running(({ write, beat, compact, settled, killed, text }) =>
            Effect.gen(function* () {
              for (const step of script) {
                if (step === "beat") yield* beat
                else if (step === "compact") yield* compact
                else write(step)
              }
              // What is held back of an unfinished line is not there.
              write(`\x1b[${ROWS}H\r\n`)
              yield* beat
              yield* settled
              const found = yield* killed
              assert.strictEqual(found.text, text())
              assert.strictEqual(found.hiddenBytes, 0)
            })
          )
        ),
        { numRuns: 40 }
      ),
    60_000
  )

  it(
    "has nothing twice and no hole at any moment between two looks at it",
    () =>
      fc.assert(
        fc.asyncProperty(steps(piece), fc.array(fc.nat(12), { maxLength: 6 }), (script, turns) =>
          running(({ write, beat, compact, settled, killed, text }) =>
            Effect.gen(function* () {
              let safe = ""
              for (const [index, step] of [...script, "beat"].entries()) {
                if (step === "beat") yield* beat
                else if (step === "compact") yield* compact
                else write(step)
                for (let turn = 0; turn < (turns[index] ?? 0); turn++) {
                  yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
                }
                if (turns[index] === undefined) continue
                const found = (yield* killed).text
                assert.isTrue(text().startsWith(found.trimEnd()), JSON.stringify([text(), found]))
                assert.isAtLeast(found.trimEnd().length, safe.length)
                safe = found.trimEnd()
              }
              yield* settled
            })
          )
        ),
        { numRuns: 40 }
      ),
    60_000
  )

  it(
    "states every byte that the limit has left out: what is kept and what is not is what was printed",
    () =>
      fc.assert(
        fc.asyncProperty(steps(piece), fc.integer({ min: 40, max: 400 }), (script, maxBytes) => {
          let printed = ""
          return running(
            ({ write, beat, compact, settled, killed }) =>
              Effect.gen(function* () {
                for (const step of script) {
                  if (step === "beat") yield* beat
                  else if (step === "compact") yield* compact
                  else {
                    printed += step
                    write(step)
                  }
                }
                write("\r\nend\r\n")
                printed += "\nend\n"
                yield* beat
                yield* settled
                const found = yield* killed
                const bytes = Buffer.byteLength(plain(printed.replaceAll(/\x1b(?:7|\[6n|\[K)|\r/g, "")))
                assert.strictEqual(Buffer.byteLength(found.text) + found.hiddenBytes, bytes)
                assert.isTrue(found.text.endsWith("end\n"))
              }),
            { maxBytes }
          )
        }),
        { numRuns: 40 }
      ),
    60_000
  )

  const line = "\x1b[1m日本語\x1b[0m é and some more of it"
  const floods = [
    { name: "yes", output: Array.from({ length: 40 }, () => "y\r\n".repeat(100)) },
    { name: "wide and styled lines", output: Array.from({ length: 40 }, () => `${line}\r\n`.repeat(8)) },
    { name: "one line that does not end", output: Array.from({ length: 40 }, () => "日本 and ascii ".repeat(20)) },
    {
      name: "lines that are longer than the limit",
      output: Array.from({ length: 6 }, () => `${line.repeat(100)}\r\n`)
    },
    {
      name: "returned carriages",
      output: Array.from({ length: 40 }, () => "0000\r1234\r\n".repeat(50)),
      each: "1234\n"
    }
  ]
  for (const { name, output, each } of floods) {
    it(`keeps head and tail of ${name}, and states the rest to the byte, killed, ended, and in a snapshot`, () =>
      running(
        ({ write, beat, settled, compact, finish, killed }) =>
          Effect.gen(function* () {
            let printed = 0
            const stated = Effect.map(killed, ({ text, hiddenBytes }) => {
              assert.isAbove(hiddenBytes, 0)
              assert.isBelow(Buffer.byteLength(text), 12_000)
              return Buffer.byteLength(text) + hiddenBytes
            })
            for (const [index, piece] of output.entries()) {
              write(piece)
              printed += Buffer.byteLength(
                each === undefined ? plain(piece.replaceAll("\r", "")) : each.repeat(piece.length / 11)
              )
              if (index % 5 === 0) yield* beat
            }
            write("end\r\n")
            printed += 4
            yield* beat
            yield* settled
            assert.strictEqual(yield* stated, printed)
            yield* compact
            assert.strictEqual(yield* stated, printed)
            yield* finish
            yield* beat
            yield* settled
            assert.strictEqual(yield* stated, printed)
            yield* compact
            const { text, status } = yield* killed
            assert.strictEqual(yield* stated, printed)
            assert.strictEqual(status, "success")
            if (name !== "one line that does not end") assert.isTrue(text.endsWith("end\n"))
          }),
        { maxBytes: 4_000 }
      ))
  }
})
