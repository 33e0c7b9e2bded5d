import { spawn } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import { join } from "node:path"
import { execPath } from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { assert, beforeAll, describe, it } from "vitest"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { listSessions } from "../../../src/services/persistence/sessionList.ts"
import { optionsFor, SESSION, temporaryDirectory } from "./sessions.ts"

let program = ""

beforeAll(async () => {
  const entry = fileURLToPath(new URL("./journalChild.ts", import.meta.url))
  const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
  program = built.outputFiles[0]!.text
})

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
