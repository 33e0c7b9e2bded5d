import { readdirSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Home } from "../harness/Home.ts"
import { runPiped, startPiped } from "../harness/piped.ts"

const exec = (home: Home, command: string) => runPiped(home, ["exec", "--", command])
const ids = (home: Home) =>
  readdirSync(join(home.dataDir, "active")).flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : []))

describe("effecttalk search", () => {
  it("prints the blocks of all sessions that match, with their lines", async () => {
    using home = new Home()
    await exec(home, "printf 'hay\\n\\e[31mnee\\e[0mdle\\n'")
    await exec(home, "true needle; exit 3")
    const result = await runPiped(home, ["search", "needle"])
    expect(result).toMatchObject({ code: 0, stderr: "" })
    expect(result.stdout).toMatch(
      /^session \w{8}\n✗ 1 true needle; exit 3 {2}exit 3 .*\n\nsession \w{8}\n✓ 1 printf .*\n {4}2: needle\n$/
    )
    expect((await runPiped(home, ["search", "needle", "--failed"])).stdout).toMatch(/^session \w{8}\n✗ 1 true.*\n$/)
    expect((await runPiped(home, ["search", "Needle"])).code).toBe(1)
    expect((await runPiped(home, ["search", "Needle", "--ignore-case", "--limit", "1"])).stdout).toContain("needle")
  })

  it("prints a line of JSON for each block", async () => {
    using home = new Home()
    await exec(home, "echo wrong >&2; echo needle")
    const { stdout, code } = await runPiped(home, ["search", "--json", "--regex", "^n.*e$"])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      session: ids(home)[0],
      sessionName: null,
      archived: null,
      number: 1,
      command: "echo wrong >&2; echo needle",
      status: "success",
      lines: [{ stream: "stdout", number: 2, text: "needle" }],
      more: 0
    })
  })

  it("tells what is wrong in one line: nothing found 1, asked wrongly 2, damaged 3", async () => {
    using home = new Home()
    await exec(home, "echo needle")
    const [id = ""] = ids(home)
    const problem = async (...args: ReadonlyArray<string>) => {
      const { code, stderr } = await runPiped(home, ["search", ...args])
      return [code, stderr]
    }
    expect(await problem("nowhere")).toEqual([1, 'effecttalk: nothing found for "nowhere"\n'])
    expect(await problem("(", "--regex")).toEqual([2, "effecttalk: not a regular expression: Unterminated group\n"])
    expect(await problem("")).toEqual([2, "effecttalk: search needs something to look for\n"])
    expect(await problem("x", "--session", "none")).toEqual([2, 'effecttalk: There is no session "none"\n'])
    expect(await problem("x", "--limit", "0")).toEqual([2, "effecttalk: --limit takes a number from 1 on\n"])
    expect((await problem("x", "--case-sensitive", "--ignore-case"))[0]).toBe(2)
    await exec(home, "echo needle")
    truncateSync(join(home.dataDir, "active", `${id}.json`), 10)
    const result = await runPiped(home, ["search", "needle"])
    expect(result.code).toBe(3)
    expect(result.stdout).toContain("1: needle")
    expect(result.stderr).toMatch(/^effecttalk: .*is damaged.*\n$/)
  }, 60_000)

  it("ends when its reader does", async () => {
    using home = new Home()
    await exec(home, "seq 1 100000")
    await using search = await startPiped(home, ["search", "1"])
    search.child.stdout.destroy()
    expect(await search.result).toMatchObject({ code: 0, stderr: "" })
  })
})
