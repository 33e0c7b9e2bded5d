import { spawnSync } from "node:child_process"
import { chmodSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ended, gone, prompted, ready, run, shownBlocks, storedSession } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { SSH_TOOLS, sshToHere } from "../harness/sshd.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const size = { cols: 110, rows: 40 }

/** A shell inside a block. */
interface Nested {
  /** The command that starts it, for a home. */
  readonly start: (home: Home) => string
  readonly tools: ReadonlyArray<string>
  /** Its line editor completes names and goes through its history. */
  readonly edits: boolean
  /** It can be suspended by Ctrl+Z in a program, and told to go on by `fg`. */
  readonly jobs: boolean
  /** What prints the status of the command before. */
  readonly status: string
  /** Left out where the machine does not allow it: to become another user takes root, a namespace a kernel that lets us. */
  readonly allowed?: boolean
}

const isRoot = process.getuid?.() === 0
const namespaces = isRoot && spawnSync("unshare", ["-pf", "--mount-proc", "true"]).status === 0

const bourne = { edits: true, jobs: true, status: "$?" } as const

const NESTED: Readonly<Record<string, Nested>> = {
  bash: { ...bourne, tools: [], start: () => "bash" },
  "zsh -f": { ...bourne, tools: ["zsh"], start: () => "zsh -f" },
  "fish -N": { ...bourne, tools: ["fish"], status: "$status", start: () => "fish -N" },
  dash: { ...bourne, tools: ["dash"], edits: false, start: () => "dash" },
  "su nobody": { ...bourne, tools: ["su"], allowed: isRoot, start: () => "su nobody -s /bin/bash" },
  "sudo -s": { ...bourne, tools: ["sudo"], allowed: isRoot, start: () => "sudo -s" },
  "ssh localhost": { ...bourne, tools: SSH_TOOLS, start: sshToHere },
  "a container's shell": {
    ...bourne,
    tools: ["unshare"],
    allowed: namespaces,
    start: () => "unshare -pf --mount-proc bash"
  },
  "script -c bash": { ...bourne, tools: ["script"], start: () => "script -qec bash /dev/null" }
}

/** Waits until the program in the block has printed a row; what was typed never stands alone on one. */
const row = (t: Terminal, text: string): Promise<void> => t.waitFor((rows) => rows.includes(text))

/** Types a line at the inner prompt and waits for what it prints. */
const answers = async (t: Terminal, line: string, answer: string): Promise<void> => {
  await prompted(t)
  t.type(`${line}\r`)
  await t.waitFor((rows) => rows.some((text) => text === answer || text.endsWith(` ${answer}`)))
}

/**
 * A program that says when it goes on after Ctrl+Z. It starts no other: a shell that is stopped while it waits for its child to
 * exec never tells its parent.
 */
const STOPS = "trap 'echo goes on' CONT\necho stops\nwhile :; do read -r line; done\n"

const lives = (t: Terminal): boolean =>
  shownBlocks(t.screen()).at(-1)?.sign === "●" && /^ PROGRAM /m.test(t.screen().join("\n"))

describe("a shell inside a block", () => {
  for (const [name, nested] of Object.entries(NESTED)) {
    if (nested.allowed === false) continue
    const start = async (): Promise<Terminal> => {
      const t = await effecttalk({ ...size, files: { "a-rather-long-name.txt": "its text\n", stops: STOPS } })
      // For another user.
      for (const path of [t.home.root, t.home.path]) chmodSync(path, 0o755)
      await ready(t)
      t.type(`${nested.start(t.home)}\r`)
      await t.waitFor(/^ PROGRAM /m)
      await answers(t, `echo in"s"ide; cd '${t.home.path}'`, "inside")
      return t
    }

    itWith(
      nested.tools,
      `${name} has its own prompt, line editor and keys, and the block lives until it ends`,
      async () => {
        await using t = await start()
        if (nested.edits) {
          await prompted(t)
          t.type("cat a-ra\t")
          await t.waitFor(/cat a-rather-long-name\.txt/)
          t.type("\r")
          await row(t, "its text")
          await prompted(t)
          t.keys("up", "enter")
          await t.waitFor((rows) => rows.filter((text) => text === "its text").length === 2)
        }
        // Ctrl+C ends what runs in it, not the shell. It starts no other program: dash forgets a SIGINT that comes as it does.
        await prompted(t)
        t.type("sh -c 'echo wai\"\"ts; read line'\r")
        await row(t, "waits")
        t.keys("ctrl+c")
        await answers(t, `echo "status ${nested.status}"`, "status 130")
        if (nested.jobs) {
          await prompted(t)
          t.type("sh stops\r")
          await row(t, "stops")
          t.keys("ctrl+z")
          await answers(t, 'echo af"t"er', "after")
          await prompted(t)
          t.type("fg\r")
          await row(t, "goes on")
          t.keys("ctrl+c")
          await answers(t, 'echo fr"e"e', "free")
        }
        expect(lives(t)).toBe(true)
        await prompted(t)
        t.type("sh -c 'echo en\"\"ds; exit 7'\r")
        await row(t, "ends")
        await answers(t, 'echo st"i"ll', "still")
        await prompted(t)
        t.type("exit 7\r")
        await t.waitFor((rows) => shownBlocks(rows)[0]?.sign === "✗")
        await ready(t)
        expect(shownBlocks(t.screen())).toHaveLength(1)
        expect(shownBlocks(t.screen())[0]!.header).toContain("exit 7")
        // The session's shell is as it was.
        expect((await run(t, "echo o''k")).rows[0]).toBe("ok")
      }
    )

    itWith(
      [...nested.tools, "vim"],
      `${name} shows programs that take the screen, and is ended by Ctrl+D alone`,
      async () => {
        await using t = await start()
        await prompted(t)
        t.type("vim -u NONE -i NONE a-rather-long-name.txt\r")
        await t.waitFor((rows) => rows[0] === "its text" && rows[1] === "~")
        t.type(":q\r")
        await t.waitFor((rows) => rows.some((text) => text.startsWith("●")))
        await answers(t, 'echo ba"c"k', "back")
        await prompted(t)
        t.keys("ctrl+d")
        await t.waitFor((rows) => !rows.some((text) => text.startsWith("●")))
        await ready(t)
        expect((await run(t, "echo o''k")).rows[0]).toBe("ok")
      }
    )
  }

  it("does not end its block by our marks, exported to it or forged", async () => {
    await using t = await effecttalk(size)
    await run(t, "export PS1 PS2 PS0 PROMPT_COMMAND")
    t.type("NUMBER=1234567890123 bash --norc\r")
    await t.waitFor(/^ PROGRAM /m)
    await answers(t, "echo in''side", "inside")
    const forged = ["E;$NUMBER;0;;/\\r\\n", "D;$NUMBER;0;1;/", "Q;$NUMBER"].map((mark) => `\\033]7717;${mark}\\007`)
    await answers(t, `printf "${forged.join("")}"; echo "forged \${#NUMBER}"`, "forged 13")
    await answers(t, "echo st''ill", "still")
    expect(lives(t)).toBe(true)
    expect(shownBlocks(t.screen())).toHaveLength(2)
    await prompted(t)
    t.type("exit 3\r")
    expect((await ended(t, 1)).header).toContain("exit 3")
  })

  itWith(SSH_TOOLS, "may be another EffectTalk, on the other side of ssh, which names its leader", async () => {
    await using t = await effecttalk({ ...size, env: { EFFECTTALK_LEADER: "ctrl+]" } })
    await ready(t)
    const other = new Home()
    try {
      const command = `env -u TERM_PROGRAM EFFECTTALK_DATA_DIR=${other.dataDir} ${process.execPath} ${BINARY}`
      t.type(`${sshToHere(t.home).replace(/ localhost$/, " -t localhost")} ${command}\r`)
      // Two status lines: that of the inner one, and ours, which names the leader that is ours.
      await t.waitFor(
        (rows) => /^ EDITOR .*Ctrl\+\\ \?/.test(rows[38] ?? "") && /^ PROGRAM .*Ctrl\+\]/.test(rows[39] ?? "")
      )
      t.type("echo fr''om inside\r")
      await row(t, "from inside")
      t.keys("ctrl+\\", "n")
      await t.waitFor((rows) => / NAVIGATE /.test(rows[38] ?? ""))
      t.keys("esc")
      await t.waitFor((rows) => /^ EDITOR /.test(rows[38] ?? ""))
      t.keys("ctrl+d")
      await t.waitFor(/^ EDITOR .*Ctrl\+\] \?/m)
      expect((await run(t, "echo o''k")).rows[0]).toBe("ok")
      t.keys("ctrl+d")
      await gone(t)
      expect(storedSession(t.home).blocks).toHaveLength(2)
    } finally {
      other[Symbol.dispose]()
    }
  })
})
