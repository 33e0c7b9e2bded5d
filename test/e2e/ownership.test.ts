import { readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { journaled, run, stopped } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import type { Home } from "../harness/Home.ts"

const wide = { cols: 100, rows: 30 }

/** Names, sizes and times of everything below DATA_DIR. */
const tree = ({ dataDir }: Home): ReadonlyArray<string> =>
  readdirSync(dataDir, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { ino, size, mtimeNs, ctimeNs } = statSync(join(dataDir, name), { bigint: true })
      return `${name} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
    })

const lockOf = ({ dataDir }: Home): { readonly pid: number; readonly socket: string } => {
  const name = readdirSync(join(dataDir, "active")).find((each) => each.endsWith(".lock"))!
  return JSON.parse(readFileSync(join(dataDir, "active", name), "utf8"))
}

describe("a session that another process has", () => {
  it("is read and followed without a byte being written, and changes hands there and back", async () => {
    await using owner = await effecttalk(wide)
    const { home } = owner
    await run(owner, "echo be''fore")
    await journaled(owner)
    await using reader = await effecttalk({ ...wide, home, args: ["--continue"] })
    await reader.waitFor(new RegExp(`^Read-only: process ${owner.pid} has this session; T takes it over`, "m"))
    await reader.waitFor(/^before$/m)

    // What runs there is seen here: what has left its screen, and what has not.
    owner.type("seq 40 | sed s/^/row-/; read -p 'go on? '; sleep 1000\r")
    await reader.waitFor(/^row-40$/m)
    await reader.waitFor(/^go on\?/m)
    const { socket } = lockOf(home)
    expect([statSync(socket).mode & 0o777, statSync(dirname(socket)).mode & 0o777]).toEqual([0o600, 0o700])

    // Nobody is disturbed by one who looks around, folds and tries to change something: not a byte is written. The owner
    // writes none itself while it is stopped.
    process.kill(owner.pid, "SIGSTOP")
    await stopped(owner.pid)
    const before = tree(home)
    reader.keys("k", "k", "enter")
    await reader.waitFor(/before.*folded|1 line/)
    reader.keys("r")
    await reader.waitFor(/READ-ONLY +Not while it is only read; T takes it over/)
    reader.keys("/")
    reader.type("row-39\r")
    await reader.waitFor(/row-39/)
    expect(tree(home)).toEqual(before)
    process.kill(owner.pid, "SIGCONT")

    owner.type("\r")
    reader.keys("T")
    await reader.waitFor(`runs in process ${owner.pid}`)
    reader.keys("y")
    await reader.waitFor("This session is yours now")
    await owner.waitFor(`Process ${reader.pid} has taken this session over`)
    expect(lockOf(home).pid).toBe(reader.pid)
    // What ran has ended, and says so on both screens.
    await owner.waitFor(/^⊘ +2 .*SIGHUP/m)
    await run(reader, "echo ta''ken")
    await owner.waitFor(/^taken$/m)

    owner.keys("T", "y")
    await owner.waitFor("This session is yours now")
    await reader.waitFor(`Process ${owner.pid} has taken this session over`)
    expect((await run(owner, "echo ba''ck")).rows[0]).toBe("back")
    await reader.waitFor(/^back$/m)

    // Nothing is left of a session that was closed, and a reader that is left alone can open it.
    owner.keys("ctrl+d")
    await owner.exit
    await reader.waitFor("Read-only: nobody has this session open; T opens it")
    expect(() => statSync(dirname(socket))).toThrow()
    reader.keys("T")
    await reader.waitFor("This session is yours now")
    expect((await run(reader, "echo op''ened")).rows[0]).toBe("opened")
  })

  it("is taken by --take, from a dead owner too, and not from one that does not answer", async () => {
    await using owner = await effecttalk(wide)
    const { home, pid } = owner
    await run(owner, "echo o''ne")
    await journaled(owner)
    await eventually(() => expect(statSync(lockOf(home).socket).isSocket()).toBe(true))
    process.kill(pid, "SIGSTOP")
    await stopped(pid)
    try {
      await using refused = await effecttalk({ ...wide, cols: 140, home, args: ["--continue", "--take"] })
      expect(await refused.exit).toEqual({ code: 1, signal: null })
      expect(refused.primary()).toEqual([
        `effecttalk: Process ${pid} does not answer: kill -CONT ${pid} wakes it if it is stopped, kill ${pid} ends it`
      ])
      expect(lockOf(home).pid).toBe(pid)
    } finally {
      process.kill(pid, "SIGCONT")
    }
    // It has heard of nothing.
    expect((await run(owner, "echo st''ill")).rows[0]).toBe("still")

    await using taker = await effecttalk({ ...wide, home, args: ["--continue", "--take"] })
    await taker.waitFor(/^still$/m)
    await owner.waitFor(`Process ${taker.pid} has taken this session over`)
    expect((await run(taker, "echo tw''o")).rows[0]).toBe("two")
    // Who follows sees what is in the journal.
    await owner.waitFor(/^two$/m)
    taker.kill("SIGKILL")
    await taker.exit
    await owner.waitFor("Read-only: nobody has this session open; T opens it")

    await using heir = await effecttalk({ ...wide, home, args: ["--continue", "--take"] })
    await heir.waitFor(/^two$/m)
    expect((await run(heir, "echo th''ree")).rows[0]).toBe("three")
    expect(lockOf(home).pid).toBe(heir.pid)
    await owner.waitFor(new RegExp(`process ${heir.pid} has this session`))
  })
})
