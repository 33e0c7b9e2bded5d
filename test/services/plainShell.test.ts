// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { BlockId } from "../../src/domain/ids.ts"
import { isAlive, sessionMembers } from "../../src/platform.ts"
import { BesideShells } from "../../src/services/BesideShells.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { ProcessSlots } from "../../src/services/ProcessSlots.ts"
import { SessionShell } from "../../src/services/SessionShell.ts"
import { ShellPool } from "../../src/services/ShellPool.ts"
import { type RealSession, withRealShells } from "./realShells.ts"

const RC = "PS1='\\w> '\nHISTFILE=~/.history\n"
const running = (block: { readonly status: string }) => block.status === "running"
const finished = (block: { readonly status: string }) => block.status !== "running"
const inSession = (command: string) =>
  Effect.flatMap(CommandExecutor, (executor) => executor.executeCommand({ command }))

/** Opens a plain shell; `say` types a line, `shows` waits for what it prints. */
const openShell = Effect.fn("openShell")(function* ({ prints }: Pick<RealSession, "prints">, name = "p1") {
  const id = BlockId.make(name)
  const { openShell: open } = yield* CommandExecutor
  const beside = yield* BesideShells
  const fiber = yield* Effect.fork(open(id))
  yield* prints(id, "> ")
  return {
    id,
    fiber,
    type: (text: string) => beside.write(id, Buffer.from(text)),
    shows: (text: string) => prints(id, text)
  }
})

describe("a plain shell", () => {
  it.live("is the user's shell with its own line editor, where the session is, with what it has changed", () =>
    withRealShells({ rc: `${RC}export FROM_RC=1\n`, env: { TERM_PROGRAM: "other", DROPPED: "1" } }, (session) =>
      Effect.gen(function* () {
        mkdirSync(join(session.home, "work"))
        yield* inSession("cd work; export MINE='of the session' API_TOKEN=secret; unset DROPPED")
        const { id, type, shows, fiber } = yield* openShell(session)
        // Tab completes the name: the line editor is its own.
        type("echo $MINE $FROM_RC ${DROPPED-gone} $TERM_PROGRAM $API_TOK\t.\r")
        yield* shows("of the session 1 gone effecttalk secret .")
        type("echo $PROMPT_COMMAND$PS0; compgen -v __et; bind -X; set -o | grep -c 'emacs.*on'; exit 3\r")
        assert.deepStrictEqual(yield* Fiber.join(fiber), { success: false, exitCode: 3 })
        const text = session.text(id)
        assert.match(text, /^~\/work> echo \$MINE/)
        assert.match(text, /\n\n1\nexit\n$/)
        const block = yield* session.block("bash", finished)
        assert.deepInclude(block, { id, status: "failure", exitCode: 3 })
        assert.deepInclude(block.metadata, { beside: true, plain: true, directory: join(session.home, "work") })
        assert.deepStrictEqual(block.metadata.notices, [])
        // It keeps its history as in any terminal.
        assert.include(readFileSync(join(session.home, ".history"), "utf8"), "echo $PROMPT_COMMAND$PS0")
      })
    )
  )

  it.live("takes what was typed before it was there, and runs while the session's shell is busy", () =>
    withRealShells({ rc: RC }, ({ block, prints }) =>
      Effect.gen(function* () {
        yield* Effect.fork(inSession("sleep 100"))
        yield* block("sleep 100", running)
        const { openShell: open } = yield* CommandExecutor
        const beside = yield* BesideShells
        const id = BlockId.make("p1")
        // As the screen does it: the call is over before the shell is there.
        const fiber = Runtime.runFork(yield* Effect.runtime())(open(id))
        const typed = Buffer.from("echo typed-$((40 + 2))\r")
        beside.write(id, typed)
        typed.fill(0)
        yield* prints(id, "typed-42")
        beside.write(id, Buffer.from("exit\r"))
        assert.deepStrictEqual(yield* Fiber.join(fiber), { success: true, exitCode: 0 })
        assert.isTrue(running(yield* block("sleep 100")))
        assert.deepStrictEqual(beside.running(), [])
      })
    )
  )

  it.live("changes nothing of the session", () =>
    withRealShells({ rc: RC }, (session) =>
      Effect.gen(function* () {
        const { type, fiber } = yield* openShell(session)
        type("cd /usr; export LEAKED=1\r")
        type("exit\r")
        yield* Fiber.join(fiber)
        yield* inSession('echo "$PWD|${LEAKED-none}"')
        const { id } = yield* session.block('echo "$PWD|${LEAKED-none}"')
        assert.strictEqual(session.text(id), `${session.home}|none\n`)
      })
    )
  )

  it.live("works when the session's shell has ended, and when its directory is gone", () =>
    withRealShells({ rc: RC }, (session) =>
      Effect.gen(function* () {
        const gone = join(session.home, "gone")
        mkdirSync(gone)
        yield* inSession("cd gone")
        rmdirSync(gone)
        yield* Effect.ignore(inSession("exit"))
        const { state } = yield* SessionShell
        assert.strictEqual((yield* SubscriptionRef.get(state)).phase, "ended")
        const { type, shows, fiber } = yield* openShell(session)
        type("pwd\r")
        // An end of input that comes before the prompt can be lost: the terminal is not the line editor's yet.
        yield* shows(`${session.home}\n~>`)
        type("\x04")
        assert.deepStrictEqual(yield* Fiber.join(fiber), { success: true, exitCode: 0 })
        assert.strictEqual((yield* session.block("bash")).metadata.directory, session.home)
      })
    )
  )

  it.live("names what has taken its place, unless that is a shell", () =>
    withRealShells({ rc: RC }, (session) =>
      Effect.gen(function* () {
        const beside = yield* BesideShells
        const { type, shows, fiber } = yield* openShell(session)
        type("exec -l dash -ic 'echo ano''ther; exec dash'\r")
        yield* shows("another")
        assert.deepStrictEqual(yield* beside.jobs, [])
        type("echo no''w; exec sh -c 'echo sle''eps; exec sleep 1000'\r")
        yield* shows("sleeps")
        const [job, ...others] = yield* beside.jobs
        assert.match(job!.name, /^(sleep 1000|sh -c .*)$/)
        assert.deepStrictEqual(others, [])
        yield* Fiber.interrupt(fiber)
        assert.isFalse(isAlive(job!.pid, null))
      })
    )
  )

  it.live("names what runs in it, gets sizes, and is hung up on by its caller", () =>
    withRealShells({ rc: RC }, (session) =>
      Effect.gen(function* () {
        const beside = yield* BesideShells
        const { id, type, shows, fiber } = yield* openShell(session)
        assert.deepStrictEqual(yield* beside.jobs, [])
        beside.resize({ columns: 101, rows: 31 }, { columns: 110, rows: 40 })
        type("stty size; (trap '' TERM; trap 'echo hung up; exit' HUP; echo wa''its; while :; do sleep 0.01; done)\r")
        const text = yield* shows("waits")
        assert.include(text, "31 101")
        const [job, ...others] = yield* beside.jobs
        assert.deepStrictEqual([job?.name, others], ["bash", []])
        yield* Fiber.interrupt(fiber)
        assert.deepInclude(yield* session.block("bash", finished), { status: "interrupted", signal: "SIGHUP" })
        assert.include(session.text(id), "hung up")
        assert.deepStrictEqual(sessionMembers(job!.pid) ?? [], [])
        assert.deepStrictEqual((yield* BlockService).outputs.liveIds(), [])
      })
    )
  )

  it.live("leaves alone what it left behind when it ends by itself, as every terminal does", () =>
    withRealShells({ rc: RC }, (session) =>
      Effect.gen(function* () {
        const { type, fiber } = yield* openShell(session)
        type("(trap '' HUP; until [ -e ~/go ]; do sleep 0.01; done; echo done > ~/went) & disown; exit\r")
        yield* Fiber.join(fiber)
        yield* inSession("touch ~/go; until [ -e ~/went ]; do sleep 0.01; done")
        assert.isTrue(existsSync(join(session.home, "went")))
      })
    )
  )

  it.live("counts as a shell beside and as a command: more than there may be are refused", () =>
    Effect.all([
      withRealShells({ rc: RC, poolSize: 2 }, (session) =>
        Effect.gen(function* () {
          const { executeCommand, openShell: open } = yield* CommandExecutor
          // One that waits, ready, makes room. The command's own shell ends after it.
          yield* executeCommand({ command: "true", beside: true })
          const { warm, used, utilisation } = yield* ShellPool
          yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => warm() === 1 && used() === 0 })
          const { type, fiber } = yield* openShell(session)
          assert.deepStrictEqual([warm(), utilisation()], [1, 1 / 2])
          yield* openShell(session, "p2")
          assert.deepStrictEqual([warm(), utilisation()], [0, 1])
          assert.strictEqual((yield* Effect.flip(open(BlockId.make("p3")))).reason, "PoolExhausted")
          type("exit\r")
          yield* Fiber.join(fiber)
          assert.deepStrictEqual(yield* executeCommand({ command: "true", beside: true }), {
            success: true,
            exitCode: 0
          })
        })
      ),
      withRealShells({ rc: RC, slots: 1 }, (session) =>
        Effect.gen(function* () {
          const { openShell: open } = yield* CommandExecutor
          const { type, fiber } = yield* openShell(session)
          assert.strictEqual((yield* Effect.flip(open(BlockId.make("p2")))).reason, "TooManyProcesses")
          type("exit\r")
          yield* Fiber.join(fiber)
          assert.strictEqual((yield* ProcessSlots).used, 0)
        })
      )
    ])
  )

  it.live("ends with the session, and everything in it", () =>
    Effect.gen(function* () {
      const { fiber, pid, events } = yield* withRealShells({ rc: RC }, (session) =>
        Effect.gen(function* () {
          const id = BlockId.make("p1")
          const beside = yield* BesideShells
          const { openShell: open } = yield* CommandExecutor
          const fiber = yield* Effect.forkDaemon(open(id))
          yield* session.prints(id, "> ")
          beside.write(id, Buffer.from("trap : HUP; echo pid-$$-; while :; do sleep 0.05; done\r"))
          const text = yield* session.prints(id, "-\n")
          return { fiber, pid: Number(/pid-(\d+)-/.exec(text)![1]), events: session.events }
        })
      )
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
      assert.deepStrictEqual(sessionMembers(pid) ?? [], [])
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "BlockFinished" ? [event.status] : [])),
        ["interrupted"]
      )
    })
  )
})
