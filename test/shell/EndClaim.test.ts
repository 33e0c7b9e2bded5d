import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as platform from "../../src/platform.ts"
import { EndClaim, waitsForInput } from "../../src/shell/driver/EndClaim.ts"
import { OneTimer } from "../../src/shell/driver/OneTimer.ts"
import type { Mark } from "../../src/shell/marks.ts"
import { gates } from "./gates.ts"
import { TestShell } from "./TestShell.ts"

type Members = ReturnType<typeof platform.sessionMembers>

/** What happens while somebody looks through a terminal's processes, once: on a busy machine that takes its time. */
const looking = vi.hoisted(() => ({ meanwhile: null as ((look: () => Members) => Members) | null }))

vi.mock("../../src/platform.ts", async (original) => {
  const actual = await original<typeof platform>()
  return {
    ...actual,
    sessionMembers: (session: number): Members => {
      const { meanwhile } = looking
      looking.meanwhile = null
      const look = () => actual.sessionMembers(session)
      return meanwhile === null ? look() : meanwhile(look)
    }
  }
})

afterEach(() => {
  looking.meanwhile = null
  vi.useRealTimers()
})

/** Holds this process up until the kernel says so. */
const standUntil = (holds: () => boolean): void => {
  const limit = performance.now() + 10_000
  while (!holds()) if (performance.now() > limit) throw new Error("it did not come to that")
}

const hasSubshell = (pid: number): boolean => platform.childrenOf(pid)!.length > 0
const sleeps = (pid: number): boolean => platform.processStatus(pid)?.state === "S"

describe("a shell that waits for input", () => {
  it("is none that is gone: what it claimed last was followed by its exit", () => {
    const { pid } = spawnSync("true")
    expect(waitsForInput(pid)).toBe(false)
  })

  it("is one at its prompt", async () => {
    await using shell = await TestShell.start()
    standUntil(() => waitsForInput(shell.driver.pid))
    expect(waitsForInput(shell.driver.pid)).toBe(true)
  })

  it("is none that sleeps for one subshell after the other while it is looked at", async () => {
    await using shell = await TestShell.start()
    using gate = gates(shell, "one", "two")
    const { pid } = shell.driver
    const id = shell.submit("x=$(read -r x <one); until [[ -e between ]]; do :; done; x=$(read -r x <two)")
    // Before, it has a subshell that looks whether the text is finished, and we are to answer that.
    await shell.started(id)
    standUntil(() => hasSubshell(pid) && sleeps(pid))
    looking.meanwhile = (look) => {
      gate.open("one")
      standUntil(() => !hasSubshell(pid))
      const members = look()
      writeFileSync(join(shell.home, "between"), "")
      standUntil(() => hasSubshell(pid) && sleeps(pid))
      return members
    }
    expect(waitsForInput(pid)).toBe(false)
    expect(looking.meanwhile).toBeNull()
    gate.open("two")
    expect((await shell.done(id)).status).toBe(0)
  })
})

describe("the end of a command", () => {
  it("waits for what the shell has printed before it waited: the end mark may come alone", async () => {
    await using shell = await TestShell.start({
      rc: "PS1='$ '\nPROMPT_COMMAND='if [[ -e ~/wait ]]; then x=$(read -r x <~/gate); echo hooked; fi'\n"
    })
    using gate = gates(shell, "gate")
    const { pid } = shell.driver
    // The hook prints, and the prompt stands, after we have read and before we have looked.
    looking.meanwhile = (look) => {
      gate.open("gate")
      standUntil(() => !hasSubshell(pid) && sleeps(pid))
      return look()
    }
    const result = await shell.run("echo on >wait; echo said")
    expect(looking.meanwhile).toBeNull()
    expect(result).toMatchObject({ status: 0, output: "said\r\n", notice: "hooked\r\n" })
    expect(shell.promptText).toBe("$ ")
  })

  it("gives a prompt its time unless the one before did not come", async () => {
    await using shell = await TestShell.start()
    const { pid } = shell.driver
    standUntil(() => waitsForInput(pid))
    vi.useFakeTimers()
    let held = 0
    const end = new EndClaim(
      pid,
      new OneTimer(),
      () => {},
      () => {
        held++
        end.take()
      }
    )
    const claim = { nonce: 1, status: 0, directory: "/" }
    const notes = { noEditor: false, errorsExit: false, noPromptMarks: false, leavesText: false }
    const mark: Extract<Mark, { kind: "end" }> = { kind: "end", ...claim, notes, raw: false, between: "" }
    const heldIn = (ms: number): number => {
      held = 0
      vi.advanceTimersByTime(ms)
      return held
    }
    // Hooks that are gone: the prompt's own marks tell.
    end.beginPrompt({ kind: "prompt", ...claim, hooked: false })
    end.endPrompt()
    end.sawPromptEnd()
    end.make(claim, 40)
    expect(heldIn(45)).toBe(1)
    end.makeByMark(mark)
    expect(heldIn(60)).toBe(0)
    expect(heldIn(60)).toBe(1)
    end.makeByMark(mark)
    expect(heldIn(60)).toBe(1)
  })
})
