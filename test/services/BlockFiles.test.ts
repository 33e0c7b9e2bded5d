import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { BlockHeader } from "../../src/domain/Block.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { SessionShell } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { type RealSession, withRealShells } from "./realShells.ts"

const isRunning = ({ status }: BlockHeader) => status === "running"
const isIdle = ({ status }: BlockHeader) => status === "idle"

const execute = (command: string, beside = false) =>
  Effect.flatMap(CommandExecutor, (executor) => executor.executeCommand({ command, beside }))

/** Runs a command; what it has printed. */
const printed = Effect.fn(function* ({ block, text }: RealSession, command: string, beside = false) {
  yield* execute(command, beside)
  return text((yield* block(command, ({ endTime }) => endTime !== null)).id)
})

describe("the output of a block as a file", () => {
  it.live("is what was printed, plain, in memory, the user's alone, and gone with the session", () => {
    const paths: Array<string> = []
    return withRealShells({}, (session) =>
      Effect.gen(function* () {
        yield* execute("printf 'a\\tb  \\n\\033[1mbold\\033[0m\\nno newline'")
        const [path = ""] = (yield* printed(session, "echo @last")).split("\n")
        paths.push(path)
        assert.match(path, /^\/dev\/shm\/effecttalk-[\w-]+\/b1\.txt$/)
        assert.strictEqual(readFileSync(path, "utf8"), "a\tb  \nbold\nno newline")
        assert.strictEqual(statSync(path).mode & 0o777, 0o600)
        assert.strictEqual(statSync(dirname(path)).mode & 0o777, 0o700)
        // The block, and with it the history and another run, has what was typed.
        const { blocks } = yield* (yield* SessionStore).get
        assert.deepStrictEqual(
          blocks.map(({ command }) => command),
          ["printf 'a\\tb  \\n\\033[1mbold\\033[0m\\nno newline'", "echo @last"]
        )
        // Written once; a file that a command has changed is not used again.
        assert.strictEqual(yield* printed(session, "echo @b1 @prev"), `${path} ${dirname(path)}/./b1.txt\n`)
        writeFileSync(path, "spoilt")
        assert.strictEqual(yield* printed(session, "cat @b1 | tail -n 1"), "no newline")
        assert.strictEqual(yield* printed(session, "cat @last"), "no newline")
        assert.strictEqual(yield* printed(session, "true @last"), "")
        assert.strictEqual(yield* printed(session, "wc -c <@last"), "0\n")
        assert.strictEqual(yield* printed(session, "echo '@last' @nope @b99"), "@last @nope @b99\n")
      })
    ).pipe(Effect.tap(() => Effect.sync(() => assert.isFalse(existsSync(dirname(paths[0] ?? "/"))))))
  })

  it.live("holds what a running block has printed so far, anew each time it is asked for", () =>
    withRealShells({}, (session) =>
      Effect.gen(function* () {
        const { block, prints } = session
        const running = yield* Effect.fork(execute("echo one; read x; echo $x; read y"))
        const { id } = yield* block("echo one; read x; echo $x; read y", isRunning)
        yield* prints(id, "one\n")
        assert.strictEqual(yield* printed(session, "cat @b1", true), "one\n")
        ;(yield* SessionShell).write(Buffer.from("two\r"))
        yield* prints(id, "two\ntwo\n")
        assert.strictEqual(yield* printed(session, "cat <@b1", true), "one\ntwo\ntwo\n")
        ;(yield* SessionShell).write(Buffer.from("\r"))
        yield* Fiber.join(running)
        assert.strictEqual(yield* printed(session, "cat @b1; echo end"), "one\ntwo\ntwo\n\nend\n")
      })
    )
  )

  it.live("is the one that was the last when a command that waited starts", () =>
    withRealShells({}, (session) =>
      Effect.gen(function* () {
        const { block, text } = session
        yield* execute("echo before")
        const first = yield* Effect.fork(execute("read x; echo $x"))
        yield* block("read x; echo $x", isRunning)
        const second = yield* Effect.fork(execute("tail -n 1 @last"))
        yield* block("tail -n 1 @last", isIdle)
        ;(yield* SessionShell).write(Buffer.from("meanwhile\r"))
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        assert.strictEqual(text((yield* block("tail -n 1 @last")).id), "meanwhile\n")
      })
    )
  )

  it.live("says what was not kept, under the block of the command that reads it", () =>
    withRealShells({}, (session) =>
      Effect.gen(function* () {
        const command = "for i in 1 2; do head -c 1000000 /dev/zero | tr '\\0' x | fold -w 99; done"
        yield* execute(command)
        const { metadata } = yield* session.block(command, ({ endTime }) => endTime !== null)
        assert.isAbove(metadata.hiddenBytes, 900_000)
        const kept = Number(yield* printed(session, "wc -c <@last"))
        assert.isAbove(kept, 900_000)
        const { metadata: reader } = yield* session.block("wc -c <@last")
        assert.match(
          reader.notices[0] ?? "",
          /^@last lacks 1\.0 MB of its middle: MAX_BLOCK_OUTPUT_SIZE keeps no more$/
        )
      })
    )
  )

  it.live("is stdout alone where stderr is kept apart", () =>
    withRealShells({}, (session) =>
      Effect.gen(function* () {
        const executor = yield* CommandExecutor
        yield* executor.executeCommand({ command: "echo out; echo err >&2", split: true })
        assert.strictEqual(yield* printed(session, "cat @last"), "out\n")
      })
    )
  )

  it.live("goes when there are too many, but not while its command runs", () =>
    withRealShells({ heldFiles: 10 }, (session) =>
      Effect.gen(function* () {
        const { block } = session
        yield* execute("echo 12345678")
        const path = (yield* printed(session, "echo @b1")).trim()
        yield* execute("echo abcdefgh")
        const second = path.replace("b1.txt", "b3.txt")
        assert.strictEqual((yield* printed(session, "echo @b3")).trim(), second)
        assert.deepStrictEqual([path, second].map(existsSync), [false, true])
        const running = yield* Effect.fork(execute("read x; cat @b3"))
        yield* block("read x; cat @b3", isRunning)
        assert.strictEqual(yield* printed(session, "cat @b1", true), "12345678\n")
        assert.deepStrictEqual([path, second].map(existsSync), [true, true])
        ;(yield* SessionShell).write(Buffer.from("\r"))
        yield* Fiber.join(running)
        assert.strictEqual(session.text((yield* block("read x; cat @b3")).id), "\nabcdefgh\n")
        yield* execute("true @prev")
        assert.isFalse(existsSync(second))
      })
    )
  )

  it.live("is refused where it cannot be the user's alone, and the command does not run", () =>
    withRealShells({}, (session) =>
      Effect.gen(function* () {
        yield* execute("echo a")
        const path = (yield* printed(session, "echo @last")).trim()
        chmodSync(dirname(path), 0o777)
        for (const beside of [false, true]) {
          const error = yield* Effect.flip(execute("cat @last", beside))
          assert.strictEqual(error.reason, "NoFile")
          assert.match(error.message, /^Not run: an @word needs a file in memory/)
        }
        chmodSync(dirname(path), 0o700)
        assert.strictEqual(yield* printed(session, "cat @last"), `${path}\n`)
      })
    )
  )
})
