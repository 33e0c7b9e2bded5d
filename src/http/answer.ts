import type { IncomingHttpHeaders } from "node:http"
import type { BlockList } from "node:net"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import type { Exposition } from "./exposition.ts"
import { cameUnencrypted, hostName, isAllowedHost } from "./origin.ts"
import type { Readiness } from "./readiness.ts"

/** What the server is asked, without the server. */
export interface Asked {
  readonly method: string
  /** As in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** The address that the connection came from. */
  readonly peer: string | undefined
}

/** What it answers; a HEAD request gets the same without the body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What stands behind the addresses, and how it may be asked for. */
export interface Answering {
  /** Names beside `localhost` and addresses that a Host header may hold. */
  readonly allowedHosts: ReadonlyArray<string>
  readonly trustedProxies: BlockList
  readonly enforceHttps: boolean
  readonly enableCors: boolean
  readonly enableCompression: boolean
  readonly sanitizeErrorMessages: boolean
  readonly ready: () => Promise<Readiness>
  /** null while METRICS_ENABLED is false. */
  readonly metrics: (() => Promise<Exposition>) | null
  /** True once the server is ending. */
  readonly isDraining: () => boolean
  /** Milliseconds since the epoch, now and when the server began. */
  readonly now: () => number
  readonly startedAt: number
}

const compressed = promisify(gzip)

const METHODS = "GET, HEAD"
const NO_BODY = new Uint8Array()

const json = (status: number, content: object, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: Buffer.from(`${JSON.stringify(content)}\n`)
})

const refusal = (status: number, error: string, headers?: Readonly<Record<string, string>>): Answer =>
  json(status, { error }, headers)

/** Whether an Accept-Encoding header takes gzip: named without `q=0`, or by `*`. */
export const acceptsGzip = (header: string | string[] | undefined): boolean => {
  const offers = new Map(
    String(header ?? "")
      .toLowerCase()
      .split(",")
      .map((offer) => {
        const [coding = "", ...parameters] = offer.split(";").map((part) => part.trim())
        const quality = parameters.find((parameter) => parameter.startsWith("q="))
        return [coding, quality === undefined ? 1 : Number(quality.slice(2))] as const
      })
  )
  return (offers.get("gzip") ?? offers.get("*") ?? 0) > 0
}

const live = ({ now, startedAt }: Answering): Answer =>
  json(200, { status: "healthy", timestamp: now(), uptime: now() - startedAt })

const ready = async ({ ready, isDraining, now }: Answering): Promise<Answer> => {
  if (isDraining()) return json(503, { status: "draining", timestamp: now() })
  const { components, problems } = await ready()
  const failing = Object.keys(problems)
  return failing.length === 0
    ? json(200, { status: "ready", components, timestamp: now() })
    : json(503, { status: "not ready", components, failing, problems, timestamp: now() })
}

const metrics = async (answering: Answering, asked: Asked): Promise<Answer> => {
  if (answering.metrics === null) return refusal(404, "metrics are turned off (METRICS_ENABLED)")
  const { contentType, body } = await answering.metrics()
  const headers = { "content-type": contentType }
  if (!answering.enableCompression) return { status: 200, headers, body: Buffer.from(body) }
  const vary = { ...headers, vary: "accept-encoding" }
  return acceptsGzip(asked.headers["accept-encoding"])
    ? { status: 200, headers: { ...vary, "content-encoding": "gzip" }, body: await compressed(body) }
    : { status: 200, headers: vary, body: Buffer.from(body) }
}

const ROUTES: Readonly<Record<string, (answering: Answering, asked: Asked) => Answer | Promise<Answer>>> = {
  "/health/live": live,
  "/health/ready": ready,
  "/metrics": metrics
}

/** The paths that there is something behind. */
export const ENDPOINTS: ReadonlyArray<string> = Object.keys(ROUTES)

const route = async (answering: Answering, asked: Asked): Promise<Answer> => {
  const { method, target, headers, peer } = asked
  if (!isAllowedHost(headers.host, answering.allowedHosts)) {
    return refusal(421, "this host name is not served here (--allow-host)")
  }
  const path = target.split("?", 1)[0] ?? ""
  if (answering.enforceHttps && cameUnencrypted(peer, headers, answering.trustedProxies)) {
    const host = headers.host === undefined ? null : hostName(headers.host)
    if (host === null || !Object.hasOwn(ROUTES, path)) return refusal(403, "HTTPS is required")
    const location = `https://${host.includes(":") ? `[${host}]` : host}${path}`
    return refusal(308, "HTTPS is required", { location })
  }
  if (!Object.hasOwn(ROUTES, path)) return refusal(404, "not found")
  if (method === "OPTIONS" && answering.enableCors) {
    return { status: 204, headers: { "access-control-allow-methods": METHODS }, body: NO_BODY }
  }
  if (method !== "GET" && method !== "HEAD") return refusal(405, "method not allowed", { allow: METHODS })
  return ROUTES[path]!(answering, asked)
}

/** Answers one request. Never rejects: what goes wrong inside is a 500 that says so. */
export const answer = async (answering: Answering, asked: Asked): Promise<Answer> => {
  let found: Answer
  try {
    found = await route(answering, asked)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    found = refusal(500, answering.sanitizeErrorMessages ? "internal error" : why)
  }
  return {
    ...found,
    headers: {
      ...found.headers,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(answering.enableCors && { "access-control-allow-origin": "*" })
    }
  }
}
