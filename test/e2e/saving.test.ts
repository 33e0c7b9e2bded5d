import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { run } from "../harness/blocks.ts"
import { itOnScreens } from "../harness/screens.ts"

/** Assembled, so that no scanner takes this file for a leak. */
const token = `ghp_${"Ab3x".repeat(9)}`

itOnScreens(
  "saves a block and the session where and as it is told, without secrets, and overwrites nothing unasked",
  async (t) => {
    await run(t, "mkdir work; cd work; printf '\\e[31mred\\e[0m\\n'; cat ~/token")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("w")
    await t.waitFor("save the output of b1 to: block-1.txt")
    t.type("\r")
    await t.waitFor("Saved ~/work/block-1.txt; 1 secret redacted")
    expect(t.home.read("work/block-1.txt")).toBe("red\nTOKEN=[redacted]\n")
    expect(statSync(join(t.home.path, "work/block-1.txt")).mode & 0o777).toBe(0o600)

    // What is there is overwritten by a second Enter on the same name only.
    t.type("w")
    await t.waitFor("save the output of b1 to: block-1.txt")
    t.type("\r")
    await t.waitFor("It exists: Enter again overwrites it")
    t.keys("ctrl+u")
    t.type("~/missing/x.md\r")
    await t.waitFor("Not saved: there is no such directory")
    t.keys("ctrl+u")
    t.type("~/block.md\r")
    await t.waitFor("Saved ~/block.md")
    expect(t.home.read("block.md")).toMatch(
      /^## ✓ 1 `mkdir work[\s\S]*\n```console\n\$ mkdir work[\s\S]*\nred\nTOKEN=\[redacted\]\n```\n\n$/
    )
    t.type("w")
    await t.waitFor("save the output of b1 to: block-1.txt")
    t.type("\r")
    await t.waitFor("It exists: Enter again overwrites it")
    t.type("\r")
    await t.waitFor("Saved ~/work/block-1.txt")

    t.keys("esc")
    await t.waitFor(" EDITOR ")
    await run(t, "echo second")
    t.keys("ctrl+\\", "w")
    await t.waitFor(/save the session to: session-\w{8}\.html/)
    t.type("\r")
    await t.waitFor(/Saved ~\/work\/session-\w{8}\.html; 1 secret redacted/)
    const [page = ""] = readdirSync(join(t.home.path, "work")).filter((file) => file.endsWith(".html"))
    const html = t.home.read(join("work", page))
    expect(html).toContain('<span class="f1">red</span>\nTOKEN=[redacted]\n')
    expect(html).toContain("<code>echo second</code>")
    for (const text of [html, t.home.read("block.md")]) expect(text).not.toContain(token)
    // Nothing that was written aside is left.
    expect(readdirSync(join(t.home.path, "work")).sort()).toEqual(["block-1.txt", page])
  },
  { files: { token: `TOKEN=${token}\n` } }
)
