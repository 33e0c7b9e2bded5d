import { cpSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { Home } from "../harness/Home.ts"
import { Terminal } from "../harness/Terminal.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

/** The project's own bin/ and packages around a program of a few lines, in a folder that may be written to. */
const project = (main: string): Home => {
  const empty = ["launch", "backgroundWorker", "config"].map((name) => [`src/${name}.ts`, "export {}"])
  const home = new Home({ files: { "src/start.ts": main, ...Object.fromEntries(empty) } })
  cpSync(join(ROOT, "bin"), join(home.path, "bin"), { recursive: true })
  cpSync(join(ROOT, "package.json"), join(home.path, "package.json"))
  symlinkSync(join(ROOT, "node_modules"), join(home.path, "node_modules"))
  home.write("bin/effecttalk.cjs", 'require("../dist/start.cjs")\n')
  return home
}

const greeting = (word: string) =>
  `console.log("${word}", process.argv.slice(2).join(" "), process.stdin.isTTY)
   process.stdin.once("data", () => process.exit(3))`

const dev = (home: Home, ...args: ReadonlyArray<string>) =>
  new Terminal({ file: process.execPath, args: ["bin/dev.js", ...args] }, { home })

it("runs from source on the user's terminal and has rebuilt by the next start", async () => {
  using home = project(greeting("first"))
  await using t = dev(home, "--some", "argument")
  await t.waitFor("first --some argument true")
  const screen = t.screen()
  home.write("src/start.ts", greeting("second"))
  await t.waitForFile(join(home.path, "dist/start.cjs"), "second")
  expect(t.screen(), "nothing is printed over the running program").toEqual(screen)
  t.type("\r")
  expect(await t.exit).toEqual({ code: 3, signal: null })
  await using again = await t.restart({ args: ["bin/dev.js"] })
  await again.waitFor("second")
})

it("says what is wrong with the source and starts nothing", async () => {
  using home = project("const = 1")
  await using t = dev(home)
  expect(await t.exit).toEqual({ code: 1, signal: null })
  expect(t.screen().join("\n")).toContain("src/start.ts:1:6")
})

it("serves metrics by npm run dev:with-metrics", async () => {
  using home = project(greeting("started"))
  await using t = new Terminal({ file: "npm", args: ["run", "--silent", "dev:with-metrics"] }, { home })
  await t.waitFor("started --metrics true")
  t.type("\r")
  await t.exit
})
