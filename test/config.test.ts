import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { formatValue } from "../src/config/readConfig.ts"
import { shown } from "../src/config/shown.ts"
import type { Setting } from "../src/config/sources.ts"
import { FIELDS, ORDERED, VARIABLES } from "../src/config/variables.ts"
import { flatConfig, leaderByte, listProblems, readConfig, validateConfig } from "../src/config.ts"
import { NODE_ENV, PROMPT, PTY_TERM_TYPE, readEarly } from "../src/earlyVariables.ts"
import { Home } from "./harness/Home.ts"

const HOME = "/home/ada"

const messages = (environment: Record<string, string>): ReadonlyArray<string> =>
  readConfig({ HOME, ...environment }).problems.map(({ message }) => message)

const flag = (variable: string, value: string): Setting => ({
  name: `--${variable.toLowerCase().replaceAll("_", "-")}`,
  variable,
  value,
  origin: { _tag: "CommandLine" }
})

describe("the defaults", () => {
  it("leave the mouse to GNU screen, wherever it may be screen, unless it is asked for", () => {
    const mouse = (environment: Record<string, string>) => readConfig({ HOME, ...environment }).config.mouse
    const tmux = "/tmp/tmux-1000/default,1,0"
    for (const environment of [
      { STY: "1.pts-0.host", TERM: "screen" },
      { STY: "1.pts-0.host", TERM: "xterm-256color" },
      // Screen inside tmux; over ssh.
      { STY: "1.pts-0.host", TMUX: tmux, TERM: "screen.xterm-256color" },
      { TERM: "screen.xterm-256color" },
      { TERM: "screen" }
    ])
      expect(mouse(environment)).toBe(false)
    for (const environment of [
      {},
      { TERM: "xterm" },
      { TERM: "screenplay" },
      // Tmux inside screen; with its old name; over ssh.
      { STY: "1.pts-0.host", TMUX: tmux, TERM: "tmux-256color" },
      { TMUX: tmux, TERM: "screen-256color" },
      { TERM: "tmux" },
      { STY: "1.pts-0.host", TERM: "screen", EFFECTTALK_MOUSE: "true" }
    ])
      expect(mouse(environment)).toBe(true)
  })

  it("are the seeds', but for the data directory and the proxies", () => {
    const { config, problems, origins } = readConfig({ HOME })
    expect(problems).toEqual([])
    expect(config).toEqual({
      nodeEnv: "production",
      logLevel: "info",
      port: 3000,
      dataDir: "/home/ada/.local/state/effecttalk",
      backupInterval: 3_600_000,
      backupRetention: 604_800_000,
      archiveAfter: 2_592_000_000,
      backupMaxBytes: 1_073_741_824,
      maxProcessTimeout: 30_000,
      splitStderr: false,
      processSpawnTimeout: 5_000,
      shell: "",
      ptyTermType: "xterm-256color",
      maxConcurrentProcesses: 100,
      maxBlockOutputSize: 10_485_760,
      maxSessionSize: 104_857_600,
      resourcePoolSize: 50,
      errorRetryMaxAttempts: 3,
      errorRetryBaseDelay: 100,
      errorRetryMaxDelay: 10_000,
      metricsEnabled: true,
      metricsInterval: 60_000,
      structuredLogging: true,
      auditLogEnabled: true,
      enableCors: false,
      enableCompression: true,
      sessionIdLength: 32,
      sanitizeErrorMessages: true,
      enforceHttps: true,
      trustedProxies: [],
      enablePtySecurity: true,
      dataDirPermissions: 0o700,
      sessionFilePermissions: 0o600,
      backupFilePermissions: 0o600,
      prompt: "shell",
      leader: "ctrl+\\",
      suggest: true,
      mouse: true,
      foldFirstLines: 2,
      foldLastLines: 3,
      autoFoldLines: 0,
      sidebar: "auto",
      clipboard: "ask"
    })
    expect(Object.values(origins).every((origin) => origin === null)).toBe(true)
  })

  it("are allowed values", () => {
    const { config } = readConfig({ HOME })
    for (const field of FIELDS) {
      const text = formatValue(field, config[field])
      const { name } = VARIABLES[field]
      expect(readConfig({ HOME, [`EFFECTTALK_${name}`]: text }), name).toMatchObject({ config, problems: [] })
    }
  })

  it("put sessions under XDG_STATE_HOME, and ignore a relative one", () => {
    expect(readConfig({ HOME, XDG_STATE_HOME: "/s/" }).config.dataDir).toBe("/s/effecttalk")
    expect(readConfig({ HOME, XDG_STATE_HOME: "s" }).config.dataDir).toBe("/home/ada/.local/state/effecttalk")
    expect(readConfig({ HOME: "ada" }).config.dataDir).toBe("/.local/state/effecttalk")
  })
})

describe("a variable's name", () => {
  it("is its field's, in capitals", () => {
    for (const field of FIELDS) {
      expect(VARIABLES[field].name).toBe(field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
    }
  })

  it("wins with the prefix over the bare one", () => {
    expect(readConfig({ DATA_DIR: "/bare" }).config.dataDir).toBe("/bare")
    expect(readConfig({ DATA_DIR: "/bare", EFFECTTALK_DATA_DIR: "/own" }).config.dataDir).toBe("/own")
  })

  it("hides the bare one even when it is empty, and empty is as not set", () => {
    expect(readConfig({ PORT: "80" }).config.port).toBe(80)
    expect(readConfig({ PORT: "80", EFFECTTALK_PORT: "" })).toMatchObject({ config: { port: 3000 }, problems: [] })
    expect(readConfig({ LOG_LEVEL: "" })).toMatchObject({ config: { logLevel: "info" }, problems: [] })
  })

  it("is never read bare when it is only ours", () => {
    expect(readConfig({ PROMPT: "%n$ ", LEADER: "x", SIDEBAR: "left" })).toMatchObject({
      config: { prompt: "shell", sidebar: "auto" },
      problems: []
    })
  })

  it("that begins with the prefix and is none of ours is a problem, with the nearest of ours", () => {
    expect(messages({ EFFECTTALK_LOGLEVEL: "info", EFFECTTALK_XYZZY: "1" })).toEqual([
      "EFFECTTALK_LOGLEVEL (environment): there is no such variable; did you mean EFFECTTALK_LOG_LEVEL ?",
      "EFFECTTALK_XYZZY (environment): there is no such variable"
    ])
  })
})

/** A text that does not fit, and the end of the message from what is allowed on. */
const BAD: ReadonlyArray<readonly [name: string, value: string, rest: string]> = [
  ["NODE_ENV", "prod", "is not development, production or test; did you mean production ?"],
  ["LOG_LEVEL", "warning", "is not debug, info, warn or error; did you mean warn ?"],
  ["LOG_LEVEL", "INFO", "is not debug, info, warn or error; did you mean info ?"],
  ["LOG_LEVEL", "verbose", "is not debug, info, warn or error"],
  ["PORT", "80 80", "is not a whole number from 1 to 65535"],
  ["PORT", " 8080", "is not a whole number from 1 to 65535; did you mean 8080 ?"],
  ["PORT", "99999", "is not a whole number from 1 to 65535; did you mean 65535 ?"],
  ["PORT", "-1", "is not a whole number from 1 to 65535; did you mean 1 ?"],
  ["PORT", "tcp://10.0.0.1:80", "is not a whole number from 1 to 65535"],
  ["PORT", "0x50", "is not a whole number from 1 to 65535"],
  ["DATA_DIR", "relative", "is not an absolute path"],
  ["DATA_DIR", "~/sessions", "is not an absolute path; did you mean /home/ada/sessions ?"],
  ["DATA_DIR", "$HOME/sessions", "is not an absolute path; did you mean /home/ada/sessions ?"],
  ["DATA_DIR", "'/quoted'", "is not an absolute path; did you mean /quoted ?"],
  ["BACKUP_INTERVAL", "1h", "is not a whole number of milliseconds from 60000 to 2147483647; did you mean 3600000 ?"],
  [
    "BACKUP_RETENTION",
    "14 days",
    "is not a whole number of milliseconds from 3600000 to 315360000000; did you mean 1209600000 ?"
  ],
  ["ARCHIVE_AFTER", "30d", "is not a whole number of milliseconds from 0 to 315360000000; did you mean 2592000000 ?"],
  ["BACKUP_RETENTION", "2 moons", "is not a whole number of milliseconds from 3600000 to 315360000000"],
  [
    "BACKUP_MAX_BYTES",
    "5 GiB",
    "is not a whole number of bytes from 1048576 to 68719476736; did you mean 5368709120 ?"
  ],
  ["MAX_PROCESS_TIMEOUT", "30s", "is not a whole number of milliseconds from 100 to 2147483647; did you mean 30000 ?"],
  ["SPLIT_STDERR", "yes", "is not true or false; did you mean true ?"],
  ["PROCESS_SPAWN_TIMEOUT", "1.5s", "is not a whole number of milliseconds from 100 to 600000; did you mean 1500 ?"],
  ["SHELL", "zsh\x1b[31m", "is not a shell's name or path"],
  ["PTY_TERM_TYPE", "bad!term", "is not a terminfo name such as xterm-256color"],
  ["MAX_CONCURRENT_PROCESSES", "0", "is not a whole number from 1 to 4096; did you mean 1 ?"],
  ["MAX_BLOCK_OUTPUT_SIZE", "10MB", "is not a whole number of bytes from 4096 to 4294967296; did you mean 10485760 ?"],
  ["MAX_SESSION_SIZE", "1e9", "is not a whole number of bytes from 4096 to 68719476736; did you mean 1000000000 ?"],
  ["RESOURCE_POOL_SIZE", "many", "is not a whole number from 1 to 4096"],
  ["ERROR_RETRY_MAX_ATTEMPTS", "101", "is not a whole number from 0 to 100; did you mean 100 ?"],
  ["ERROR_RETRY_BASE_DELAY", "0", "is not a whole number of milliseconds from 1 to 60000; did you mean 1 ?"],
  ["ERROR_RETRY_MAX_DELAY", "10_000", "is not a whole number of milliseconds from 1 to 3600000; did you mean 10000 ?"],
  ["METRICS_ENABLED", "1", "is not true or false; did you mean true ?"],
  ["METRICS_INTERVAL", "10", "is not a whole number of milliseconds from 1000 to 86400000; did you mean 1000 ?"],
  ["STRUCTURED_LOGGING", "off", "is not true or false; did you mean false ?"],
  ["AUDIT_LOG_ENABLED", "TRUE", "is not true or false; did you mean true ?"],
  ["ENABLE_CORS", "flase", "is not true or false; did you mean false ?"],
  ["ENABLE_COMPRESSION", "gzip", "is not true or false"],
  ["SESSION_ID_LENGTH", "8", "is not a whole number from 26 to 64; did you mean 26 ?"],
  ["SANITIZE_ERROR_MESSAGES", "no", "is not true or false; did you mean false ?"],
  ["ENFORCE_HTTPS", "yes", "is not true or false; did you mean true ?"],
  [
    "TRUSTED_PROXIES",
    "10.0.0.0/8; ::1",
    "is not a list of addresses or networks such as 10.0.0.0/8, separated by commas; did you mean 10.0.0.0/8,::1 ?"
  ],
  ["TRUSTED_PROXIES", "10.0.0.0/33", "is not a list of addresses or networks such as 10.0.0.0/8, separated by commas"],
  ["TRUSTED_PROXIES", "balancer", "is not a list of addresses or networks such as 10.0.0.0/8, separated by commas"],
  [
    "ENABLE_PTY_SECURITY",
    "false",
    "is not true: what programs print is always made harmless before it is stored or shown; did you mean true ?"
  ],
  [
    "DATA_DIR_PERMISSIONS",
    "0755",
    "is not 0700: what is stored is private, and no setting changes that; did you mean 0700 ?"
  ],
  [
    "SESSION_FILE_PERMISSIONS",
    "0644",
    "is not 0600: what is stored is private, and no setting changes that; did you mean 0600 ?"
  ],
  [
    "BACKUP_FILE_PERMISSIONS",
    "600",
    "is not 0600: what is stored is private, and no setting changes that; did you mean 0600 ?"
  ],
  ["PROMPT", "zsh", "is not shell or own"],
  ["LEADER", "ctrl+x", "is not ctrl+\\, ctrl+], ctrl+^, ctrl+g or ctrl+o; did you mean ctrl+\\ ?"],
  ["MOUSE", "of", "is not true or false"],
  ["FOLD_FIRST_LINES", "-1", "is not a whole number from 0 to 100; did you mean 0 ?"],
  ["FOLD_LAST_LINES", "101", "is not a whole number from 0 to 100; did you mean 100 ?"],
  ["AUTO_FOLD_LINES", "many", "is not a whole number from 0 to 1000000000"],
  ["SIDEBAR", "close", "is not auto, open or closed; did you mean closed ?"],
  ["SUGGEST", "off", "is not true or false; did you mean false ?"],
  ["CLIPBOARD", "alway", "is not never, ask or always; did you mean always ?"]
]

describe("a value that does not fit", () => {
  it.each(BAD)("of %s: %j %s", (name, value, rest) => {
    const variable = `EFFECTTALK_${name}`
    const { config, problems } = readConfig({ HOME, [variable]: value })
    expect(problems.map(({ message }) => message)).toEqual([`${variable} (environment): "${shown(value)}" ${rest}`])
    expect(config).toEqual(readConfig({ HOME }).config)
  })

  it("is told of every variable", () => {
    expect(new Set(BAD.map(([name]) => name))).toEqual(new Set(FIELDS.map((field) => VARIABLES[field].name)))
  })

  it("is told together with all others, each under the name it was written with", () => {
    const { config, problems } = readConfig({
      HOME,
      DATA_DIR: "relative",
      EFFECTTALK_PROMPT: "zsh",
      EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE: "1"
    })
    expect(problems.map(({ variable, instead }) => [variable, instead])).toEqual([
      ["DATA_DIR", "/home/ada/.local/state/effecttalk"],
      ["EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE", "10485760"],
      ["EFFECTTALK_PROMPT", "shell"]
    ])
    expect(config).toEqual(readConfig({ HOME }).config)
    expect(listProblems(problems).split("\n")).toEqual([
      "the configuration has 3 problems:",
      ...problems.map(({ message }) => `  ${message}`)
    ])
  })

  it("is shown in one line, cut, with nothing that acts on a terminal", () => {
    const [message] = messages({ EFFECTTALK_LOG_LEVEL: `\x1b]0;x\x07\n\u202e\u200b${"y".repeat(5000)}` })
    expect(message).toMatch(/: "\\u\{1b\}\]0;x\\u\{7\}\\u\{a\}\\u\{202e\}\\u\{200b\}y+… \(5009 characters\)" is not /)
    expect(messages({ "EFFECTTALK_\x1b[2J": "1" })).toEqual([
      "EFFECTTALK_\\u{1b}[2J (environment): there is no such variable"
    ])
  })
})

describe("values that do not fit each other", () => {
  it("are told, and both are left for their defaults", () => {
    const { config, problems, origins } = readConfig({ HOME, ERROR_RETRY_BASE_DELAY: "20000", PORT: "1" })
    expect(problems.map(({ message, instead }) => [message, instead])).toEqual([
      [
        'ERROR_RETRY_BASE_DELAY (environment): "20000" is more than ERROR_RETRY_MAX_DELAY (default), 10000; at most that is allowed',
        "100 and 10000"
      ]
    ])
    expect(config).toMatchObject({ errorRetryBaseDelay: 100, errorRetryMaxDelay: 10_000, port: 1 })
    expect(origins.errorRetryBaseDelay).toBeNull()
  })

  it("are named by the one that was written", () => {
    const { problems } = readConfig({ HOME, EFFECTTALK_MAX_SESSION_SIZE: "8192" })
    expect(problems[0]?.variable).toBe("EFFECTTALK_MAX_SESSION_SIZE")
    expect(problems[0]?.message).toBe(
      'MAX_BLOCK_OUTPUT_SIZE (default): "10485760" is more than EFFECTTALK_MAX_SESSION_SIZE (environment), 8192; at most that is allowed'
    )
  })

  it("may be equal", () => {
    for (const [lesser, greater] of ORDERED) {
      const equal = { [VARIABLES[lesser].name]: "3600000", [VARIABLES[greater].name]: "3600000" }
      const inRange = lesser === "errorRetryBaseDelay" ? { ERROR_RETRY_BASE_DELAY: "10000" } : equal
      expect(readConfig({ HOME, ...inRange }).problems, lesser).toEqual([])
    }
  })
})

describe("what wins", () => {
  const fileSetting = (path: string, value: string) => ({
    path,
    format: "env" as const,
    settings: [{ name: "PORT", variable: "PORT", value, origin: { _tag: "File" as const, path, line: 3 } }],
    problems: [],
    asked: false
  })
  const files = [fileSetting("/c/.env.production", "3"), fileSetting("/c/config.toml", "4")]
  const environment = { HOME, EFFECTTALK_PORT: "2" }

  it.each([
    ["an option", environment, [flag("PORT", "1")], files, 1, "--port"],
    ["the last of equal options", environment, [flag("PORT", "7"), flag("PORT", "1")], files, 1, "--port"],
    ["the environment", environment, [flag("LOG_LEVEL", "warn")], files, 2, "EFFECTTALK_PORT"],
    ["the first file", { HOME }, [], files, 3, "PORT"],
    ["the second file", { HOME }, [], files.slice(1), 4, "PORT"],
    ["the default", { HOME }, [], [], 3000, undefined]
  ] as const)("%s", (_, env, flags, given, port, name) => {
    const { config, origins } = readConfig(env, { flags, files: given })
    expect(config.port).toBe(port)
    expect(origins.port?.name).toBe(name)
  })

  it("is the next that fits", () => {
    const { config, problems } = readConfig({ HOME, PORT: "tcp" }, { flags: [], files })
    expect(config.port).toBe(3)
    expect(problems).toMatchObject([{ variable: "PORT", instead: "3" }])
  })

  it("is not an empty option, which is a slip", () => {
    const { problems } = readConfig({ HOME }, { flags: [flag("PORT", "")], files: [] })
    expect(problems).toMatchObject([{ variable: "--port", asked: true }])
    expect(problems[0]?.message).toMatch(/^--port \(command line\): "" is not a whole number/)
  })

  it("is what was read before the configuration was there", () => {
    const env = (settings: Record<string, string>) => [
      {
        path: "/c/.env.production",
        format: "env" as const,
        settings: Object.entries(settings).map(([name, value]) => ({
          name,
          variable: name.replace("EFFECTTALK_", ""),
          value,
          origin: { _tag: "File" as const, path: "/c/.env.production", line: 1 }
        })),
        problems: [],
        asked: false
      }
    ]
    const environments = [
      {},
      { PTY_TERM_TYPE: "vt100" },
      { PTY_TERM_TYPE: "bad!term" },
      { PTY_TERM_TYPE: "" },
      { PTY_TERM_TYPE: "vt100", EFFECTTALK_PTY_TERM_TYPE: "" },
      { PTY_TERM_TYPE: "vt100", EFFECTTALK_PTY_TERM_TYPE: "linux" },
      { PTY_TERM_TYPE: "x".repeat(65) },
      { PROMPT: "own" },
      { EFFECTTALK_PROMPT: "own" },
      { EFFECTTALK_PROMPT: "zsh" },
      { NODE_ENV: "test" },
      { NODE_ENV: "staging" }
    ]
    for (const environment of environments) {
      for (const inFile of [
        {},
        { PTY_TERM_TYPE: "screen", PROMPT: "own" },
        { EFFECTTALK_PROMPT: "own", PROMPT: "x" }
      ]) {
        const given = { flags: [], files: env(inFile) }
        const { ptyTermType, prompt, nodeEnv } = readConfig(environment, given).config
        expect({
          ptyTermType: readEarly(PTY_TERM_TYPE, environment, given),
          prompt: readEarly(PROMPT, environment, given),
          nodeEnv: readEarly(NODE_ENV, environment, given)
        }).toEqual({ ptyTermType, prompt, nodeEnv })
      }
    }
    expect(readEarly(PTY_TERM_TYPE, { PTY_TERM_TYPE: "vt100" })).toBe("vt100")
    expect(readEarly(PROMPT, {}, { flags: [], files: env({ PROMPT: "own" }) })).toBe("own")
  })
})

it("never throws, whatever stands in a variable", () => {
  const names = FIELDS.flatMap((field) => [VARIABLES[field].name, `EFFECTTALK_${VARIABLES[field].name}`])
  const name = fc.oneof(fc.constantFrom(...names, "HOME", "XDG_STATE_HOME"), fc.string({ unit: "binary" }))
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom("0", "1", "true", "4096", "999999999999999", "/", "10.0.0.0/8"),
    fc.nat().map(String)
  )
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 12 }), (environment) => {
      const { config, problems } = readConfig(environment)
      for (const field of FIELDS) expect(config[field]).toBeDefined()
      for (const [lesser, greater] of ORDERED) expect(config[lesser]).toBeLessThanOrEqual(config[greater])
      for (const { message } of problems) expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    }),
    { numRuns: 500 }
  )
})

describe("a log", () => {
  it("gets every value as a text, a number or a boolean", () => {
    const { config } = readConfig({ HOME, TRUSTED_PROXIES: "10.0.0.0/8, ::1" })
    const flat = flatConfig(config)
    expect(Object.keys(flat)).toEqual(FIELDS)
    expect(flat).toMatchObject({
      port: 3000,
      enableCors: false,
      trustedProxies: "10.0.0.0/8,::1",
      dataDirPermissions: "0700"
    })
    for (const value of Object.values(flat)) expect(typeof value).toMatch(/^(string|number|boolean)$/)
  })
})

it("knows the byte of each leader", () => {
  expect(leaderByte("ctrl+\\")).toBe(0x1c)
  expect(leaderByte(readConfig({ EFFECTTALK_LEADER: "ctrl+]" }).config.leader)).toBe(0x1d)
})

describe("validateConfig", () => {
  let home: Home
  beforeEach(() => {
    home = new Home()
  })
  afterEach(() => home[Symbol.dispose]())

  it("gives the configuration, the files read", () => {
    home.write(".config/effecttalk/config.toml", "port = 4000\n")
    expect(validateConfig(home.environment())).toMatchObject({ port: 4000, dataDir: home.dataDir })
  })

  it("throws one error that lists every problem", () => {
    home.write(".config/effecttalk/.env.production", "PORT=x\n")
    expect(() => validateConfig({ ...home.environment(), LOG_LEVEL: "loud" })).toThrow(
      [
        "the configuration has 2 problems:",
        '  LOG_LEVEL (environment): "loud" is not debug, info, warn or error',
        '  PORT (~/.config/effecttalk/.env.production:1): "x" is not a whole number from 1 to 65535'
      ].join("\n")
    )
  })
})
