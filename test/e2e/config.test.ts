import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readConfigFiles } from "../../src/config/configFiles.ts"
import { readConfig } from "../../src/config.ts"
import { ready, run } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

const node = async (home: Home, args: ReadonlyArray<string>, env: Record<string, string>, cwd = home.path) => {
  await ensureBuilt()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    env: { ...home.environment(), ...env },
    cwd,
    encoding: "utf8"
  })
  return { status, stdout, stderr }
}

/**
 * Runs `effecttalk` without a terminal, in the home directory. After `--`, because Node 20 itself ends at an --env-file that
 * is missing, wherever it stands (nodejs/node#54232).
 */
const effecttalkIn = (home: Home, args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  node(home, ["--", BINARY, ...args], env)

const BAD_PORT = 'PORT (environment): "tcp://1" is not a whole number from 1 to 65535'

describe("effecttalk config", () => {
  it("prints every value, as an env file that gives the same again", async () => {
    using home = new Home({
      files: { ".config/effecttalk/config.toml": 'leader = "ctrl+^"\ndata_dir = "/a b/#\'c"\n' }
    })
    const env = { LOG_LEVEL: "warn", EFFECTTALK_TRUSTED_PROXIES: "10.0.0.0/8, ::1", EFFECTTALK_DATA_DIR: "" }
    const { status, stdout, stderr } = await effecttalkIn(home, ["config"], env)
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toContain("\nEFFECTTALK_LOG_LEVEL=warn\n")
    expect(stdout).toContain('\nEFFECTTALK_DATA_DIR="/a b/#\'c"\n')
    const file = home.write("printed.env", stdout)
    const files = readConfigFiles({}, file)
    const printed = readConfig({}, { flags: [], files })
    expect(printed.problems).toEqual([])
    expect(printed.config).toMatchObject({
      logLevel: "warn",
      leader: "ctrl+^",
      dataDir: "/a b/#'c",
      trustedProxies: ["10.0.0.0/8", "::1"]
    })
  })

  it("prints values and, beside them, what is wrong", async () => {
    using home = new Home()
    const { status, stdout, stderr } = await effecttalkIn(home, ["config"], { PORT: "tcp://1" })
    expect({ status, stderr }).toEqual({ status: 0, stderr: `effecttalk: ${BAD_PORT}; 3000 is used\n` })
    expect(stdout).toContain("\nEFFECTTALK_PORT=3000\n")
  })

  it("--explain says what each value means and where it was written", async () => {
    using home = new Home({ files: { ".config/effecttalk/.env.production": "\nEFFECTTALK_LOG_LEVEL=warn # quiet\n" } })
    const { status, stdout } = await effecttalkIn(home, ["config", "--explain", "--port", "81"], {
      METRICS_INTERVAL: "5000"
    })
    expect(status).toBe(0)
    const of = (name: string) => new RegExp(`^EFFECTTALK_${name}=.*\\n(?:  .*\\n)+`, "m").exec(stdout)?.[0]
    expect(of("LOG_LEVEL")).toMatch(
      /^EFFECTTALK_LOG_LEVEL=warn\n {2}.*\n {2}allowed: {2}debug, info, warn or error\n {2}default: {2}info\n {2}from: {5}~\/\.config\/effecttalk\/\.env\.production:2 \(EFFECTTALK_LOG_LEVEL\)\n/
    )
    expect(of("PORT")).toContain("EFFECTTALK_PORT=81\n")
    expect(of("PORT")).toContain("  from:     command line (--port)\n")
    expect(of("METRICS_INTERVAL")).toContain("  from:     environment (METRICS_INTERVAL)\n")
    expect(of("LEADER")).toContain("  from:     default\n")
  })

  it("--json prints the fields", async () => {
    using home = new Home()
    const plain = await effecttalkIn(home, ["config", "--json"], { PORT: "81" })
    expect(JSON.parse(plain.stdout)).toMatchObject({ port: 81, trustedProxies: [], dataDirPermissions: "0700" })
    const explained = await effecttalkIn(home, ["config", "--explain", "--json"], { PORT: "81" })
    expect(JSON.parse(explained.stdout).port).toMatchObject({
      name: "PORT",
      value: 81,
      default: 3000,
      from: "environment (PORT)"
    })
  })
})

describe("effecttalk config --check", () => {
  it("is content with a configuration without problems", async () => {
    using home = new Home({ files: { ".config/effecttalk/config.toml": "port = 4000\n" } })
    expect(await effecttalkIn(home, ["config", "--check"])).toEqual({
      status: 0,
      stdout: "configuration is fine\n",
      stderr: ""
    })
    expect(existsSync(home.dataDir)).toBe(false)
  })

  it("exits with 2 and every problem: bare names, prefixed ones, both files, unknown names, pairs", async () => {
    using home = new Home({
      files: {
        ".config/effecttalk/config.toml": 'log_level = "loud"\nlogLevel = "info"\n',
        ".config/effecttalk/.env.production": "METRICS_ENABLED=1\nwhat\n"
      }
    })
    const env = { PORT: "tcp://1", EFFECTTALK_SIDEBAR: "left", EFFECTTALK_PROT: "1", MAX_SESSION_SIZE: "8192" }
    const { status, stdout, stderr } = await effecttalkIn(home, ["config", "--check"], env)
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" })
    expect(stderr.trimEnd().split("\n")).toEqual([
      'log_level (~/.config/effecttalk/config.toml:1): "loud" is not debug, info, warn or error',
      BAD_PORT,
      'METRICS_ENABLED (~/.config/effecttalk/.env.production:1): "1" is not true or false; did you mean true ?',
      'EFFECTTALK_SIDEBAR (environment): "left" is not auto, open or closed',
      'MAX_BLOCK_OUTPUT_SIZE (default): "10485760" is more than MAX_SESSION_SIZE (environment), 8192; at most that is allowed',
      '~/.config/effecttalk/.env.production:2 "what" is no NAME=value',
      "logLevel (~/.config/effecttalk/config.toml:2): there is no such variable; did you mean log_level ?",
      "EFFECTTALK_PROT (environment): there is no such variable; did you mean EFFECTTALK_PORT ?",
      "effecttalk: the configuration has 8 problems"
    ])
  })

  it("stands alone", async () => {
    using home = new Home()
    const { status, stderr } = await effecttalkIn(home, ["config", "--check", "--explain"])
    expect({ status, stderr }).toEqual({ status: 2, stderr: "effecttalk: --check stands alone\n" })
  })
})

describe("options of the configuration", () => {
  it("win over everything, before and after the command", async () => {
    using home = new Home({ files: { "x.env": "LOG_LEVEL=warn\nPORT=1\n" } })
    const env = { EFFECTTALK_LOG_LEVEL: "error" }
    const args = ["--env-file", "x.env", "config", "--log-level=debug", "--data-dir", "elsewhere"]
    const { stdout } = await effecttalkIn(home, args, env)
    expect(stdout).toContain("EFFECTTALK_LOG_LEVEL=debug\nEFFECTTALK_PORT=1\n")
    expect(stdout).toContain(`EFFECTTALK_DATA_DIR=${home.path}/elsewhere\n`)
  })

  it("that do not fit are usage errors of every command", async () => {
    using home = new Home()
    for (const args of [["config"], ["paths"], ["--resume"], []]) {
      const wrong = await effecttalkIn(home, [...args, "--port", "x"])
      expect(wrong).toEqual({
        status: 2,
        stdout: "",
        stderr:
          '--port (command line): "x" is not a whole number from 1 to 65535\n' +
          "effecttalk: the configuration has 1 problem\n"
      })
      const missing = await effecttalkIn(home, [...args, "--env-file=gone.env"])
      expect(missing.status).toBe(2)
      expect(missing.stderr).toContain("~/gone.env is not there\n")
    }
  })
})

describe("a .env of the working directory", () => {
  it("is not read, whatever it is called", async () => {
    const files = Object.fromEntries(
      [".env", ".env.production", ".env.local", "config.toml"].map((name) => [`repo/${name}`, "PORT=1\nport=1\n"])
    )
    using home = new Home({ files })
    const inRepository = await node(home, [BINARY, "config"], {}, `${home.path}/repo`)
    expect(inRepository.stdout).toContain("EFFECTTALK_PORT=3000\n")
    expect(inRepository.stderr).toBe("")
    // The very file counts once it is asked for.
    const asked = await node(home, [BINARY, "config", "--env-file", ".env.production"], {}, `${home.path}/repo`)
    expect(asked.stdout).toContain("EFFECTTALK_PORT=1\n")
  })
})

describe("effecttalk paths", () => {
  it("prints the directories, and makes none", async () => {
    using home = new Home()
    const { status, stdout } = await effecttalkIn(home, ["paths"])
    expect(status).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/ +/))
    ).toEqual([
      ["data", home.dataDir],
      ["sessions", `${home.dataDir}/active`],
      ["archive", `${home.dataDir}/archived`],
      ["quarantine", `${home.dataDir}/quarantine`],
      ["backups", `${home.dataDir}/backups`],
      ["logs", `${home.dataDir}/logs`],
      ["metrics", `${home.dataDir}/metrics`],
      ["configuration", `${home.path}/.config/effecttalk`],
      ["runtime", home.runtimeDir]
    ])
    expect(existsSync(home.dataDir)).toBe(false)
  })

  it("--json keeps them exact", async () => {
    using home = new Home()
    const { stdout } = await effecttalkIn(home, ["paths", "--json", "--data-dir", "/a  b"])
    expect(JSON.parse(stdout)).toMatchObject({ data: "/a  b", sessions: "/a  b/active", runtime: home.runtimeDir })
  })
})

describe("commands that go on", () => {
  it("say what is wrong and what they do about it", async () => {
    using home = new Home()
    for (const args of [["paths"], ["config"], ["--resume"]]) {
      const { status, stderr } = await effecttalkIn(home, args, { EFFECTTALK_DATA_DIR: "here", DATA_DIR: "" })
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: `effecttalk: EFFECTTALK_DATA_DIR (environment): "here" is not an absolute path; ${home.path}/.local/state/effecttalk is used\n`
      })
    }
  })
})

describe("the screen", () => {
  it("opens with a notice of a bare variable that does not fit, and the default", async () => {
    await using t = await effecttalk({
      cols: 140,
      rows: 30,
      env: { PORT: "tcp://1", LOG_LEVEL: "verbose", EFFECTTALK_SIDEBAR: "closed" }
    })
    await t.waitFor(/2 problems: see effecttalk config --check; LOG_LEVEL \(environment\): "verbose" is not /)
    expect((await run(t, "echo w''orks; echo $PORT")).rows.slice(0, 2)).toEqual(["works", "tcp://1"])
  })

  it("opens with TERM and prompt of the files, from the first prompt on", async () => {
    await using t = await effecttalk({
      cols: 120,
      rows: 30,
      rc: "PS1='theirs> '",
      files: {
        ".config/effecttalk/config.toml": 'pty_term_type = "vt220"\n',
        ".config/effecttalk/.env.production": "PROMPT=own\nSIDEBAR=closed\n"
      }
    })
    await ready(t)
    expect((await run(t, "echo $TERM")).rows[0]).toBe("vt220")
    expect(t.outputSince()).not.toContain("theirs>")
  })
})

describe("dist/config.js", () => {
  const validate = (home: Home, env: Record<string, string> = {}) =>
    node(home, ["-e", "console.log(JSON.stringify(require('./dist/config.js').validateConfig()))"], env, ROOT)

  it("gives the configuration to a script, without a warning", async () => {
    using home = new Home({ files: { ".config/effecttalk/config.toml": "port = 4000\n" } })
    const { status, stdout, stderr } = await validate(home)
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(JSON.parse(stdout)).toMatchObject({ port: 4000, dataDir: home.dataDir })
  })

  it("ends a script with every problem in lines that can be read", async () => {
    using home = new Home()
    const { status, stdout, stderr } = await validate(home, { PORT: "tcp://1", LOG_LEVEL: "verbose" })
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" })
    expect(stderr).toContain(
      `\nError: the configuration has 2 problems:\n  LOG_LEVEL (environment): "verbose" is not debug, info, warn or error\n  ${BAD_PORT}\n`
    )
    for (const line of stderr.split("\n")) expect(line.length).toBeLessThan(200)
  })
})
