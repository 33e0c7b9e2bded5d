// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import { commandLine, isAlive, sessionMembers } from "../../src/platform.ts"
import { BesideShells } from "../../src/services/BesideShells.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { ProcessSlots } from "../../src/services/ProcessSlots.ts"
import { ShellPool } from "../../src/services/ShellPool.ts"
import { temporaryDirectory } from "./persistence/sessions.ts"
import { withRealShells } from "./realShells.ts"

const running = (block: { readonly status: string }) => block.status === "running"
const beside = (command: string) =>
  Effect.flatMap(CommandExecutor, (executor) => executor.executeCommand({ command, beside: true }))
const inSession = (command: string) =>
  Effect.flatMap(CommandExecutor, (executor) => executor.executeCommand({ command }))

/** Waits until a shell waits, ready. */
const warmed = Effect.flatMap(ShellPool, ({ warm }) =>
  Effect.repeat(Effect.sleep("10 millis"), { until: () => warm() === 1 })
)

describe("a command beside", () => {
  it.live("runs while the session's shell is busy, two at once, each in a block that says so", () =>
    withRealShells({}, ({ block, text, prints }) =>
      Effect.gen(function* () {
        const shells = yield* BesideShells
        assert.deepStrictEqual([shells.warm(), shells.utilisation()], [0, 0])
        yield* Effect.fork(inSession("sleep 100"))
        yield* block("sleep 100", running)
        const reads = [1, 2].map((n) => `(read x; echo ${n} got $x)`)
        const fibers = yield* Effect.forEach(reads, (command) => Effect.fork(beside(command)))
        const [one, two] = yield* Effect.forEach(reads, (command) => block(command, running), { concurrency: 2 })
        assert.deepStrictEqual([...shells.running()].sort(), [one!.id, two!.id].sort())
        assert.strictEqual(shells.utilisation(), 2 / 5)
        shells.write(two!.id, Buffer.from("second\r"))
        yield* prints(two!.id, "2 got second")
        assert.isTrue(running(yield* block(reads[0]!)))
        shells.write(one!.id, Buffer.from("first\r"))
        const results = yield* Effect.forEach(fibers, Fiber.join)
        assert.deepStrictEqual(results, [
          { success: true, exitCode: 0 },
          { success: true, exitCode: 0 }
        ])
        assert.strictEqual(text(one!.id), "first\n1 got first\n")
        assert.deepInclude((yield* block(reads[0]!)).metadata, { beside: true })
        assert.isTrue(running(yield* block("sleep 100")))
        assert.deepStrictEqual(shells.running(), [])
      })
    )
  )

  it.live("begins where the session is, with its exported variables, also in a shell that was ready before", () =>
    withRealShells({ rc: "PS1='$ '\nexport FROM_RC=1 DROPPED=1\n" }, ({ home, block, text }) =>
      Effect.gen(function* () {
        const say = 'echo "$PWD|$FROM_RC|${DROPPED-gone}|$MINE|$API_TOKEN|$LOCAL|$?|$-|${#BASH_ARGV[@]}"'
        yield* beside("true")
        yield* warmed
        mkdirSync(join(home, "it's here"))
        yield* inSession("cd \"it's here\"; export MINE=$'two\\nlines' API_TOKEN=secret; unset DROPPED; LOCAL=1")
        const state = (yield* inSession(`${say} # session`)).success
        assert.isTrue(state)
        yield* beside(say)
        const own = text((yield* block(`${say} # session`)).id)
        const others = text((yield* block(say)).id)
        assert.match(others, /^\/.*\/it's here\|1\|gone\|two\nlines\|secret\|\|0\|/)
        // `h` of $- is hashing, `H` history expansion; both shells have the same but what is not exported.
        assert.strictEqual(others, own.replace("|secret|1|", "|secret||"))
        // Nothing of the hand-over is left where commands can see it.
        yield* beside('(cd -- "$XDG_RUNTIME_DIR"; cat */prepare */go */init)')
        assert.match(text((yield* block('(cd -- "$XDG_RUNTIME_DIR"; cat */prepare */go */init)')).id), /No such file/)
      })
    )
  )

  it.live("keeps its own directory and variables to itself", () =>
    withRealShells({}, ({ home, block, text }) =>
      Effect.gen(function* () {
        yield* beside("true; cd /; export LEAKED=1")
        yield* inSession('echo "$PWD|${LEAKED-none}"')
        assert.strictEqual(text((yield* block('echo "$PWD|${LEAKED-none}"')).id), `${home}|none\n`)
        assert.deepStrictEqual((yield* block("true; cd /; export LEAKED=1")).metadata.directory, home)
      })
    )
  )

  it.live("shows nothing of how it was prepared, and runs prompt hooks where the command runs", () =>
    withRealShells(
      { rc: "echo greeting\nPROMPT_COMMAND='echo hook in $PWD >&2; export HOOKED=$PWD'\nPS1='\\w \\$ '\n" },
      ({ block, text }) =>
        Effect.gen(function* () {
          yield* inSession("cd /usr")
          const say = 'echo "$HOOKED|$_|$(history | wc -l)"'
          yield* beside(say)
          const { id, metadata } = yield* block(say, ({ metadata: { notices } }) => notices.length > 0)
          assert.match(text(id), /^\/usr\|[^|]*\|0\n$/)
          assert.notInclude(text(id), "prepare")
          assert.deepStrictEqual(metadata.notices, ["hook in /usr"])
        })
    )
  )

  for (const rc of [
    'trap \'printf "<%s>" "$BASH_COMMAND"\' DEBUG',
    "set -x",
    "set -u",
    "set -f",
    "set -o posix",
    "IFS=/",
    "set -o vi"
  ]) {
    it.live(`prints the same as in the session's shell with ${rc.split(" ").slice(0, 3).join(" ")}`, () =>
      withRealShells({ rc: `PS1='$ '\n${rc}\n` }, ({ block, text }) =>
        Effect.gen(function* () {
          const command = "echo one; (exit 3)"
          yield* inSession(command)
          yield* beside("true")
          yield* warmed
          yield* beside(`${command} #`)
          const own = yield* block(command)
          const other = yield* block(`${command} #`)
          assert.include(text(own.id), "one")
          assert.deepStrictEqual([text(other.id), other.exitCode], [text(own.id), own.exitCode])
          assert.deepStrictEqual(other.metadata.notices, own.metadata.notices)
        })
      )
    )
  }

  it.live("writes to no history, whatever the start files ask for", () =>
    withRealShells(
      {
        rc: "PS1='$ '\nHISTFILE=~/.history\nHISTCONTROL=\nPROMPT_COMMAND='history -a; history 1 >> ~/eternal'\nshopt -s histappend\n"
      },
      ({ home }) =>
        Effect.gen(function* () {
          writeFileSync(join(home, ".history"), "before\n")
          writeFileSync(join(home, ".bash_history"), "other\n")
          yield* inSession("echo of the session")
          yield* beside("echo never written")
          yield* beside("true; history -a; history -w; echo never written either")
          yield* inSession("true")
          assert.strictEqual(readFileSync(join(home, ".history"), "utf8"), "before\necho of the session\ntrue\n")
          assert.strictEqual(readFileSync(join(home, ".bash_history"), "utf8"), "other\n")
          assert.notInclude(readFileSync(join(home, "eternal"), "utf8"), "never written")
        })
    )
  )

  it.live("writes to no history where HISTFILE cannot be changed", () =>
    withRealShells({ rc: "PS1='$ '\nreadonly HISTFILE=~/.history\n" }, ({ home, block, text }) =>
      Effect.gen(function* () {
        yield* beside("echo never written")
        assert.strictEqual(text((yield* block("echo never written")).id), "never written\n")
        assert.isFalse(existsSync(join(home, ".history")))
      })
    )
  )

  it.live("is refused where it would change the session's shell", () =>
    withRealShells({ rc: "PS1='$ '\nshopt -s expand_aliases\nalias ll='ls -a'\n" }, ({ block, text, events }) =>
      Effect.gen(function* () {
        yield* inSession("go() { cd /; }; alias up='cd ..' two='echo two'")
        for (const command of ["cd /", "X=1", "go", "up", "two", "f() { :; }"]) {
          const { reason, message } = yield* Effect.flip(beside(command))
          assert.strictEqual(reason, "ChangesShell", command)
          assert.include(message, "belongs in the session's own shell")
        }
        assert.strictEqual(events.filter(({ _tag }) => _tag === "BlockStarted").length, 1)
        yield* beside("ll")
        assert.match(text((yield* block("ll")).id), /^\.\n?/)
      })
    )
  )

  it.live("is refused where it is not finished, and where its directory is gone", () =>
    withRealShells({}, ({ home, events }) =>
      Effect.gen(function* () {
        const { executeCommand } = yield* CommandExecutor
        assert.strictEqual((yield* Effect.flip(beside("echo 'open"))).reason, "Incomplete")
        const gone = yield* Effect.flip(executeCommand({ command: "pwd", cwd: join(home, "gone") }))
        assert.strictEqual(gone.reason, "NoDirectory")
        assert.include(gone.message, join(home, "gone"))
        assert.strictEqual((yield* Effect.flip(beside("echo \0"))).reason, "ControlCharacter")
        assert.deepStrictEqual(events, [])
      })
    )
  )

  it.live("is refused when its start files end the shell", () =>
    withRealShells({ rc: "[ -e ~/ended ] && exit 3\n: > ~/ended\nPS1='$ '\n" }, () =>
      Effect.gen(function* () {
        yield* inSession("true")
        const { reason, message } = yield* Effect.flip(beside("echo x"))
        assert.strictEqual(reason, "NotStarted")
        assert.include(message, "status 3")
      })
    )
  )

  it.live("fails with its code or signal, and with its shell", () =>
    withRealShells({}, ({ block }) =>
      Effect.gen(function* () {
        const { executeCommand } = yield* CommandExecutor
        assert.deepStrictEqual(yield* beside("(exit 7)"), { success: false, exitCode: 7 })
        assert.deepStrictEqual(yield* executeCommand({ command: "exit 3", cwd: "/" }), { success: false, exitCode: 3 })
        yield* beside("sh -c 'kill -9 $PPID'")
        const killed = yield* block("sh -c 'kill -9 $PPID'")
        assert.deepInclude(killed, { status: "failure", signal: "SIGKILL" })
      })
    )
  )

  it.live("takes keys, a size, the end of its input and signals, each for its own block", () =>
    withRealShells({}, ({ block, prints, text }) =>
      Effect.gen(function* () {
        const shells = yield* BesideShells
        const reading = 'echo go; read x; echo "got $x at $(stty size)"; cat; echo end'
        const reader = yield* Effect.fork(beside(reading))
        const { id } = yield* block(reading, running)
        yield* prints(id, "go\n")
        const sleeper = yield* Effect.fork(beside("echo up; sleep 55"))
        const other = yield* block("echo up; sleep 55", running)
        yield* prints(other.id, "up\n")
        assert.sameMembers([...shells.running()], [id, other.id])
        const jobs = yield* Effect.repeat(Effect.delay(shells.jobs, "10 millis"), {
          until: (all) => all.some(({ name }) => name === "sleep 55")
        })
        assert.lengthOf(jobs, 2)
        shells.resize({ columns: 70, rows: 15 }, { columns: 90, rows: 20 })
        shells.write(id, Buffer.from("key\r"))
        yield* prints(id, "got key at 15 70\n")
        shells.endInput(id)
        assert.isTrue((yield* Fiber.join(reader)).success)
        assert.isTrue(text(id).endsWith("end\n"))
        yield* shells.signal(other.id, "SIGTERM")
        assert.isFalse((yield* Fiber.join(sleeper)).success)
        assert.strictEqual((yield* block("echo up; sleep 55")).exitCode, 143)
        assert.deepStrictEqual(shells.running(), [])
      })
    )
  )

  it.live("hangs up on what it leaves in the background, but for what is protected, and says so", () =>
    withRealShells({}, ({ block, text, home }) =>
      Effect.gen(function* () {
        // Until each has become the program that it is named after.
        const command =
          "sleep 97 & a=$!; nohup sleep 98 >/dev/null 2>&1 & b=$!; " +
          "until grep -q sleep /proc/$a/comm && grep -q sleep /proc/$b/comm; do :; done; echo $$ $a $b"
        yield* beside(command)
        const header = yield* block(command, ({ metadata }) => metadata.notices.length > 0)
        assert.deepStrictEqual(header.metadata.notices, ["hung up with its shell: sleep 97"])
        const [shell, doomed, kept] = text(header.id).trim().split(/\s+/).map(Number).slice(-3)
        yield* Effect.repeat(Effect.sleep("10 millis"), {
          until: () => !isAlive(shell!, null) && !isAlive(doomed!, null)
        })
        assert.isTrue(isAlive(kept!, null))
        process.kill(kept!)
        assert.isTrue(existsSync(home))
      })
    )
  )
})

describe("the pool", () => {
  it.live("says so when all its shells are in use, and lends again when one is given back", () =>
    withRealShells({ poolSize: 2 }, ({ block }) =>
      Effect.gen(function* () {
        const shells = yield* BesideShells
        const fibers = yield* Effect.forEach(["sleep 51", "sleep 52"], (command) => Effect.fork(beside(command)))
        yield* Effect.forEach(["sleep 51", "sleep 52"], (command) => block(command, running), { concurrency: 2 })
        assert.strictEqual(shells.utilisation(), 1)
        const { reason, message } = yield* Effect.flip(beside("echo third"))
        assert.strictEqual(reason, "PoolExhausted")
        assert.include(message, "RESOURCE_POOL_SIZE")
        yield* Fiber.interrupt(fibers[0]!)
        assert.deepInclude(yield* block("sleep 51"), { status: "interrupted", signal: "SIGHUP" })
        assert.strictEqual(shells.utilisation(), 0.5)
        assert.isTrue((yield* beside("echo third")).success)
      })
    )
  )

  it.live("starts nothing before it is needed, keeps one ready, and replaces one that has died", () =>
    withRealShells({}, ({ runtime, block, text }) =>
      Effect.gen(function* () {
        const privates = () => readdirSync(runtime).length
        yield* inSession("true")
        assert.strictEqual(privates(), 1)
        yield* beside("echo $$")
        yield* warmed
        const ended = Number(text((yield* block("echo $$")).id))
        yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => privates() === 2 && !isAlive(ended, null) })
        yield* inSession("echo $$ of the session")
        const session = Number.parseInt(text((yield* block("echo $$ of the session")).id), 10)
        const [warm] = childShells().filter((pid) => pid !== session)
        process.kill(warm!, "SIGKILL")
        yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => !isAlive(warm!, null) })
        assert.isTrue((yield* beside("echo again")).success)
      })
    )
  )

  it.live("has a block of what was given up in the moment of its start, and nothing that stays open", () =>
    withRealShells({}, ({ block }) =>
      Effect.gen(function* () {
        const { outputs } = yield* BlockService
        const fiber = yield* Effect.fork(beside("sleep 55"))
        const open = outputs.open.bind(outputs)
        // Before anybody has been told of the start.
        outputs.open = (...given) => {
          fiber.unsafeInterruptAsFork(FiberId.none)
          return open(...given)
        }
        yield* Fiber.await(fiber)
        assert.deepInclude(yield* block("sleep 55"), { status: "interrupted", signal: "SIGHUP" })
        assert.deepStrictEqual(outputs.liveIds(), [])
      })
    )
  )

  it.live("end side by side with the session: none waits for another's end", () =>
    Effect.gen(function* () {
      const directory = temporaryDirectory()
      yield* withRealShells({}, ({ block, prints }) =>
        Effect.gen(function* () {
          for (const [mine, other] of ["ab", "ba"]) {
            // Ends well only when the other one has been hung up on, too.
            const onHangUp = `touch ${mine}; while [ ! -e ${other} ]; do sleep 0.01; done; touch met-${mine}; exit`
            const command = `cd ${directory}; bash -c 'trap "" TERM; trap "${onHangUp}" HUP; echo up; while :; do sleep 0.01; done'`
            yield* Effect.forkDaemon(beside(`true; ${command}`))
            yield* prints((yield* block(`true; ${command}`, running)).id, "up")
          }
        })
      )
      assert.includeMembers(readdirSync(directory), ["met-a", "met-b"])
    })
  )

  it.live("ends with the session, and everything in it", () =>
    Effect.gen(function* () {
      const { pids, fiber, events, slots } = yield* withRealShells({}, ({ block, prints, events }) =>
        Effect.gen(function* () {
          const command = "true; trap : HUP TERM; echo up; sleep 53; sleep 53"
          yield* Effect.fork(beside(command))
          const { id } = yield* block(command, running)
          yield* prints(id, "up")
          const fiber = yield* Effect.forkDaemon(beside("sleep 54"))
          yield* block("sleep 54", running)
          yield* warmed
          // The kernel's list may leave one out while another process of ours ends (proc(5), children).
          const pids = yield* Effect.repeat(Effect.delay(Effect.sync(childShells), "10 millis"), {
            until: (found) => found.length >= 4
          })
          return { pids, fiber, events, slots: yield* ProcessSlots }
        })
      )
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
      assert.strictEqual(slots.used, 0)
      const ends = events.flatMap((event) => (event._tag === "BlockFinished" ? [event.signal] : []))
      assert.deepStrictEqual(ends, ["SIGHUP", "SIGHUP"])
      assert.deepStrictEqual(
        pids.flatMap((pid) => sessionMembers(pid)?.map(({ name }) => name) ?? []),
        []
      )
    })
  )
})

/** The shells that this process has started and that run. */
const childShells = (): ReadonlyArray<number> =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
    .split(" ")
    .map(Number)
    .filter((pid) => pid > 0 && commandLine(pid)?.includes("--init-file"))
