import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { execPath } from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { assert, beforeAll, describe, it } from "vitest"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { listSessions } from "../../../src/services/persistence/sessionList.ts"
import { optionsFor, SESSION, temporaryDirectory, visible, withFile } from "./sessions.ts"

const KILLS = 10

/** Numbers that a seed decides (xorshift32), so that a failure can be repeated. */
const random = (seed: number) => {
  let state = seed
  return (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

let program = ""

beforeAll(async () => {
  const entry = fileURLToPath(new URL("./journalChild.ts", import.meta.url))
  const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
  program = built.outputFiles[0]!.text
})

/** Starts a writer and kills it when it has said `acknowledgements` times that a block is durable. */
const runAndKill = async (dataDir: string, first: number, acknowledgements: number) => {
  const child: ChildProcess = spawn(execPath, ["--input-type=module", "-", dataDir, String(first)], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  child.stdin!.end(program)
  let durable = first - 1
  let heard = 0
  const unexpected: Array<string> = []
  for await (const line of createInterface({ input: child.stdout! })) {
    const block = /^durable (\d+)$/.exec(line)?.[1]
    if (block !== undefined) {
      durable = Number(block)
      if (++heard === acknowledgements) child.kill("SIGKILL")
    } else if (line !== `opened ${first}`) {
      unexpected.push(line)
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  assert.deepStrictEqual(unexpected, [])
  assert.strictEqual(child.signalCode, "SIGKILL")
  return durable
}

describe("a session that another process writes", () => {
  it("is read whole, whatever the writer is doing", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir, systemProcesses())
    const child = spawn(execPath, ["--input-type=module", "-", dataDir, "0"])
    child.stdin.end(program)
    let durable = -1
    let errors = ""
    child.stderr.on("data", (data) => {
      errors += data
    })
    const lines = createInterface({ input: child.stdout })
    const firstBlock = once(lines, "line").then(() => once(lines, "line"))
    lines.on("line", (line) => {
      durable = Number(/^durable (\d+)$/.exec(line)?.[1] ?? durable)
    })
    await firstBlock
    let compactions = 0
    for (let last = -1; compactions < 20; ) {
      const known = durable
      assert.deepStrictEqual([child.exitCode, child.signalCode], [null, null], errors)
      const { blocks } = loadDocument(options.directory, SESSION)
      assert.isAtLeast(blocks.length, known + 1)
      assert.isTrue(blocks.every(({ command }, number) => command === `echo ${number}`))
      const { sessions, refused } = listSessions(options.directory, options.processes)
      assert.deepStrictEqual(refused, [])
      assert.isAtLeast(sessions[0]!.blocks, blocks.length)
      assert.strictEqual(sessions[0]!.owner, child.pid)
      const { ino } = statSync(join(dataDir, "active", "s1.journal"))
      if (ino !== last) compactions++
      last = ino
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    child.kill("SIGKILL")
    await once(child, "exit")
  }, 60_000)
})

describe("a process killed while it writes", () => {
  it(`loses nothing it acknowledged, ${KILLS} times in a row`, async () => {
    const dataDir = temporaryDirectory()
    const seed = Date.now() & 0x7fffffff
    const next = random(seed)
    let first = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const durable = await runAndKill(dataDir, first, 1 + next(120))
      const where = `seed ${seed}, kill ${kill}`
      await withFile(optionsFor(dataDir, systemProcesses()), (file) => {
        const { session, outputs, stderr } = visible(file)
        assert.isAtLeast(session.blocks.length, durable + 1, where)
        for (const [number, header] of session.blocks.entries()) {
          assert.strictEqual(header.command, `echo ${number}`, where)
          if (number > durable) continue
          assert.strictEqual(header.status, "success", where)
          const lines = Array.from(
            { length: number % 7 },
            (_, index) => `block ${number} line ${index} ${"x".repeat(500)}`
          )
          assert.deepStrictEqual(outputs[number]!.lines, lines, where)
          assert.deepStrictEqual(stderr[number]!.lines, [`error ${number}`], where)
        }
        assert.isNull(file.status.failure)
        first = session.blocks.length
      })
      const left = readdirSync(join(dataDir, "active")).filter((name) => !name.startsWith("s1.torn-"))
      assert.deepStrictEqual(left, ["s1.json"], where)
      JSON.parse(readFileSync(join(dataDir, "active", "s1.json"), "utf8"))
      assert.deepStrictEqual(readdirSync(join(dataDir, "quarantine")), [], where)
    }
    assert.isAbove(first, KILLS)
  }, 60_000)
})
