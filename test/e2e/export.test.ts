import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { SessionDocument } from "../../src/domain/Session.ts"
import { storedSession } from "../harness/blocks.ts"
import { Home } from "../harness/Home.ts"
import { runPiped, runScript } from "../harness/piped.ts"

/** Assembled, so that no scanner takes this file for a leak. */
const token = `ghp_${"Ab3x".repeat(9)}`

/** A home with a session of three blocks; its id. */
const stored = async (home: Home): Promise<string> => {
  await runPiped(home, ["exec", "--", `printf '\\e[31mred\\e[0m <b>\\n'; echo TOKEN=${token}`])
  const { id } = storedSession(home)
  await runPiped(home, ["exec", "--session", id, "--split-stderr", "--", "echo out; echo wrong >&2; exit 3"])
  await runPiped(home, ["exec", "--session", id, "--", "echo three"])
  // What an EffectTalk has stored that did not look for secrets.
  const path = join(home.dataDir, "active", `${id}.json`)
  writeFileSync(path, readFileSync(path, "utf8").replaceAll("[redacted]", token))
  return id
}

const REDACTED = "effecttalk: 2 places look like secrets: redacted; --raw leaves them in\n"

describe("effecttalk export", () => {
  let home: Home
  let id: string
  beforeAll(async () => {
    home = new Home()
    id = await stored(home)
  })
  afterAll(() => home[Symbol.dispose]())

  it("writes the whole session in each format, without secrets", async () => {
    const text = await runPiped(home, ["export", id.slice(0, 6)])
    const shown = await runPiped(home, ["show", id])
    expect(text).toMatchObject({ code: 0, stderr: REDACTED })
    expect(text.stdout).toBe(shown.stdout.replaceAll(token, "[redacted]"))
    expect((await runPiped(home, ["export", "--raw", id])).stdout).toBe(shown.stdout)
    const json = await runPiped(home, ["export", "--format", "json", id])
    expect(json.stderr).toBe(REDACTED)
    expect(Schema.is(SessionDocument)(JSON.parse(json.stdout))).toBe(true)
    expect(JSON.parse(json.stdout).blocks[1]).toMatchObject({ exitCode: 3, stdout: "out\n", stderr: "wrong\n" })
    const markdown = await runPiped(home, ["export", "--format=markdown", id])
    expect(markdown.stdout).toMatch(
      /^# `Session \w+`\n\n## ✓ 1 `printf[\s\S]*```console\n\$ echo out;[\s\S]*Standard error:/
    )
    const html = await runPiped(home, ["export", "--format", "html", id])
    expect(html.stdout).toContain('<span class="f1">red</span> &lt;b&gt;\nTOKEN=[redacted]\n')
    for (const { stdout } of [json, markdown, html]) expect(stdout).not.toContain(token)
  })

  it("writes one block, by its number", async () => {
    for (const number of ["3", "b3", "@b3"]) {
      const one = await runPiped(home, ["export", "--block", number, id])
      expect(one).toMatchObject({ code: 0, stderr: "" })
      expect(one.stdout).toMatch(/^✓ 3 echo three {2}.*\nthree\n$/)
    }
    const { stdout } = await runPiped(home, ["export", "--block=2", "--format=json", id])
    expect(JSON.parse(stdout)).toMatchObject({ stdout: "out\n", stderr: "wrong\n" })
    for (const [block, shown] of [
      ["9", '"9"'],
      ["@tests", '"@tests"']
    ] as const)
      expect(await runPiped(home, ["export", "--block", block, id])).toMatchObject({
        code: 2,
        stdout: "",
        stderr: `effecttalk: session ${id} has no block ${shown}\n`
      })
  })

  it("writes a file whole and for its owner, in the format of its name", async () => {
    const path = join(home.path, "out.html")
    writeFileSync(path, "old")
    chmodSync(path, 0o644)
    const link = join(home.path, "link.html")
    symlinkSync("out.html", link)
    const result = await runPiped(home, ["export", "--output", "link.html", id])
    expect(result).toEqual({ code: 0, signal: null, stdout: "", stderr: REDACTED })
    expect(readFileSync(path, "utf8")).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(link, "utf8")).toBe(readFileSync(path, "utf8"))
    mkdirSync(join(home.path, "folder"))
    for (const [file, why] of [
      ["folder", "it is a directory"],
      ["missing/x.txt", "there is no such directory"],
      ["/dev/null", "it is not a regular file"],
      ["out.html/x", "a part of the path is no directory"]
    ] as const) {
      const refused = await runPiped(home, ["export", "--output", file, id])
      expect({ file, code: refused.code }).toEqual({ file, code: 1 })
      expect(refused.stderr).toMatch(new RegExp(`^effecttalk: ".*" could not be written: ${why}\n$`))
    }
    expect(existsSync(join(home.path, "missing"))).toBe(false)
  })

  it("is quiet when nobody reads on", async () => {
    using other = new Home()
    await runPiped(other, ["exec", "--", "seq 100000"])
    const large = storedSession(other).id
    const readers = ["text", "json", "html", "markdown"].map(
      (format) => `et export --format ${format} ${large} | head -c 10 | wc -c; echo "\${PIPESTATUS[0]}"`
    )
    expect(await runScript(other, readers.join("\n"))).toMatchObject({ stdout: "10\n0\n".repeat(4), stderr: "" })
  })

  it("tells what was asked wrongly", async () => {
    for (const [args, message] of [
      [["export"], "Missing argument <id>"],
      [["export", "zzzz"], 'There is no session "zzzz"'],
      [["export", "--format", "pdf", id], "text, markdown, html, json"]
    ] as const) {
      const { code, stderr } = await runPiped(home, args)
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
    }
  })

  it("names a block that cannot be read in its place, and ends with 3", async () => {
    const path = join(home.dataDir, "active", `${id}.json`)
    writeFileSync(path, readFileSync(path, "utf8").replace('"three\\n","stderr"', '"three\\n","stdxxx"'), {
      mode: 0o600
    })
    for (const format of ["text", "markdown", "html", "json"]) {
      const { code, stdout, stderr } = await runPiped(home, ["export", "--raw", "--format", format, id])
      expect({ format, code }).toEqual({ format, code: 3 })
      expect(stdout).toContain("cannot be read")
      expect(stderr).toMatch(/^effecttalk: .*cannot be read\n$/)
      if (format === "json") expect(JSON.parse(stdout).blocks).toHaveLength(3)
    }
  })
})
