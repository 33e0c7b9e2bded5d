import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { BlockHeader } from "../../src/domain/Block.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { CommandExecutor, type CommandRequest } from "../../src/services/CommandExecutor.ts"
import { IncognitoFilter } from "../../src/services/persistence/IncognitoFilter.ts"
import { SessionShell } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { withRealShells } from "./realShells.ts"

const execute = (command: string, options: Partial<CommandRequest> = {}) =>
  Effect.flatMap(CommandExecutor, (executor) => executor.executeCommand({ command, ...options }))
const incognito = (command: string, options: Partial<CommandRequest> = {}) =>
  execute(command, { ...options, incognito: true })

/** What the files would get of the events. */
const stored = (events: ReadonlyArray<SessionEvent>): ReadonlyArray<SessionEvent> => {
  const filter = new IncognitoFilter("")
  return events.flatMap((event) => filter.storable(event).events)
}

/** A job that prints its text, and ends, once the file `go` is there; its text stands in no command line. */
const job = (go: string, text: string) =>
  `{ until [ -e ${go} ]; do sleep 0.01; done; echo ${text.replace(/./, "$&''")}; } &`

/** Runs until the shell's jobs have ended. */
const GONE = "for p in $(jobs -p); do while kill -0 $p 2>/dev/null; do sleep 0.01; done; done"

describe("an incognito command in a real shell", () => {
  it.live("is in none of the session's events, nor is what it sets, however it runs", () =>
    withRealShells({}, ({ block, events, text }) =>
      Effect.gen(function* () {
        yield* execute("export OPEN=1 KEPT=old")
        yield* incognito("export TOKEN=hunter2 KEPT=hunter2; unset OPEN; cd /usr")
        yield* incognito("echo hunter2; echo apart >&2", { split: true, timeLimit: 60_000 })
        yield* incognito("echo hunter2 beside", { beside: true })
        const running = yield* Effect.fork(execute("read x"))
        yield* block("read x", ({ status }) => status === "running")
        const waiting = yield* Effect.fork(incognito("echo hunter2 waited"))
        yield* block("echo hunter2 waited", ({ status }) => status === "idle")
        ;(yield* SessionShell).write(Buffer.from("\r"))
        yield* Fiber.join(running)
        yield* Fiber.join(waiting)
        // What is said of variables later is the whole difference.
        yield* execute("export LATER=2")
        const { blocks, environment, metadata, workingDirectory } = yield* (yield* SessionStore).get
        const hidden = blocks.filter((one) => one.metadata.incognito === true)
        assert.deepStrictEqual(
          hidden.map(({ id, metadata: { number } }) => [number, text(id)]),
          [
            [2, ""],
            [3, "hunter2\n"],
            [4, "hunter2 beside\n"],
            [6, "hunter2 waited\n"]
          ]
        )
        assert.deepStrictEqual([environment, metadata.unset], [{ OPEN: "1", KEPT: "old", LATER: "2" }, []])
        assert.strictEqual(workingDirectory, "/usr")
        assert.notMatch(JSON.stringify(stored(events)), /hunter2|TOKEN|incognito/)
        // A shell beside has them all the same.
        yield* execute("echo $TOKEN", { beside: true })
        assert.strictEqual(text((yield* block("echo $TOKEN")).id), "hunter2\n")
      })
    )
  )

  it.live("keeps what its jobs print, and what the shell says of them, out of the events as well", () =>
    withRealShells({}, ({ home, block, events, prints, text }) =>
      Effect.gen(function* () {
        const touch = (go: string) => Effect.sync(() => writeFileSync(join(home, go), ""))
        const isLoose = ({ metadata }: BlockHeader) => metadata.origin === "background"
        yield* incognito(job("a", "hunter2"))
        assert.match((yield* block(job("a", "hunter2"))).metadata.notices.join(), /^its job runs on/)
        yield* execute(job("b", "open"))
        // Nobody tells which of the two it is.
        yield* touch("b")
        const loose = yield* block("", isLoose)
        assert.strictEqual(loose.metadata.incognito, true)
        assert.strictEqual(yield* prints(loose.id, "open\n"), "open\n")
        yield* touch("a")
        yield* prints(loose.id, "hunter2")
        // bash says that they are done when a command ends that they have ended before.
        yield* execute(GONE)
        const told = yield* block(GONE, ({ metadata }) => metadata.notices.length > 0)
        assert.match(told.metadata.notices.join(), /Done .*h''unter2/)
        // From now on all is as ever.
        yield* execute(job("c", "late"))
        yield* touch("c")
        const next = yield* block("", (one) => isLoose(one) && one.id !== loose.id)
        assert.strictEqual(next.metadata.incognito, undefined)
        assert.include(yield* prints(next.id, "late\n"), "late")
        assert.notMatch(JSON.stringify(stored(events)), /hunter2|h''unter2/)
        assert.strictEqual(text(next.id), "late\n")
      })
    )
  )
})
