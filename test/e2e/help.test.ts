import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runPiped } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"

const COMMANDS = [
  "sessions",
  "show",
  "search",
  "export",
  "archive",
  "history",
  "forget",
  "exec",
  "backup",
  "backups",
  "restore",
  "config",
  "paths",
  "serve-metrics",
  "completions"
]

/** What is printed, with nothing on stderr and exit code 0. */
const printed = async (home: Home, ...args: ReadonlyArray<string>): Promise<string> => {
  const { code, stdout, stderr } = await runPiped(home, args)
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" })
  return stdout
}

describe("the help", () => {
  it("lists every command once, in 80 columns, however it is asked for", async () => {
    using home = new Home()
    const help = await printed(home, "--help")
    expect(await printed(home, "-h")).toBe(help)
    expect(await printed(home, "help")).toBe(help)
    const rows = help.split("\n")
    const commands = rows.slice(rows.indexOf("Commands:") + 1, rows.indexOf("Options:") - 1)
    expect(commands.flatMap((row) => /^ {2}([a-z-]+) /.exec(row)?.[1] ?? [])).toEqual(COMMANDS)
    expect(rows).toContain("  --continue              Open the latest session.")
    expect(help).not.toMatch(/\x1b|A user-defined|A true or false|This setting|wizard/)
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80)
  })

  const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8")

  it.each(COMMANDS)("tells of %s, and docs/cli.md says the same", async (command) => {
    using home = new Home()
    const [help, asked] = await Promise.all([printed(home, "help", command), printed(home, command, "--help")])
    expect(asked).toBe(help)
    expect(help).toContain(`Usage:\n  effecttalk ${command}`)
    expect(Math.max(...help.split("\n").map((row) => row.length))).toBeLessThanOrEqual(80)
    expect(page).toContain(`\`\`\`text\n${help}\`\`\``)
  })

  it("stands whole in docs/cli.md", async () => {
    using home = new Home()
    expect(page).toContain(`\`\`\`text\n${await printed(home, "help")}\`\`\``)
  })

  it("does not take what stands behind -- for itself", async () => {
    using home = new Home()
    expect(await printed(home, "exec", "--", "echo", "--help", "--version", "-h")).toBe("--help --version -h\n")
  })

  it("is bold only on a terminal", async () => {
    await ensureBuilt()
    const help = { file: process.execPath, args: [BINARY, "help", "show"] }
    await using t = new Terminal(help, { cols: 80, rows: 24 })
    await t.exit
    const { x, y } = t.find("Usage:")
    expect(t.cell(x, y).bold).toBe(true)
    await using plain = new Terminal(help, { cols: 80, rows: 24, env: { NO_COLOR: "1" } })
    await plain.exit
    expect(plain.outputSince()).not.toContain("\x1b")
  })

  describe("is what a word that is no command is answered with, naming the nearest", () => {
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [["sesions"], 'there is no command "sesions": did you mean sessions?'],
      [["EXEC", "--", "true"], 'there is no command "EXEC": did you mean exec?'],
      [["help", "pahts"], 'there is no command "pahts": did you mean paths?'],
      [["frobnicate"], 'there is no command "frobnicate": effecttalk help lists them'],
      [["\x1b[2J"], 'there is no command "\\u001b[2J": effecttalk help lists them'],
      [["sessions", "--jsno"], 'effecttalk sessions has no option "--jsno": did you mean --json?'],
      [["sessions", "extra"], "Received unknown argument: 'extra'"],
      [["--bogus"], 'effecttalk has no option "--bogus": effecttalk --help lists them'],
      [["exec", "--split", "--", "true"], 'effecttalk exec has no option "--split": did you mean --split-stderr?'],
      [["--contineu"], 'effecttalk has no option "--contineu": did you mean --continue?'],
      [["archive", "--restore"], "--restore needs a value: id or name"],
      [["show"], "Missing argument <id>"]
    ]
    it.each(cases.map(([args, line]) => ({ args, line })))("$args", async ({ args, line }) => {
      using home = new Home()
      expect(await runPiped(home, args)).toEqual({ code: 2, signal: null, stdout: "", stderr: `effecttalk: ${line}\n` })
    })
  })
})
