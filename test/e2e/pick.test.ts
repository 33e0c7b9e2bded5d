import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { run } from "../harness/blocks.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

const navigate = async (t: Terminal): Promise<void> => {
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
}

/** The commands in the headers hold no letter of what is looked for in the output. */
const print = (text: string): string => `base64 -d <<< ${Buffer.from(text).toString("base64")}`

describe("hints", () => {
  itOnScreens("copy what a letter names and insert what a capital names, wrapped lines as one", async (t) => {
    const long = `/tmp/${"deep/".repeat(30)}file`
    await run(t, print(`see \x1b[1mhttps://example.com/a?b=1\x1b[0m, ${long}\nc'1abc120' "/tmp/漢 字" 8080\n`))
    await navigate(t)
    t.type("h")
    await t.waitFor(/^ HINTS /m)
    // The newest is at the bottom: it has the letters under the fingers.
    await t.waitFor(`c'dabc120' "stmp/漢 字" a080`)
    await t.waitFor("see gttps://example.com/a?b=1, ftmp/deep/")
    const label = t.find("dabc120")
    expect(t.cell(label.x, label.y)).toMatchObject({ bold: true })
    expect(t.cursor.visible).toBe(false)
    t.type("d")
    await t.waitFor(/^ NAVIGATE .*1abc120/m)
    expect(t.emulator.clipboard).toEqual(["1abc120"])
    t.type("h")
    await t.waitFor(/^ HINTS /m)
    t.type("f")
    await t.waitFor(/^ NAVIGATE .*\/tmp\/deep/m)
    expect(t.emulator.clipboard.at(-1)).toBe(long)
    t.keys("esc")
    await t.waitFor(/^ EDITOR /m)
    // Without navigating: what is written stays, and blanks and signs are quoted.
    t.type("echo x")
    t.keys("ctrl+\\")
    t.type("h")
    await t.waitFor(/^ HINTS /m)
    t.type("S")
    await t.waitFor("echo x '/tmp/漢 字'")
    await t.waitFor(/^ EDITOR /m)
    t.keys("ctrl+\\")
    t.type("hG")
    await t.waitFor("'/tmp/漢 字' 'https://example.com/a?b=1'")
    t.keys("enter")
    await t.waitFor("x /tmp/漢 字 https://example.com/a?b=1")
  })

  itOnScreens("work while a program runs, leave by Esc, and say when there are none", async (t) => {
    t.type("cat\r")
    await t.waitFor(" PROGRAM ")
    t.keys("ctrl+\\")
    t.type("h")
    await t.waitFor("No path, address, hash or number")
    t.type("port 4711\r")
    await t.waitFor((rows) => rows.filter((row) => row === "port 4711").length === 2)
    t.keys("ctrl+\\")
    t.type("h")
    // What stands there twice has one label.
    await t.waitFor((rows) => rows.filter((row) => row === "port a711").length === 2)
    t.keys("esc")
    await t.waitFor(" PROGRAM ")
    await t.waitFor((rows) => rows.filter((row) => row === "port 4711").length === 2)
    t.keys("ctrl+\\")
    t.type("hA")
    await t.waitFor(/^ EDITOR /m)
    await t.waitFor(/^\$ 4711/m)
  })
})

/** The links written since a place in the stream: address and what is linked, in pieces. */
const linksSince = (written: string): ReadonlyArray<string> =>
  [...written.matchAll(/\x1b\]8;id=[\da-z]+;([^\x1b]+)\x1b\\((?:(?!\x1b\]8;).)*)/gs)].map(
    ([, address, text]) => `${address} ${text!.replace(/\x1b\[[^a-zA-Z]*[a-zA-Z]/g, "")}`
  )

describe("addresses on the screen", () => {
  const url = `https://example.com/${"a/".repeat(60)}`

  itOnScreens("are links of the outer terminal, one over all of its rows", async (t) => {
    const mark = t.mark()
    await run(t, print(`see ${url}.\nssh://example.com/x\n`))
    const links = linksSince(t.outputSince(mark))
    expect(new Set(links.map((link) => link.split(" ")[0]))).toEqual(new Set([url]))
    expect(links.map((link) => link.split(" ")[1]).join("")).toContain(url)
    expect(new Set(t.outputSince(mark).match(/(?<=\x1b\]8;)id=\w+/g)).size).toBe(1)
  })

  itOnScreens(
    "are left as they are where the terminal may print what it does not know",
    async (t) => {
      t.type(`${print(`${url}\n\x1b]8;;${url}\x1b\\own\x1b]8;;\x1b\\\n`)}\r`)
      await t.waitFor(/^own$/m)
      expect(t.outputSince()).not.toContain("\x1b]8;")
    },
    { env: { TERM: "linux" } }
  )
})

describe("opening what is on the screen", () => {
  itOnScreens("shows an address in the browser and a file at its line in the editor", async (t) => {
    t.keys("ctrl+\\")
    t.type("o")
    await t.waitFor("No address and no file that is there")
    const home = t.home.path
    mkdirSync(join(home, "sub dir"), { recursive: true })
    mkdirSync(join(home, "bin"))
    writeFileSync(join(home, "sub dir", "a.ts"), "")
    const script = (name: string, text: string) => {
      writeFileSync(join(home, "bin", name), `#!/bin/sh\n${text}\n`)
      chmodSync(join(home, "bin", name), 0o755)
    }
    script("browser", 'printf "%s|" "$@" > opened')
    script("nano", 'printf "editing: %s\\n" "$*"; read -r line')
    await run(t, "export BROWSER=$PWD/bin/browser EDITOR=$PWD/bin/nano")
    const text = "a.ts:12:3: oops\nmissing.ts:1:1\nhttp://example.com/?a=1;touch$IFS+x\nssh://host/x\n"
    await run(t, `cd 'sub dir' && ${print(text)}`)
    await navigate(t)
    t.type("o")
    await t.waitFor(/^ OPEN /m)
    await t.waitFor((rows) => rows.includes("s.ts:12:3: oops") && rows.includes("missing.ts:1:1"))
    await t.waitFor("attp://example.com/")
    t.type("s")
    await t.waitFor(`editing: +12,3 ${join(home, "sub dir", "a.ts").slice(0, 20)}`)
    t.keys("enter")
    await t.waitFor(" NAVIGATE ")
    // Both keys at once: the letter waits until the files were looked for.
    t.type("oa")
    await t.waitForFile(join(home, "opened"), "http://example.com/?a=1;touch$IFS+x|")
    t.keys("esc")
    await t.waitFor(/^ EDITOR /m)
    await run(t, "export SSH_CONNECTION='1 2 3 4'; echo http://example.com/far")
    t.keys("ctrl+\\")
    t.type("oa")
    await t.waitFor("No browser here: ")
    expect(t.emulator.clipboard).toEqual(["http://example.com/far"])
  })
})
