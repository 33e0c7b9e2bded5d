import { assert, describe, it } from "vitest"
import { countedShell } from "../../src/services/telemetry/countedShell.ts"
import { openPty, type PtyExit } from "../../src/shell/Pty.ts"
import type { SpawnedShell } from "../../src/shell/spawnShell.ts"

describe("countedShell", () => {
  it("counts a shell's start and end once, and hands on all that it prints and how it ended", async () => {
    const counted: Array<ReadonlyArray<unknown>> = []
    let now = 1000
    const options = { file: "/bin/sh", args: ["-c", "echo hello; exit 7"], cwd: "/", env: {}, cols: 80, rows: 24 }
    const { pty } = countedShell(
      { pty: openPty(options) } as SpawnedShell,
      {
        processSpawned: () => counted.push(["spawned"]),
        processExited: (...exit) => counted.push(exit)
      },
      () => now
    )
    assert.deepStrictEqual(counted, [["spawned"]])
    now = 1250
    let printed = ""
    pty.onData((bytes) => {
      printed += bytes.toString()
    })
    const exit = await new Promise<PtyExit>((resolve) => pty.onExit(resolve))
    assert.deepStrictEqual(exit, { exitCode: 7, signal: null })
    assert.strictEqual(printed, "hello\r\n")
    assert.deepStrictEqual(counted, [["spawned"], [250, 7, null]])
    pty.close()
  })

  it("counts the end of a shell that nobody ever drove, and tells it who asks later", async () => {
    const counted: Array<ReadonlyArray<unknown>> = []
    const options = { file: "/bin/sh", args: ["-c", "kill -9 $$"], cwd: "/", env: {}, cols: 80, rows: 24 }
    let resolve = () => {}
    const promise = new Promise<void>((ended) => {
      resolve = ended
    })
    const { pty } = countedShell(
      { pty: openPty(options) } as SpawnedShell,
      {
        processSpawned: () => {},
        processExited: (...exit) => {
          counted.push(exit)
          resolve()
        }
      },
      () => 0
    )
    await promise
    assert.deepStrictEqual(await new Promise<PtyExit>((late) => pty.onExit(late)), {
      exitCode: null,
      signal: "SIGKILL"
    })
    assert.deepStrictEqual(counted, [[0, null, "SIGKILL"]])
    pty.close()
  })
})
