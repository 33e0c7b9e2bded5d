import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { isAlive, processStatus } from "../../src/platform.ts"
import { endSession, NO_JOBS } from "../../src/shell/endSession.ts"

describe("ending a session", () => {
  it("leaves a process alone that has got the number of one that was gone", async () => {
    // It leads a session, as a shell does.
    const other = spawn("sleep", ["100"], { detached: true, stdio: "ignore" })
    const exit = once(other, "exit")
    const pid = other.pid!
    const { startTime } = processStatus(pid)!
    await endSession({ pid, startTime: startTime - 1 }, NO_JOBS)
    expect(isAlive(pid, startTime)).toBe(true)
    await endSession({ pid, startTime }, NO_JOBS)
    expect(await exit).toEqual([null, "SIGHUP"])
  })
})
