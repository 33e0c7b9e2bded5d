import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { ready, shownBlocks, storedSession } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import type { Home } from "../harness/Home.ts"
import { runPiped } from "../harness/piped.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const sessionId = (home: Home): string =>
  readdirSync(join(home.dataDir, "active"))
    .find((name) => name.endsWith(".journal"))!
    .slice(0, -".journal".length)

/** Types a command, kills the terminal once `last` of it is on disk, and gives what another process reads then. */
const killWhile = async (t: Terminal, command: string, last: string): Promise<string> => {
  await ready(t)
  t.type(`${command}\r`)
  const id = await eventually(() => sessionId(t.home))
  await t.waitForFile(join(t.home.dataDir, "active", `${id}.screen`), last)
  t.kill("SIGKILL")
  await t.exit
  return (await runPiped(t.home, ["show", id])).stdout
}

describe("a terminal that is killed in the middle of a command", () => {
  itWith(["vim"], "comes back with what the command had printed, line by line and in place", async () => {
    await using t = await effecttalk({ cols: 80, rows: 24 })
    const trickle = "for i in $(seq 101 130); do echo $i; sleep 0.02; done"
    const beside = await killWhile(t, `${trickle}; printf '10 %%\\r90 %%\\n'; read -p 'Done: 4''5%'`, "Done: 45%")
    const printed = [...Array.from({ length: 30 }, (_, index) => `${101 + index}`), "90 %", "Done: 45%"]
    expect(beside).toContain(`\n${printed.join("\n")}`)
    expect(beside).toMatch(/^⊘ 1 for i in .*; read -p .* {2}interrupted {2}~ /)

    await using u = await t.restart({ args: [BINARY, "--continue"] })
    await ready(u)
    const rows = u.screen().map((row) => row.trimEnd())
    expect(rows).toContain("130")
    expect(rows.join("\n")).toMatch(/129\n130\n90 %\nDone: 45%\n.*EffectTalk was killed while this ran/)

    await killWhile(u, "echo be''fore; vim -u NONE -N", "before")
    await using v = await t.restart({ args: [BINARY, "--continue"] })
    await ready(v)
    expect(shownBlocks(v.screen()).at(-1)?.rows[0]).toBe("before")
    expect(existsSync(join(v.home.dataDir, "active", `${sessionId(v.home)}.screen`))).toBe(false)
    v.keys("ctrl+d")
    await v.exit
    expect(storedSession(v.home).blocks.map(({ status, stdout, stderr }) => [status, stdout, stderr])).toEqual([
      ["interrupted", printed.join("\n"), ""],
      ["interrupted", "before\n", ""]
    ])
  })
})
