import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isAlive, processStatus } from "../../src/platform.ts"
import { endSession, NO_JOBS } from "../../src/shell/endSession.ts"
import { Terminal } from "../harness/Terminal.ts"

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

  it("hangs up nobody else when what was started has no session yet", async () => {
    // As between fork and setsid: it is in the session, the group and the terminal of whoever started it.
    const program = { file: "bash", args: ["-c", "sleep 100 & echo $! >child; exec sleep 101"] }
    await using starter = new Terminal(program)
    await starter.waitForFile(join(starter.home.path, "child"), "\n")
    const child = Number(starter.home.read("child"))
    const { startTime } = processStatus(child)!
    await endSession({ pid: child, startTime }, NO_JOBS)
    expect(isAlive(child, startTime)).toBe(false)
    expect(isAlive(starter.pid, null)).toBe(true)
  })
})
