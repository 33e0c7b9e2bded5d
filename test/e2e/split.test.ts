import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ended, inForeground, isReady, leave, ready, run, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const size = { cols: 100, rows: 40 }

/** The colour of the first cell of the row that reads `text`. */
const colourOf = (t: Terminal, text: string): number | string | null => {
  const y = t.screen().indexOf(text)
  if (y === -1) throw new Error(`no row ${text}\n${t.picture()}`)
  return t.cell(0, y).fg
}

describe("/split", () => {
  it("shows stderr tinted below stdout, each in its order, live, stored and resumed", async () => {
    await using t = await effecttalk(size)
    const command = "for i in 1 2; do echo out$i; echo err$i >&2; done; (exit 3)"
    const { rows, header } = await run(t, `/split ${command}`)
    expect(header).toContain("exit 3")
    expect(rows.slice(0, 5)).toEqual(["out1", "out2", "── stderr ──", "err1", "err2"])
    const tint = colourOf(t, "err1")
    expect(tint).not.toEqual(colourOf(t, "out1"))
    expect(colourOf(t, "err2")).toEqual(tint)
    // Up brings it back as it was written.
    t.keys("up")
    await t.waitFor((now) => now.some((row) => row.startsWith("$ /split for i in 1 2")))
    t.keys("ctrl+u")
    const [block] = await leave(t)
    expect(block).toMatchObject({ command, stdout: "out1\nout2\n", stderr: "err1\nerr2\n", exitCode: 3 })
    await using u = await effecttalk({ ...size, args: ["--continue"], home: t.home })
    await ready(u)
    expect(shownBlocks(u.screen())[0]?.rows.slice(0, 5)).toEqual(rows.slice(0, 5))
    expect(colourOf(u, "err1")).toEqual(tint)
    expect(colourOf(u, "out1")).not.toEqual(tint)
  })

  it("runs in the session's shell, which has its stderr back afterwards", async () => {
    await using t = await effecttalk(size)
    await run(t, "/split cd /usr; export A=b")
    expect((await run(t, "echo $PWD $A; echo back >&2")).rows.slice(0, 2)).toEqual(["/usr b", "back"])
  })

  it("says what it needs, and leaves paths alone", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("/split\r")
    await t.waitFor("/split needs a command behind it")
    t.keys("ctrl+u")
    await run(t, "set +o emacs")
    t.type("/split echo no\r")
    await t.waitFor("/split does not work in this shell as it is now")
    expect(shownBlocks(t.screen())).toHaveLength(1)
    t.keys("ctrl+u")
    expect((await run(t, "/bin/echo pa''th")).rows[0]).toBe("path")
  })

  it("goes with a time limit, beside and in the queue", async () => {
    await using t = await effecttalk(size)
    const limited = await run(t, "/timeout 2s /split echo now >&2; sleep 1000")
    expect(limited.rows.slice(0, 2)).toEqual(["── stderr ──", "now"])
    expect(limited.rows.join("\n")).toContain("ended by its time limit")
    t.type("/split echo be''side >&2; echo o''ut")
    t.keys("ctrl+\\", "enter")
    await t.waitFor((rows) => isReady(rows) && shownBlocks(rows).at(-1)?.sign === "✓")
    expect(shownBlocks(t.screen()).at(-1)?.rows.slice(0, 3)).toEqual(["out", "── stderr ──", "beside"])
    t.type("touch held; while [ -e held ]; do sleep 0.02; done\r")
    await t.waitForFile(`${t.home.path}/held`)
    t.keys("ctrl+\\", "e")
    await t.waitFor("run after it")
    t.type("/split echo que''ued >&2\r")
    await t.waitFor((rows) => shownBlocks(rows).at(-1)?.sign === "○")
    t.home.remove("held")
    await t.waitFor((rows) => isReady(rows) && shownBlocks(rows).at(-1)?.sign === "✓")
    expect(shownBlocks(t.screen()).at(-1)?.rows.slice(0, 2)).toEqual(["── stderr ──", "queued"])
  })

  it("freezes progress that redraws its line, and sizes both terminals", async () => {
    await using t = await effecttalk(size)
    const bar = "for i in 1 20 100; do printf '\\rdone %3d%%' $i >&2; done; echo >&2"
    const { rows } = await run(t, `/split ${bar}`)
    expect(rows.slice(0, 2)).toEqual(["── stderr ──", "done 100%"])
    t.type(
      "/split bash -c 'trap \"echo size; stty size; stty size <&2\" WINCH; echo s''et; until [ -e go ]; do sleep 0.02; done'\r"
    )
    await t.waitFor((now) => now.includes("set"))
    const before = shownBlocks(t.screen()).length
    t.resize(70, 30)
    await t.waitFor((now) => now.includes("size"))
    writeFileSync(join(t.home.path, "go"), "")
    await ended(t, before - 1)
    const sizes = shownBlocks(t.screen())
      .at(-1)!
      .rows.filter((row) => /^\d+ 70$/.test(row))
    expect(sizes.length).toBeGreaterThanOrEqual(2)
    expect(new Set(sizes.slice(-2)).size).toBe(1)
  })

  it("loses nothing of a flood of 20 MB, nor of what is printed to stdout in between", async () => {
    await using t = await effecttalk({ ...size, env: { MAX_BLOCK_OUTPUT_SIZE: "67108864" } })
    await ready(t)
    // 20 MB.
    const lines = 400_000
    const flood = `awk 'BEGIN { for (i = 1; i <= ${lines}; i++) { printf "error %043d\\n", i > "/dev/stderr"; if (i % 1000 == 0) print "line", i } }'`
    t.type(`/split ${flood}; echo e''nd\r`)
    await t.waitFor((rows) => isReady(rows) && rows.includes(`error ${String(lines).padStart(43, "0")}`), {
      timeout: 60_000
    })
    const block = (await leave(t)).at(-1)!
    expect(block.metadata.stderr).toMatchObject({ lines, hiddenLines: 0 })
    const errors = block.stderr.trimEnd().split("\n")
    expect(errors).toHaveLength(lines)
    expect(errors.every((line, index) => line === `error ${String(index + 1).padStart(43, "0")}`)).toBe(true)
    expect(block.stdout.trimEnd().split("\n")).toEqual([
      ...Array.from({ length: lines / 1000 }, (_, index) => `line ${(index + 1) * 1000}`),
      "end"
    ])
  }, 90_000)

  it("is ended by Ctrl+C, and stays with what it has left in the background", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("/split echo some >&2; sh -c 'echo g''o; exec sleep 1000'\r")
    await t.waitFor((rows) => rows.includes("go"))
    await inForeground(t, "sleep 1000")
    t.keys("ctrl+c")
    const block = await ended(t, 0)
    expect(block.sign).toBe("⊘")
    expect(block.rows).toContain("some")
    await run(t, "/split (until [ -e go ]; do sleep 0.02; done; echo la''te >&2) & true")
    t.type("touch go\r")
    await t.waitFor((rows) => rows.includes("late"))
  })

  it("cannot attack the terminal that shows it", async () => {
    await using t = await effecttalk(size)
    await run(
      t,
      "/split printf '\\033]0;owned\\007\\033]52;c;b3duZWQ=\\007\\033[?1049hscreen\\033[?1049l\\033[2Jred\\033[31m\\n' >&2"
    )
    expect(t.title).not.toContain("owned")
    const [block] = await leave(t)
    expect(block?.stderr).not.toMatch(/\x1b(?!\[[\d;:]*m)/)
  })

  itWith(["vim"], "lets vim edit", async () => {
    await using t = await effecttalk(size)
    await ready(t)
    t.type("/split vim -u NONE file\r")
    await t.waitFor(/^~$/m)
    t.type("iwritten\x1b:wq\r")
    await ready(t)
    expect(t.home.read("file")).toBe("written\n")
  })

  itWith(["git"], "has git print without the user's pager, and leaves that alone", async () => {
    await using t = await effecttalk({ ...size, env: { GIT_PAGER: "less", PAGER: "less" } })
    const log = await run(
      t,
      "git init -q r; cd r; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first; cd .."
    )
    expect(log.sign).toBe("✓")
    expect((await run(t, "/split git -C r log --format=%s")).rows[0]).toBe("first")
    expect((await run(t, "echo $PAGER $GIT_PAGER")).rows[0]).toBe("less less")
  })
})
