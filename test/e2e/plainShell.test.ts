import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { executed, isReady, leave, prompted, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith, which } from "../harness/tools.ts"

const size = { cols: 120, rows: 40 }

/** Opens a plain shell; what is in `typed` is typed in the same moment. */
const open = async (t: Terminal, typed = ""): Promise<void> => {
  t.type(`\x1c!${typed}`)
  await t.waitFor(/plain shell beside/)
  await t.waitFor(/^ PROGRAM /m)
}

/** Waits for a row that is exactly this. */
const row = (t: Terminal, text: string): Promise<void> => t.waitFor((rows) => rows.includes(text))

describe("a plain shell in a block", () => {
  it("has the shell's own completion, search and history, from the first key on", async () => {
    await using t = await effecttalk({ ...size, files: { "a-rather-long-name.txt": "its text\n" } })
    await run(t, "echo of the session")
    await open(t, "echo typed-$((40+2))\r")
    await row(t, "typed-42")
    await prompted(t)
    t.type("cat a-ra\t")
    await t.waitFor(/cat a-rather-long-name\.txt/)
    t.type("\r")
    await row(t, "its text")
    await prompted(t)
    t.keys("ctrl+r")
    await t.waitFor("reverse-i-search")
    t.type("typed")
    await t.waitFor(/`typed': echo typed-\$/)
    t.type("\r")
    await t.waitFor((rows) => rows.filter((text) => text === "typed-42").length === 2)
    await prompted(t)
    t.keys("up", "up", "enter")
    await t.waitFor((rows) => rows.filter((text) => text === "its text").length === 2)
    await prompted(t)
    t.type("\x04")
    await ready(t)
    // A line that was begun in the editor goes on there.
    t.type("cat a-ra")
    await t.waitFor("$ cat a-ra")
    await open(t)
    await t.waitFor((rows) => rows.filter((text) => text.endsWith("$ cat a-ra")).length === 1)
    t.type("\t\r")
    await t.waitFor((rows) => rows.filter((text) => text === "its text").length === 3)
    await prompted(t)
    t.type("\x04")
    await ready(t)
    // It is no command that was written: Up brings the one before it.
    t.keys("up")
    await t.waitFor(/\$ echo of the session$/m)
    t.keys("ctrl+c")
    const [, block] = await leave(t)
    expect(block).toMatchObject({ command: "bash", status: "success", metadata: { beside: true, plain: true } })
    expect(readFileSync(join(t.home.path, ".bash_history"), "utf8")).toContain("cat a-rather-long-name.txt")
  })

  it("is left running and come back to, beside a command, and keeps its directory to itself", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("cat\r")
    await t.waitFor(/^● +1 cat /m)
    await executed(t, "cat")
    await open(t, "cd /usr; echo in $PWD\r")
    await row(t, "in /usr")
    t.keys("ctrl+\\", "e")
    await t.waitFor("run after it")
    t.keys("ctrl+\\", "esc")
    await t.waitFor(/^ PROGRAM /m)
    t.type("for cat\r\x04")
    await t.waitFor((rows) => rows.filter((text) => text === "for cat").length === 2 && isReady(rows))
    expect((await run(t, "pwd")).rows[0]).toBe(t.home.path)
    t.keys("esc")
    await t.waitFor(/^ NAVIGATE /m)
    t.keys("k")
    await t.waitFor(/^●▸ 2 bash/m)
    t.keys("a")
    await t.waitFor(/^ PROGRAM /m)
    t.type("echo still $PWD; exit 3\r")
    await row(t, "still /usr")
    await ready(t)
    expect(shownBlocks(t.screen()).map(({ sign }) => sign)).toEqual(["✓", "✗", "✓"])
    await run(t, "true")
    const [, shell] = await leave(t)
    expect(shell).toMatchObject({ exitCode: 3, status: "failure" })
  })

  it("leaves the keyboard to the editor when there may be no further one", async () => {
    await using t = await effecttalk({ ...size, env: { MAX_CONCURRENT_PROCESSES: "1" } })
    await ready(t)
    await open(t)
    for (const text of ["from the shell", "from the editor"]) {
      t.type("\x1c!")
      await t.waitFor("MAX_CONCURRENT_PROCESSES")
      t.type(text)
      await t.waitFor(new RegExp(`\\$ ${text}$`, "m"))
      await t.waitFor(/^ EDITOR /m)
      t.keys("ctrl+c")
      await t.waitFor((rows) => !rows.join("\n").includes(text))
    }
  })

  it("gives the screen to a program in it, and is resized with the window", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    await open(t)
    t.type("seq 200 > lines; less lines\r")
    await t.waitFor((rows) => rows[0] === "1" && rows[37] === "38")
    t.keys("q")
    await t.waitFor(/plain shell beside/)
    t.resize(80, 24)
    await t.waitFor((rows) => rows.at(23)?.startsWith(" PROGRAM ") === true)
    t.type("echo $(tput cols) cells\r")
    await row(t, "80 cells")
    await prompted(t)
    t.type("\x04")
    await ready(t)
  })

  it("is named when EffectTalk is left, ended with it, and there again after a resume", async () => {
    await using t = await effecttalk(size)
    await run(t, "true")
    await open(t, "sleep 1000\r")
    await executed(t, "sleep 1000")
    t.keys("ctrl+\\", "q")
    await t.waitFor(/still running:/)
    await t.waitFor(/sleep 1000 \(\d+\)/)
    t.keys("y")
    expect(await t.exit).toEqual({ code: 0, signal: null })
    await t.waitForNoProcesses()
    expect(storedSession(t.home).blocks[1]).toMatchObject({ command: "bash", status: "interrupted" })
    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await again.waitFor(/⊘ +2 bash {2}plain shell beside: its cd and variables end with it .*SIGHUP/)
  })

  it("works while the session's shell still reads its start files", async () => {
    // The plain shell's own start files go on at once.
    const rc = "if ! [ -e ~/first ]; then touch ~/first; while [ -e ~/first ]; do sleep 0.02; done; fi"
    await using t = await effecttalk({ ...size, rc })
    await t.waitForFile(join(t.home.path, "first"))
    await open(t, "echo not st''uck\r")
    await row(t, "not stuck")
    t.home.remove("first")
    t.type("exit\r")
    await ready(t)
  })

  it("is refused, and leaves the keyboard where it was, when no more may run", async () => {
    await using t = await effecttalk({ ...size, env: { EFFECTTALK_RESOURCE_POOL_SIZE: "1" } })
    await ready(t)
    await open(t)
    t.keys("ctrl+\\", "!")
    await t.waitFor("All 1 shells beside are in use")
    await t.waitFor(/^ EDITOR /m)
    expect(shownBlocks(t.screen())).toHaveLength(1)
    expect((await run(t, "echo fr''ee")).rows[0]).toBe("free")
  })

  for (const { shell, complete, search } of [
    { shell: "zsh", complete: "cat a-ra\t", search: /bck-i-search: typed_/ },
    { shell: "fish", complete: "cat a-ra\t", search: null }
  ]) {
    itWith([shell], `is ${shell} where that is the user's shell`, async () => {
      await using t = await effecttalk({
        ...size,
        env: { SHELL: which(shell) },
        files: {
          "a-rather-long-name.txt": "its text\n",
          ".zshrc": "PS1='%% '\nHISTFILE=~/.zsh_history\nSAVEHIST=100\nautoload -Uz compinit && compinit -D\n"
        }
      })
      await ready(t)
      await open(t, 'echo "typed-$version$ZSH_VERSION"\r')
      await t.waitFor(/^typed-[35]/m)
      await prompted(t)
      t.type(complete)
      await t.waitFor(/cat a-rather-long-name\.txt/)
      t.type("\r")
      await row(t, "its text")
      await prompted(t)
      if (search !== null) {
        t.keys("ctrl+r")
        t.type("typed")
        await t.waitFor(search)
        t.keys("ctrl+g")
        await t.waitFor((rows) => !rows.some((text) => search.test(text)))
      }
      await prompted(t)
      t.keys("up", "enter")
      await t.waitFor((rows) => rows.filter((text) => text === "its text").length === 2)
      await prompted(t)
      t.type("exit\r")
      await ready(t)
      const [block] = await leave(t)
      expect(block).toMatchObject({ command: shell, metadata: { plain: true } })
    })
  }
})
