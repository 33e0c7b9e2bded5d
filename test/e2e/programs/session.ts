import { expect } from "vitest"
import { inModes, ready, run } from "../../harness/blocks.ts"
import { INITIAL_MODES } from "../../harness/Emulator.ts"
import { effecttalk } from "../../harness/effecttalk.ts"
import type { Home } from "../../harness/Home.ts"
import type { MouseEvent } from "../../harness/keys.ts"
import { type Depth, OWN_MOUSE, Reference, TEE_RC } from "../../harness/reference.ts"
import type { Terminal } from "../../harness/Terminal.ts"

/** Where a user acts. `rows` are those of the window, of which a full-screen program has all but the last. */
export interface Keyboard {
  type(text: string): unknown
  keys(...names: ReadonlyArray<string>): unknown
  paste(text: string): unknown
  mouse(event: MouseEvent): unknown
  resize(cols: number, rows: number): unknown
}

/** What stands on the screen once a program has answered. */
export type Shows = string | RegExp | ((rows: ReadonlyArray<string>, t: Terminal) => boolean)

const conditionOf = (shows: Shows, t: Terminal) =>
  typeof shows === "function" ? (rows: ReadonlyArray<string>) => shows(rows, t) : shows

export const shown = (t: Terminal, shows: Shows): Promise<void> => t.waitFor(conditionOf(shows, t))

/** What a user does to a program, and what only its answer shows: nothing that stood there before. */
export interface Step {
  readonly act: (at: Keyboard, t: Terminal) => unknown
  readonly shows: Shows
  /** Pictures that may stand, after those rows, while the program has not answered yet. */
  readonly unanswered?: (rows: ReadonlyArray<string>) => ReadonlyArray<ReadonlyArray<string>>
}

export const type = (text: string, shows: Shows): Step => ({ act: (at) => at.type(text), shows })
export const keys = (names: string, shows: Shows): Step => ({ act: (at) => at.keys(...names.split(" ")), shows })
export const paste = (text: string, shows: Shows): Step => ({ act: (at) => at.paste(text), shows })

/** What a terminal of another size shows of those rows until its program draws: a shorter one may cut them at either end. */
const resized = (all: ReadonlyArray<string>, cols: number, rows: number): ReadonlyArray<ReadonlyArray<string>> => {
  const program = all.slice(0, -1).map((row) => row.slice(0, cols))
  const blank = Array<string>(Math.max(0, rows - all.length)).fill("")
  return [program.slice(0, rows - 1), program.slice(1 - rows)].map((kept) => [...kept, ...blank, ...all.slice(-1)])
}

/**
 * Another window, painted. `drawn` tells the program's picture of its new size from the old one in the new window: vim,
 * less and nano lose a key that comes before they have heard. Only for a program that says nothing to it, none.
 */
export const resize = (cols: number, rows: number, drawn?: (rows: ReadonlyArray<string>) => boolean): Step => ({
  act: (at) => at.resize(cols, rows),
  shows: (screen) => screen.length === rows && screen[rows - 1]!.startsWith(" PROGRAM ") && drawn?.(screen) !== false,
  unanswered: (screen) => (drawn === undefined ? [] : resized(screen, cols, rows))
})
/** A wider window, with a row in it that only the program's new size has room for. */
export const widerTo = (row: RegExp): Step => resize(100, 30, (rows) => rows.some((text) => row.test(text)))
/** A file of its home that the program waits for. */
export const write = (file: string, shows: Shows): Step => ({ act: (_, t) => t.home.write(file, ""), shows })
export const click = (x: number, y: number, shows: Shows): Step => ({
  act: async (at) => {
    await at.mouse({ action: "press", x, y })
    await at.mouse({ action: "release", x, y })
  },
  shows
})

/** Takes the step on each keyboard, and waits until the program has answered on the screen of `t`. */
export const take = async (step: Step, t: Terminal, ...others: ReadonlyArray<Keyboard>): Promise<void> => {
  const { act, shows, unanswered } = step
  const mayStand = (unanswered?.(t.screen()) ?? []).some((rows) => typeof shows === "function" && shows(rows, t))
  if (mayStand || t.shows(conditionOf(shows, t)))
    throw new Error(`${shows} stands there before the step's answer\n${t.picture()}`)
  for (const keyboard of [t, ...others]) await act(keyboard, t)
  await shown(t, shows)
}

/** A program of the distribution, and a session with it. */
export interface Program {
  /** Programs that must be there, its own first. */
  readonly tools: ReadonlyArray<string>
  /** The command, or how it is made of the home that it runs in. */
  readonly command: string | ((home: Home) => string)
  /** What the test is called, if not by the command. */
  readonly name?: string
  readonly files?: Readonly<Record<string, string>>
  /** Run before it, in a block of its own. */
  readonly before?: string
  /** It never leaves the normal screen, and is painted below its block's header. */
  readonly inline?: boolean
  /** What it prints leaves its screen by the top. */
  readonly scrolls?: boolean
  readonly opens: Shows
  readonly steps: ReadonlyArray<Step>
  readonly quit: (t: Terminal) => unknown
}

export const nameOf = ({ name, command }: Program): string => name ?? String(command)

export const typed = (text: string) => (t: Terminal) => t.type(text)

/** A program's own name runs it, through the tee: EffectTalk is told what a user would tell it. */
const rcOf = ({ tools }: Program): string => `${TEE_RC}\n${tools[0]}() { tee_pty '. ~/program'; }\n`

/** What EffectTalk itself asks of its terminal while its editor waits. */
const OWN_MODES = {
  ...INITIAL_MODES,
  alternateScreen: true,
  autoWrap: false,
  bracketedPaste: true,
  ...OWN_MOUSE
}

/** A block after a program has a clean screen and the default looks; leaving then gives the terminal back as it was. */
export const leavesNothing = async (t: Terminal): Promise<void> => {
  await ready(t)
  await inModes(t, OWN_MODES)
  expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
  const block = await run(t, "echo cl''ean")
  expect(block.rows[0]).toBe("clean")
  const { x, y } = t.find("clean")
  expect(t.cell(x, y)).toMatchObject({ fg: "default", bg: "default", bold: false, inverse: false, underline: false })
  t.keys("ctrl+d")
  expect(await t.exit).toEqual({ code: 0, signal: null })
  expect(t.modes).toEqual(INITIAL_MODES)
  expect(t.cursor).toMatchObject({ visible: true, shape: "block" })
}

/** A program that has started, and its reference. */
export interface Started extends AsyncDisposable {
  readonly t: Terminal
  readonly reference: Reference
  /** Waits until the program is painted as its bytes say. */
  readonly agrees: () => Promise<void>
}

/** Starts a program and waits until it is painted. */
export const start = async (
  program: Program,
  env: Readonly<Record<string, string>> = { COLORTERM: "truecolor" },
  depth: Depth = "truecolor"
): Promise<Started> => {
  const { command, files } = program
  const t = await effecttalk({ rc: rcOf(program), env: { LESSCHARSET: "utf-8", ...env }, files })
  const reference = new Reference(t)
  const agrees = () => (program.inline ? reference.agreesInline(t) : reference.agrees(t, depth))
  const end = async () => {
    reference[Symbol.dispose]()
    await t[Symbol.asyncDispose]()
  }
  try {
    await ready(t)
    if (program.before !== undefined) await run(t, program.before)
    t.home.write("program", typeof command === "string" ? command : command(t.home))
    t.type(`${program.tools[0]}\r`)
    await shown(t, program.opens)
    await agrees()
  } catch (error) {
    await end()
    throw error
  }
  return { t, reference, agrees, [Symbol.asyncDispose]: end }
}

/** A session with a program, compared after each step; then it leaves, and nothing of it stays but its last picture. */
export const session = async (program: Program, env: Readonly<Record<string, string>>, depth: Depth): Promise<void> => {
  await using started = await start(program, env, depth)
  const { t, reference, agrees } = started
  for (const step of program.steps) {
    await take(step, t)
    await agrees()
  }
  await program.quit(t)
  await ready(t)
  if (program.inline) {
    // Room for the block's header.
    t.resize(t.emulator.xterm.cols, t.emulator.xterm.rows + 10)
    await reference.agreesFrozen(t, program.scrolls)
  }
  await leavesNothing(t)
}
