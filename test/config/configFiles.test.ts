import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { geteuid } from "node:process"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { configDirectory, readConfigFiles } from "../../src/config/configFiles.ts"
import { parseEnvFile } from "../../src/config/envFile.ts"
import { parseTomlFile } from "../../src/config/tomlFile.ts"
import { type ConfigReading, readConfig } from "../../src/config.ts"
import { Home } from "../harness/Home.ts"

const ENV = ".config/effecttalk/.env.production"
const TOML = ".config/effecttalk/config.toml"

let home: Home
beforeEach(() => {
  home = new Home()
})
afterEach(() => home[Symbol.dispose]())

const read = (env: Record<string, string> = {}, envFile: string | null = null): ConfigReading => {
  const environment = { HOME: home.path, ...env }
  return readConfig(environment, { flags: [], files: readConfigFiles(environment, envFile) })
}

const messages = (reading: ConfigReading): ReadonlyArray<string> => reading.problems.map(({ message }) => message)

/** What the deployment document gives as `.env.production`, with the remarks of its other listing. */
const SEED = `
# Application
NODE_ENV=production                    # development|production|test
LOG_LEVEL=warn

# Storage
DATA_DIR=/var/lib/effect-talk/sessions
BACKUP_INTERVAL=3600000  # 1 hour
BACKUP_RETENTION=604800000  # 7 days
export MAX_PROCESS_TIMEOUT=30000
PTY_TERM_TYPE="xterm-256color"

TRUSTED_PROXIES=10.0.0.0/8  # Only from load balancer
ENABLE_PTY_SECURITY=true  # Restrict PTY features
DATA_DIR_PERMISSIONS=0700  # Owner only
`

describe("the configuration directory", () => {
  it("is XDG's, or ~/.config", () => {
    expect(configDirectory({ HOME: "/h", XDG_CONFIG_HOME: "/c" })).toBe("/c/effecttalk")
    expect(configDirectory({ HOME: "/h", XDG_CONFIG_HOME: "c" })).toBe("/h/.config/effecttalk")
    expect(configDirectory({ HOME: "/h" })).toBe("/h/.config/effecttalk")
    expect(configDirectory({})).toBe("/.config/effecttalk")
  })

  it("need not be there", () => {
    expect(readConfigFiles({ HOME: home.path })).toEqual([])
    expect(readConfigFiles({ HOME: "/dev/null" })).toEqual([])
  })
})

describe("an env file", () => {
  it("is read with remarks, quotes and export", () => {
    home.write(ENV, SEED)
    const reading = read()
    expect(messages(reading)).toEqual([])
    expect(reading.config).toMatchObject({
      logLevel: "warn",
      dataDir: "/var/lib/effect-talk/sessions",
      backupInterval: 3_600_000,
      ptyTermType: "xterm-256color",
      trustedProxies: ["10.0.0.0/8"]
    })
    expect(reading.origins.backupInterval?.origin).toEqual({
      _tag: "File",
      path: join(home.path, ENV),
      line: 8
    })
  })

  it("may name our own variables bare, and prefers the prefix", () => {
    home.write(ENV, "PROMPT=own\nEFFECTTALK_PORT=1\nPORT=2\nLEADER=ctrl+g\nLEADER=ctrl+\\\n")
    expect(read()).toMatchObject({ config: { prompt: "own", port: 1, leader: "ctrl+\\" }, problems: [] })
  })

  it("is the one of NODE_ENV, from the environment or config.toml", () => {
    home.write(ENV, "PORT=1\n")
    home.write(".config/effecttalk/.env.development", "PORT=2\n")
    home.write(".config/effecttalk/.env.test", "PORT=3\n")
    expect(read().config).toMatchObject({ nodeEnv: "production", port: 1 })
    expect(read({ NODE_ENV: "development" }).config).toMatchObject({ nodeEnv: "development", port: 2 })
    expect(read({ NODE_ENV: "staging" }).config).toMatchObject({ nodeEnv: "production", port: 1 })
    home.write(TOML, 'node_env = "test"\n')
    expect(read().config).toMatchObject({ nodeEnv: "test", port: 3 })
    expect(read({ EFFECTTALK_NODE_ENV: "development" }).config).toMatchObject({ nodeEnv: "development", port: 2 })
  })

  it("cannot belong to another NODE_ENV than it says", () => {
    home.write(ENV, "PORT=1\nNODE_ENV=development\n")
    const reading = read()
    expect(messages(reading)).toEqual([
      '~/.config/effecttalk/.env.production:2 NODE_ENV cannot be "development" here: the file is read where it is production'
    ])
    expect(reading.config).toMatchObject({ nodeEnv: "production", port: 1 })
  })

  it("can be another, which is read in its place", () => {
    home.write(ENV, "PORT=1\n")
    home.write(TOML, "port = 2\nmetrics_interval = 5000\n")
    const other = home.write("other.env", "PORT=3\nNODE_ENV=development\n")
    expect(read({}, other).config).toMatchObject({ port: 3, metricsInterval: 5000, nodeEnv: "development" })
  })

  it("that was asked for must be there", () => {
    expect(read({}, join(home.path, "none.env")).problems).toMatchObject([
      { message: "~/none.env is not there", asked: true, instead: null }
    ])
  })

  it("has what is no variable told by line, with the nearest that is", () => {
    home.write(ENV, `LOG_LEVEL info\nLOGLEVEL=info\nEFFECTTALK_PROT=1\nPORT="1\n=x\n__proto__=1\nPORT=\x1b[2J\n`)
    const place = "~/.config/effecttalk/.env.production"
    expect(messages(read())).toEqual([
      `PORT (${place}:7): "\\u{1b}[2J" is not a whole number from 1 to 65535`,
      `${place}:1 "LOG_LEVEL info" is no NAME=value`,
      `${place}:4 "PORT="1" is no NAME=value`,
      `${place}:5 "=x" is no NAME=value`,
      `${place}:6 "__proto__=1" is no NAME=value`,
      `LOGLEVEL (${place}:2): there is no such variable; did you mean LOG_LEVEL ?`,
      `EFFECTTALK_PROT (${place}:3): there is no such variable; did you mean PORT ?`
    ])
  })

  it("may have Windows' line ends and a byte order mark", () => {
    home.write(ENV, "\ufeffPORT=1\r\n\r\n# remark\r\nLOG_LEVEL=warn\r\n")
    expect(read()).toMatchObject({ config: { port: 1, logLevel: "warn" }, problems: [] })
  })
})

describe("config.toml", () => {
  it("has the names in lower case and TOML's own values", () => {
    home.write(
      TOML,
      [
        "# the terminal",
        'log_level = "debug"',
        "max_block_output_size = 52_428_800",
        "structured_logging = false",
        'trusted_proxies = ["10.0.0.0/8", "::1"]',
        "session_file_permissions = 0o600",
        'port = "4000"',
        'leader = "ctrl+]"'
      ].join("\n")
    )
    const reading = read()
    expect(messages(reading)).toEqual([])
    expect(reading.config).toMatchObject({
      logLevel: "debug",
      maxBlockOutputSize: 52_428_800,
      structuredLogging: false,
      trustedProxies: ["10.0.0.0/8", "::1"],
      sessionFilePermissions: 0o600,
      port: 4000,
      leader: "ctrl+]"
    })
    expect(reading.origins.port?.origin).toMatchObject({ line: 7 })
  })

  it("comes after the env file and the environment", () => {
    home.write(TOML, 'port = 1\nlog_level = "debug"\nprompt = "own"\n')
    home.write(ENV, "PORT=2\nLOG_LEVEL=\n")
    expect(read().config).toMatchObject({ port: 2, logLevel: "debug", prompt: "own" })
    expect(read({ PORT: "3", EFFECTTALK_PROMPT: "shell" }).config).toMatchObject({ port: 3, prompt: "shell" })
  })

  it("has what does not fit told by line", () => {
    home.write(
      TOML,
      [
        'logLevel = "info"',
        "PORT = 1",
        "port = 1.5",
        "metrics_interval = 2026-01-01",
        "trusted_proxies = [1, 2]",
        "[sidebar]",
        'mode = "open"'
      ].join("\n")
    )
    const place = "~/.config/effecttalk/config.toml"
    expect(messages(read())).toEqual([
      `port (${place}:3): "1.5" is not a whole number from 1 to 65535; did you mean 2 ?`,
      `${place}:4 "metrics_interval" is no text, whole number, true or false, or list of texts`,
      `${place}:5 "trusted_proxies" is no text, whole number, true or false, or list of texts`,
      `${place}:6 "sidebar" is no text, whole number, true or false, or list of texts`,
      `logLevel (${place}:1): there is no such variable; did you mean log_level ?`,
      `PORT (${place}:2): there is no such variable; did you mean port ?`
    ])
  })

  it("that is no TOML is told by line, and nothing of it used", () => {
    home.write(TOML, "port = 1\nlog_level = info\n")
    const reading = read()
    expect(messages(reading)).toHaveLength(1)
    expect(messages(reading)[0]).toMatch(
      /^~\/\.config\/effecttalk\/config\.toml:2 Invalid TOML document: .*; nothing of the file is used$/
    )
    expect(reading.config.port).toBe(3000)
  })
})

describe("a file that is not read", () => {
  const only = (text: string): void => {
    const reading = read()
    expect(messages(reading)).toEqual([`~/${TOML} ${text}`])
    expect(reading.config.port).toBe(3000)
    expect(reading.problems[0]?.asked).toBe(false)
  }

  it("can be written by others", () => {
    const path = home.write(TOML, "port = 1\n")
    chmodSync(path, 0o646)
    only("can be written by others (mode 0646) and is not read; chmod go-w helps")
  })

  it("can be written by a group that is not the user's own", () => {
    const path = home.write(TOML, "port = 1\n")
    if (geteuid?.() === 0) chownSync(path, 0, 100)
    chmodSync(path, 0o664)
    // Whoever runs the tests: only a group with the user's own number is taken for the user.
    if (geteuid?.() === 0) only("can be written by others (mode 0664) and is not read; chmod go-w helps")
    chmodSync(path, 0o644)
    expect(read().config.port).toBe(1)
  })

  it.runIf(geteuid?.() === 0)("belongs to another user", () => {
    const path = home.write(TOML, "port = 1\n")
    chownSync(path, 65_534, 65_534)
    only("belongs to another user and is not read")
  })

  it("is no file", () => {
    mkdirSync(join(home.path, TOML), { recursive: true })
    only("is no regular file")
  })

  it("is a FIFO, which nobody waits for", () => {
    mkdirSync(join(home.path, ".config/effecttalk"), { recursive: true })
    execFileSync("mkfifo", [join(home.path, TOML)])
    only("is no regular file")
  })

  it("is too large", () => {
    home.write(TOML, `port = 1\n${"#".repeat(65_536)}`)
    only("has 65545 bytes and is not read; at most 65536 are allowed")
  })

  it("is not UTF-8", () => {
    home.write(TOML, Uint8Array.of(0x23, 0xff, 0xfe))
    only("is not UTF-8 text")
  })

  it("is a link that ends nowhere but in itself", () => {
    mkdirSync(join(home.path, ".config/effecttalk"), { recursive: true })
    symlinkSync("config.toml", join(home.path, TOML))
    only("cannot be read (ELOOP)")
  })

  it("is not one that a link leads to, as people keep them", () => {
    const target = home.write("dotfiles/effecttalk.toml", "port = 1\n")
    mkdirSync(join(home.path, ".config/effecttalk"), { recursive: true })
    symlinkSync(target, join(home.path, TOML))
    expect(read()).toMatchObject({ config: { port: 1 }, problems: [] })
  })
})

describe("any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc
      .array(
        fc.constantFrom("PORT", "port", "=", "\n", '"', "'", "`", "#", "[", "]", "{", ".", "1", "é", "\0", "\\", " ")
      )
      .map((parts) => parts.join(""))
  )

  it("is parsed without an exception, each setting with its line", () => {
    fc.assert(
      fc.property(text, (content) => {
        for (const parse of [parseEnvFile, parseTomlFile]) {
          const { settings, problems } = parse(content)
          const lines = content.split("\n").length
          for (const { line, value } of settings) {
            expect(line).toBeGreaterThan(0)
            expect(line).toBeLessThanOrEqual(lines)
            expect(typeof value).toBe("string")
          }
          for (const { line } of problems) expect(line ?? 1).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("in both files leaves a whole configuration, and messages of one harmless line", () => {
    const environment = { HOME: home.path }
    fc.assert(
      fc.property(text, text, (env, toml) => {
        mkdirSync(join(home.path, ".config/effecttalk"), { recursive: true })
        writeFileSync(join(home.path, ENV), env)
        writeFileSync(join(home.path, TOML), toml)
        const { config, problems } = readConfig(environment, { flags: [], files: readConfigFiles(environment) })
        expect(config.port).toBeGreaterThanOrEqual(0)
        for (const { message } of problems) expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      })
    )
  })
})
