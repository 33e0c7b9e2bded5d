import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { formatValue } from "../src/config/readConfig.ts"
import { FIELDS, type Field, VARIABLES } from "../src/config/variables.ts"
import { helpGroups } from "../src/ui/hints.ts"
import { SETUPS, setupRows } from "./shell/table/setups.ts"

const CONFIGURATION_INTRODUCTION = `# Configuration

Printed from the table in src/config/variables.ts (\`npx vitest run --config test/vitest.config.ts test/docs.test.ts -u\`).
\`effecttalk config\` prints the values in effect, \`--explain\` where each comes from, \`--check\` what is wrong with them;
\`effecttalk paths\` the directories.

## Where a value comes from

The first of these that has the variable wins:

1. an option: \`--data-dir\`, \`--log-level\`, \`--port\`, \`--shell\`, before or after the command's name
2. the environment: \`EFFECTTALK_<NAME>\`, then, where the table says so, the bare \`<NAME>\`
3. \`.env.<NODE_ENV>\` in the configuration directory, or the file that \`--env-file\` names
4. \`config.toml\` in the configuration directory
5. the default

The configuration directory is \`$XDG_CONFIG_HOME/effecttalk\`, or \`~/.config/effecttalk\`. EffectTalk never writes there,
and never reads a \`.env\` of the working directory: that belongs to whoever wrote the repository. An empty value is as
none, but an empty \`EFFECTTALK_<NAME>\` hides a bare \`<NAME>\` that is meant for another program.

In an env file, names stand bare or with the prefix, and a remark may follow a value. In \`config.toml\` they stand in lower
case:

\`\`\`toml
log_level = "debug"
max_block_output_size = 52_428_800
trusted_proxies = ["10.0.0.0/8"]
\`\`\`

\`NODE_ENV\` is looked for in the environment and in \`config.toml\` to find the env file, which therefore cannot change it.

Both files may hold 64 KiB of UTF-8. One that belongs to another user (but root), or that others can write to, is refused.

## What does not fit

Every problem is told at once: the value, where it was written, what is allowed, and what may have been meant. Unknown
names are problems too, in the files and where they begin with \`EFFECTTALK_\`. A value that does not fit is passed over:
the next source counts, or the default. The screen opens with a notice: a bare \`PORT\` may be meant for another program, and
nobody shall be without a terminal for a slip. \`effecttalk config --check\`, \`effecttalk exec\` and \`effecttalk serve-metrics\`
exit with 2, as does every command for what stands on its own command line. In scripts,
\`node -e "require('./dist/config.js').validateConfig()"\` returns the values or throws one error with all problems.
`

const CONFIGURATION_END = `"Nothing yet" in the last column: the value is read and checked, and has no effect.

Node 20 looks for \`--env-file\` among a script's own arguments too (nodejs/node#54232): where that file is missing it ends
with a message of its own and exit code 9, before EffectTalk has begun, and a \`NODE_OPTIONS\` in the file is applied to
EffectTalk's own Node. What stands behind \`--\` it leaves alone, and so is \`exec -- docker run --env-file …\` the command's.

The seeds trust \`10.0.0.0/8\` as proxies; here nobody is trusted unasked. They give \`/data/…\` as DATA_DIR; a person's
terminal keeps its state at home (\`$XDG_STATE_HOME/effecttalk\`, by default as above).

\`NO_COLOR\` (not empty) leaves out colours; bold, dim and inverse stay. Which shell runs: [shells](shells.md).
`

const cell = (text: string): string => text.replaceAll("|", "\\|")

const keysPage = (): string =>
  [
    "# Keys",
    "",
    "Printed from the key tables (`npx vitest run --config test/vitest.config.ts test/docs.test.ts -u`).",
    ...helpGroups("ctrl+\\").flatMap((group) => [
      "",
      `## ${group.title}`,
      "",
      "| key | what it does |",
      "|---|---|",
      ...group.keys.map((key) => `| ${cell(key.keys)} | ${cell(key.meaning)} |`)
    ]),
    ""
  ].join("\n")

const GROUPS = [...new Set(FIELDS.map((field) => VARIABLES[field].group))]

/** A default as the page has it. */
const fallbackOf = (field: Field): string =>
  formatValue(field, VARIABLES[field].fallback({ HOME: "/home/ada" })).replace("/home/ada", "~") || "none"

const variableRow = (field: Field): string => {
  const { name, bare, kind, documentation, usedBy } = VARIABLES[field]
  const cells = [name, bare ? "yes" : "no", kind.type, documentation, kind.allowed, fallbackOf(field)]
  return `| ${[...cells, usedBy ?? "nothing yet"].map(cell).join(" | ")} |`
}

const configurationPage = (): string =>
  [
    CONFIGURATION_INTRODUCTION,
    ...GROUPS.flatMap((group) => [
      `## ${group}`,
      "",
      "| variable | bare too | type | what it sets | allowed | default | used by |",
      "|---|---|---|---|---|---|---|",
      ...FIELDS.filter((field) => VARIABLES[field].group === group).map(variableRow),
      ""
    ]),
    CONFIGURATION_END
  ].join("\n")

describe("docs are in step with the code", () => {
  it("docs/keys.md is the key tables", async () => {
    await expect(keysPage()).toMatchFileSnapshot("../docs/keys.md")
  })

  it("docs/configuration.md is the configuration table", async () => {
    await expect(configurationPage()).toMatchFileSnapshot("../docs/configuration.md")
  })

  describe("a variable", () => {
    const root = new URL("../src/", import.meta.url)
    const program = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file) && !/^config[./]/.test(file))
      .map((file) => readFileSync(new URL(file, root), "utf8"))
      .join("\n")
    const fields = FIELDS.filter((field) => !VARIABLES[field].kind.fixed && field !== "nodeEnv")

    it.each(fields.filter((field) => VARIABLES[field].usedBy !== null))(
      "is not said to be used in vain: %s",
      (field) => {
        expect(program).toMatch(new RegExp(`\\b${field}\\b`))
      }
    )

    it("is not used without a word of it", () => {
      const silent = fields.filter((field) => VARIABLES[field].usedBy === null)
      const read = silent.filter((field) =>
        new RegExp(`\\bconfig\\.${field}\\b|\\b${field}\\b[^{}=]*\\} = yield\\* ConfigService`).test(program)
      )
      expect(read, "name who uses it in src/config/variables.ts").toEqual([])
    })
  })

  it("docs/shells.md says in what each shell was seen, and nothing else", async () => {
    const page = readFileSync(new URL("../docs/shells.md", import.meta.url), "utf8")
    const [before = "", , after = ""] = page.split(/(?<=^\|---\|---\|---\|---\|\n)([\s\S]*?)(?=^<!-- end -->$)/m)
    expect(after, "the table's place is marked").not.toBe("")
    await expect(`${before}${setupRows(SETUPS).join("\n")}\n${after}`).toMatchFileSnapshot("../docs/shells.md")
  })

  it("README shows the golden screen", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const golden = readFileSync(new URL("../fixtures/screens/readme.txt", import.meta.url), "utf8")
    expect(readme).toContain(`\`\`\`text\n${golden}\`\`\``)
  })
})
