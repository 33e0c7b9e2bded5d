import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { BlockId } from "../../src/domain/ids.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import type { OutputView } from "../../src/terminal/OutputView.ts"
import { created, optionsFor, temporaryDirectory } from "./persistence/sessions.ts"

/** Kept of each block, in bytes: the larger outputs below lose their middle. */
const MAX_BLOCK_BYTES = 20_000

const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i}\r\n`).join("")

/** What commands print, in the forms that lines come in. */
const OUTPUTS: Readonly<Record<string, string>> = {
  nothing: "",
  "an empty line": "\r\n",
  lines: "one\r\n\ttwo  \r\n\r\nfour\r\n",
  "no newline": "one\r\ntwo",
  colours: "\x1b[31mred\r\nstill red\x1b[0m \x1b]8;;https://example.org\x07link\x1b]8;;\x07\r\n",
  "wide characters": "日本語の文章を端末に表示する速さを測っています。 한국어 텍스트도 있습니다 — приве́т 👩‍👩‍👧\r\n",
  "rows drawn again": "\x1b[2J\x1b[Hone\r\ntwo\x1b[1A\rONE\r\n\r\nthree\x1b[3;20Hend\r\n",
  "the alternate screen": "before\r\n\x1b[?1049hinside\x1b[?1049lafter\r\n",
  "a middle that is hidden": numbered(10_000),
  "one line too long": `${"wide ".repeat(20_000)}\r\nnext\r\n`,
  "a line too long without its end": `first\r\n${"x".repeat(50_000)}`
}

/** All that can be read of an output. */
const readable = (view: OutputView | null) =>
  view === null
    ? null
    : {
        text: view.text(),
        lines: Array.from({ length: view.lineCount }, (_, index) => view.line(index)),
        hidden: { ...view.hidden },
        rows: [37, 80].map((width) => view.rows(width, 0, view.rowCount(width))),
        cursor: view.cursor(80)
      }

const withBlocks = <A, E>(
  heldBytes: number,
  use: (file: SessionFile, restored: Array<BlockId>) => Effect.Effect<A, E, BlockService>
) =>
  Effect.gen(function* () {
    const file = yield* Effect.acquireRelease(
      Effect.sync(() => SessionFile.create(created, optionsFor(temporaryDirectory()))),
      (opened) => Effect.promise(() => opened.close())
    )
    const restored: Array<BlockId> = []
    const restore = (id: BlockId) => {
      restored.push(id)
      return file.output(id)
    }
    const outputs = new BlockStore({ maxBytes: MAX_BLOCK_BYTES, heldBytes, restore })
    const layer = BlockService.layer(outputs).pipe(Layer.provideMerge(SessionStore.layer(file.session, file)))
    return yield* Effect.provide(use(file, restored), layer)
  })

/** Prints in pieces, so that the journal takes some of it meanwhile, and ends. */
const run = Effect.fn(function* (id: BlockId, text: string) {
  const blocks = yield* BlockService
  const output = blocks.outputs.open(
    id,
    { columns: 80, rows: 24 },
    () => {},
    () => {}
  )
  yield* blocks.createBlock("print", { id, directory: "/" })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 5_000) {
    output.write(bytes.subarray(at, at + 5_000))
    yield* TestClock.adjust("250 millis")
  }
  yield* blocks.finishBlock(id, { status: "success", exitCode: 0, signal: null })
  return output
})

describe("a block whose output has left memory", () => {
  for (const saved of ["on its way to the disk", "in the journal", "in a snapshot"]) {
    it.scoped(`is read as it was, when it is ${saved}`, () =>
      withBlocks(0, (file, restored) =>
        Effect.gen(function* () {
          const { outputs } = yield* BlockService
          const before = new Map<BlockId, { readonly what: string; readonly shown: ReturnType<typeof readable> }>()
          for (const [index, [what, text]] of Object.entries(OUTPUTS).entries()) {
            const id = BlockId.make(`b${index}`)
            before.set(id, { what, shown: readable(yield* run(id, text)) })
          }
          if (saved !== "on its way to the disk") yield* Effect.promise(() => file.flush())
          if (saved === "in a snapshot") yield* Effect.promise(() => file.compact())
          for (const [id, { what, shown }] of before) assert.deepStrictEqual(readable(outputs.get(id)), shown, what)
          // Only the last one was still in memory when the first was asked for, and it had to go for that.
          assert.deepStrictEqual(restored, [...before.keys()])
        })
      )
    )
  }
})
