/**
 * The sidecar's listeners. node:http itself, not @effect/platform's server: slow clients, connections and draining are
 * limited by settings of Node's server that the other does not pass on, and nothing else has to be loaded.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Answer, Asked } from "./answer.ts"
import { HttpError } from "./HttpError.ts"

/** How long and how much a client may take. */
export interface HttpLimits {
  /** Milliseconds until a request's headers must be there. */
  readonly headersTimeout: number
  /** Milliseconds until a whole request must be there. */
  readonly requestTimeout: number
  /** Milliseconds of silence after which a connection is closed. */
  readonly idleTimeout: number
  /** How often the first two are looked at, in milliseconds. */
  readonly checkInterval: number
  /** Connections at a time and address; more are closed at once. */
  readonly maxConnections: number
  /** Milliseconds that requests in flight have to end when the server does. */
  readonly drainTimeout: number
}

/** For a scraper and a probe or two on the same machine. */
export const HTTP_LIMITS: HttpLimits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  idleTimeout: 10_000,
  checkInterval: 1000,
  maxConnections: 64,
  drainTimeout: 2000
}

/** Largest request line and headers together, in bytes: what is asked here is short. */
const MAX_HEADER_BYTES = 8192

/** This machine's own addresses, which nothing outside can reach. */
const LOOPBACK = ["127.0.0.1", "::1"]

/** What listens, until the scope ends. */
export interface Listening {
  /** Such as `http://127.0.0.1:3000`. */
  readonly urls: ReadonlyArray<string>
}

/** Sends an answer; Node itself leaves out the body where the method or the status allows none. */
const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  // RFC 9110, 8.6: no length where there can be no content.
  response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": body.length })
  response.end(body)
}

const open = (host: string, port: number, limits: HttpLimits, reply: (asked: Asked) => Promise<Answer>) =>
  Effect.async<Server, HttpError>((resume) => {
    const { headersTimeout, requestTimeout, checkInterval } = limits
    const server = createServer(
      { headersTimeout, requestTimeout, connectionsCheckingInterval: checkInterval, maxHeaderSize: MAX_HEADER_BYTES },
      (request: IncomingMessage, response) => {
        const { method = "", url: target = "", headers } = request
        // A body is nothing we read; its connection ends with the answer.
        if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) {
          response.setHeader("connection", "close")
        }
        void reply({ method, target, headers, peer: request.socket.remoteAddress }).then((answer) => {
          // Who has this answer shall not wait for the end with an open connection.
          if (!server.listening) response.setHeader("connection", "close")
          send(response, answer)
        })
      }
    )
    server.maxConnections = limits.maxConnections
    server.setTimeout(limits.idleTimeout)
    server.once("error", (cause) => resume(HttpError.from(cause, host, port)))
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners("error")
      // A connection that cannot be accepted (no descriptor left) is lost; the next one may not be.
      server.on("error", () => {})
      resume(Effect.succeed(server))
    })
  })

/** Stops accepting, lets requests in flight end, and cuts off what has not ended after `drainTimeout`. */
const drain = Effect.fn("listen.drain")(function* (server: Server, limits: HttpLimits) {
  const cut = yield* Effect.sleep(limits.drainTimeout).pipe(
    Effect.zipRight(Effect.sync(() => server.closeAllConnections())),
    Effect.interruptible,
    Effect.forkDaemon
  )
  yield* Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  yield* Fiber.interrupt(cut)
})

const urlOf = (server: Server): string => {
  const { address, port, family } = server.address() as AddressInfo
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`
}

/**
 * Listens on `host`, or without one on this machine's own addresses, of both families where there are both. Ends with
 * the scope, requests in flight first.
 *
 * @param port 0 for any
 */
export const listen = Effect.fn("listen")(function* (
  host: string | null,
  port: number,
  reply: (asked: Asked) => Promise<Answer>,
  limits: HttpLimits = HTTP_LIMITS
) {
  const listener = (at: string, on: number): Effect.Effect<Server, HttpError, Scope.Scope> =>
    Effect.acquireRelease(open(at, on, limits, reply), (server) => drain(server, limits))
  if (host !== null) return { urls: [urlOf(yield* listener(host, port))] } satisfies Listening
  const urls: Array<string> = []
  let at = port
  for (const address of LOOPBACK) {
    const server = yield* listener(address, at).pipe(
      // A machine without IPv6, or the other way about.
      Effect.catchIf(
        (error) => error.reason === "NoAddress" && (address !== LOOPBACK.at(-1) || urls.length > 0),
        () => Effect.succeed(null)
      )
    )
    if (server === null) continue
    urls.push(urlOf(server))
    at = (server.address() as AddressInfo).port
  }
  return { urls } satisfies Listening
})
