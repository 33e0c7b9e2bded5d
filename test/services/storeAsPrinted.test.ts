import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { afterEach, assert } from "vitest"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { REDACTED } from "../../src/domain/redact.ts"
import type { SessionCreated } from "../../src/domain/SessionEvent.ts"
import { type BlockEnd, BlockService } from "../../src/services/BlockService.ts"
import { OUTPUT_JOURNAL_INTERVAL_MS } from "../../src/services/outputJournal.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { SessionFile, type SessionFileOptions } from "../../src/services/persistence/SessionFile.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"

const token = `ghp_${"Ab3x".repeat(9)}`
const id = BlockId.make("b1")
const success: BlockEnd = { status: "success", exitCode: 0, signal: null }
const created: typeof SessionCreated.Type = {
  _tag: "SessionCreated",
  at: 1,
  session: SessionId.make("s1"),
  workingDirectory: "/work",
  shell: "/bin/sh"
}

const directories: Array<string> = []
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true })
})

const newOptions = (): SessionFileOptions => {
  const dataDir = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "printed-"))
  directories.push(dataDir)
  const self = { pid: 10, startTime: 1, bootId: "b" }
  return { directory: dataDirectory(dataDir), processes: { self, isAlive: () => true }, now: () => 1 }
}

const onDisk = ({ directory }: SessionFileOptions): string =>
  readdirSync(directory.active)
    .map((name) => readFileSync(join(directory.active, name), "utf8"))
    .join("\n")

interface Written {
  readonly file: SessionFile
  readonly blocks: typeof BlockService.Service
  readonly store: typeof SessionStore.Service
  readonly open: (stream?: "stderr") => void
  readonly write: (text: string, stream?: "stdout" | "stderr") => void
}

/** Blocks over a session's file, in a terminal of 80×4. */
const withFile = <A, E>(
  opened: () => Promise<SessionFile>,
  use: (context: Written) => Effect.Effect<A, E>,
  maxBytes = 1_000_000
) =>
  Effect.acquireUseRelease(
    Effect.promise(opened),
    (file) => {
      const outputs = new BlockStore({ maxBytes, restore: (block, stream) => file.output(block, stream) })
      const layer = BlockService.layer(outputs).pipe(
        Layer.provideMerge(SessionStore.layer(file.session, { append: (event, add) => file.append(event, add) }))
      )
      const nothing = () => {}
      return Effect.gen(function* () {
        return yield* use({
          file,
          blocks: yield* BlockService,
          store: yield* SessionStore,
          open: (stream) => void outputs.open(id, { columns: 80, rows: 4 }, nothing, nothing, stream),
          write: (text, stream) => outputs.live(id, stream)?.write(Buffer.from(text))
        })
      }).pipe(Effect.provide(layer), Effect.scoped)
    },
    (file) => Effect.promise(() => file.close())
  )

describe("storeAsPrinted", () => {
  it.effect("stores a running block as it was printed, gap and all, and what it prints from then on", () => {
    const options = newOptions()
    const lines = Array.from({ length: 60 }, (_, index) => `${index} ${index % 7 === 0 ? token : "harmless"}`)
    const command = `echo ${token}`
    return Effect.gen(function* () {
      const kept = yield* withFile(
        async () => SessionFile.create(created, options),
        ({ file, blocks, store, open, write }) =>
          Effect.gen(function* () {
            open()
            yield* blocks.createBlock(command, { id })
            yield* blocks.addNotice(id, [`made ${token}`])
            yield* blocks.noteBlock(id, `not ${token}`)
            write(lines.slice(0, 40).join("\r\n"))
            // Journals what has left the screen, and tells how many were in it.
            yield* TestClock.adjust(OUTPUT_JOURNAL_INTERVAL_MS)
            assert.isAbove(file.session.blocks[0]!.metadata.lines, 0)
            yield* Effect.promise(() => file.flush())
            assert.notInclude(onDisk(options), token)
            const before = yield* store.getBlock(id)
            assert.isAbove(before.metadata.redacted ?? 0, 3)
            assert.strictEqual(before.command, command)
            yield* blocks.storeAsPrinted(id)
            assert.notProperty((yield* store.getBlock(id)).metadata, "redacted")
            write(`\r\n${lines.slice(40).join("\r\n")}\r\n`)
            yield* blocks.finishBlock(id, success)
            yield* Effect.promise(() => file.flush())
            return {
              block: yield* store.getBlock(id),
              lines: Array.from({ length: blocks.outputs.get(id)!.lineCount }, (_, line) =>
                blocks.outputs.get(id)!.line(line)
              )
            }
          }),
        600
      )
      assert.isAbove(kept.block.metadata.hiddenLines, 0)
      yield* withFile(
        () => SessionFile.open(created.session, options),
        ({ file, blocks, store }) =>
          Effect.gen(function* () {
            const [block] = file.session.blocks
            assert.deepStrictEqual(block, kept.block)
            assert.strictEqual(block?.command, command)
            assert.deepInclude(block?.metadata, { notices: [`made ${token}`], note: `not ${token}` })
            assert.deepStrictEqual(file.output(id)?.lines, kept.lines)
            assert.include(kept.lines.join("\n"), token)
            assert.strictEqual((yield* Effect.flip(blocks.storeAsPrinted(id))).reason, "NothingRedacted")
            yield* store.dispatch({ _tag: "BlockNoted", at: 9, block: id, note: `another ${token}` })
            assert.strictEqual(file.session.blocks[0]?.metadata.note, `another ${REDACTED}`)
          })
      )
    })
  })

  it.effect("stores a finished block, both of its streams, but none that has left memory", () => {
    const options = newOptions()
    return Effect.gen(function* () {
      yield* withFile(
        async () => SessionFile.create(created, options),
        ({ file, blocks, store, open, write }) =>
          Effect.gen(function* () {
            open()
            open("stderr")
            yield* blocks.createBlock("make", { id, split: true })
            write(`out ${token}\r\nopen ${token}`)
            write(`err ${token}\r\n`, "stderr")
            yield* blocks.finishBlock(id, success)
            assert.strictEqual((yield* store.getBlock(id)).metadata.redacted, 3)
            assert.deepStrictEqual(file.output(id)?.lines, [`out ${REDACTED}`, `open ${REDACTED}`])
            yield* blocks.storeAsPrinted(id)
            const { metadata } = yield* store.getBlock(id)
            assert.deepStrictEqual([metadata.lines, metadata.stderr?.lines, metadata.redacted], [2, 1, undefined])
            assert.deepStrictEqual(file.session.blocks, (yield* store.get).blocks)
            const output = file.output(id)
            assert.deepStrictEqual([output?.lines, output?.unfinished], [[`out ${token}`, `open ${token}`], true])
            assert.deepStrictEqual(file.output(id, "stderr")?.lines, [`err ${token}`])
            yield* blocks.createBlock(`other ${token}`, { id: BlockId.make("b2") })
            yield* blocks.finishBlock(BlockId.make("b2"), success)
          })
      )
      yield* withFile(
        () => SessionFile.open(created.session, options),
        ({ blocks }) =>
          Effect.gen(function* () {
            const gone = yield* Effect.flip(blocks.storeAsPrinted(BlockId.make("b2")))
            assert.strictEqual(gone.message, "What was left out of b2 was never saved, and cannot come back")
          })
      )
    })
  })
})
