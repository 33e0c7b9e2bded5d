import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { journaled, leave, run, shownBlocks } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Home } from "../harness/Home.ts"

const size = { cols: 80, rows: 40 }

/** Every file below a home's temp folder that holds a match: sessions, logs, history, runtime files, the shell's history. */
const filesWith = (home: Home, what: RegExp): ReadonlyArray<string> =>
  readdirSync(home.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => what.test(readFileSync(path, "latin1")))

/** Words of incognito commands and of their output; the latter stand so in no command. */
const SECRET = /hunter2|TOKEN|marker|secret|wait''ed|unsent/

describe("an incognito command", () => {
  it("is on the screen and in no file, whatever it sets and wherever it waits, also after kill -9 while one runs", async () => {
    await using t = await effecttalk({
      ...size,
      rc: "unset HISTCONTROL; PROMPT_COMMAND='history -a'",
      env: { EFFECTTALK_SUGGEST: "true" }
    })
    await run(t, "echo open")
    expect((await run(t, " echo mar''ker")).header).toMatch(/^not saved · echo mar''ker /)
    expect((await run(t, "/split /incognito export TOKEN=hunter2")).header).toMatch(/^not saved · export TOKEN/)
    // It is known on the screen: as a file, to Up, to a search.
    expect((await run(t, "/incognito grep -c r <@b2; echo $TOKEN")).rows.slice(0, 2)).toEqual(["1", "hunter2"])
    t.keys("up", "up")
    await t.waitFor((rows) => rows.some((row) => row.endsWith("$ /incognito /split export TOKEN=hunter2")))
    t.keys("down", "down")
    // What the history suggests shows as one text with what is typed.
    t.type("echo o")
    await t.waitFor((rows) => rows.some((row) => row.endsWith("$ echo open")))
    t.keys("ctrl+u")
    t.type("export T")
    await t.waitFor((rows) => rows.some((row) => row.endsWith("$ export T")))
    t.keys("ctrl+u")
    await run(t, "cd /usr; export OPEN=1")
    // One that waits, and unsent text, are in no file either.
    t.type(" until [ -e ~/go ]; do sleep 0.01; done\r")
    await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "●")
    t.keys("ctrl+\\", "e")
    t.type(" echo wait''ed secret\r")
    await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "○")
    t.home.write("go", "")
    await t.waitFor((rows) => rows.includes("waited secret"))
    t.type("\x1b[200~/incognito echo secr''et; sleep 1000 # hunter2\x1b[201~\r")
    await t.waitFor((rows) => rows.includes("secret"))
    t.keys("ctrl+\\", "e")
    t.type(" unsent hunter2")
    await t.waitFor(/unsent hunter2$/m)
    // The journal has what came before by the time it has this.
    t.keys("ctrl+\\", "f")
    await journaled(t, "AllFolded")
    t.kill("SIGKILL")
    await t.waitForNoProcesses()
    // The shell's exported variables are in memory, until a later start clears them away.
    const onDisk = (path: string) => !path.startsWith(t.home.runtimeDir)
    expect(filesWith(t.home, SECRET).filter(onDisk)).toEqual([])

    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await again.waitFor((rows) => shownBlocks(rows).length === 2)
    expect(shownBlocks(again.screen()).map(({ number }) => number)).toEqual([1, 5])
    expect((await run(again, "env | grep -c ^T.KEN; echo $OPEN")).rows.slice(0, 2)).toEqual(["0", "1"])
    const blocks = await leave(again)
    expect(blocks.map(({ command }) => command)).toEqual([
      "echo open",
      "cd /usr; export OPEN=1",
      "env | grep -c ^T.KEN; echo $OPEN"
    ])
    expect(filesWith(t.home, SECRET).filter(onDisk)).toEqual([])
    expect(t.home.read(".bash_history")).toBe("echo open\ncd /usr; export OPEN=1\nenv | grep -c ^T.KEN; echo $OPEN\n")
  })
})
