// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { realpathSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { executed, headerRow, inForeground, leave, ready, run, shownBlocks } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"

const wide = { cols: 100, rows: 40 }

describe("what a command leaves to the next one", () => {
  it("is the directory, in the header too, and the variables", async () => {
    await using t = await effecttalk(wide)
    const first = await run(t, "cd /usr && export A=1")
    expect(first.sign).toBe("✓")
    expect(headerRow(t)).toMatch(/ · \/usr$/)
    const second = await run(t, "pwd; echo $A")
    expect(second.rows.slice(0, 2)).toEqual(["/usr", "1"])
    expect(second.header).toMatch(/^pwd; echo \$A .* \/usr /)
    const [, block] = await leave(t)
    expect(block?.stdout).toBe("/usr\n1\n")
    expect(block?.metadata.directory).toBe("/usr")
  })

  it("is aliases, functions, options and variables that are not exported", async () => {
    await using t = await effecttalk({ ...wide, rc: "alias greet='echo good'\nlocal_to_rc=7" })
    await run(
      t,
      "alias twice='echo 2 times'; f() { echo \"f of $1\"; }; plain='a  b'; shopt -s extglob; set -o noclobber"
    )
    const block = await run(t, 'twice; f x; echo "$plain$local_to_rc"; greet; > .bashrc')
    expect(block.rows.slice(0, 4)).toEqual(["2 times", "f of x", "a  b7", "good"])
    expect(block.rows[4]).toContain("cannot overwrite existing file")
    expect(block.header).toContain("exit 1")
  })

  it("is the directory stack, $OLDPWD and a directory that was removed", async () => {
    await using t = await effecttalk(wide)
    await run(t, "pushd /usr >/dev/null; pushd /etc >/dev/null")
    expect(headerRow(t)).toMatch(/ · \/etc$/)
    const dirs = await run(t, "dirs -p; popd >/dev/null")
    expect(dirs.rows.slice(0, 3)).toEqual(["/etc", "/usr", "~"])
    expect(headerRow(t)).toMatch(/ · \/usr$/)
    await run(t, "cd - >/dev/null; cd -")
    expect(headerRow(t)).toMatch(/ · \/usr$/)
    await run(t, "mkdir ~/gone && cd ~/gone && rmdir ~/gone")
    const after = await run(t, "cd ~; pwd")
    expect(after.rows[0]).toBe(realpathSync(t.home.path))
    expect(headerRow(t)).toMatch(/ · ~$/)
  })

  it("is $?, $_, PIPESTATUS, $! and $$", async () => {
    await using t = await effecttalk(wide)
    const pid = (await run(t, "echo $$")).rows[0]
    await run(t, "true a word | (exit 5) | (exit 6)")
    expect((await run(t, 'echo "${PIPESTATUS[@]} $?"')).rows[0]).toBe("0 5 6 6")
    await run(t, "(exit 9)")
    expect((await run(t, "echo $?")).rows[0]).toBe("9")
    await run(t, ": the last word")
    expect((await run(t, "echo $_ $$")).rows[0]).toBe(`word ${pid}`)
  })

  it("is hashing, umask, limits and traps, as in any shell", async () => {
    await using t = await effecttalk(wide)
    await run(t, "umask 077; ulimit -n 200; trap 'echo got it' USR1")
    const block = await run(t, "umask; ulimit -n; kill -USR1 $$; echo after")
    expect(block.rows.slice(0, 4)).toEqual(["0077", "200", "got it", "after"])
  })

  it("survives set -u and set -x, which print what they print elsewhere and nothing of ours", async () => {
    await using t = await effecttalk(wide)
    await run(t, "set -ux")
    const traced = await run(t, "echo one")
    expect(traced.rows.slice(0, 2)).toEqual(["+ echo one", "one"])
    const unset = await run(t, "echo $never_set")
    expect(unset.rows[0]).toMatch(/never_set: unbound variable/)
    expect(unset.header).toContain("exit 1")
    const off = await run(t, "set +ux")
    expect(off.rows[0]).toBe("+ set +ux")
    const blocks = await leave(t)
    expect(blocks.map(({ stdout }) => stdout).slice(0, 2)).toEqual(["", "+ echo one\none\n"])
    expect(blocks.map(({ stdout }) => stdout).join("")).not.toContain("__et")
  })
})

describe("jobs", () => {
  it("are listed, brought to the front and sent back by later commands", async () => {
    await using t = await effecttalk(wide)
    const started = await run(t, "sleep 600 &")
    await executed(t, "sleep 600")
    expect(started.rows[0]).toMatch(/^\[1\] \d+$/)
    expect((await run(t, "jobs")).rows[0]).toMatch(/^\[1\]\+ {2}Running +sleep 600 &$/)
    t.type("fg\r")
    await t.waitFor(/^sleep 600\n/m)
    await inForeground(t, "sleep 600")
    t.keys("ctrl+z")
    await t.waitFor(/^\[1\]\+ {2}Stopped +sleep 600$/m)
    await ready(t)
    expect(shownBlocks(t.screen()).at(-1)?.header).toMatch(/^fg .*(exit 148|SIGTSTP|stopped)/)
    const bg = await run(t, "bg")
    expect(bg.rows[0]).toBe("[1]+ sleep 600 &")
    const killed = await run(t, "kill %1; wait; jobs")
    expect(killed.sign).toBe("✓")
    expect((await run(t, "jobs | wc -l")).rows[0]).toBe("0")
  })

  it("tell by a notice under the block how they ended", async () => {
    await using t = await effecttalk(wide)
    await run(t, "tail -f /dev/null &")
    await executed(t, "tail -f /dev/null")
    // Not `wait`: that reports the job itself.
    await run(t, "kill $!; while kill -0 $! 2>/dev/null; do :; done")
    await t.waitFor(/^└ \[1\]\+ {2}Terminated +tail/m)
    const blocks = await leave(t)
    const notices = blocks.flatMap(({ metadata }) => metadata.notices)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(/^\[1\]\+ {2}Terminated +tail -f \/dev\/null$/)
    expect(blocks.map(({ stdout }) => stdout).join("")).not.toContain("Terminated")
  })

  it("stopped by Ctrl+Z in the middle go on with fg where they were", async () => {
    await using t = await effecttalk({ ...wide, files: { "ask.sh": 'echo ready; read -r line; echo "got $line"\n' } })
    await ready(t)
    t.type("bash ask.sh\r")
    await t.waitFor(/^ready$/m)
    t.keys("ctrl+z")
    await t.waitFor(/Stopped +bash ask\.sh/)
    await run(t, "echo between")
    t.type("fg\r")
    await t.waitFor(/^bash ask\.sh$/m)
    await t.waitFor(" PROGRAM ")
    t.type("an answer\r")
    await t.waitFor(/^got an answer$/m)
  })
})
