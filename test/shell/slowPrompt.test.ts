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
  const making = () => existsSync(path("making"))
  /** Runs a command whose prompt is not there before `go` is called. */
  const begin = (text: string) => {
    writeFileSync(path("slow"), "")
    return it.submit(text)
  }
  /** The same, until the prompt is being made. */
  const submit = async (text: string) => {
    const id = begin(text)
    await eventually(() => expect(making()).toBe(true))
    return id
  }
  return { it, begin, submit, making, go: () => writeFileSync(path("go"), "") }
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

    itWith([name], `the same of keys that had to wait for the command's start: ${name}`, async () => {
      const { it, begin, making, go } = await start(name)
      await using shell = it
      const id = begin("echo on")
      shell.driver.write(Buffer.from("echo TYPED\r"))
      // EffectTalk stands still from the start until the prompt is being made: it reads of both at once.
      await shell.until(() => {
        const isStarted = shell.result(id).text !== null
        while (isStarted && !making());
        return isStarted
      }, "start")
      go()
      const result = await shell.done(id)
      expect(result).toMatchObject({ status: 0, output: "on\r\n", typedAhead: "echo TYPED\n", notice: "" })
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
