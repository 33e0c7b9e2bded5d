import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { request } from "node:http"
import { createServer } from "node:net"
import { describe, expect, it } from "vitest"
import { ended, inForeground, leave, ready, run } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import { Home } from "../harness/Home.ts"
import { itWith } from "../harness/tools.ts"

const INTERVAL = { EFFECTTALK_METRICS_INTERVAL: "1000" }

/** Two runs of these tests at once begin at different ports. */
let asked = (process.pid * 64) % 20_000

const listens = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRNOTAVAIL"))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })

/** First and number of the ports that are tried, below those that the kernel gives to outgoing connections (ip_local_port_range). */
const FIRST_PORT = 10_000
const PORTS = 20_000

/** A port that nobody has: the next one after those that were asked for before. */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST_PORT + (asked++ % PORTS)
    if ((await listens(port, "127.0.0.1")) && (await listens(port, "::1"))) return port
  }
}

/** `effecttalk serve-metrics` as a service runs it: without a terminal. */
class Service implements AsyncDisposable {
  readonly process: ChildProcess
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
  stdout = ""
  stderr = ""

  constructor(home: Home, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, [BINARY, "serve-metrics", ...args], {
      env: { ...home.environment(), ...env },
      cwd: home.path,
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.process.stdout?.setEncoding("utf8").on("data", (text) => {
      this.stdout += text
    })
    this.process.stderr?.setEncoding("utf8").on("data", (text) => {
      this.stderr += text
    })
    this.exit = once(this.process, "close").then(([code, signal]) => ({ code, signal }))
  }

  /** Waits for the line that says where it listens. */
  async listening(): Promise<void> {
    await eventually(() => expect(this.stdout).toMatch(/\n$/))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL")
    await this.exit
  }
}

const serve = async (home: Home, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  await ensureBuilt()
  return new Service(home, args, env)
}

interface Got {
  readonly status: number | undefined
  readonly body: string
}

const get = (port: number, path: string): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, agent: false }, async (response) => {
      let body = ""
      for await (const text of response.setEncoding("utf8")) body += text
      resolve({ status: response.statusCode, body })
    })
    sent.on("error", reject)
    sent.end()
  })

/** The values of a scrape by series, such as `name{label="x"}`. */
const scrape = async (port: number): Promise<Readonly<Record<string, number>>> => {
  const { status, body } = await get(port, "/metrics")
  expect(status).toBe(200)
  return Object.fromEntries(
    body
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const space = line.lastIndexOf(" ")
        return [line.slice(0, space).replace(/^effect_talk_/, ""), Number(line.slice(space + 1))]
      })
  )
}

/** Scrapes until the values are there: those of a process that runs come when it writes them. */
const waitForMetrics = async (port: number, values: Readonly<Record<string, number>>): Promise<void> => {
  await eventually(async () => expect(await scrape(port)).toMatchObject(values))
}

describe("serve-metrics", () => {
  it("has exactly the true counts of every process: those that end, that are killed, and that resume", async () => {
    using home = new Home()
    const port = await freePort()
    await using service = await serve(home, ["--port", String(port)], INTERVAL)
    await service.listening()
    expect(await scrape(port)).toMatchObject({ sessions_total: 0, blocks_total: 0, instances: 0 })

    await using idle = await effecttalk({ home, env: INTERVAL })
    await ready(idle)
    idle.keys("ctrl+d")
    await idle.exit
    {
      await using t = await effecttalk({ home, env: INTERVAL })
      await run(t, "echo o''k")
      await run(t, "(exit 3)")
      t.type("sleep 1000\r")
      await waitForMetrics(port, { blocks_running: 1, blocks_total: 3, active_sessions: 1, instances: 1 })
      await inForeground(t, "sleep 1000")
      t.keys("ctrl+c")
      await ended(t, 2)
      t.keys("ctrl+d")
      await t.exit
    }
    // What is written at the end is there when the process is not any more.
    const first = {
      sessions_total: 1,
      active_sessions: 0,
      session_duration_seconds_count: 1,
      blocks_total: 3,
      blocks_success_total: 1,
      blocks_failed_total: 1,
      blocks_interrupted_total: 1,
      blocks_running: 0,
      block_duration_seconds_count: 3,
      instances: 0
    }
    expect(await scrape(port)).toMatchObject(first)

    await using killed = await effecttalk({ home, env: INTERVAL })
    await run(killed, "echo o''k")
    killed.type("sleep 1000\r")
    await waitForMetrics(port, { blocks_total: 5, blocks_running: 1 })
    killed.kill("SIGKILL")
    await killed.exit
    const second = { ...first, sessions_total: 2, blocks_total: 5, blocks_success_total: 2 }
    expect(await scrape(port)).toMatchObject({ ...second, block_duration_seconds_count: 4 })

    await using resumed = await effecttalk({ home, env: INTERVAL, args: ["--continue"] })
    await run(resumed, "false")
    resumed.keys("ctrl+d")
    await resumed.exit
    expect(await scrape(port)).toMatchObject({
      ...second,
      session_duration_seconds_count: 2,
      blocks_total: 6,
      blocks_failed_total: 2,
      blocks_interrupted_total: 2,
      block_duration_seconds_count: 5,
      processes_spawned_total: 3,
      process_duration_seconds_count: 2,
      state_unreadable_files: 0
    })
    service.process.kill("SIGTERM")
    expect(await service.exit).toEqual({ code: null, signal: "SIGTERM" })
    expect(service.stderr).toBe("")
  }, 60_000)

  itWith(["promtool"], "passes promtool without a word after a day's work", async () => {
    using home = new Home()
    await using t = await effecttalk({ home })
    await run(t, "true")
    await run(t, "false")
    await leave(t)
    const port = await freePort()
    await using service = await serve(home, ["--port", String(port)])
    await service.listening()
    const { body } = await get(port, "/metrics")
    expect(body).toContain("\neffect_talk_blocks_failed_total 1\n")
    const checked = spawnSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" })
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, "", ""])
  })

  it("says in one line where it listens, that it lives and is ready, and ends by the signal that ends it", async () => {
    using home = new Home()
    const port = await freePort()
    await using service = await serve(home, ["--port", String(port)])
    await service.listening()
    expect(service.stdout).toMatch(
      new RegExp(`^effecttalk: metrics and health at http://127\\.0\\.0\\.1:${port}( and http://\\[::1\\]:${port})?\n$`)
    )
    expect(JSON.parse((await get(port, "/health/live")).body)).toMatchObject({ status: "healthy" })
    const { status, body } = await get(port, "/health/ready")
    expect([status, JSON.parse(body)]).toMatchObject([
      200,
      {
        status: "ready",
        components: { database: "connected", persistence: "ready", resources: "initialized" }
      }
    ])
    service.process.kill("SIGINT")
    expect(await service.exit).toEqual({ code: null, signal: "SIGINT" })
    expect(service.stderr).toBe("")
  })

  describe("ends with 2 and says why", () => {
    const refused = async (
      home: Home,
      args: ReadonlyArray<string>,
      env: Readonly<Record<string, string>>,
      line: RegExp
    ) => {
      await using service = await serve(home, args, env)
      expect([await service.exit, service.stdout]).toEqual([{ code: 2, signal: null }, ""])
      expect(service.stderr).toMatch(line)
    }

    it("when the port is taken", async () => {
      using home = new Home()
      const port = await freePort()
      await using first = await serve(home, ["--port", String(port)])
      await first.listening()
      const line = new RegExp(`^effecttalk: port ${port} is taken on 127\\.0\\.0\\.1: .*\n$`)
      await refused(home, ["--port", String(port)], {}, line)
      await refused(home, [], { PORT: String(port) }, line)
    })

    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, Readonly<Record<string, string>>, RegExp]> = [
      [["--port", "0"], {}, /port|PORT/],
      [["--port", "70000"], {}, /70000/],
      [["--port", "abc"], {}, /abc/],
      [["--host", "192.0.2.1"], {}, /no address "192\.0\.2\.1"/],
      [[], { LOG_LEVEL: "shout", METRICS_INTERVAL: "often" }, /shout.*often|often.*shout/s]
    ]
    it.each(cases.map(([args, env, line]) => ({ args, env, line })))("at $args, $env", async ({ args, env, line }) => {
      using home = new Home()
      await refused(home, args, env, line)
    })
  })

  it("listens for other machines only when told to, and warns", async () => {
    using home = new Home()
    const port = await freePort()
    await using service = await serve(home, ["--port", String(port), "--host", "0.0.0.0"])
    await service.listening()
    expect(service.stderr).toMatch(/^effecttalk: http:\/\/0\.0\.0\.0:\d+ may be reached from other machines/)
    expect((await get(port, "/health/live")).status).toBe(200)
  })
})

describe("effecttalk --metrics", () => {
  it("serves its own numbers as they are at the moment", async () => {
    const port = await freePort()
    await using t = await effecttalk({ args: [`--metrics=${port}`] })
    await run(t, "true")
    expect(await scrape(port)).toMatchObject({
      sessions_total: 1,
      active_sessions: 1,
      blocks_total: 1,
      blocks_success_total: 1,
      instances: 1,
      processes_spawned_total: 1,
      process_duration_seconds_count: 0,
      process_slots_used: 0,
      process_slots_max: 100,
      resource_pool_utilization: 0,
      state_age_seconds: 0
    })
    t.type("sleep 1000\r")
    await waitForMetrics(port, { blocks_total: 2, blocks_running: 1, process_slots_used: 1 })
    await inForeground(t, "sleep 1000")
    t.keys("ctrl+c")
    await ended(t, 1)
    await leave(t)
    await t.waitForNoProcesses()
  })

  it("opens the screen also when the port is taken, and says so", async () => {
    const port = await freePort()
    const server = createServer().listen(port, "127.0.0.1")
    await once(server, "listening")
    try {
      await using t = await effecttalk({ args: ["--metrics"], env: { EFFECTTALK_PORT: String(port) }, cols: 100 })
      await t.waitFor(`metrics are not served: port ${port} is taken`)
      expect((await run(t, "echo o''k")).rows[0]).toBe("ok")
    } finally {
      server.close()
    }
  })
})
