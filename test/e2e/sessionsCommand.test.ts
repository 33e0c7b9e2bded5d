import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { opened } from "../harness/blocks.ts"
import { Home } from "../harness/Home.ts"
import { runPiped, startPiped } from "../harness/piped.ts"
import { itWith } from "../harness/tools.ts"

const active = (home: Home) => join(home.dataDir, "active")

/** Makes a session of one command; its id. */
const makeSession = async (home: Home, command: string): Promise<string> => {
  const before = new Set(readdirIfThere(active(home)))
  await runPiped(home, ["exec", "--", command])
  return readdirSync(active(home))
    .find((name) => !before.has(name))!
    .replace(".json", "")
}

const readdirIfThere = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Changes a stored session's document as another version of the program might have. */
const edit = (home: Home, id: string, change: (text: string) => string) => {
  const path = join(active(home), `${id}.json`)
  writeFileSync(path, change(readFileSync(path, "utf8")), { mode: 0o600 })
}

describe("effecttalk sessions", () => {
  itWith(["jq"], "prints JSON that jq reads, with names that stay", async () => {
    using home = new Home()
    const old = await makeSession(home, "echo 'first \"one\"'")
    const named = await makeSession(home, "true")
    edit(home, named, (text) => text.replace('"metadata":{', '"metadata":{"name":"deploy \\u001b[31m","pinned":true,'))
    await using running = await startPiped(home, ["exec", "--", "echo ready; read -r line"])
    await running.waitFor("ready")
    await opened(home)
    const { code, stdout, stderr } = await runPiped(home, ["sessions", "--json"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const jq = (filter: string) => spawnSync("jq", ["-c", filter], { input: stdout, encoding: "utf8" }).stdout
    expect(jq("map(keys_unsorted) | unique")).toBe(
      `${JSON.stringify([
        [
          "id",
          "name",
          "pinned",
          "exec",
          "workingDirectory",
          "blocks",
          "lastCommand",
          "createdAt",
          "lastModified",
          "owner"
        ]
      ])}\n`
    )
    // The last used first.
    expect(jq("map([.name, .pinned, .blocks, .lastCommand, .owner])")).toBe(
      `${JSON.stringify([
        [null, false, 1, "echo ready; read -r line", running.child.pid],
        ["deploy \u001b[31m", true, 1, "true", null],
        [null, false, 1, "echo 'first \"one\"'", null]
      ])}\n`
    )
    expect(jq(".[1:] | map(.id)")).toBe(`${JSON.stringify([named, old])}\n`)
    expect(jq("all(.createdAt <= .lastModified and .lastModified / 1000 > now - 600)")).toBe("true\n")
    expect(jq("map(.workingDirectory) | unique")).toBe(`${JSON.stringify([home.path])}\n`)
  })

  it("prints an empty array where nothing is, and tells of files it refuses on stderr", async () => {
    using home = new Home()
    expect(await runPiped(home, ["sessions", "--json"])).toMatchObject({ code: 0, stdout: "[]\n", stderr: "" })
    expect(await runPiped(home, ["sessions"])).toMatchObject({ code: 0, stdout: "No sessions yet.\n", stderr: "" })
    const good = await makeSession(home, "true")
    const bad = await makeSession(home, "false")
    edit(home, bad, () => "\u001b]0;not json")
    const result = await runPiped(home, ["sessions", "--json"])
    expect(result.code).toBe(0)
    expect(JSON.parse(result.stdout).map(({ id }: { id: string }) => id)).toEqual([good])
    expect(result.stderr).toMatch(new RegExp(`^effecttalk: .*${bad}.*\n$`))
    expect(result.stderr).not.toContain("\u001b")
  })

  it("prints a table with names, the pinned ones first, that --resume alone prints too", async () => {
    using home = new Home()
    const pinned = await makeSession(home, "echo a")
    const named = await makeSession(home, "printf 'two\\nlines'")
    edit(home, pinned, (text) => text.replace('"metadata":{', '"metadata":{"pinned":true,'))
    edit(home, named, (text) => text.replace('"metadata":{', '"metadata":{"name":"\\u001b[31mred",'))
    const { stdout } = await runPiped(home, ["sessions"])
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`
    expect(stdout).toMatch(
      new RegExp(
        `^${pinned.slice(0, 8)} +${time}  1 block  ~  echo a +pinned\n` +
          `${named.slice(0, 8)}  \\^\\[\\[31mred  ${time}  1 block  ~  printf 'two\\\\nlines'\n$`
      )
    )
    expect((await runPiped(home, ["--resume"])).stdout).toBe(stdout)
  })
})
