import { spawn } from "node:child_process"
import { once } from "node:events"
import { expect, it } from "vitest"
import { leave, ready, run } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { canMount, SmallDisk } from "../harness/smallDisk.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { which } from "../harness/tools.ts"

const isPossible = which("strace") !== undefined && canMount()

/** The row on top says why nothing is saved, and commands run on. */
const goesOn = async (t: Terminal, why: string, command: string, output: string): Promise<void> => {
  await t.waitFor((rows) => rows[0]!.includes(`not saved: ${why}`))
  const block = await run(t, command)
  expect(block.rows[0]).toBe(output)
  expect(t.row(0)).toContain(`not saved: ${why}`)
}

const isSavedAgain = (t: Terminal): Promise<void> => t.waitFor((rows) => !rows[0]!.includes("not saved"))

it.skipIf(!isPossible)(
  "says on a full, failing and read-only disk that nothing is saved and why, goes on, and saves all of it by itself (needs root, mount, strace)",
  async () => {
    using home = new Home()
    using disk = new SmallDisk(home.dataDir, 2048)
    await using t = await effecttalk({ cols: 110, rows: 30, home })
    await run(t, "echo o''ne")

    disk.fill()
    // More than may be left in the journal's last page.
    await run(t, "seq 100001 101200")
    await goesOn(t, "the disk is full (ENOSPC)", "echo o''n a full disk", "on a full disk")
    disk.free()
    await isSavedAgain(t)

    // Every sync fails, as on a disk that dies.
    const failing = spawn("strace", [
      "-f",
      "-o",
      "/dev/null",
      "-e",
      "inject=fsync,fdatasync:error=EIO",
      "-p",
      `${t.pid}`
    ])
    const attached = new Promise<void>((resolve) => {
      let said = ""
      failing.stderr.on("data", (data) => {
        said += data
        if (said.includes("attached")) resolve()
      })
    })
    await attached
    await run(t, "echo t''wo")
    await goesOn(t, "the disk reports an error (EIO)", "echo o''n a failing disk", "on a failing disk")
    failing.kill("SIGINT")
    await once(failing, "exit")
    await isSavedAgain(t)
    const before = await leave(t)

    disk.setReadOnly(true)
    await using u = await t.restart({ args: [BINARY, "--continue"] })
    await ready(u)
    await u.waitFor("on a failing disk")
    await goesOn(u, "the file system is read-only (EROFS)", "echo o''n a read-only disk", "on a read-only disk")
    // Who leaves now loses it, and is asked first.
    u.keys("ctrl+d")
    await u.waitFor(/not saved: the file system is read-only[\s\S]*It is lost/)
    u.type("n")
    await ready(u)
    await u.waitFor((rows) => !rows.some((row) => row.includes("It is lost")))
    disk.setReadOnly(false)
    await isSavedAgain(u)
    const blocks = await leave(u)

    expect(blocks.slice(0, before.length)).toEqual(before)
    const lines = Array.from({ length: 1200 }, (_, index) => `${100_001 + index}\n`).join("")
    expect(blocks.map(({ stdout }) => stdout)).toEqual([
      "one\n",
      lines,
      "on a full disk\n",
      "two\n",
      "on a failing disk\n",
      "on a read-only disk\n"
    ])
  },
  60_000
)
