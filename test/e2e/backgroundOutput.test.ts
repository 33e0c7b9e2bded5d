import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ended, leave, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { runPiped } from "../harness/piped.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith, which } from "../harness/tools.ts"

const size = { cols: 120, rows: 40 }

/** A job that prints `text` once the file `name` is there. Its text stands on no row that the command is on. */
const job = (name: string, text: string): string =>
  `(until [ -e ${name} ]; do sleep 0.01; done; echo ${text.replace(/./, "$&''")}) &`

const touch = (t: Terminal, name: string): void => void t.home.write(name, "")

/** Waits for output in the background that holds a row; gives its header. */
const background = async (t: Terminal, row: string): Promise<string> => {
  const find = () => shownBlocks(t.screen()).find(({ rows }) => rows.includes(row))
  await t.waitFor(() => find()?.header.startsWith("(background output)") === true)
  return find()!.header
}

describe("output in the background", () => {
  it("has a block of its own, named after the last block whose job is still there", async () => {
    await using t = await effecttalk(size)
    await run(t, job("a", "of the first"))
    await run(t, job("b", "of the second"))
    await run(t, "true")
    touch(t, "b")
    expect(await background(t, "of the second")).toContain("from: (until [ -e b ]")
    // Its job is gone at this prompt: what comes now is the first one's.
    await run(t, "wait %2")
    touch(t, "a")
    expect(await background(t, "of the first")).toContain("from: (until [ -e a ]")
    await run(t, "wait; true")
    const blocks = await leave(t)
    const [first, second] = blocks
    const loose = blocks.filter(({ metadata }) => metadata.origin === "background")
    expect(loose.map(({ stdout, metadata }) => [stdout.trim(), metadata.from?.block])).toEqual([
      ["of the second", second?.id],
      ["of the first", first?.id]
    ])
  })

  it("appears in the block of a command that runs, and never in what is being written", async () => {
    await using t = await effecttalk(size)
    await run(t, job("a", "in between"))
    t.type("touch begun; until [ -e over ]; do sleep 0.01; done\r")
    await t.waitForFile(join(t.home.path, "begun"))
    touch(t, "a")
    await t.waitFor((rows) => rows.includes("in between"))
    touch(t, "over")
    const { header, rows } = await ended(t, 1)
    expect([header.startsWith("touch"), rows[0]]).toEqual([true, "in between"])
    await run(t, job("b", "meanwhile"))
    t.type("echo half of a comm")
    await t.waitFor(/\$ echo half of a comm$/m)
    touch(t, "b")
    await background(t, "meanwhile")
    t.type("and\r")
    await t.waitFor((all) => all.includes("half of a command"))
    await ready(t)
  })

  it("keeps its name when its block is folded, cut by cells, shown by another program and resumed", async () => {
    await using t = await effecttalk({ ...size, cols: 80, rows: 24 })
    await run(t, `${job("a", "late")} : ${"x".repeat(200)}`)
    t.keys("ctrl+\\", "f")
    await t.waitFor(/^✓ +1 .*…/m)
    touch(t, "a")
    const header = await background(t, "late")
    expect(header).toMatch(/^\(background output\) from: \(until \[ -e a \].*… +\S+ {2}\d\d:\d\d:\d\d$/)
    await run(t, "wait")
    await leave(t)
    const { stdout } = await runPiped(t.home, ["show", storedSession(t.home).id])
    expect(stdout).toContain(" (background output) from: (until [ -e a ]")
    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await again.waitFor(/^✓ +2 \(background output\) from: \(until \[ -e a \].*… /m)
  })

  it("has no name when no command is known to have left it", async () => {
    await using t = await effecttalk({ ...size, rc: "(until [ -e ~/a ]; do sleep 0.01; done; echo of the start) &" })
    await run(t, "true")
    touch(t, "a")
    expect(await background(t, "of the start")).not.toContain("from:")
    await run(t, "wait")
  })

  it("is what bash says of a job at once, with `set -b`", async () => {
    await using t = await effecttalk(size)
    await run(t, "set -b")
    await run(t, "(until [ -e a ]; do sleep 0.01; done; exit 3) &")
    touch(t, "a")
    const find = () => shownBlocks(t.screen()).find(({ rows }) => rows.some((row) => /^\[1\].*Exit 3/.test(row)))
    await t.waitFor(() => find()?.header.startsWith("(background output) from: (until [ -e a ]") === true)
    expect((await run(t, "echo o''k")).rows[0]).toBe("ok")
  })

  for (const { shell, done } of [
    { shell: "zsh", done: /^\[1\].*done/ },
    { shell: "fish", done: /has ended/ }
  ]) {
    itWith([shell], `is what ${shell} prints, and what it says of a job while it waits`, async () => {
      await using t = await effecttalk({ ...size, env: { SHELL: which(shell) } })
      await run(t, "sh -c 'until [ -e a ]; do sleep 0.01; done; echo la\"\"te' &")
      await run(t, "true")
      touch(t, "a")
      expect(await background(t, "late")).toContain("from: sh -c 'until [ -e a ]")
      const told = () => shownBlocks(t.screen()).find(({ rows }) => rows.some((row) => done.test(row)))
      await t.waitFor(() => told()?.header.startsWith("(background output) from: sh -c") === true)
      expect((await run(t, "echo o''k")).rows[0]).toBe("ok")
    })
  }
})
