import { spawn } from "node:child_process"
import { once } from "node:events"
import { assert, describe, it } from "vitest"
import { signalTree } from "../../../src/cli/exec/processTree.ts"
import { childrenOf, isAlive } from "../../../src/platform.ts"
import { eventually } from "../../harness/eventually.ts"

/** A Node program with a shell below it whose child is `sleep`; the shell was started by another thread than the first. */
const PROGRAM = `
  const { Worker } = require("node:worker_threads")
  new Worker(\`
    const child = require("node:child_process").spawn("sh", ["-c", "sleep 1000 & echo $! ready; wait"], { stdio: ["ignore", "inherit", "inherit"] })
    child.on("exit", () => process.exit())
  \`, { eval: true })
`

describe("signalTree", () => {
  it("reaches what a process has started, from any of its threads, and what that has started", async () => {
    const program = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit"] })
    const [line] = await once(program.stdout, "data")
    const sleeper = Number(/^(\d+) ready/.exec(String(line))![1])
    assert.lengthOf(childrenOf(program.pid!)!, 1)
    assert.include(childrenOf(childrenOf(program.pid!)![0]!)!, sleeper)
    const exit = once(program, "exit")
    const closed = once(program.stdout, "close")
    signalTree(program.pid!, "SIGTERM")
    assert.deepStrictEqual((await exit)[1], "SIGTERM")
    // The sleeper held the pipe: it is ending too.
    await closed
    await eventually(() => assert.isFalse(isAlive(sleeper, null)))
  })

  it("is silent about a process that has ended", async () => {
    const program = spawn("true")
    await once(program, "exit")
    signalTree(program.pid!, "SIGTERM")
    assert.isNull(childrenOf(program.pid!))
  })
})
