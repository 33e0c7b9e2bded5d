import { existsSync, readdirSync, readFileSync } from "node:fs"
import { BlockList } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Text } from "ink"
import { render } from "ink-testing-library"
import { createElement } from "react"
import { beforeAll, describe, expect, it } from "vitest"
import { FIELDS, type Field, VARIABLES } from "../src/config/variables.ts"
import { readConfig } from "../src/config.ts"
import { Block } from "../src/domain/Block.ts"
import { SessionDocument } from "../src/domain/Session.ts"
import { EffectTalkLayer } from "../src/EffectTalkLayer.ts"
import { type Answering, answer, ENDPOINTS } from "../src/http/answer.ts"
import { FAMILIES } from "../src/http/families.ts"
import { ProcessService } from "../src/services/ProcessService.ts"
import { ResourceManagement } from "../src/services/ResourceManagement.ts"
import { EffectProvider } from "../src/ui/contexts/EffectProvider.tsx"
import { useAsyncCommand } from "../src/ui/hooks/useAsyncCommand.ts"
import { useBlocks } from "../src/ui/hooks/useBlocks.ts"
import { useEffectTalk } from "../src/ui/hooks/useEffectTalk.ts"
import { useSessions } from "../src/ui/hooks/useSessions.ts"
import { Home } from "./harness/Home.ts"
import { fakeServices } from "./ui/fakeServices.ts"

/** What the seed documents name. They are not in this repository, so it is written down here. */
const SEEDS = {
  operations: {
    SessionStore: ["get", "addBlock", "updateSession", "setActiveBlock", "getBlock", "clearBlocks"],
    BlockService: ["createBlock", "updateBlockStatus", "updateBlockOutput"],
    CommandExecutor: ["executeCommand"],
    ProcessService: ["spawn"],
    ProcessHandle: ["pid", "on"],
    PersistenceService: ["saveSession", "loadSession", "deleteSession", "listSessions", "archiveSession"],
    ErrorRecoveryService: ["retry", "withTimeout", "fallback"],
    StructuredLoggingService: ["log", "logPerformance"],
    ResourceManagement: ["trackResourceLifecycle", "executeWithCleanup", "createResourcePool"],
    // `SessionStore.createSession()` of the session creation flow.
    OpenSessions: ["create"]
  },
  hooks: {
    useEffectTalk: ["session", "blockService", "sessionStore"],
    useAsyncCommand: ["loading", "error", "executeCommand"],
    useBlocks: [],
    useSessions: ["sessions", "activeSession"]
  },
  /** Both lists of the first document, the security one included. */
  variables: `NODE_ENV LOG_LEVEL PORT DATA_DIR BACKUP_INTERVAL BACKUP_RETENTION MAX_PROCESS_TIMEOUT
    PROCESS_SPAWN_TIMEOUT PTY_TERM_TYPE MAX_CONCURRENT_PROCESSES MAX_BLOCK_OUTPUT_SIZE MAX_SESSION_SIZE
    RESOURCE_POOL_SIZE ERROR_RETRY_MAX_ATTEMPTS ERROR_RETRY_BASE_DELAY ERROR_RETRY_MAX_DELAY METRICS_ENABLED
    METRICS_INTERVAL STRUCTURED_LOGGING AUDIT_LOG_ENABLED ENABLE_CORS ENABLE_COMPRESSION SESSION_ID_LENGTH
    SANITIZE_ERROR_MESSAGES ENFORCE_HTTPS TRUSTED_PROXIES ENABLE_PTY_SECURITY DATA_DIR_PERMISSIONS
    SESSION_FILE_PERMISSIONS BACKUP_FILE_PERMISSIONS`.split(/\s+/),
  /** The fields of the seeds' `Config`. */
  config: `nodeEnv logLevel port dataDir backupInterval backupRetention maxProcessTimeout processSpawnTimeout
    ptyTermType maxConcurrentProcesses maxBlockOutputSize maxSessionSize resourcePoolSize errorRetryMaxAttempts
    errorRetryBaseDelay errorRetryMaxDelay metricsEnabled metricsInterval structuredLogging auditLogEnabled enableCors
    enableCompression sessionIdLength sanitizeErrorMessages`.split(/\s+/),
  session: "id workingDirectory environment blocks activeBlockId createdAt lastModified metadata".split(" "),
  block: "id command status stdout stderr startTime endTime exitCode".split(" "),
  endpoints: ["GET /health/live", "GET /health/ready", "GET /metrics"],
  metrics: `effect_talk_sessions_total effect_talk_active_sessions effect_talk_session_duration_seconds
    effect_talk_blocks_total effect_talk_blocks_success effect_talk_blocks_failed effect_talk_processes_spawned
    effect_talk_process_duration_seconds effect_talk_process_exit_codes effect_talk_memory_bytes
    effect_talk_resource_pool_utilization effect_talk_errors_total`.split(/\s+/),
  commands: [
    "npm run dev",
    "npm run dev:with-metrics",
    "npm run test",
    `node -e "require('./dist/config.js').validateConfig()"`
  ],
  flows: ["Session Creation Flow", "Command Execution Flow"],
  recipes: [
    "Services fail to initialize",
    "Slow command execution",
    "Session Management Optimization",
    "Output Buffer Optimization",
    "Concurrent Operation Optimization",
    "Error Message Sanitization",
    "Resource Limits"
  ],
  /** What we do otherwise, or not at all: the last table says why. */
  otherwise: ["validateCommand", "CommandExecutor.execute()", "effect_talk_latency", "process_resident_memory_bytes"]
} as const

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const page = readFileSync(join(ROOT, "docs/api.md"), "utf8")

type Row = ReadonlyArray<string>

interface Table {
  /** The nearest heading above, without its signs. */
  readonly heading: string
  /** What its first column holds. */
  readonly subject: string
  readonly rows: ReadonlyArray<Row>
}

const cellsOf = (line: string): Row =>
  line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim())

const readTables = (text: string): ReadonlyArray<Table> => {
  const tables: Array<{ heading: string; subject: string; rows: Array<Row> }> = []
  let heading = ""
  let isInside = false
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) heading = line.replace(/^#+ /, "")
    const isRow = line.startsWith("|")
    if (isRow && !isInside) tables.push({ heading, subject: cellsOf(line)[0]!, rows: [] })
    else if (isRow && !line.startsWith("|---")) tables.at(-1)!.rows.push(cellsOf(line))
    isInside = isRow
  }
  return tables
}

const TABLES = readTables(page)
const OTHERWISE = "Not as in the seeds"

const tableOf = (subject: string, heading?: string): Table => {
  const found = TABLES.filter((table) => table.subject === subject && (heading ?? table.heading) === table.heading)
  expect(found, `one table of ${heading ?? ""} ${subject}`).toHaveLength(1)
  return found[0]!
}

const unquoted = (cell: string): string => cell.replace(/^`(.*)`$/, "$1")
const subjectsOf = ({ rows }: Table): ReadonlyArray<string> => rows.map(([first]) => unquoted(first!))

/** Members of a service or of what one gives: all are objects' own, getters too. */
const membersOf = (value: object): ReadonlyArray<string> => Object.keys(value).sort()

/** Functions of a test file that make a test of a title: vitest's own, and those it declares itself. */
const testFunctions = (text: string): ReadonlyArray<string> => [
  "it",
  "itWith",
  "itOnScreens",
  ...[...text.matchAll(/^const (\w+) = (?:<[^>]*>)?\(\s*name\b/gm)].map(([, name]) => name!)
]

/** Titles of a file's tests, those that are put together at run time left out. */
const titlesOf = (text: string): ReadonlySet<string> => {
  const name = `(?:${testFunctions(text).join("|")})`
  const rows = String.raw`\[[^\n]*\]|\[$[\s\S]*?^ *\]|[^()\n]*(?:\([^()\n]*\)[^()\n]*)*`
  // it("…", it.effect(⏎"…", it.each(rows)("…", it.skipIf(condition)("…", itWith(["vim"], "…"
  const call = new RegExp(
    String.raw`^[ \t]*${name}(?:\.\w+(?:<[^>\n]*>)?)*(?:\((?:${rows})\))?\(\s*(?:\[[^\]\n]*\],\s*)?"((?:[^"\\\n]|\\.)*)"`,
    "gm"
  )
  return new Set([...text.matchAll(call)].map(([, title]) => JSON.parse(`"${title}"`) as string))
}

const HOOKS = { useEffectTalk, useAsyncCommand, useBlocks, useSessions }

/** Notes what each hook gives. */
const Probe = ({ returned }: { readonly returned: Map<string, object> }) => {
  for (const [name, hook] of Object.entries(HOOKS)) returned.set(name, hook())
  return createElement(Text, null, "here")
}

const services = new Map<string, ReadonlyArray<string>>()

beforeAll(async () => {
  using home = new Home()
  const environment = home.environment()
  const { config } = readConfig(environment)
  const first = { _tag: "New", directory: home.path, shell: "/bin/bash" } as const
  const layer = EffectTalkLayer({ config, first, environment, shell: "/bin/bash", size: { columns: 80, rows: 24 } })
  await Effect.runPromise(
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      for (const [key, service] of context.unsafeMap) {
        const name = /^effecttalk\/(\w+)$/.exec(key)?.[1]
        if (name !== undefined) services.set(name, membersOf(service as object))
      }
      const { spawn } = Context.unsafeGet(context, ProcessService)
      const handle = yield* spawn({ command: "true", cwd: "/", env: environment })
      services.set("ProcessHandle", membersOf(handle))
      const { createResourcePool } = Context.unsafeGet(context, ResourceManagement)
      const pool = yield* createResourcePool(
        Effect.sync(() => ({})),
        () => Effect.void
      )
      services.set("ResourcePool", membersOf(pool))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("docs/api.md", () => {
  it("says nothing twice", () => {
    for (const table of TABLES) {
      const subjects = subjectsOf(table)
      expect(subjects, `${table.heading}: ${table.subject}`).toEqual([...new Set(subjects)])
    }
  })

  it("has as many cells in every row as in its head, and a test or a reason in the last", () => {
    for (const { heading, rows } of TABLES) {
      expect(rows.length, heading).toBeGreaterThan(0)
      for (const row of rows) {
        expect(row, heading).toHaveLength(heading === OTHERWISE ? 3 : 4)
        expect(row.at(-1), `${heading}: ${row[0]}`).not.toBe("")
      }
    }
  })

  it("names tests that exist", () => {
    const files = new Map<string, ReadonlySet<string>>()
    const missing: Array<string> = []
    for (const { heading, rows } of TABLES) {
      if (heading === OTHERWISE) continue
      for (const cell of rows.map((row) => row.at(-1)!)) {
        for (const part of cell.split("<br>")) {
          const [, file = "", title = ""] = /^`(test\/\S+\.test\.tsx?) › (.+)`$/.exec(part) ?? []
          const path = join(ROOT, file)
          if (file !== "" && !files.has(file) && existsSync(path)) files.set(file, titlesOf(readFileSync(path, "utf8")))
          if (files.get(file)?.has(title) !== true) missing.push(part)
        }
      }
    }
    expect(missing).toEqual([])
  })

  it("has every service, and each of its members once", () => {
    const tags = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(ROOT, "src", file), "utf8").matchAll(/Context\.Tag\("effecttalk\/(\w+)"/g)
      ])
      .map(([, name]) => name!)
    expect([...services.keys()].sort()).toEqual([...tags, "ProcessHandle", "ResourcePool"].sort())
    const documented = new Map(
      TABLES.filter(({ subject }) => subject === "operation" || services.has(subject)).map((table) => [
        table.subject === "operation" ? table.heading : table.subject,
        [...subjectsOf(table)].sort()
      ])
    )
    const { ConfigService: config, ...operations } = Object.fromEntries(services)
    expect(Object.fromEntries(documented)).toEqual(operations)
    expect(config).toEqual([...FIELDS].sort())
    expect(page).toMatch(/^### ConfigService$/m)
  })

  it("has every operation of the seeds, with the seeds' call", () => {
    for (const [service, names] of Object.entries(SEEDS.operations)) {
      const isService = TABLES.some(({ heading, subject }) => heading === service && subject === "operation")
      const { rows } = isService ? tableOf("operation", service) : tableOf(service)
      for (const name of names) {
        const row = rows.find(([first]) => first === name)
        expect(row?.[1], `${service}.${name}`).toMatch(/^`.*`$/)
      }
    }
  })

  it("has every hook, and what it returns", async () => {
    const { runtime } = await fakeServices()
    const returned = new Map<string, object>()
    const provided = { runtime, children: createElement(Probe, { returned }) }
    const { lastFrame } = render(createElement(EffectProvider, provided))
    expect(lastFrame()).toBe("here")
    const { rows } = tableOf("hook")
    expect(rows.map(([name]) => name)).toEqual(Object.keys(SEEDS.hooks))
    for (const [name = "", inSeeds = "", here = ""] of rows) {
      const value = returned.get(name)!
      const members = Array.isArray(value) ? [] : membersOf(value)
      expect([...here.matchAll(/`(\w+)`/g)].map(([, member]) => member!).sort(), name).toEqual(members)
      for (const member of SEEDS.hooks[name as keyof typeof SEEDS.hooks]) {
        expect(members, name).toContain(member)
        expect(inSeeds).toContain(member)
      }
    }
  })

  it("has every variable, whether it is the seeds', and who reads it", () => {
    const { rows } = tableOf("variable")
    const byName = new Map(FIELDS.map((field) => [VARIABLES[field].name, field]))
    expect(rows.map(([name]) => name).sort()).toEqual([...byName.keys()].sort())
    expect(
      rows
        .filter(([, inSeeds]) => inSeeds === "yes")
        .map(([name]) => name)
        .sort()
    ).toEqual([...SEEDS.variables].sort())
    for (const [name = "", inSeeds, reader = ""] of rows) {
      const field = byName.get(name) as Field
      const { bare, usedBy, kind } = VARIABLES[field]
      expect(bare, name).toBe(inSeeds === "yes")
      if (usedBy === null) expect(reader, name).toBe("nothing yet")
      else if (kind.fixed) expect(reader, name).toMatch(/^always /)
      else expect(readFileSync(join(ROOT, unquoted(reader)), "utf8"), name).toMatch(new RegExp(`\\b${field}\\b`))
    }
  })

  it("has the seeds' fields of the configuration, of a session and of a block", () => {
    expect(FIELDS).toEqual(expect.arrayContaining([...SEEDS.config]))
    expect(Object.keys(SessionDocument.fields)).toEqual(expect.arrayContaining(SEEDS.session))
    expect(Object.keys(Block.fields)).toEqual(expect.arrayContaining(SEEDS.block))
    expect(subjectsOf(tableOf("document"))).toEqual(["session", "block", "log line"])
  })

  it("has every endpoint, and each answers", async () => {
    const endpoints = subjectsOf(tableOf("endpoint"))
    expect(endpoints).toEqual(SEEDS.endpoints)
    expect(endpoints).toEqual(ENDPOINTS.map((path) => `GET ${path}`))
    const answering: Answering = {
      allowedHosts: [],
      trustedProxies: new BlockList(),
      enforceHttps: false,
      enableCors: false,
      enableCompression: false,
      sanitizeErrorMessages: true,
      ready: async () => ({
        components: { database: "connected", persistence: "ready", resources: "initialized" },
        problems: {}
      }),
      metrics: async () => ({ contentType: "text/plain", body: "" }),
      isDraining: () => false,
      now: () => 1,
      startedAt: 0
    }
    for (const endpoint of endpoints) {
      const [method = "", target = ""] = endpoint.split(" ")
      const { status } = await answer(answering, { method, target, headers: {}, peer: undefined })
      expect(status, endpoint).toBe(200)
    }
  })

  it("has every metric, by its name, the seeds' and its type", () => {
    const { rows } = tableOf("metric")
    const families = FAMILIES.map(({ name, seed, type }) => [name, seed ?? "", type === "labelled" ? "counter" : type])
    expect(rows.map((row) => row.slice(0, 3))).toEqual(families)
    expect(rows.flatMap(([, seed]) => (seed === "" ? [] : [seed!])).sort()).toEqual([...SEEDS.metrics].sort())
  })

  it("has every command of effecttalk", () => {
    const commands = /^Commands:\n([\s\S]*?)\n\n/m.exec(readFileSync(join(ROOT, "docs/cli.md"), "utf8"))![1]!
    const names = [...commands.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name)
    const told = subjectsOf(tableOf("command")).flatMap((command) => /^effecttalk ([a-z].*)$/.exec(command)?.[1] ?? [])
    expect(told).toEqual(names)
  })

  it("has every npm script of the page", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
    const commands = subjectsOf(tableOf("command"))
    for (const command of SEEDS.commands) expect(commands).toContain(command)
    for (const script of commands.flatMap((command) => /^npm run (.+)$/.exec(command)?.[1] ?? [])) {
      expect(scripts, script).toHaveProperty([script])
    }
  })

  it("has the flows and recipes of the seeds, and what is not as there", () => {
    const inSeeds = tableOf("flow or recipe").rows.map(([, name]) => name!.replace(/^"(.*)"$/, "$1"))
    expect([...inSeeds].sort()).toEqual([...SEEDS.flows, ...SEEDS.recipes].sort())
    const otherwise = tableOf("in the seeds", OTHERWISE).rows.map(([first]) => first!)
    for (const name of SEEDS.otherwise) expect(otherwise.join("\n")).toContain(name)
  })

  it("says which variables change nothing yet", () => {
    const later = page.slice(page.indexOf("Left for later"))
    for (const field of FIELDS.filter((field) => VARIABLES[field].usedBy === null)) {
      expect(later).toContain(VARIABLES[field].name)
    }
  })
})

describe("titles of tests", () => {
  it("are found however a test is made, and nothing else is taken for one", () => {
    const file = `
const limited = (name: string, body: () => void) => it.live(name, body)
describe("a group", () => {
  it("plain", () => {})
  it.live(
    "on a line of its own", () => {})
  it.each(["a", "b"])("each %s", () => {})
  it.each([
    ["a", 1]
  ])("each of many", () => {})
  it.skipIf(getuid?.() !== 0)("sometimes \\"quoted\\"", () => {})
  itWith(["vim"], "with vim", async () => {})
  itOnScreens("on each screen", async (t) => {})
  limited("its own way", () => {})
  // it("no test")
  expect(it).toBe("neither")
})`
    expect([...titlesOf(file)]).toEqual([
      "plain",
      "on a line of its own",
      "each %s",
      "each of many",
      'sometimes "quoted"',
      "with vim",
      "on each screen",
      "its own way"
    ])
  })
})
