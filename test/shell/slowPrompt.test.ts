// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import { eventually } from "../harness/eventually.ts"
import { itWith } from "../harness/tools.ts"
import { type ShellName, TestShell } from "./TestShell.ts"

/** Waits for a file `go` when there is one `slow`, which it takes away. */
const WAIT = "test -e ~/slow && { rm ~/slow; touch ~/making; until test -e ~/go; do sleep 0.01; done; }; echo '$ '"

/** Start files whose prompt is made by a program. */
const RC: Readonly<Record<ShellName, string>> = {
  bash: `made() { sh -c ${JSON.stringify(WAIT).replaceAll("$", "\\$")}; }\nPS1='$(made)'\n`,
  zsh: `made() { sh -c ${JSON.stringify(WAIT).replaceAll("$", "\\$")} }\nsetopt prompt_subst\nPS1='$(made)'\n`,
  fish: `function fish_prompt; sh -c ${JSON.stringify(WAIT).replaceAll("$", "\\$")}; end\nfunction fish_greeting; end\n`
}

const start = async (shell: ShellName) => {
  const it = await TestShell.start({ shell, rc: RC[shell] })
  const path = (name: string) => join(it.home, name)
  /** Runs a command whose prompt is not there before `go` is called. */
  const submit = async (text: string) => {
    writeFileSync(path("slow"), "")
    const id = it.submit(text)
    await eventually(() => expect(existsSync(path("making"))).toBe(true))
    return id
  }
  return { it, submit, go: () => writeFileSync(path("go"), "") }
}

describe("while a prompt is made", () => {
  for (const name of ["bash", "zsh", "fish"] as const) {
    itWith([name], `what is typed comes back and is not echoed: ${name}`, async () => {
      const { it, submit, go } = await start(name)
      await using shell = it
      const id = await submit("echo on")
      shell.driver.write(Buffer.from("echo TYPED\r"))
      go()
      const result = await shell.done(id)
      expect(result).toMatchObject({ status: 0, output: "on\r\n", typedAhead: "echo TYPED\n", notice: "" })
      expect((await shell.run("echo next")).output).toBe("next\r\n")
    })

    itWith([name], `Ctrl+C ends what makes it: ${name}`, async () => {
      const { it, submit } = await start(name)
      await using shell = it
      const id = await submit("echo on")
      shell.driver.write(Buffer.from("\x03"))
      expect((await shell.done(id)).output).toMatch(/^on\r\n/)
      expect((await shell.run("echo next")).output).toBe("next\r\n")
    })
  }
})
