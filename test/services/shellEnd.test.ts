import { describe, expect, it } from "vitest"
import { commandEndOf, shellEndWords } from "../../src/services/shellEnd.ts"

describe("the end of a shell", () => {
  it("is its command's, when it ended by itself", () => {
    const end = { byItself: true, signal: null }
    expect(commandEndOf({ ...end, exitCode: 0 })).toEqual({ status: "success", exitCode: 0, signal: null })
    expect(commandEndOf({ ...end, exitCode: 7 })).toEqual({ status: "failure", exitCode: 7, signal: null })
    expect(commandEndOf({ ...end, exitCode: 130 })).toEqual({ status: "interrupted", exitCode: 130, signal: null })
  })

  it("is a failure of the command that it took along", () => {
    const killed = { byItself: false, exitCode: null, signal: "SIGKILL" }
    expect(commandEndOf(killed)).toEqual({ status: "failure", exitCode: null, signal: "SIGKILL" })
    expect(commandEndOf({ byItself: false, exitCode: 0, signal: null }).status).toBe("failure")
    expect(commandEndOf({ byItself: false, exitCode: null, signal: "SIGINT" }).status).toBe("failure")
  })

  it("is told as a sentence goes on", () => {
    expect(shellEndWords({ exitCode: 3, signal: null })).toBe("ended with status 3")
    expect(shellEndWords({ exitCode: null, signal: "SIGHUP" })).toBe("was killed by SIGHUP")
  })
})
