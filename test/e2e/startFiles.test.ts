import { expect, it } from "vitest"
import { ended, ready, submitEarly } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"

it("runs what was submitted before the first prompt, once", async () => {
  await using t = await effecttalk({ rc: "until [ -e go ]; do sleep 0.05; done" })
  await t.waitFor("Alt+Enter")
  await submitEarly(t, "echo ru''ns")
  t.home.write("go", "")
  const block = await ended(t, 0)
  expect(block.rows[0]).toBe("runs")
  expect(t.screen().filter((row) => row === "runs")).toHaveLength(1)
})

it("shows what start files print, once, and lets the user answer them", async () => {
  await using t = await effecttalk({ rc: 'echo greetings; read -p "passphrase? " answer; echo "got $answer"' })
  await t.waitFor("passphrase?", { timeout: 8000 })
  await t.waitFor(" PROGRAM ", { timeout: 8000 })
  t.type("sesame\r")
  await t.waitFor("got sesame")
  await ready(t)
  expect(t.screen().filter((row) => row === "greetings")).toHaveLength(1)
  expect(t.screen().join("\n")).toContain("(shell start)")
})

it("brings the shell's own history back by Up, from wherever the start files keep it", async () => {
  await using t = await effecttalk({
    rc: "HISTFILE=~/my-history; shopt -s histappend; PROMPT_COMMAND='history -a'",
    files: { "my-history": "make install\nls -l\n" }
  })
  await ready(t)
  t.type("echo first\r")
  await ended(t, 0)
  for (const shown of ["echo first", "ls -l", "make install"]) {
    t.keys("up")
    await t.waitFor(`$ ${shown}`)
  }
})

it("says on the primary screen what start files printed that have ended their shell", async () => {
  const rc = "seq 20; printf 'bro\\033[31mken\\007\\n'; exit 3"
  await using t = await effecttalk({ rc })
  expect(await t.exit).toEqual({ code: 1, signal: null })
  const shown = t.primary()
  const [first] = shown
  expect(first).toBe("12")
  expect(shown.slice(-2)).toEqual(["broken", "effecttalk: the shell ended before its first prompt (status 3)"])
})

it("says that the shell has ended also when its start files printed nothing", async () => {
  await using t = await effecttalk({ rc: "exit 0" })
  expect(await t.exit).toEqual({ code: 1, signal: null })
  expect(t.primary()).toEqual(["effecttalk: the shell ended before its first prompt (status 0)"])
})
