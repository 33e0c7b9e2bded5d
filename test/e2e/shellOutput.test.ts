import { describe, expect, it } from "vitest"
import { ended, gone, headerRow, leave, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"

const wide = { cols: 100, rows: 40 }

/** test/shell/table has 500 in each shell, without screen and disk. */
const COMMANDS = 200
/** Numbered lines of one command: 20 KB. */
const linesOf = (command: number): string =>
  Array.from({ length: 1000 }, (_, line) => `${command} line ${line} ${"x".repeat(6)}\n`).join("")

describe("what a command prints", () => {
  it(`is stored byte for byte, ${COMMANDS} times 20 KB from commands that end at once`, async () => {
    await using t = await effecttalk({
      ...wide,
      files: {
        "print.sh": 'for ((i = 0; i < 1000; i++)); do printf "%s line %s xxxxxx\\n" "$1" "$i"; done; exit 0'
      }
    })
    await ready(t)
    for (let command = 0; command < COMMANDS; command++) {
      // A process that ends with its last byte, one that bash waits for in a pipe, and a builtin.
      const printer = [
        `seq -f '${command} line %g xxxxxx' 0 999`,
        `bash print.sh ${command}`,
        `awk 'BEGIN { for (i = 0; i < 1000; i++) print "${command} line " i " xxxxxx" }' | cat`
      ][command % 3]!
      t.type(`${printer}; (exit ${command % 50})\r`)
      // The header may have scrolled away: the last line and the editor tell the end.
      await t.waitFor(
        (rows) => rows.includes(`${command} line 999 xxxxxx`) && rows.some((row) => row.startsWith(" EDITOR "))
      )
    }
    const blocks = await leave(t)
    expect(blocks).toHaveLength(COMMANDS)
    for (const [command, block] of blocks.entries()) {
      if (block.stdout !== linesOf(command)) expect(block.stdout).toBe(linesOf(command))
      expect(block.exitCode).toBe(command % 50)
      expect(block.metadata.hiddenBytes).toBe(0)
    }
  }, 120_000)

  it("keeps tabs, trailing blanks, empty lines and a missing last newline", async () => {
    await using t = await effecttalk(wide)
    const text = "all:\n\tcc -o x x.c   \n\n\n  \nlast\t"
    t.home.write("Makefile", text)
    const block = await run(t, "cat Makefile")
    expect(block.rows[0]).toBe("all:")
    await run(t, "echo next")
    expect((await leave(t)).map(({ stdout }) => stdout)).toEqual([text, "next\n"])
  })

  it("on stderr stands in order between what is on stdout", async () => {
    await using t = await effecttalk(wide)
    await run(t, "for i in 1 2 3; do echo out $i; echo err $i >&2; done")
    expect((await leave(t))[0]?.stdout).toBe("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n")
  })

  it("cannot end its block by printing marks like ours", async () => {
    await using t = await effecttalk(wide)
    const forged = "\\e]7717;E;1;0;;/;\\n\\a\\e]7717;D;1;0;1;/\\a$ \\e]7717;Q;1\\a"
    const block = await run(t, `printf 'before${forged}'; sleep 0.2; echo after; (exit 4)`)
    expect(block.header).toContain("exit 4")
    expect(headerRow(t)).toMatch(/ · ~$/)
    const [stored, ...others] = await leave(t)
    expect(stored?.stdout).toBe("before$ after\n")
    expect(others).toEqual([])
  })
})

describe("a redirected shell", () => {
  it("by exec 2>file goes on: further commands end, and stderr is in the file", async () => {
    await using t = await effecttalk(wide)
    await run(t, "exec 2>errors")
    expect((await run(t, "ls /nowhere; echo shown")).rows[0]).toBe("shown")
    const failed = await run(t, "no_such_program")
    expect(failed.header).toContain("exit 127")
    expect((await run(t, "cd /usr; (exit 5)")).header).toContain("exit 5")
    expect(headerRow(t)).toMatch(/ · \/usr$/)
    await run(t, "exec 2>/dev/tty")
    expect((await run(t, "ls /nowhere")).rows[0]).toContain("cannot access")
    await leave(t)
    const errors = t.home.read("errors")
    expect(errors).toContain("ls: cannot access '/nowhere'")
    expect(errors).toContain("no_such_program: command not found")
    expect(errors).not.toContain("__et")
  })

  it("by exec >file keeps its marks and its directory", async () => {
    await using t = await effecttalk(wide)
    await run(t, "exec 3>&1 >out")
    await run(t, "echo into the file; cd /usr")
    expect(headerRow(t)).toMatch(/ · \/usr$/)
    await run(t, "exec >&3 3>&-")
    expect((await run(t, "echo back")).rows[0]).toBe("back")
    await leave(t)
    expect(t.home.read("out")).toBe("into the file\n")
  })
})

describe("late output", () => {
  it("of a background job at the prompt goes to a block that says so", async () => {
    await using t = await effecttalk(wide)
    await run(t, "(until [ -e go ]; do sleep 0.02; done; echo late news) &")
    t.home.write("go", "")
    await t.waitFor(/^late news$/m)
    await ready(t)
    expect(shownBlocks(t.screen()).at(-1)?.header).toMatch(/^\(background output\)/)
    t.type("echo typed\r")
    await t.waitFor(/^typed$/m)
    await ready(t)
    const blocks = await leave(t)
    expect(blocks.map(({ stdout }) => stdout.replace(/^\[1\] \d+\n/, ""))).toEqual(["", "late news\n", "typed\n"])
    expect(blocks[1]?.metadata.origin).toBe("background")
  })

  it("of a background job while a command runs appears there, as in every terminal", async () => {
    await using t = await effecttalk(wide)
    await run(t, "(until [ -e go ]; do sleep 0.02; done; echo late; touch gone) &")
    const block = await run(t, "echo begun; touch go; until [ -e gone ]; do sleep 0.02; done; echo over")
    // What bash says of the job's end stands between them.
    expect(block.rows.slice(0, 2)).toEqual(["begun", "late"])
    expect(block.rows).toContain("over")
  })
})

describe("a block", () => {
  it("that still runs when the terminal closes keeps what it printed", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("seq 3; printf unfinished; sleep 600\r")
    await t.waitFor(/^unfinished$/m)
    t.hangUp()
    await gone(t)
    expect(storedSession(t.home).blocks[0]).toMatchObject({ stdout: "1\n2\n3\nunfinished", status: "interrupted" })
  })

  it("is one for each command, also when they are typed as fast as the shell takes them", async () => {
    await using t = await effecttalk(wide)
    for (let i = 0; i < 20; i++) await run(t, `echo ${i}`)
    await ended(t, 19)
    expect((await leave(t)).map(({ stdout }) => stdout)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}\n`))
  })
})
