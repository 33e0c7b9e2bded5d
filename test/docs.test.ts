import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { VARIABLES } from "../src/config.ts"
import { helpGroups } from "../src/ui/hints.ts"

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

const configurationPage = (): string =>
  [
    "# Configuration",
    "",
    "Printed from the table in src/config.ts (`npx vitest run --config test/vitest.config.ts test/docs.test.ts -u`).",
    "`EFFECTTALK_<NAME>` wins over the bare name. A value that does not fit is reported and the default used.",
    "",
    "| variable | also read as | what it sets | allowed | default |",
    "|---|---|---|---|---|",
    ...Object.values(VARIABLES).map((variable) => {
      const fallback = variable.fallback({ HOME: "~" })
      return `| EFFECTTALK_${variable.name} | ${variable.bare ? variable.name : ""} | ${variable.documentation} | ${variable.allowed} | ${fallback} |`
    }),
    "",
    "`NO_COLOR` (not empty) leaves out colours; bold, dim and inverse stay. `SHELL` names the shell when it is a bash;",
    "otherwise the `bash` on the PATH runs.",
    ""
  ].join("\n")

describe("docs are in step with the code", () => {
  it("docs/keys.md is the key tables", async () => {
    await expect(keysPage()).toMatchFileSnapshot("../docs/keys.md")
  })

  it("docs/configuration.md is the configuration table", async () => {
    await expect(configurationPage()).toMatchFileSnapshot("../docs/configuration.md")
  })

  it("README shows the golden screen", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const golden = readFileSync(new URL("../fixtures/screens/readme.txt", import.meta.url), "utf8")
    expect(readme).toContain(`\`\`\`text\n${golden}\`\`\``)
  })
})
