import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import type { Block } from "../../src/domain/Block.ts"
import type { SessionDocument } from "../../src/domain/Session.ts"
import type { Modes } from "./Emulator.ts"
import { eventually } from "./eventually.ts"
import type { Home } from "./Home.ts"
import type { Exit } from "./Pty.ts"
import type { Terminal } from "./Terminal.ts"

/** How long leaving may take, ms; only spent when a test fails. */
const END_TIMEOUT_MS = 10_000

/** A block's header as it stands on the screen, and the rows under it. */
export interface ShownBlock {
  readonly sign: string
  readonly number: number
  /** The rest of the header row: command, exit, directory, duration, time. */
  readonly header: string
  /** Output and notices; under the last block also the prompt and the status line. */
  readonly rows: ReadonlyArray<string>
}

/** Status sign, selection mark, number. */
const HEADER = /^([✓✗⊘●○])[ ▸] *(\d+) (.*)$/

/** The blocks on the screen, from top to bottom. */
export const shownBlocks = (rows: ReadonlyArray<string>): Array<ShownBlock> => {
  const blocks: Array<ShownBlock & { rows: Array<string> }> = []
  for (const row of rows) {
    const header = HEADER.exec(row)
    if (header !== null) blocks.push({ sign: header[1]!, number: Number(header[2]), header: header[3]!, rows: [] })
    else blocks.at(-1)?.rows.push(row)
  }
  return blocks
}

/** True while the shell waits, the editor has the keyboard and no question is open. */
export const isReady = (rows: ReadonlyArray<string>): boolean =>
  rows.some((row) => row.startsWith(" EDITOR ") && !row.includes("run after it")) &&
  !/ (starting|ended)$/.test(rows[0] ?? "") &&
  !rows.some((row) => row.includes("still running:"))

const latest = (rows: ReadonlyArray<string>): number => Math.max(0, ...shownBlocks(rows).map(({ number }) => number))

/** The header's row, without the word that a slow disk puts at its end. */
export const headerRow = (t: Terminal): string => t.row(0).replace(/ +(· )?being saved$/, "")

/** The whole screen with that header. */
export const screenOf = (t: Terminal): ReadonlyArray<string> => [headerRow(t), ...t.screen().slice(1)]

/** Waits for the first prompt. */
export const ready = (t: Terminal): Promise<void> => t.waitFor(isReady)

/**
 * Waits for the prompt of a shell that runs in a block, ending in one of the usual signs: what is typed before it, an end of
 * input above all, can be lost to a shell that still sets up its terminal.
 */
export const prompted = (t: Terminal): Promise<void> =>
  t.waitFor((rows) => t.cursor.x > 0 && /[$#%>]$/.test((rows[t.cursor.y] ?? "").trimEnd()))

/**
 * Types a command (a newline in it as Ctrl+J) and Enter, and waits until its block has ended and the editor is back.
 * Gives the newest block with its header on the screen: output taller than the screen hides it, so print little.
 */
export const run = async (t: Terminal, command: string): Promise<ShownBlock> => {
  await ready(t)
  const before = latest(t.screen())
  t.type(`${command}\r`)
  return ended(t, before)
}

/** Submits a command while the shell reads its start files: the editor is empty again once it has been taken. */
export const submitEarly = async (t: Terminal, command: string): Promise<void> => {
  t.type(command)
  await t.waitFor(command)
  t.keys("enter")
  await t.waitFor((rows) => !rows.join("\n").includes(command))
}

/** Waits until a block later than number `before` has ended and the editor is back; gives the newest. */
export const ended = async (t: Terminal, before: number): Promise<ShownBlock> => {
  await t.waitFor((rows) => {
    const block = shownBlocks(rows).at(-1)
    return block !== undefined && block.number > before && block.sign !== "●" && block.sign !== "○" && isReady(rows)
  })
  return shownBlocks(t.screen()).at(-1)!
}

/** The only session of a home, as the document that leaving has written. */
export const storedSession = (home: Home): SessionDocument => {
  const active = join(home.dataDir, "active")
  const [file, ...others] = readdirSync(active).filter((name) => name.endsWith(".json"))
  if (file === undefined || others.length > 0) throw new Error(`not one session: ${readdirSync(active).join(" ")}`)
  return JSON.parse(readFileSync(join(active, file), "utf8"))
}

/** Waits for the program's end; rejects, showing the screen, when it stays. */
export const gone = async (t: Terminal): Promise<Exit> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the program has not ended\n${t.picture()}`)), END_TIMEOUT_MS)
  })
  return Promise.race([t.exit, late]).finally(() => clearTimeout(timer))
}

/** Waits until a session of a home is open on the disk, where other processes find it; gives its id. */
export const opened = (home: Home): Promise<string> =>
  eventually(() => {
    const active = join(home.dataDir, "active")
    // A journal that is still being made has another name.
    const found = existsSync(active) ? readdirSync(active).find((each) => /^\w+\.journal$/.test(each)) : undefined
    if (found === undefined) throw new Error("there is no journal yet")
    return found.replace(".journal", "")
  })

/** Waits until the journal of the home's only session holds a text, or any end of a command: no screen waits for the disk. */
export const journaled = async (t: Terminal, text = '"BlockFinished"'): Promise<void> => {
  const id = await opened(t.home)
  await t.waitForFile(join(t.home.dataDir, "active", `${id}.journal`), text)
}

/**
 * Waits until a program is executed in the terminal, by its whole command line. Until then it is its shell, which may lose
 * a signal that is meant for it, or take it for its own.
 */
export const executed = async (t: Terminal, command: string): Promise<void> => {
  await eventually(() => expect(t.processes().map((each) => each.command)).toContain(command))
}

/** The same, and that it is what Ctrl+C and Ctrl+Z reach. */
export const inForeground = async (t: Terminal, command: string): Promise<void> => {
  await eventually(() => {
    const own = t.processes().filter(({ foreground, stopped }) => foreground && !stopped)
    expect(own.map((each) => each.command)).toContain(command)
  })
}

/** Waits until a process has stopped, all of its threads: what it was in the middle of has happened. */
export const stopped = async (pid: number): Promise<void> => {
  const states = () =>
    readdirSync(`/proc/${pid}/task`).map(
      (task) => /^State:\t(\S)/m.exec(readFileSync(`/proc/${pid}/task/${task}/status`, "latin1"))![1]
    )
  await eventually(() => expect(new Set(states())).toEqual(new Set(["T"])))
}

/** Waits for modes of the terminal: they are told apart from the picture. */
export const inModes = async (t: Terminal, modes: Partial<Modes>): Promise<void> => {
  await eventually(() => expect(t.modes).toMatchObject(modes))
}

/** Gives the keyboard to navigation, with the last block selected. */
export const navigate = async (t: Terminal): Promise<void> => {
  t.keys("ctrl+\\", "n")
  await t.waitFor(/^ NAVIGATE /m)
}

/** Gives the keyboard back to the editor. */
export const back = async (t: Terminal): Promise<void> => {
  t.keys("esc")
  await ready(t)
}

/** The commands of the blocks on the screen, as their headers show them. */
export const commands = (t: Terminal): ReadonlyArray<string> =>
  shownBlocks(t.screen()).map(({ header }) => header.split(/ {2,}/)[0]!)

/** Leaves by Ctrl+D and gives the blocks that are on disk then. */
export const leave = async (t: Terminal): Promise<ReadonlyArray<Block>> => {
  await ready(t)
  t.keys("ctrl+d")
  await gone(t)
  return storedSession(t.home).blocks
}
