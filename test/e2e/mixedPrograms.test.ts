import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect } from "vitest"
import {
  gone,
  inForeground,
  isReady,
  ready,
  run,
  type ShownBlock,
  shownBlocks,
  storedSession
} from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import { processesOf, processesUnder } from "../harness/processes.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

/** Rounds that are counted; each runs every kind of program once. */
const ROUNDS = 8
/** Blocks that the counted rounds must come to at least. */
const BLOCKS = 200
/** Resident memory after the counted rounds, as a multiple of what it was before. Their output alone is some MB. */
const MAX_GROWTH = 2
/** Two quiet cores need a quarter of it. */
const TEST_TIMEOUT_MS = 180_000

/** One way in which people use a terminal: gives back the blocks it made. `n` is new each time. */
type Kind = (t: Terminal, n: string) => Promise<number>

const newest = (t: Terminal): ShownBlock | undefined => shownBlocks(t.screen()).at(-1)
const numberOf = (t: Terminal): number => newest(t)?.number ?? 0

/** Starts a program and waits until the rows of its block, or of the screen that it took, show what it begins with. */
const start = async (
  t: Terminal,
  command: string,
  begun: (rows: ReadonlyArray<string>) => boolean
): Promise<number> => {
  await ready(t)
  const before = numberOf(t)
  t.type(`${command}\r`)
  await t.waitFor((rows) => {
    const block = shownBlocks(rows).at(-1)
    if (!rows.some((row) => row.startsWith(" PROGRAM "))) return false
    return block === undefined ? begun(rows) : block.number > before && begun(block.rows)
  })
  return before
}

/**
 * Waits until the newest block has ended and the editor is back; gives that block when its header is on the screen. A
 * taller one, whose header is not, must have had the keyboard before.
 */
const end = async (t: Terminal, before: number): Promise<ShownBlock | undefined> => {
  await t.waitFor((rows) => {
    const block = shownBlocks(rows).at(-1)
    return isReady(rows) && (block === undefined || (block.number > before && !"●○".includes(block.sign)))
  })
  return newest(t)
}

/** A program that is started, seen, told to leave and gone. */
const visit =
  (command: string, begun: (rows: ReadonlyArray<string>) => boolean, leave: (t: Terminal) => void): Kind =>
  async (t) => {
    const before = await start(t, command, begun)
    leave(t)
    await end(t, before)
    return 1
  }

/** A command that prints a row which is known and ends by itself. */
const command =
  (text: (n: string) => string, row: (n: string) => string, sign = "✓"): Kind =>
  async (t, n) => {
    const block = await run(t, text(n))
    expect(block.rows).toContain(row(n))
    expect(block.sign).toBe(sign)
    return 1
  }

/** Something that says when it is in the foreground and then waits for a signal. */
const waiting = (n: string): string => `sh -c 'echo o''n-${n}; exec sleep 600'`
const isOn = (n: string) => (rows: ReadonlyArray<string>) => rows.includes(`on-${n}`)

const KINDS: Readonly<Record<string, Kind>> = {
  "a builtin": command(
    (n) => `echo $((${n} + 1))`,
    (n) => String(Number(n) + 1)
  ),
  "a program": command(
    (n) => `/bin/echo said ${n}`,
    (n) => `said ${n}`
  ),
  "a failure": command(
    (n) => `echo ${n}; (exit 3)`,
    (n) => n,
    "✗"
  ),
  "a command that is not there": command(
    (n) => `echo ${n}; no_such_program 2>&-`,
    (n) => n,
    "✗"
  ),
  "a pipeline": command(
    (n) => `seq ${n} | sort -rn | head -n 1`,
    (n) => n
  ),
  "a pipeline that is cut": command(
    (n) => `yes ${n} | head -n 20000 | tail -n 1`,
    (n) => n
  ),
  "process substitutions": command(
    (n) => `cat <(echo ${n}) <(:) | tee >(cat >/dev/null)`,
    (n) => n
  ),
  "a coprocess": command(
    (n) => `coproc cat; echo ${n} >&\${COPROC[1]}; read -r -u \${COPROC[0]} a; kill $COPROC_PID; wait; echo $a`,
    (n) => n
  ),
  "descriptors of the shell": command(
    (n) => `exec 8< <(echo ${n}) 9>/dev/null; cat <&8; exec 8<&- 9>&-`,
    (n) => n
  ),
  "several lines": command(
    (n) => `for i in 1 2 3; do\necho ${n}\ndone | uniq`,
    (n) => n
  ),
  "another shell": command(
    (n) => `bash -c 'cd /; (bash -ic "echo ${n}" 2>/dev/null)'`,
    (n) => n
  ),
  "much output": async (t, n) => {
    await ready(t)
    t.type(`seq ${n} $((${n} + 20000)); echo last''-${n}\r`)
    await t.waitFor((rows) => rows.includes(`last-${n}`) && isReady(rows))
    return 1
  },
  vim: visit(
    "vim -u NONE -i NONE -n notes.txt",
    (rows) => rows.filter((row) => row === "~").length > 5,
    (t) => t.type(":q!\r")
  ),
  less: visit(
    "less /etc/services",
    (rows) => rows.includes("/etc/services"),
    (t) => t.type("q")
  ),
  top: visit(
    "top -d 600 -p $$",
    (rows) => rows.some((row) => row.includes("load average")),
    (t) => t.type("q")
  ),
  fzf: visit(
    "seq 50 | fzf --height 8",
    (rows) => rows.some((row) => row.includes("50/50")),
    (t) => t.keys("esc")
  ),
  python: visit(
    "python3 -q",
    (rows) => rows.some((row) => row.startsWith(">>>")),
    (t) => t.keys("ctrl+d")
  ),
  sqlite: visit(
    "sqlite3 :memory:",
    (rows) => rows.some((row) => row.startsWith("sqlite>")),
    (t) => t.type(".quit\r")
  ),
  "an interrupted program": async (t, n) => {
    const before = await start(t, waiting(n), isOn(n))
    await inForeground(t, "sleep 600")
    t.keys("ctrl+c")
    expect((await end(t, before))?.sign).toBe("⊘")
    return 1
  },
  "a stopped program, killed": async (t, n) => {
    const before = await start(t, waiting(n), isOn(n))
    await inForeground(t, "sleep 600")
    t.keys("ctrl+z")
    expect((await end(t, before))?.header).toContain("stopped (148)")
    await run(t, "kill -KILL %%; wait %% 2>/dev/null; jobs")
    return 2
  },
  "an editor killed on the alternate screen": async (t, n) => {
    const begun = (rows: ReadonlyArray<string>) => rows.filter((row) => row === "~").length > 5
    const before = await start(t, `vim -u NONE -i NONE -n victim-${n}`, begun)
    const [victim] = processesUnder(t.pid).filter((one) => one.command.startsWith("vim") && one.command.endsWith(n))
    process.kill(victim!.pid, "SIGKILL")
    expect((await end(t, before))?.header).toContain("SIGKILL")
    return 1
  },
  "a program that dies and leaves modes on": async (t, n) => {
    const before = numberOf(t)
    await ready(t)
    t.type(`sh -c 'printf "\\033[?1049h\\033[?1000;2004h\\033[?25l"; stty raw -echo; kill -9 $$'; echo ${n}\r`)
    await end(t, before)
    return 1
  },
  "a command beside": async (t, n) => {
    await ready(t)
    const before = numberOf(t)
    t.type(`echo be''side-${n}`)
    t.keys("ctrl+\\", "enter")
    expect((await end(t, before))?.rows).toContain(`beside-${n}`)
    return 1
  },
  "a program beside, interrupted by its shell": async (t, n) => {
    await ready(t)
    const before = numberOf(t)
    t.type(`sh -c 'echo be''side-${n}; kill -INT $$'`)
    t.keys("ctrl+\\", "enter")
    expect((await end(t, before))?.sign).toBe("⊘")
    return 1
  },
  "an output as a file": command(
    (n) => `grep -c . @b1; echo ${n}`,
    (n) => n
  ),
  "an output in the pager": async (t, n) => {
    await run(t, `echo paged''-${n}`)
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.keys("l")
    await t.waitFor((rows) => rows.includes(`paged-${n}`) && rows.some((row) => row.startsWith("(END)")))
    t.type("q")
    await t.waitFor(" NAVIGATE ")
    t.keys("esc")
    await ready(t)
    return 1
  },
  "a command again where it ran": async (t, n) => {
    const { number } = await run(t, `echo again''-${n}`)
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.keys("R")
    await t.waitFor((rows) => {
      const block = shownBlocks(rows).at(-1)
      return block !== undefined && block.number > number && block.sign === "✓" && block.rows.includes(`again-${n}`)
    })
    t.keys("esc")
    await ready(t)
    return 2
  },
  "a search of all sessions": async (t, n) => {
    await ready(t)
    t.keys("ctrl+\\", "S")
    await t.waitFor(" SEARCH ")
    t.keys("ctrl+u")
    t.type(`nowhere-${n}`)
    await t.waitFor(
      (rows) => rows.some((row) => row.includes("nothing in ")) && rows.some((row) => row.includes(`nowhere-${n}`))
    )
    t.keys("esc")
    await ready(t)
    return 0
  },
  "a job that ends by itself": async (t, n) => {
    await ready(t)
    t.type(`(sleep 0.05; echo la''te-${n}) &\r`)
    // The job's block may come before its command's is seen to have ended, and stays open until the next command.
    await t.waitFor((rows) => rows.some((row) => row.includes(`late-${n}`)) && isReady(rows))
    await run(t, "wait")
    return 3
  }
}

/** What stands behind a descriptor, without what differs from one to the next. */
const kindOf = (link: string): string =>
  link
    .replace(/^\/dev\/pts\/\d+$/, "/dev/pts")
    .replace(/^(pipe|socket):\[\d+\]$/, "$1")
    .replace(/^.*\/([^/]*)$/, (path) => (path.startsWith("/dev/") ? path : path.replace(/[0-9A-Za-z_-]{10,}/g, "#")))

/** What EffectTalk holds, counted from outside: descriptors by kind, terminals, threads, processes, runtime files. */
const held = (t: Terminal) => {
  const directory = `/proc/${t.pid}`
  const descriptors: Record<string, number> = {}
  const terminals = new Set<string>()
  for (const fd of readdirSync(`${directory}/fd`)) {
    let kind = ""
    try {
      kind = kindOf(readlinkSync(`${directory}/fd/${fd}`))
      if (kind === "/dev/ptmx" || kind === "/dev/pts/ptmx") {
        terminals.add(/^tty-index:\s*(\d+)/m.exec(readFileSync(`${directory}/fdinfo/${fd}`, "latin1"))?.[1] ?? fd)
      }
    } catch {
      continue // closed while we looked: there is a next look
    }
    descriptors[kind] = (descriptors[kind] ?? 0) + 1
  }
  const threads = Number(/^Threads:\s*(\d+)/m.exec(readFileSync(`${directory}/status`, "latin1"))?.[1])
  // The shell that is kept ready for commands beside is another one each time, in another directory.
  const processes = processesUnder(t.pid)
    .map(({ command }) => command.replaceAll(/\S*\/(?=init\b)/g, ""))
    .sort()
  const files = readdirSync(t.home.runtimeDir, { recursive: true }).length
  return { descriptors, terminals: terminals.size, threads, processes, files }
}

/**
 * What is held once what the last command has left to do is done: documents and the history are open only to be written or
 * read, and a shell that has started runs nothing on its terminal.
 */
const heldAtRest = (t: Terminal) =>
  eventually(() => {
    const now = held(t)
    expect(Object.keys(now.descriptors).join("\n")).not.toMatch(/\.(jsonl?|tmp)\b/)
    expect(now.processes).toHaveLength(now.terminals)
    return now
  })

/** Resident memory, kB. */
const resident = (t: Terminal): number =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${t.pid}/status`, "latin1"))?.[1])

const everyKind = async (t: Terminal, round: number): Promise<number> => {
  let blocks = 0
  for (const [at, [name, kind]] of Object.entries(KINDS).entries()) {
    try {
      blocks += await kind(t, String(round * 100 + at + 1000))
    } catch (cause) {
      throw new Error(`round ${round}, ${name}\n${t.picture()}`, { cause })
    }
  }
  return blocks
}

describe("after two hundred blocks of mixed programs", () => {
  itWith(
    ["vim", "less", "top", "fzf", "python3", "sqlite3"],
    "no process, terminal, descriptor or thread is left, and memory has an end",
    async () => {
      await using t = await effecttalk({ cols: 100, rows: 30 })
      // The first round loads what is loaded on demand and fills what is kept ready, such as a shell beside.
      await everyKind(t, 0)
      await ready(t)
      const [before, memory] = [await heldAtRest(t), resident(t)]
      // The session's shell and the one kept ready: what is counted is there.
      expect(before.terminals).toBeGreaterThan(0)

      let blocks = 0
      for (let round = 1; round <= ROUNDS; round++) blocks += await everyKind(t, round)
      expect(blocks).toBeGreaterThanOrEqual(BLOCKS)
      await ready(t)
      await eventually(() => expect(held(t)).toEqual(before))
      expect(resident(t) / memory).toBeLessThan(MAX_GROWTH)

      t.keys("ctrl+d")
      expect(await gone(t)).toEqual({ code: 0, signal: null })
      await t.waitForNoProcesses()
      expect(processesOf(t.home.path)).toEqual([])
      expect(readdirSync(t.home.runtimeDir, { recursive: true })).toEqual([])
      // Where the runtime directory is on a disk, outputs are given to commands from here.
      expect(readdirSync("/dev/shm").filter((name) => name.startsWith(`effecttalk-${t.pid.toString(36)}-`))).toEqual([])
      expect(readdirSync(join(t.home.dataDir, "active")).filter((file) => !file.endsWith(".json"))).toEqual([])
      expect(storedSession(t.home).blocks.length).toBeGreaterThanOrEqual(BLOCKS)
    },
    TEST_TIMEOUT_MS
  )
})
