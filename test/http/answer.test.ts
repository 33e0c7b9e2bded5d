import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { type Answering, type Asked, acceptsGzip, answer } from "../../src/http/answer.ts"
import { hostName, networks } from "../../src/http/origin.ts"
import type { Readiness } from "../../src/http/readiness.ts"

const READY: Readiness = {
  components: { database: "connected", persistence: "ready", resources: "initialized" },
  problems: {}
}

const BODY = `${"# HELP a b\n".repeat(100)}`

const answering = (changes: Partial<Answering> = {}): Answering => ({
  allowedHosts: [],
  trustedProxies: networks([]),
  enforceHttps: false,
  enableCors: false,
  enableCompression: false,
  sanitizeErrorMessages: true,
  ready: async () => READY,
  metrics: async () => ({ contentType: "text/plain; version=0.0.4; charset=utf-8", body: BODY }),
  isDraining: () => false,
  now: () => 5000,
  startedAt: 2000,
  ...changes
})

const ask = async (target: string, asked: Partial<Asked> = {}, changes: Partial<Answering> = {}) => {
  const found = await answer(answering(changes), {
    method: "GET",
    target,
    peer: "127.0.0.1",
    ...asked,
    headers: { host: "localhost:3000", ...asked.headers }
  })
  const isJson = found.headers["content-type"]?.startsWith("application/json") === true
  return { ...found, json: isJson ? JSON.parse(Buffer.from(found.body).toString()) : null }
}

describe("the endpoints", () => {
  it("say that the process lives, and for how many milliseconds", async () => {
    const { status, headers, json } = await ask("/health/live", {}, { isDraining: () => true })
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "application/json; charset=utf-8")
    assert.strictEqual(headers["cache-control"], "no-store")
    assert.deepStrictEqual(json, { status: "healthy", timestamp: 5000, uptime: 3000 })
  })

  it("say what is ready, or with 503 what is not", async () => {
    const well = await ask("/health/ready?verbose")
    assert.strictEqual(well.status, 200)
    assert.deepStrictEqual(well.json, { status: "ready", components: READY.components, timestamp: 5000 })
    const components = { ...READY.components, persistence: "failed" } as const
    const problems = { persistence: "nothing can be written: the disk is full (ENOSPC)" }
    const full = await ask("/health/ready", {}, { ready: async () => ({ components, problems }) })
    assert.strictEqual(full.status, 503)
    assert.deepStrictEqual(full.json, {
      status: "not ready",
      components,
      failing: ["persistence"],
      problems,
      timestamp: 5000
    })
    const draining = await ask("/health/ready", {}, { isDraining: () => true })
    assert.strictEqual(draining.status, 503)
    assert.deepStrictEqual(draining.json, { status: "draining", timestamp: 5000 })
  })

  it("give metrics with their content type, compressed for who takes that and where it is enabled", async () => {
    const plain = await ask("/metrics", { headers: { "accept-encoding": "gzip" } })
    assert.strictEqual(plain.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
    assert.notProperty(plain.headers, "vary")
    assert.strictEqual(Buffer.from(plain.body).toString(), BODY)
    const enabled = { enableCompression: true }
    const small = await ask("/metrics", { headers: { "accept-encoding": "deflate, GZIP;q=0.5" } }, enabled)
    assert.deepInclude(small.headers, { vary: "accept-encoding", "content-encoding": "gzip" })
    assert.strictEqual(gunzipSync(small.body).toString(), BODY)
    assert.isBelow(small.body.length, BODY.length / 4)
    const unwanted = await ask("/metrics", {}, enabled)
    assert.strictEqual(unwanted.headers.vary, "accept-encoding")
    assert.strictEqual(Buffer.from(unwanted.body).toString(), BODY)
  })

  it("have no metrics while they are turned off", async () => {
    const { status, json } = await ask("/metrics", {}, { metrics: null })
    assert.strictEqual(status, 404)
    assert.match(json.error, /METRICS_ENABLED/)
  })

  it("tell one line of JSON of what is not there, not allowed or went wrong", async () => {
    for (const target of ["/", "/metrics/", "//metrics", "/constructor", "/__proto__", "http://x/metrics", ""]) {
      const { status, json, body } = await ask(target)
      assert.strictEqual(status, 404, target)
      assert.deepStrictEqual(json, { error: "not found" })
      assert.strictEqual(Buffer.from(body).toString().split("\n").length, 2)
    }
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]) {
      const { status, headers, json } = await ask("/metrics", { method })
      assert.deepStrictEqual([status, headers.allow], [405, "GET, HEAD"], method)
      assert.deepStrictEqual(json, { error: "method not allowed" })
    }
    const broken = { metrics: () => Promise.reject(new Error("EIO in /home/ada")) }
    assert.deepInclude(await ask("/metrics", {}, broken), { status: 500, json: { error: "internal error" } })
    const told = await ask("/metrics", {}, { ...broken, sanitizeErrorMessages: false })
    assert.deepInclude(told, { status: 500, json: { error: "EIO in /home/ada" } })
  })

  it("may be read by web pages only where CORS is enabled", async () => {
    const origin = { headers: { origin: "https://grafana.example" } }
    assert.notProperty((await ask("/metrics", origin)).headers, "access-control-allow-origin")
    const enabled = { enableCors: true }
    assert.strictEqual((await ask("/metrics", origin, enabled)).headers["access-control-allow-origin"], "*")
    const preflight = await ask("/metrics", { ...origin, method: "OPTIONS" }, enabled)
    assert.strictEqual(preflight.status, 204)
    assert.deepInclude(preflight.headers, {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD"
    })
  })

  it("answer under our own names only, whatever a name server says", async () => {
    const statusOf = async (host: string | undefined, allowedHosts: ReadonlyArray<string> = []) =>
      (
        await answer(answering({ allowedHosts }), {
          method: "GET",
          target: "/health/live",
          peer: "127.0.0.1",
          headers: host === undefined ? {} : { host }
        })
      ).status
    for (const host of [
      undefined,
      "localhost",
      "LOCALHOST.:3000",
      "127.0.0.1:3000",
      "[::1]:3000",
      "10.1.2.3",
      "[fe80::1]"
    ]) {
      assert.strictEqual(await statusOf(host), 200, host)
    }
    for (const host of [
      "evil.example",
      "localhost.evil.example:3000",
      "127.0.0.1.evil.example",
      "",
      "a b",
      "[::1",
      "x@localhost"
    ]) {
      assert.strictEqual(await statusOf(host), 421, host)
    }
    assert.strictEqual(await statusOf("Metrics.internal:3000", ["metrics.internal"]), 200)
    assert.strictEqual(await statusOf("metrics.internal.evil.example", ["metrics.internal"]), 421)
  })

  it("are sent to HTTPS by what a trusted proxy says, and by nobody else's word", async () => {
    const trust = { enforceHttps: true, trustedProxies: networks(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]) }
    const from = (peer: string, proto?: string, changes: Partial<Answering> = trust) =>
      ask(
        "/metrics?a=b",
        {
          peer,
          headers: { host: "metrics.internal:8080", ...(proto !== undefined && { "x-forwarded-proto": proto }) }
        },
        { allowedHosts: ["metrics.internal"], ...changes }
      )
    for (const peer of ["10.1.2.3", "::ffff:10.1.2.3", "fd00::5", "192.0.2.7"]) {
      const redirected = await from(peer, "http")
      assert.deepInclude(redirected, { status: 308 }, peer)
      assert.strictEqual(redirected.headers.location, "https://metrics.internal/metrics")
      assert.strictEqual((await from(peer, "https")).status, 200, peer)
    }
    assert.strictEqual((await from("10.1.2.3", "https, http")).status, 308)
    assert.strictEqual((await from("10.1.2.3")).status, 200)
    for (const peer of ["127.0.0.1", "11.0.0.1", "192.0.2.8", "::1"]) {
      assert.strictEqual((await from(peer, "http")).status, 200, peer)
    }
    assert.strictEqual((await from("10.1.2.3", "http", { ...trust, enforceHttps: false })).status, 200)
    const elsewhere = await ask("/evil", { peer: "10.1.2.3", headers: { "x-forwarded-proto": "http" } }, trust)
    assert.strictEqual(elsewhere.status, 403)
  })
})

describe("headers", () => {
  it("of host names are cut to the name", () => {
    assert.deepStrictEqual(["A.example:80", "[::1]:80", "[::1]", "a:b:c", "::1", " a ", "a:"].map(hostName), [
      "a.example",
      "::1",
      "::1",
      null,
      null,
      "a",
      null
    ])
  })

  it("of encodings are read with their quality", () => {
    const accepted = ["gzip", "deflate,gzip;q=0.1", "*", "gzip ; q=1, *;q=0"]
    const refused = [undefined, "", "deflate", "gzip;q=0", "*;q=0", "gzip;q=x", "*, gzip;q=0", "xgzip"]
    assert.deepStrictEqual(accepted.map(acceptsGzip), [true, true, true, true])
    assert.notInclude(refused.map(acceptsGzip), true)
  })
})
