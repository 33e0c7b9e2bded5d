import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createConnection, createServer } from "node:net"
import { dirname, join } from "node:path"
import { pid } from "node:process"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SessionId } from "../../../src/domain/ids.ts"
import { askOwner } from "../../../src/services/ownership/askOwner.ts"
import { type GiveUp, OwnerSocket } from "../../../src/services/ownership/OwnerSocket.ts"
import { socketPath } from "../../../src/services/ownership/socketPath.ts"
import { Takeover } from "../../../src/services/ownership/Takeover.ts"
import type { TakeRequest } from "../../../src/services/ownership/takeoverProtocol.ts"
import type { LockOwner } from "../../../src/services/persistence/ProcessLock.ts"
import { temporaryDirectory } from "../persistence/sessions.ts"

const SESSION = SessionId.make("s1")
/** For an owner who is not there, or says nothing. */
const SHORT = { connect: 0, greeting: 200, answer: 200 }
/** Over what a busy machine takes for an owner who answers. */
const LONG = { connect: 10_000, greeting: 10_000, answer: 10_000 }

const owned = (socket: string | null, elsewhere: string | null = null): LockOwner => ({
  pid: 4711,
  elsewhere,
  socket,
  file: "/data/active/s1.lock"
})

/** A place for a socket, and an owner who listens there. */
const listening = (giveUp: GiveUp): { readonly path: string; readonly socket: OwnerSocket } => {
  const path = socketPath(temporaryDirectory())!
  return { path, socket: new OwnerSocket(path, giveUp) }
}

const error = (asking: Promise<void>): Promise<unknown> =>
  asking.then(
    () => null,
    (cause) => cause
  )

describe("asking the owner of a session", () => {
  it("gets it, with what the owner has to know, on a socket that only the user can reach", async () => {
    const asked: Array<TakeRequest> = []
    const { path, socket } = listening(async (request) => {
      asked.push(request)
      return null
    })
    await askOwner(SESSION, owned(path), LONG)
    assert.deepStrictEqual(asked, [{ take: SESSION, pid }])
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    assert.strictEqual(statSync(dirname(path)).mode & 0o777, 0o700)
    socket.close()
    assert.isFalse(existsSync(dirname(path)))
  })

  it("says why the owner keeps it, without what would control a terminal", async () => {
    const { path, socket } = listening(async () => "the disk is \x1b[31mfull\x1b]0;title\x07")
    assert.deepInclude(await error(askOwner(SESSION, owned(path), LONG)), {
      reason: "Refused",
      pid: 4711,
      message: "Process 4711 keeps the session: the disk is full"
    })
    socket.close()
  })

  it("tells of an owner whose ending of the session fails", async () => {
    const { path, socket } = listening(() => Promise.reject(new Error("no")))
    assert.deepInclude(await error(askOwner(SESSION, owned(path), LONG)), { reason: "Refused" })
    socket.close()
  })

  it("gives up on an owner that does not greet, and asks it for nothing", async () => {
    const path = socketPath(temporaryDirectory())!
    const heard: Array<string> = []
    const server = createServer((socket) => socket.on("data", (bytes) => heard.push(String(bytes))))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const closed = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)))
    assert.deepInclude(await error(askOwner(SESSION, owned(path), SHORT)), {
      reason: "Silent",
      message: "Process 4711 does not answer: kill -CONT 4711 wakes it if it is stopped, kill 4711 ends it"
    })
    await closed
    assert.deepStrictEqual(heard, [])
    server.close()
  })

  it("gives nothing to an asker that has gone away meanwhile", async () => {
    let given = 0
    const { path, socket } = listening(async () => {
      given++
      return null
    })
    const gone = createConnection(path)
    await new Promise((resolve) => gone.once("data", resolve))
    gone.end(`${JSON.stringify({ take: SESSION, pid })}\n`)
    await new Promise((resolve) => gone.once("close", resolve))
    await askOwner(SESSION, owned(path), LONG)
    assert.strictEqual(given, 1)
    socket.close()
  })

  it.each([
    ["no JSON", "take it!\n"],
    ["no session", `${JSON.stringify({ take: "../etc", pid: 1 })}\n`],
    ["more than a line can be", "x".repeat(10_000)]
  ])("does nothing for %s", async (_, line) => {
    let given = 0
    const { path, socket } = listening(async () => {
      given++
      return null
    })
    const client = createConnection(path)
    let answer = ""
    client.on("data", (bytes) => {
      answer += bytes
    })
    client.write(line)
    await new Promise((resolve) => client.once("close", resolve))
    assert.deepStrictEqual(JSON.parse(answer.split("\n")[1]!), {
      given: false,
      why: "it did not understand what it was asked"
    })
    assert.strictEqual(given, 0)
    socket.close()
  })

  it("asks nobody elsewhere, without a socket, or where others could listen", async () => {
    assert.deepInclude(await error(askOwner(SESSION, owned("/run/x", "attic"), SHORT)), {
      reason: "Elsewhere",
      message:
        'Process 4711 on "attic" cannot be asked from here. ' +
        'Only if that has ended for certain: rm "/data/active/s1.lock"'
    })
    assert.deepInclude(await error(askOwner(SESSION, owned(null), SHORT)), { reason: "NoSocket" })
    const gone = join(temporaryDirectory(), "gone", "owner")
    assert.match(String(await error(askOwner(SESSION, owned(gone), SHORT))), /cannot be asked .*ENOENT/)
    const { path, socket } = listening(async () => null)
    chmodSync(dirname(path), 0o755)
    assert.match(String(await error(askOwner(SESSION, owned(path), SHORT))), /where others can reach it/)
    socket.close()
    const file = join(temporaryDirectory(), "owner")
    writeFileSync(file, "")
    assert.match(String(await error(askOwner(SESSION, owned(file), SHORT))), /none of yours/)
  })
})

const longDirectory = () => {
  const long = join(temporaryDirectory(), "x".repeat(100))
  mkdirSync(long)
  return long
}

describe("Takeover", () => {
  it.live("names its socket while it listens, in a place whose path a socket can have, and removes it", () =>
    Effect.gen(function* () {
      const takeover = yield* Takeover
      const path = yield* Effect.scoped(
        Effect.gen(function* () {
          yield* takeover.listen(async () => null)
          const socket = takeover.socket()!
          assert.isAtMost(Buffer.byteLength(socket), 107)
          yield* takeover.ask(SESSION, owned(socket))
          return socket
        })
      )
      assert.deepStrictEqual([takeover.socket(), existsSync(dirname(path))], [null, false])
    }).pipe(Effect.provide(Takeover.layer(longDirectory())))
  )

  it("is there again after the directory of a user who logged out was emptied", async () => {
    const { path, socket } = listening(async () => null)
    await askOwner(SESSION, owned(path), LONG)
    rmSync(dirname(path), { recursive: true })
    socket.look()
    await askOwner(SESSION, owned(path), LONG)
    assert.strictEqual(statSync(dirname(path)).mode & 0o777, 0o700)
    socket.close()
  })
})
