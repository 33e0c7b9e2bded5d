import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { executed, inForeground, isReady, leave, ready, run, type ShownBlock, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"

const size = { cols: 100, rows: 40 }

/** Starts what waits to be told to end: it creates the file `name` when it has begun, and ends when that is removed. */
const hold = (name: string) => `touch ${name}; while [ -e ${name} ]; do sleep 0.02; done; echo ${name}-is-o''ver`

/** Waits until `hold(name)` has begun. */
const begun = (t: Terminal, name: string): Promise<void> => t.waitForFile(join(t.home.path, name))

/** Has the editor while a program runs. */
const toEditor = async (t: Terminal): Promise<void> => {
  t.keys("ctrl+\\", "e")
  await t.waitFor("run after it")
}

/** Runs what follows in a shell of its own. */
const beside = (t: Terminal, command: string): void => {
  t.type(command)
  t.keys("ctrl+\\", "enter")
}

const blockOf = (t: Terminal, command: string): ShownBlock => {
  const block = shownBlocks(t.screen()).find(({ header }) => header.startsWith(command))
  if (block === undefined) throw new Error(`no block ${command}\n${t.picture()}`)
  return block
}

const signs = (t: Terminal): ReadonlyArray<string> => shownBlocks(t.screen()).map(({ sign }) => sign)

describe("commands side by side", () => {
  it("run at once in two blocks, each with its own end", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`${hold("first")}\r`)
    await begun(t, "first")
    await toEditor(t)
    beside(t, `${hold("second")}; (exit 3)`)
    await begun(t, "second")
    await t.waitFor(() => signs(t).join("") === "●●")
    t.home.remove("second")
    await t.waitFor((rows) => rows.includes("second-is-over"))
    await t.waitFor(() => signs(t).join("") === "●✗")
    expect(blockOf(t, "touch second").header).toContain("exit 3")
    t.home.remove("first")
    await t.waitFor((rows) => rows.includes("first-is-over") && isReady(rows))
    const [first, second] = await leave(t)
    expect(first).toMatchObject({ status: "success", exitCode: 0 })
    expect(second).toMatchObject({ status: "failure", exitCode: 3, metadata: { beside: true } })
  })

  it("run in the session's directory with its variables, and change neither", async () => {
    await using t = await effecttalk(size)
    await run(t, "cd /usr; export COLOUR=blue; unset LOGNAME")
    t.type(`${hold("$HOME/first")}\r`)
    await begun(t, "first")
    await toEditor(t)
    beside(t, "echo in $PWD with $COLOUR and $(printenv LOGNAME || echo none); (cd /; export COLOUR=red)")
    await t.waitFor((rows) => rows.includes("in /usr with blue and none"))
    t.home.remove("first")
    await ready(t)
    const { rows } = await run(t, "echo still $PWD $COLOUR")
    expect(rows[0]).toBe("still /usr blue")
  })

  it("refuses beside what would change the session's shell, and takes it into the queue instead", async () => {
    await using t = await effecttalk(size)
    await run(t, "here() { cd /tmp; }")
    t.type(`${hold("$HOME/first")}\r`)
    await begun(t, "first")
    await toEditor(t)
    for (const command of ["cd /usr", "here"]) {
      beside(t, command)
      await t.waitFor(`${command.split(" ")[0]} belongs in the session's own shell`)
      expect(shownBlocks(t.screen())).toHaveLength(2)
      t.keys("ctrl+u")
    }
    t.type("cd /usr\r")
    await t.waitFor(() => signs(t).join("") === "✓●○")
    t.home.remove("first")
    await ready(t)
    expect((await run(t, "pwd")).rows[0]).toBe("/usr")
  })

  it("may be given the keyboard, and the interrupt", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    beside(t, `bash -c "read -p 'your na''me? ' name; echo hello \\$name"; sleep 1000`)
    await t.waitFor(/your name\?/)
    // The session's own shell is free meanwhile.
    expect((await run(t, "echo fr''ee")).rows[0]).toBe("free")
    t.keys("esc")
    await t.waitFor(/^ NAVIGATE /m)
    t.keys("k")
    await t.waitFor(/^●▸ 1 /m)
    t.keys("a")
    await t.waitFor(/^ PROGRAM /m)
    t.type("Ada\r")
    await t.waitFor((rows) => rows.includes("hello Ada"))
    await executed(t, "sleep 1000")
    t.keys("ctrl+\\", "n")
    await t.waitFor(/^ NAVIGATE /m)
    t.keys("g", "x")
    await t.waitFor(() => signs(t).join("") === "⊘✓")
    expect(blockOf(t, "bash").header).toMatch(/SIGINT|exit 130/)
    t.keys("esc")
    await ready(t)
  })

  it("are ended, and asked about, when EffectTalk is left", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    beside(t, hold("first"))
    await begun(t, "first")
    t.keys("ctrl+\\", "q")
    await t.waitFor("still running:")
    t.keys("y")
    expect(await t.exit).toEqual({ code: 0, signal: null })
    await t.waitForNoProcesses()
  })

  it("leave the keyboard to the program that has it when they do not run", async () => {
    // Its start files take until it is let go.
    const rc = "while [ -e ~/slow ]; do sleep 0.02; done"
    await using t = await effecttalk({ ...size, rc })
    await run(t, "touch ~/slow")
    t.type("cat -v\r")
    await t.waitFor(/^ PROGRAM /m)
    await toEditor(t)
    beside(t, "echo 'unfinished")
    t.keys("ctrl+\\", "esc")
    await t.waitFor(/^ PROGRAM /m)
    t.home.remove("slow")
    await t.waitFor((rows) => rows.some((row) => row.endsWith("echo 'unfinished")))
    t.type("\x1b[200~pasted\x1b[201~\r")
    await t.waitFor(/^\^\[\[200~pasted\^\[\[201~$/m)
  })

  it("are asked about when the session's shell ends", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    beside(t, hold("first"))
    await begun(t, "first")
    t.type("exit\r")
    await t.waitFor("still running:")
    t.keys("n")
    // A new shell, and what runs beside the old one is not touched.
    expect((await run(t, "echo st''ays")).rows[0]).toBe("stays")
    t.home.remove("first")
    await t.waitFor((rows) => rows.includes("first-is-over") && !rows.some((row) => row.startsWith("●")))
    t.type("exit\r")
    expect(await t.exit).toEqual({ code: 0, signal: null })
  })

  it("are refused, in a sentence, when there are too many", async () => {
    await using t = await effecttalk({ ...size, env: { MAX_CONCURRENT_PROCESSES: "2" } })
    await ready(t)
    t.type(`${hold("first")}\r`)
    await begun(t, "first")
    await toEditor(t)
    beside(t, hold("second"))
    await begun(t, "second")
    beside(t, "echo third")
    await t.waitFor("MAX_CONCURRENT_PROCESSES")
    // The command is not lost.
    expect(t.screen().some((row) => row.endsWith("echo third"))).toBe(true)
    t.home.remove("second")
    await t.waitFor(() => signs(t).join("") === "●✓")
    t.keys("ctrl+\\", "enter")
    await t.waitFor((rows) => rows.includes("third"))
    t.home.remove("first")
    await t.waitFor(() => signs(t).join("") === "✓✓✓")
  })
})

describe("the queue", () => {
  it("runs what waits in order, and not what was cancelled", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`${hold("first")}\r`)
    await begun(t, "first")
    await toEditor(t)
    t.type("echo qu''eued; cd /usr\r")
    await t.waitFor(() => signs(t).join("") === "●○")
    t.type("echo nev''er\r")
    await t.waitFor(() => signs(t).join("") === "●○○")
    t.type("pwd\r")
    await t.waitFor(() => signs(t).join("") === "●○○○")
    t.keys("ctrl+\\", "n", "k", "x")
    await t.waitFor(() => signs(t).join("") === "●○⊘○")
    t.home.remove("first")
    await t.waitFor(() => signs(t).join("") === "✓✓⊘✓")
    expect(blockOf(t, "echo qu").rows[0]).toBe("queued")
    expect(blockOf(t, "pwd").rows[0]).toBe("/usr")
    t.keys("esc")
    const blocks = await leave(t)
    expect(blocks.map(({ status, startTime }) => [status, startTime !== null])).toEqual([
      ["success", true],
      ["success", true],
      ["interrupted", false],
      ["success", true]
    ])
  })

  it("is flushed by Ctrl+C, as what was typed ahead is", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    // A loop may lose a Ctrl+C that comes just as bash starts its next program.
    t.type("touch first; sleep 1000\r")
    await begun(t, "first")
    await toEditor(t)
    t.type("touch never\r")
    await t.waitFor(() => signs(t).join("") === "●○")
    await inForeground(t, "sleep 1000")
    t.keys("ctrl+c")
    await t.waitFor((rows) => signs(t).join("") === "⊘⊘" && isReady(rows))
    expect((await run(t, "ls never")).header).toContain("exit 2")
  })

  it("takes no key from a line that is being written when its next command begins", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`${hold("first")}\r`)
    await begun(t, "first")
    await toEditor(t)
    t.type("cat\r")
    await t.waitFor(() => signs(t).join("") === "●○")
    t.type("echo half")
    await t.waitFor((rows) => rows.includes("$ echo half"))
    t.home.remove("first")
    await t.waitFor(() => signs(t).join("") === "✓●")
    t.type(" wri''tten")
    await t.waitFor((rows) => rows.includes("$ echo half wri''tten"))
    t.keys("enter")
    await t.waitFor(() => signs(t).join("") === "✓●○")
    t.keys("ctrl+\\", "esc")
    await t.waitFor(/^ PROGRAM /m)
    t.keys("ctrl+d")
    await t.waitFor((rows) => rows.includes("half written") && isReady(rows))
    // With nothing behind it the next command has the keyboard as ever.
    t.type("cat\r")
    await t.waitFor(/^ PROGRAM /m)
    t.keys("ctrl+d")
    await ready(t)
  })

  it("is flushed by Ctrl+C also when the program makes a clean end of it", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("bash -c 'trap \"exit 0\" INT; touch first; while :; do sleep 0.02; done'\r")
    await begun(t, "first")
    await toEditor(t)
    t.type("touch never\r")
    await t.waitFor(() => signs(t).join("") === "●○")
    t.keys("ctrl+c")
    await t.waitFor((rows) => signs(t).join("") === "✓⊘" && isReady(rows))
    expect((await run(t, "ls never")).header).toContain("exit 2")
  })

  it("goes on behind a command that failed", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`${hold("first")}; false\r`)
    await begun(t, "first")
    await toEditor(t)
    t.type("echo af''ter\r")
    await t.waitFor(() => signs(t).join("") === "●○")
    t.home.remove("first")
    await t.waitFor((rows) => rows.includes("after") && signs(t).join("") === "✗✓")
  })
})

describe("what was typed into a program that did not read it", () => {
  it("stays apart from the line that is being written, a key away", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`${hold("first")}\r`)
    await begun(t, "first")
    t.type("uptime\r")
    await t.waitFor((rows) => rows.includes("uptime"))
    await toEditor(t)
    t.type("echo wri''tten")
    t.home.remove("first")
    await t.waitFor("Typed ahead, and not run: Ctrl+Y inserts it")
    expect(t.screen().some((row) => row.endsWith("$ echo wri''tten"))).toBe(true)
    t.type("\r")
    await t.waitFor((rows) => rows.includes("written"))
    // Until its end the command has the keyboard.
    await ready(t)
    t.keys("ctrl+y")
    await t.waitFor(/^\$ uptime$/m)
  })

  it("comes back to an empty editor as one line, ready for Enter", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type(`${hold("first")}\r`)
    await begun(t, "first")
    t.type("echo la''ter\r")
    // As the terminal echoes it, into the block.
    await t.waitFor((rows) => rows.includes("echo la''ter"))
    t.home.remove("first")
    await t.waitFor("Typed ahead: nothing of it has run")
    t.type("\r")
    await t.waitFor((rows) => rows.includes("later"))
    expect((await leave(t)).at(-1)).toMatchObject({ command: "echo la''ter", status: "success" })
  })
})

describe("/timeout", () => {
  it("ends a command that takes longer, and says so", async () => {
    await using t = await effecttalk(size)
    const block = await run(t, "/timeout 300ms sleep 1000")
    expect(block.header).toMatch(/^sleep 1000 .*(SIGTERM|exit 143)/)
    expect(block.rows.join("\n")).toContain("ended by its time limit")
    expect((await run(t, "/timeout 10s echo in ti''me")).rows[0]).toBe("in time")
    // The earlier command comes back with its limit.
    t.keys("up")
    await t.waitFor(/^\$ \/timeout 10s echo in ti''me$/m)
    t.keys("ctrl+u")
  })

  it("is told apart from programs, and says what it needs", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("/timeout make\r")
    await t.waitFor("/timeout needs a duration such as 30s")
    t.keys("ctrl+u")
    expect((await run(t, "/bin/echo pa''th")).rows[0]).toBe("path")
  })
})
