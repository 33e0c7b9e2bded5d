import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { SessionDocument } from "../../src/domain/Session.ts"
import { opened, storedSession } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runPiped, runScript, startPiped } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"

const exec = async (home: Home, command: string, ...options: ReadonlyArray<string>) => {
  const session = readdirIfThere(home).length === 0 ? [] : ["--session", storedSession(home).id]
  return runPiped(home, ["exec", ...session, ...options, "--", command])
}

const readdirIfThere = (home: Home): ReadonlyArray<string> => {
  try {
    return readdirSync(join(home.dataDir, "active"))
  } catch {
    return []
  }
}

const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`

describe("effecttalk show", () => {
  it("prints every block: header, output, what stderr kept apart, notices", async () => {
    using home = new Home()
    await exec(home, "echo one; printf two")
    await exec(home, "printf '\\e[31mred\\e[0m\\n'; echo wrong >&2; exit 3", "--split-stderr")
    await exec(home, "kill -TERM $$\n# second line")
    await exec(home, "sleep 1000", "--timeout", "100ms")
    const { id } = storedSession(home)
    const result = await runPiped(home, ["show", id.slice(0, 5)])
    expect(result).toMatchObject({ code: 0, stderr: "" })
    expect(result.stdout).toMatch(
      new RegExp(
        [
          String.raw`^✓ 1 echo one; printf two  [\d.]+m?s  ~  ${TIME}`,
          "one",
          "two",
          "",
          String.raw`✗ 2 printf '\\e\[31mred\\e\[0m\\n'; echo wrong >&2; exit 3  exit 3  [\d.]+m?s  ~  ${TIME}`,
          "red",
          "stderr:",
          "wrong",
          "",
          String.raw`✗ 3 kill -TERM \$\$  SIGTERM  [\d.]+m?s  ~  ${TIME}`,
          "    # second line",
          "",
          String.raw`✗ 4 sleep 1000  SIGTERM  [\d.]+m?s  ~  ${TIME}`,
          String.raw`\| ended by its time limit of 100 ms`,
          "$"
        ].join("\n")
      )
    )
  })

  it("prints the document with --json, as it is on disk", async () => {
    using home = new Home()
    await exec(home, "echo out; echo err >&2", "--split-stderr")
    await exec(home, "true")
    const stored = storedSession(home)
    const { stdout } = await runPiped(home, ["show", stored.id, "--json"])
    const { summary: _summary, ...document } = stored as SessionDocument & { summary: unknown }
    expect(JSON.parse(stdout)).toEqual(document)
    expect(Schema.is(SessionDocument)(JSON.parse(stdout))).toBe(true)
    expect(stdout.trimEnd().split("\n")).toHaveLength(4)
  })

  it("reads a session that another process has open, and leaves it alone", async () => {
    using home = new Home()
    await using running = await startPiped(home, ["exec", "--", "echo ready; read -r line"])
    await running.waitFor("ready")
    const id = await opened(home)
    // The live screen is the owner's, who writes it when it pleases.
    const files = () => readdirSync(join(home.dataDir, "active")).filter((name) => !name.endsWith(".screen"))
    const before = files().sort()
    const { stdout } = await runPiped(home, ["show", id])
    expect(stdout).toMatch(/^● 1 echo ready; read -r line {2}running {2}~ {2}/)
    expect(files().sort()).toEqual(before)
    running.child.stdin.end("\n")
    expect(await running.result).toMatchObject({ code: 0, stderr: "" })
  })

  it("keeps colours for terminals, and for those who want them", async () => {
    await ensureBuilt()
    using home = new Home()
    await exec(home, "printf '\\e[31mred\\e[0m \\u202eback\\n'")
    const { id } = storedSession(home)
    const show = { file: process.execPath, args: [BINARY, "show", id] }
    await using colored = new Terminal(show, { cols: 100, rows: 10, home })
    await colored.exit
    expect(colored.row(1)).toBe("red <U+202E>back")
    expect(colored.cell(0, 1)).toMatchObject({ char: "r", fg: 1 })
    expect(colored.cell(0, 0).bold).toBe(true)
    await using plain = new Terminal(show, { cols: 100, rows: 10, home, env: { NO_COLOR: "1" } })
    await plain.exit
    expect(plain.row(1)).toBe("red <U+202E>back")
    expect(plain.outputSince()).not.toContain("\x1b")
  })

  it("says where the output limit left lines out", async () => {
    using home = new Home()
    await runPiped(home, ["exec", "--", "seq 9000"], { env: { MAX_BLOCK_OUTPUT_SIZE: "4096" } })
    const [block] = storedSession(home).blocks
    const { hiddenLines, headLines } = block!.metadata
    const lines = (await runPiped(home, ["show", storedSession(home).id])).stdout.split("\n")
    expect(lines[headLines + 1]).toMatch(/^… [\d,]+ lines \([\d.]+ kB\) are not kept …$/)
    expect(lines[headLines]).toBe(String(headLines))
    expect(lines[headLines + 2]).toBe(String(headLines + hiddenLines + 1))
  })

  it("is quiet when nobody reads on", async () => {
    using home = new Home()
    for (let number = 0; number < 3; number++) await exec(home, "seq 100000")
    const { id } = storedSession(home)
    for (const json of ["", "--json"]) {
      const { stdout, stderr } = await runScript(
        home,
        `et show ${id} ${json} | head -c 10 | wc -c; echo "\${PIPESTATUS[0]}"`
      )
      expect({ stdout, stderr }).toEqual({ stdout: "10\n0\n", stderr: "" })
    }
  })

  it("names a block that cannot be read in its place, and shows the others", async () => {
    using home = new Home()
    for (const word of ["one", "two", "three"]) await exec(home, `echo ${word}`)
    const { id } = storedSession(home)
    const path = join(home.dataDir, "active", `${id}.json`)
    writeFileSync(path, readFileSync(path, "utf8").replace('"two\\n","stderr"', '"two\\n","stdxxx"'), { mode: 0o600 })
    const { code, stdout, stderr } = await runPiped(home, ["show", id])
    expect(code).toBe(3)
    expect(stdout).toMatch(/\none\n\n✓ 2 echo two .*\n.*cannot be read\n\n✓ 3 .*\nthree\n$/)
    expect(stderr).toMatch(/^effecttalk: .*cannot be read\n$/)
  })

  it("refuses what names no session", async () => {
    using home = new Home()
    for (const [id, message] of [
      ["zzzz", 'There is no session "zzzz"'],
      ["../x", '"../x" cannot be a session id'],
      ["\x1b[2J", '"\\u001b[2J" cannot be a session id']
    ] as const) {
      const result = await runPiped(home, ["show", id])
      expect(result).toEqual({ code: 2, signal: null, stdout: "", stderr: `effecttalk: ${message}\n` })
    }
    expect((await runPiped(home, ["show"])).stderr).toBe("effecttalk: Missing argument <id>\n")
  })
})
