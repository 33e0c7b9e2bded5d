import { once } from "node:events"
import { get, request } from "node:http"
import { connect, createServer, type Socket } from "node:net"
import { describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { assert } from "vitest"
import type { Answer, Asked } from "../../src/http/answer.ts"
import { HTTP_LIMITS, type HttpLimits, listen } from "../../src/http/listen.ts"

const HELLO: Answer = { status: 200, headers: { "content-type": "text/plain" }, body: Buffer.from("hello\n") }

const hello = async () => HELLO

const portOf = (url: string | undefined): number => Number(new URL(url ?? "").port)

interface Got {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** One request with a connection of its own. */
const fetchOnce = (url: string, method = "GET"): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false }, (response) => {
      let body = ""
      response.setEncoding("utf8")
      response.on("data", (text) => {
        body += text
      })
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    sent.on("error", reject)
    sent.end()
  })

/** All that a connection gets until the server closes it. */
const untilClosed = async (socket: Socket): Promise<string> => {
  let text = ""
  socket.setEncoding("utf8")
  socket.on("data", (data) => {
    text += data
  })
  socket.on("error", () => {})
  // Not events.once: a connection that is reset closes too.
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve))
  return text
}

/** Over what a busy machine takes to read what is there already: it looks at its clock first. */
const SLOW = { headersTimeout: 1000, requestTimeout: 1500, checkInterval: 20 }
/** A server's end that waits for what it is told to wait for. */
const PATIENT = { drainTimeout: 60_000 }

const listening = (
  reply: (asked: Asked) => Promise<Answer> = hello,
  limits: Partial<HttpLimits> = {},
  host: string | null = null
) => listen(host, 0, reply, { ...HTTP_LIMITS, ...limits })

describe("listen", () => {
  it.scopedLive("answers on this machine's own addresses, of both families on one port", () =>
    Effect.gen(function* () {
      const asked: Array<Asked> = []
      const { urls } = yield* listening(async (each) => {
        asked.push(each)
        return HELLO
      })
      assert.strictEqual(new URL(urls[0] ?? "").hostname, "127.0.0.1")
      if (urls.length > 1) assert.strictEqual(new URL(urls[1] ?? "").hostname, "[::1]")
      assert.strictEqual(new Set(urls.map(portOf)).size, 1)
      for (const url of urls) {
        const { status, headers, body } = yield* Effect.promise(() => fetchOnce(`${url}/metrics?x`))
        assert.deepStrictEqual([status, body, headers["content-length"]], [200, "hello\n", "6"])
      }
      assert.deepStrictEqual(
        asked.map(({ method, target, peer }) => [method, target, peer]),
        urls.map((_, index) => ["GET", "/metrics?x", index === 0 ? "127.0.0.1" : "::1"])
      )
    })
  )

  it.scopedLive("sends no body to HEAD, and the same headers", () =>
    Effect.gen(function* () {
      const { urls } = yield* listening()
      const { status, headers, body } = yield* Effect.promise(() => fetchOnce(urls[0]!, "HEAD"))
      assert.deepStrictEqual([status, body, headers["content-length"]], [200, "", "6"])
    })
  )

  it.scopedLive("sends a status without content without a length", () =>
    Effect.gen(function* () {
      const { urls } = yield* listening(async () => ({ ...HELLO, status: 204, body: new Uint8Array() }))
      const { status, headers, body } = yield* Effect.promise(() => fetchOnce(urls[0]!))
      assert.deepStrictEqual([status, body, headers["content-length"]], [204, "", undefined])
    })
  )

  it.scopedLive("says which port is taken, and closes what it had opened before", () =>
    Effect.gen(function* () {
      const { urls } = yield* listening()
      const port = portOf(urls[0])
      const taken = yield* Effect.flip(listen(null, port, hello))
      assert.deepInclude(taken, { reason: "Taken", host: "127.0.0.1", port })
      assert.include(taken.message, `port ${port} is taken`)
      if (urls.length === 1) return

      // Free on IPv4, taken on IPv6: half of localhost would be somebody else's.
      const both = yield* Scope.make()
      const half = portOf((yield* Scope.extend(listening(), both)).urls[0])
      yield* Scope.close(both, Exit.void)
      const other = createServer().listen(half, "::1")
      yield* Effect.promise(() => once(other, "listening"))
      yield* Effect.addFinalizer(() => Effect.sync(() => other.close()))
      const scope = yield* Scope.make()
      const failed = yield* Effect.flip(Scope.extend(listen(null, half, hello), scope))
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude(failed, { reason: "Taken", host: "::1" })
      const refused = yield* Effect.promise(() =>
        fetchOnce(`http://127.0.0.1:${half}`).then(
          () => null,
          (error) => error.code
        )
      )
      assert.strictEqual(refused, "ECONNREFUSED")
    })
  )

  it.scopedLive("says that an address is not this machine's", () =>
    Effect.gen(function* () {
      // TEST-NET-1 (RFC 5737): nobody's address.
      const failed = yield* Effect.flip(listening(hello, {}, "192.0.2.1"))
      assert.deepInclude(failed, { reason: "NoAddress", host: "192.0.2.1" })
    })
  )

  it.scopedLive("closes connections that are slow to ask, and answers the others meanwhile", () =>
    Effect.gen(function* () {
      const { urls } = yield* listening(hello, SLOW)
      const slow = connect(portOf(urls[0]), "127.0.0.1")
      slow.write("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
      const quick = yield* Effect.promise(() => fetchOnce(urls[0]!))
      assert.strictEqual(quick.status, 200)
      assert.match(yield* Effect.promise(() => untilClosed(slow)), /^HTTP\/1\.1 408 /)

      const silent = connect(portOf(urls[0]), "127.0.0.1")
      silent.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx")
      assert.match(yield* Effect.promise(() => untilClosed(silent)), /^HTTP\/1\.1 200 .*connection: close/is)
    })
  )

  it.scopedLive("closes connections that say nothing at all", () =>
    Effect.gen(function* () {
      const { urls } = yield* listening(hello, { idleTimeout: 50 })
      const mute = connect(portOf(urls[0]), "127.0.0.1")
      assert.strictEqual(yield* Effect.promise(() => untilClosed(mute)), "")
    })
  )

  it.scopedLive("refuses headers of more than 8 KB and connections of more than its limit", () =>
    Effect.gen(function* () {
      const { urls } = yield* listening(hello, { maxConnections: 2 })
      const long = connect(portOf(urls[0]), "127.0.0.1")
      long.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(9000)}\r\n\r\n`)
      assert.match(yield* Effect.promise(() => untilClosed(long)), /^HTTP\/1\.1 431 /)

      const held: Array<Socket> = []
      for (let n = 0; n < 2; n++) {
        const socket = connect(portOf(urls[0]), "127.0.0.1")
        held.push(socket)
        socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        yield* Effect.promise(() => once(socket, "data"))
      }
      const third = connect(portOf(urls[0]), "127.0.0.1")
      assert.strictEqual(yield* Effect.promise(() => untilClosed(third)), "")
      for (const socket of held) socket.destroy()
    })
  )

  it.live("ends requests in flight before it ends, with no new ones and no open connection", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      let finish: (answer: Answer) => void = () => {}
      const scope = yield* Scope.make()
      const { urls } = yield* Scope.extend(
        listening((asked) => {
          if (asked.target !== "/slow") return hello()
          Deferred.unsafeDone(arrived, Effect.void)
          return new Promise((resolve) => {
            finish = resolve
          })
        }, PATIENT),
        scope
      )
      const idle = connect(portOf(urls[0]), "127.0.0.1")
      idle.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
      yield* Effect.promise(() => once(idle, "data"))
      const inFlight = connect(portOf(urls[0]), "127.0.0.1")
      inFlight.write("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
      yield* Deferred.await(arrived)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.promise(() => untilClosed(idle))
      const refused = yield* Effect.promise(
        () =>
          new Promise((resolve) => {
            get(urls[0]!, { agent: false }, () => resolve("answered")).on("error", (error: NodeJS.ErrnoException) =>
              resolve(error.code)
            )
          })
      )
      assert.strictEqual(refused, "ECONNREFUSED")
      finish(HELLO)
      assert.match(
        yield* Effect.promise(() => untilClosed(inFlight)),
        /^HTTP\/1\.1 200 .*connection: close.*hello\n$/is
      )
      yield* Fiber.join(closing)
    })
  )

  it.live("cuts off what does not end in time", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const { urls } = yield* Scope.extend(
        listening(
          () => {
            Deferred.unsafeDone(arrived, Effect.void)
            return new Promise(() => {})
          },
          { drainTimeout: 20 }
        ),
        scope
      )
      const socket = connect(portOf(urls[0]), "127.0.0.1")
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
      yield* Deferred.await(arrived)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* Effect.promise(() => untilClosed(socket)), "")
    })
  )
})
