import { chmodSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { storedSession } from "../harness/blocks.ts"
import { BINARY } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { runPiped } from "../harness/piped.ts"
import { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

/** Shells that complete, and how each is told to, in its own start file. */
const SHELLS = {
  bash: {
    args: ["--rcfile", ".bashrc", "-i"],
    start: ".bashrc",
    lines: `PS1='$ '\nbind 'set show-all-if-ambiguous on'\nbind 'set bell-style none'\nsource <(effecttalk completions bash)\n`
  },
  zsh: {
    args: ["-i"],
    start: ".zshrc",
    lines: "PS1='$ '\nautoload -U compinit && compinit -u\nsource <(effecttalk completions zsh)\n"
  },
  fish: {
    args: ["-i"],
    start: ".config/fish/config.fish",
    lines:
      "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\nfunction fish_prompt; echo '$ '; end\neffecttalk completions fish | source\n"
  }
} as const

/** A home with `effecttalk` on the path, one stored session, and start files that ask for completions. */
const preparedHome = async (): Promise<Home> => {
  const home = new Home()
  chmodSync(home.write("bin/effecttalk", `#!/bin/sh\nexec '${process.execPath}' '${BINARY}' "$@"\n`), 0o755)
  chmodSync(home.write("bin/only-program", "#!/bin/sh\n"), 0o755)
  home.write("only-file.txt", "")
  home.write("notes.env", "")
  for (const { start, lines } of Object.values(SHELLS)) home.write(start, lines)
  await runPiped(home, ["exec", "--", "echo", "hello"])
  return home
}

const start = async (shell: keyof typeof SHELLS, home: Home): Promise<Terminal> => {
  const path = `${home.path}/bin:${home.environment().PATH}`
  const t = new Terminal(
    { file: shell, args: SHELLS[shell].args },
    // fish shows the commands, a row each, in half of them.
    { cols: 100, rows: 60, home, env: { PATH: path, ZDOTDIR: home.path } }
  )
  await t.waitFor(/^\$ /m)
  return t
}

/** Takes back what was typed and waits for a prompt of its own: keys that come before one are not the line editor's. */
const freshPrompt = async (t: Terminal, mark: string): Promise<void> => {
  t.keys("ctrl+u")
  t.type(`echo ${mark}\r`)
  await t.waitFor((rows) => {
    const printed = rows.lastIndexOf(mark)
    return printed >= 0 && rows[printed + 1] === "$"
  })
}

/** The line that is being typed. */
const lastLine = (rows: ReadonlyArray<string>): string => rows.findLast((row) => row.startsWith("$")) ?? ""

for (const shell of ["bash", "zsh", "fish"] as const) {
  describe(`completions in ${shell}`, () => {
    const finishes = async (home: Home, cases: ReadonlyArray<readonly [string, string]>): Promise<void> => {
      await using t = await start(shell, home)
      for (const [typed, whole] of cases) {
        t.type(`${typed}\t`)
        // The cursor stands behind it: nothing else was put in.
        const end = 2 + whole.trimEnd().length
        await t.waitFor(
          (rows) => lastLine(rows) === `$ ${whole}`.trimEnd() && t.cursor.x >= end && t.cursor.x <= end + 1
        )
        await freshPrompt(t, `done-${end}`)
      }
    }

    itWith([shell], "finish commands, options and files of which there is one", async () => {
      using home = await preparedHome()
      await finishes(home, [
        ["effecttalk sess", "effecttalk sessions "],
        ["effecttalk sessions --js", "effecttalk sessions --json "],
        ["effecttalk --shell only-prog", "effecttalk --shell only-program "],
        ["effecttalk comp", "effecttalk completions "],
        ["effecttalk completions fi", "effecttalk completions fish "],
        ["effecttalk exec --sp", "effecttalk exec --split-stderr "],
        ["effecttalk export --format mark", "effecttalk export --format markdown "],
        ["effecttalk export --output not", "effecttalk export --output notes.env"],
        ["effecttalk help pat", "effecttalk help paths "],
        ["effecttalk --env-file not", "effecttalk --env-file notes.env"],
        // What follows -- is another command's own.
        ["effecttalk exec -- cat only-f", "effecttalk exec -- cat only-file.txt"]
      ])
    })

    itWith([shell], "finish the id of a session", async () => {
      using home = await preparedHome()
      const id = storedSession(home).id.slice(0, 8)
      const words = ["effecttalk show", "effecttalk --resume", "effecttalk exec --session"]
      await finishes(
        home,
        words.map((word) => [`${word} ${id.slice(0, 3)}`, `${word} ${id} `] as const)
      )
    })

    itWith([shell], "finish the name of a backup, and the path of a file where no backup begins so", async () => {
      using home = await preparedHome()
      await runPiped(home, ["backup"])
      const [name = ""] = readdirSync(join(home.dataDir, "backups"))
      expect(name).toMatch(/^2\d{3}-.*Z\.tar\.gz$/)
      await finishes(home, [
        ["effecttalk restore --dry-run ", `effecttalk restore --dry-run ${name} `],
        ["effecttalk restore only-f", "effecttalk restore only-file.txt "]
      ])
    })

    itWith([shell], "offer every command, and the options of each", async () => {
      using home = await preparedHome()
      await using t = await start(shell, home)
      t.type("effecttalk \t")
      for (const command of ["sessions", "show", "exec", "config", "paths", "completions", "help"]) {
        await t.waitFor(new RegExp(`\\b${command}\\b`))
      }
      await freshPrompt(t, "commands-done")
      t.type("effecttalk exec --\t")
      for (const option of ["--session", "--split-stderr", "--timeout", "--help"]) await t.waitFor(option)
      await freshPrompt(t, "options-done")
      // An option that needs a value of no known kind offers nothing, and no file names either.
      t.type("effecttalk exec --timeout o\t")
      t.type("x")
      await t.waitFor(/--timeout ox$/m)
    })
  })
}

describe("completions", () => {
  it("are printed for the shells that there are, also by the option that other programs have", async () => {
    using home = new Home()
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, stdout, stderr } = await runPiped(home, ["completions", shell])
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect((await runPiped(home, ["--completions", shell])).stdout).toBe(stdout)
    }
    const other = await runPiped(home, ["completions", "tcsh"])
    expect(other).toMatchObject({ code: 2, stdout: "" })
    expect(other.stderr).toMatch(/^effecttalk: .*bash.*zsh.*fish.*\n$/)
    expect((await runPiped(home, ["completions"])).code).toBe(2)
  })
})
