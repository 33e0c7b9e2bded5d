import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { journaled, leave, ready, run } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Home } from "../harness/Home.ts"
import { runPiped } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"

/** Files below DATA_DIR that hold a text, backups as they are. */
const filesWith = ({ dataDir }: Home, text: string): ReadonlyArray<string> =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))

describe("effecttalk forget", () => {
  it("lists, asks, and leaves nothing of a block or a session", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await ready(t)
    await run(t, "echo MARK-$((6*7))-one")
    await run(t, "echo MARK-$((6*7))-two")
    await journaled(t)
    const id = readdirSync(join(t.home.dataDir, "active"))
      .find((name) => name.endsWith(".lock"))!
      .replace(".lock", "")
    const refused = await runPiped(t.home, ["forget", id.slice(0, 9), "b1", "--yes"])
    expect(refused).toMatchObject({ code: 1, stdout: "" })
    expect(refused.stderr).toMatch(/^effecttalk: Session \w+ is open in process \d+: end it there first\n$/)
    await leave(t)
    expect((await runPiped(t.home, ["backup"])).code).toBe(0)
    const { home } = t
    const asked = await runPiped(home, ["forget", id, "1"])
    expect(asked).toMatchObject({
      code: 2,
      stderr: "effecttalk: nobody can be asked here: --yes forgets without asking\n"
    })
    expect(asked.stdout.split("\n")).toEqual([
      `b1 of session ${id.slice(0, 8)} (echo MARK-$((6*7))-one):`,
      expect.stringMatching(new RegExp(`^ {2}active/${id}.json +written anew without the block$`)),
      expect.stringMatching(/^ {2}history.jsonl +1 entry removed$/),
      expect.stringMatching(/^ {2}backups\/\S+\.tar\.gz +written anew without the block$/),
      ""
    ])
    expect((await runPiped(home, ["forget", id, "1", "--dry-run"])).stdout).toBe(asked.stdout)

    const ask = async (answer: string) => {
      const file = { file: process.execPath, args: [BINARY, "forget", id, "b1"] }
      await using terminal = new Terminal(file, { cols: 140, rows: 24, home })
      await terminal.waitFor("Forget it for good? There is no way back. [y/N]")
      terminal.type(`${answer}\r`)
      expect(await terminal.exit).toMatchObject({ code: 0 })
      return terminal.screen().join("\n")
    }
    expect(await ask("")).toContain("Nothing was forgotten.")
    expect(filesWith(home, "-one")).not.toEqual([])
    expect(await ask("y")).toContain(
      `Forgot b1 of session ${id.slice(0, 8)}: 1 session written anew, 1 entry of the history removed, 1 backup written anew.`
    )
    expect(filesWith(home, "-one")).toEqual([])
    const shown = await runPiped(home, ["show", id])
    expect(shown.stdout).toMatch(/^✓ 2 echo MARK.*\nMARK-42-two\n$/)
    expect((await runPiped(home, ["forget", id, "b1", "--yes"])).stderr).toContain(`has no block "b1"`)

    expect(await runPiped(home, ["forget", id.slice(0, 9), "--yes"])).toMatchObject({ code: 0, stderr: "" })
    expect(filesWith(home, "MARK")).toEqual([])
    expect(readdirSync(join(home.dataDir, "backups"))).toEqual([])
  }, 60_000)
})
