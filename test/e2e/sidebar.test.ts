import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { inForeground, ready, run } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const open = { EFFECTTALK_SIDEBAR: "auto" }
const wide = { cols: 120, rows: 40, env: open }

/** What stands right of the blocks, a row each, without the separator and what surrounds the text. */
const sidebar = (t: Terminal): ReadonlyArray<string> =>
  t.screen().flatMap((row) => (row.includes("│") ? [row.slice(row.lastIndexOf("│") + 1).trim()] : []))

const shows = (t: Terminal, text: string | RegExp): Promise<void> =>
  t.waitFor(() => sidebar(t).some((row) => (typeof text === "string" ? row.includes(text) : text.test(row))))

/** Gives the sidebar the keyboard. */
const toSessions = async (t: Terminal): Promise<void> => {
  t.keys("ctrl+\\", "s")
  await t.waitFor(/^ SESSIONS /m)
}

/** The id of the session on the screen, as far as the header shows it. */
const shownSession = (t: Terminal): string => t.row(0).split(" · ")[1]!

describe("the sidebar", () => {
  it("stands open from 120 columns on, and gives programs the full width when it is closed", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    expect((await run(t, "tput cols")).rows[0]).toMatch(/^90 /)
    t.keys("ctrl+\\", "b")
    await t.waitFor(() => sidebar(t).length === 0)
    expect((await run(t, "tput cols")).rows[0]).toBe("120")
    t.keys("ctrl+\\", "b")
    await shows(t, "Context")
  })

  it("is closed on a narrow screen until it is asked for, and makes room when the window grows", async () => {
    await using t = await effecttalk({ ...wide, cols: 80, rows: 24 })
    await ready(t)
    expect(sidebar(t)).toEqual([])
    t.keys("ctrl+\\", "b")
    await shows(t, "Context")
    expect((await run(t, "tput cols")).rows[0]).toMatch(/^52 /)
    t.keys("ctrl+\\", "b")
    await t.waitFor(() => sidebar(t).length === 0)
    t.resize(130, 30)
    // A block's header is as wide as the window.
    await t.waitFor((rows) => rows.some((row) => row.length > 120))
    // Closed by the user, it stays closed.
    expect((await run(t, "tput cols")).rows[0]).toBe("130")
  })

  it("leaves the whole screen to a full-screen program", async () => {
    await using t = await effecttalk(wide)
    await run(t, "cd /")
    // It has the screen's size once it has drawn something.
    t.type("printf '\\e[?1049h\\e[H'; until stty size | grep 39; do sleep 0.05; done; read -n1; printf '\\e[?1049l'\r")
    await t.waitFor(() => sidebar(t).length === 0)
    await t.waitFor((rows) => rows[0]?.trim() === "39 120")
    t.type("x")
    await shows(t, "Context")
  })

  it("shows what changed in the environment by name, never by value", async () => {
    await using t = await effecttalk(wide)
    await run(t, "export COLOUR=turq''uoise; unset LOGNAME")
    await shows(t, "+COLOUR")
    await shows(t, "−LOGNAME")
    expect(sidebar(t).join("\n")).not.toContain("turquoise")
  })

  itWith(["git"], "shows branch and state of the repository one stands in", async () => {
    await using t = await effecttalk(wide)
    const git = (...args: ReadonlyArray<string>) =>
      execFileSync("git", ["-C", join(t.home.path, "repo"), "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
        env: t.home.environment()
      })
    t.home.write("repo/kept", "1")
    git("init", "-q", "-b", "trunk")
    git("add", "kept")
    git("commit", "-qm", "one")
    await run(t, "cd repo")
    await shows(t, "trunk")
    await shows(t, "clean")
    await run(t, "echo 2 > kept; touch new")
    await shows(t, "1 changed")
    await shows(t, "1 untracked")
    // Also after a command beside, which need not be the last one.
    t.type("while [ ! -e ~/go ]; do sleep 0.02; done; touch another")
    t.keys("ctrl+\\", "enter")
    await shows(t, "beside")
    await run(t, "echo later")
    t.home.write("go", "")
    await shows(t, "2 untracked")
  })

  it("gives the keyboard to whomever the leader names", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    for (const [key, badge] of [
      ["e", /^ EDITOR /m],
      ["n", /^ NAVIGATE /m],
      ["esc", /^ EDITOR /m]
    ] as const) {
      await toSessions(t)
      t.keys("ctrl+\\", key)
      await t.waitFor(badge)
    }
  })

  it("counts the time of what runs, and names what waits", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("sleep 1000\r")
    await shows(t, /1 sleep 1000 .*s$/)
    t.keys("ctrl+\\", "e")
    await t.waitFor("run after it")
    t.type("echo later\r")
    await shows(t, /2 echo later +waiting/)
    await shows(t, /1 sleep 1000 +([2-9]|\d\d)s$/)
    await inForeground(t, "sleep 1000")
    t.keys("ctrl+c")
    await shows(t, "nothing")
  })
})

describe("sessions", () => {
  it("change places while a command of one of them runs on", async () => {
    await using t = await effecttalk(wide)
    await run(t, "cd /usr; export WHO=first")
    const first = shownSession(t)
    t.type(`touch ~/on; while [ -e ~/on ]; do sleep 0.02; done; echo over in $PWD\r`)
    await t.waitForFile(join(t.home.path, "on"))
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    await ready(t)
    // Of its own: directory as it was, variables as they were.
    expect((await run(t, "echo $PWD $(printenv WHO || echo nobody)")).rows[0]).toMatch(/^\/usr nobody /)
    await shows(t, /1 running|running/)
    t.home.remove("on")
    await toSessions(t)
    t.keys("k", "enter")
    await t.waitFor(() => shownSession(t) === first)
    await t.waitFor(/^over in \/usr /m)
    expect((await run(t, "echo $WHO")).rows[0]).toMatch(/^first /)
  })

  it("keep what was being written when another comes to the screen", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    const first = shownSession(t)
    t.type("half a comm")
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    await ready(t)
    await toSessions(t)
    t.keys("k", "enter")
    await t.waitFor(() => shownSession(t) === first)
    await t.waitFor(/^\$ half a comm /m)
  })

  it("are named and pinned, also one that is only stored, and keep that", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    await toSessions(t)
    t.keys("r")
    await t.waitFor("keep the name")
    t.type("build\r")
    await t.waitFor(/^EffectTalk · build · /m)
    t.keys("p", "esc")
    await ready(t)
    t.keys("ctrl+d")
    await t.exit

    await using again = await t.restart()
    await run(again, "echo two")
    await shows(again, "Pinned")
    await shows(again, "build")
    await toSessions(again)
    again.keys("g", "r")
    await again.waitFor("keep the name")
    again.keys("ctrl+u")
    again.type("nightly\r")
    await shows(again, "nightly")
    again.keys("enter")
    await again.waitFor(/^EffectTalk · nightly · /m)
    await again.waitFor(/^one /m)
  })

  it("get what is typed behind their choice, however long they take to open", async () => {
    await using t = await effecttalk(wide)
    await run(t, "mkdir stored; cd stored; seq 100000 | tail -1")
    t.keys("ctrl+\\", "q")
    await t.exit

    await using again = await t.restart()
    await run(again, "echo other")
    const other = shownSession(again)
    await shows(again, "Recent")
    await toSessions(again)
    again.type("j\rpwd\r")
    await again.waitFor(() => shownSession(again) !== other)
    await again.waitFor((rows) => rows.some((row) => /\/stored +│/.test(row)))
    // The same for one that is open, and for one that begins.
    await toSessions(again)
    again.type("k\recho he''re\r")
    await again.waitFor(/^here +│/m)
    expect(shownSession(again)).toBe(other)
    await toSessions(again)
    again.type("necho ne''w\r")
    await again.waitFor(/^new +│/m)
    expect(shownSession(again)).not.toBe(other)
  })

  it("get back what their shell did not take, though another is on the screen by then", async () => {
    const rc = "while [ -e ~/slow ]; do sleep 0.02; done; touch ~/over"
    await using t = await effecttalk({ ...wide, rc })
    await run(t, "touch ~/slow; rm ~/over")
    const first = shownSession(t)
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    t.type("echo 'unfinished\rtouch wrong\rhalf")
    await toSessions(t)
    t.keys("k", "enter")
    await t.waitFor(() => shownSession(t) === first)
    t.type("cat -v\r")
    await t.waitFor(/^ PROGRAM /m)
    t.home.remove("slow")
    await t.waitForFile(join(t.home.path, "over"))
    await toSessions(t)
    t.keys("j", "enter")
    await t.waitFor((rows) => rows.some((row) => row.startsWith("$ echo 'unfinished ")))
    await t.waitFor((rows) => rows.some((row) => row.startsWith("│ touch wrong ")))
    await t.waitFor((rows) => rows.some((row) => row.startsWith("│ half ")))
    expect(readdirSync(t.home.path)).not.toContain("9")
    await toSessions(t)
    t.keys("k", "enter")
    await t.waitFor(/^ PROGRAM /m)
    // The program has the keys as they come.
    t.type("\x1b[200~pasted\x1b[201~\r")
    await t.waitFor(/^\^\[\[200~pasted\^\[\[201~/m)
  })

  it("leave the sidebar as it was put in any of them", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    const first = shownSession(t)
    t.keys("ctrl+\\", "b")
    await t.waitFor(() => sidebar(t).length === 0)
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    expect((await run(t, "tput cols")).rows[0]).toBe("120")
    expect(sidebar(t)).toEqual([])
  })

  it("go to the archive by a key, those that nobody has open", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo old")
    t.keys("ctrl+d")
    await t.exit

    await using again = await t.restart()
    await run(again, "echo new")
    await shows(again, "echo old")
    await toSessions(again)
    again.keys("A")
    await again.waitFor("This session is open here: end it before it can be archived")
    again.keys("j", "A")
    await again.waitFor(() => !sidebar(again).some((row) => row.includes("echo old")))
    expect(readdirSync(join(t.home.dataDir, "archived"))).toHaveLength(1)
  })

  it("of another terminal are shown as such, and read, not taken from it", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo mine")
    await using other = await effecttalk({ ...wide, home: t.home })
    await run(other, "echo theirs")
    await shows(other, "Open elsewhere")
    await shows(other, "echo mine")
    await toSessions(other)
    // What was meant for it is nobody else's: no key of a reader, of which one may wait for what it has asked for.
    other.type("j\r>9\r")
    await other.waitFor(/Read-only: process \d+ has this session; T takes it over/)
    await shows(other, "read-only")
    other.keys("q")
    await other.waitFor(/Session \w+ is not read here any more/)
    expect((await run(other, "echo st''ill; ls")).rows.join("\n")).toMatch(/^still /)
    expect(readdirSync(t.home.path)).not.toContain("wrong")
  })

  it("end one by one: exit shows another that is open, and the last one ends the program", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    const first = shownSession(t)
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    await run(t, "echo two")
    t.type("exit\r")
    await t.waitFor(() => shownSession(t) === first)
    await t.waitFor(/Session [a-z0-9]{8} has ended/)
    expect((await run(t, "echo th''ree")).rows[0]).toMatch(/^three /)
    t.type("exit\r")
    expect(await t.exit).toEqual({ code: 0, signal: null })
    await t.waitForNoProcesses()
    expect(readdirSync(join(t.home.dataDir, "active")).filter((name) => name.endsWith(".json"))).toHaveLength(2)
  })

  it("end one at a time, however often the key is pressed", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    const first = shownSession(t)
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    await run(t, "sleep 1000 &")
    t.keys("ctrl+d")
    await t.waitFor("still running:")
    t.type("yy")
    await t.waitFor(() => shownSession(t) === first)
    // Its files are free: whatever the second key asked for has happened.
    await shows(t, "Recent")
    expect((await run(t, "echo th''ree")).rows[0]).toMatch(/^three /)
  })

  it("are all resumable after leaving, each by its own line", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    const first = shownSession(t)
    await toSessions(t)
    t.keys("n")
    await t.waitFor(() => shownSession(t) !== first)
    await run(t, "echo two")
    t.keys("ctrl+\\", "q")
    expect(await t.exit).toEqual({ code: 0, signal: null })
    expect(t.primary().filter((row) => row.startsWith("effecttalk --resume "))).toHaveLength(2)
  })
})
