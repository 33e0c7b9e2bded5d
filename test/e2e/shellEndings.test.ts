import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  ended,
  executed,
  gone,
  inForeground,
  leave,
  ready,
  run,
  shownBlocks,
  storedSession
} from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import { processesOf } from "../harness/processes.ts"
import type { Terminal } from "../harness/Terminal.ts"

const wide = { cols: 100, rows: 40 }

/** Ways out that do not ask the shell. */
const endings: ReadonlyArray<readonly [string, (t: Terminal) => void | Promise<void>]> = [
  ["closing the terminal", (t) => t.hangUp()],
  ["SIGTERM", (t) => t.kill("SIGTERM")],
  [
    "leaving on request",
    async (t) => {
      t.keys("ctrl+\\", "q")
      await t.waitFor("still running")
      t.type("y")
    }
  ]
]

it("is asked about when the shell itself is what runs", async () => {
  await using t = await effecttalk(wide)
  await ready(t)
  t.type("touch on; while [ -e on ]; do :; done\r")
  await t.waitForFile(join(t.home.path, "on"))
  t.keys("ctrl+\\", "q")
  await t.waitFor("One program is still running:")
  await t.waitFor(/ touch on; while \[ -e on \]; do :; done \(\d+\)/)
  t.keys("n")
  t.home.remove("on")
  await ready(t)
})

describe("the end of a command", () => {
  it("is told by exact code or signal name, on the screen and on disk", async () => {
    await using t = await effecttalk(wide)
    expect((await run(t, "(exit 7)")).header).toMatch(/^\(exit 7\) .* exit 7 /)
    expect((await run(t, "no_such_program")).header).toContain("exit 127")
    expect((await run(t, "/etc/passwd")).header).toContain("exit 126")
    expect((await run(t, "sh -c 'kill -TERM $$'")).header).toContain("SIGTERM")
    expect((await run(t, "sh -c 'kill -SEGV $$'")).header).toContain("SIGSEGV")
    expect((await run(t, "echo a )")).header).toContain("exit 2")
    await t.waitFor("syntax error near unexpected token `)'")
    expect((await run(t, "# only a comment")).sign).toBe("✓")
    expect((await run(t, "true")).sign).toBe("✓")
    const ends = (await leave(t)).map(({ status, exitCode, signal }) => `${status} ${exitCode} ${signal}`)
    expect(ends).toEqual([
      "failure 7 null",
      "failure 127 null",
      "failure 126 null",
      "failure 143 SIGTERM",
      "failure 139 SIGSEGV",
      "failure 2 null",
      "success 0 null",
      "success 0 null"
    ])
  })

  it("by Ctrl+C ends a text of several lines as a whole, and never leaves", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("echo begun\nsleep 600\necho not''reached\r")
    await t.waitFor(/^begun$/m)
    await inForeground(t, "sleep 600")
    t.keys("ctrl+c")
    await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "⊘")
    await run(t, "echo next")
    t.keys("ctrl+c", "ctrl+c")
    t.type("abc")
    t.keys("ctrl+c")
    const last = await run(t, "echo still here")
    expect(last.rows[0]).toBe("still here")
    const [first] = await leave(t)
    expect(first).toMatchObject({ command: "echo begun\nsleep 600\necho not''reached", status: "interrupted" })
    expect(first?.stdout).toContain("begun\n")
    expect(first?.stdout).not.toContain("reached")
  })

  it("of a loop is Ctrl+C's too, and of a program that ignores it by Ctrl+\\ through the leader", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("while :; do sleep 600; done\r")
    await inForeground(t, "sleep 600")
    t.keys("ctrl+c")
    expect((await ended(t, 0)).sign).toBe("⊘")
    t.type("sh -c 'trap \"\" INT; echo armed; while :; do sleep 0.05; done'\r")
    await t.waitFor(/^armed$/m)
    t.keys("ctrl+c")
    await t.waitFor(/^\^C/m)
    t.keys("ctrl+\\", "ctrl+\\")
    await t.waitFor("SIGQUIT")
    await ready(t)
  })
})

describe("the death of the shell", () => {
  it("by kill -9 is told by the block, and another shell stands in the same directory", async () => {
    await using t = await effecttalk(wide)
    await run(t, "cd /usr")
    const pid = (await run(t, "echo $$")).rows[0]
    const killed = await run(t, "kill -9 $$")
    expect(killed.sign).toBe("✗")
    expect(killed.header).toContain("SIGKILL")
    expect(killed.rows[0]).toBe("└ The shell was killed by SIGKILL. A new one was started in /usr.")
    const after = await run(t, "pwd; echo $$")
    expect(after.rows[0]).toBe("/usr")
    expect(after.rows[1]).not.toBe(pid)
    expect((await leave(t))[2]).toMatchObject({ status: "failure", signal: "SIGKILL" })
  })

  it("by set -e is told by the block, with the output before it whole", async () => {
    await using t = await effecttalk(wide)
    await run(t, "cd /etc; set -e")
    const died = await run(t, "seq 5; false")
    expect(died.header).toContain("exit 1")
    expect(died.rows.slice(0, 6)).toEqual([
      ...["1", "2", "3", "4", "5"],
      "└ The shell ended with status 1. A new one was started in /etc."
    ])
    expect((await run(t, "false; pwd")).rows[0]).toBe("/etc")
  })

  it("from outside while it waits is told and mended as well", async () => {
    await using t = await effecttalk(wide)
    const pid = Number((await run(t, "echo $$")).rows[0])
    process.kill(pid, "SIGKILL")
    await t.waitFor(/The shell was killed by SIGKILL/)
    expect((await run(t, "echo alive")).rows[0]).toBe("alive")
  })

  it("by its own exit leaves, and loses nothing of what it printed last", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("seq 1 4000; exit 3\r")
    await gone(t)
    const [block] = storedSession(t.home).blocks
    const expected = Array.from({ length: 4000 }, (_, i) => `${i + 1}\n`).join("")
    expect(block).toMatchObject({ stdout: `${expected}exit\n`, exitCode: 3, status: "failure" })
    expect(t.primary().at(-1)).toMatch(/^effecttalk --resume [0-9a-z]{6,}$/)
    await t.waitForNoProcesses()
  })

  it("by an exec'd program's end leaves too", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("exec printf 'the last word'\r")
    await gone(t)
    expect(storedSession(t.home).blocks[0]?.stdout).toBe("the last word")
  })
})

describe("leaving", () => {
  it("by Ctrl+D in an empty editor ends the shell as it ends elsewhere", async () => {
    await using t = await effecttalk({ ...wide, rc: "trap 'echo bye > ~/trapped' EXIT" })
    await run(t, "echo one")
    t.type("x")
    t.keys("ctrl+d", "backspace")
    const [first, ...others] = await leave(t)
    expect(await t.exit).toEqual({ code: 0, signal: null })
    expect(first?.stdout).toBe("one\n")
    expect(others).toEqual([])
    expect(t.home.read("trapped")).toBe("bye\n")
    expect(t.home.read(".bash_history")).toBe("echo one\n")
    await t.waitForNoProcesses()
  })

  it("keeps what the shell's own traps print last", async () => {
    await using t = await effecttalk({ ...wide, rc: "trap 'echo see you' EXIT" })
    await run(t, "echo one")
    const [block, ...others] = await leave(t)
    expect(block).toMatchObject({ stdout: "one\n", metadata: { notices: ["see you"] } })
    expect(others).toEqual([])
  })

  it("names and ends the jobs of a shell that was killed before", async () => {
    await using t = await effecttalk(wide)
    await run(t, "sleep 987 &")
    await executed(t, "sleep 987")
    await run(t, "kill -9 $$")
    t.keys("ctrl+d")
    await t.waitFor(/sleep 987 \(\d+\)/)
    t.type("y")
    await gone(t)
    await t.waitForNoProcesses()
  })

  it("respects IGNOREEOF: the shell says what it says", async () => {
    await using t = await effecttalk({ ...wide, rc: "IGNOREEOF=10" })
    await run(t, "echo one")
    t.keys("ctrl+d")
    await t.waitFor('Use "exit" to leave the shell.')
    await ready(t)
    expect((await run(t, "echo two")).rows[0]).toBe("two")
  })

  it("asks first, by name, while a background job runs, and stays when told so", async () => {
    await using t = await effecttalk(wide)
    await run(t, "sleep 678 &")
    await executed(t, "sleep 678")
    t.keys("ctrl+d")
    await t.waitFor("still running")
    await t.waitFor(/sleep 678 \(\d+\)/)
    t.type("n")
    await ready(t)
    expect((await run(t, "jobs")).rows[0]).toMatch(/Running +sleep 678/)
    t.keys("ctrl+d")
    await t.waitFor("still running")
    t.type("y")
    await gone(t)
    await t.waitForNoProcesses()
  })

  it("by exit with a background job asks as well; staying starts another shell", async () => {
    await using t = await effecttalk(wide)
    await run(t, "cd /usr; tail -f /dev/null &")
    await executed(t, "tail -f /dev/null")
    t.type("exit\r")
    await t.waitFor(/tail -f \/dev\/null \(\d+\)/)
    t.type("n")
    expect((await run(t, "pwd")).rows[0]).toBe("/usr")
    t.type("exit\r")
    await t.waitFor(/tail -f \/dev\/null \(\d+\)/)
    t.type("y")
    await gone(t)
    await t.waitForNoProcesses()
  })

  const spared = "nohup sleep 1111 >/dev/null 2>&1 & setsid sleep 2222 & sleep 3333 & disown"
  const doomed = "sleep 4444 & (trap '' TERM; sleep 5555) &"
  for (const [name, end] of endings) {
    it(`by ${name} leaves no process but nohup's, setsid's and disown's`, async () => {
      await using t = await effecttalk(wide)
      await run(t, spared)
      await run(t, doomed)
      for (const number of [1111, 2222, 3333, 4444, 5555]) await executed(t, `sleep ${number}`)
      await end(t)
      await gone(t)
      const left = () => processesOf(t.home.path).map(({ command }) => command)
      await eventually(() => expect(left().sort()).toEqual(["sleep 1111", "sleep 2222", "sleep 3333"]))
    })
  }

  it("by closing the terminal under a running program ends that too", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("bash -c 'trap : HUP TERM; touch armed; while :; do sleep 0.05; done'\r")
    await t.waitForFile(join(t.home.path, "armed"))
    t.hangUp()
    await gone(t)
    await t.waitForNoProcesses()
    expect(storedSession(t.home).blocks[0]).toMatchObject({ status: "interrupted", exitCode: null })
    expect(readdirSync(t.home.runtimeDir)).toEqual([])
  })
})
