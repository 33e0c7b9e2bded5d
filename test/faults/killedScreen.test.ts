import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { ready, run, shownBlocks } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import type { Home } from "../harness/Home.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { namesIn } from "./checkDirectory.ts"
import { report, seeded, suiteKills, suiteSeed } from "./seeded.ts"

/** Of all kills those that hit the real program here; the others are `killed.test.ts`'s. */
const PART = 1 / 8
/** Commands that may come before a kill. */
const MAX_COMMANDS = 3

const active = (home: Home): string => join(home.dataDir, "active")

const idOf = (home: Home): string | undefined =>
  namesIn(active(home)).flatMap((name) => /^(.*)\.(?:journal|json)$/.exec(name)?.[1] ?? [])[0]

/** The text of the session's journal, or of what its running blocks show; empty where there is none. */
const stored = (home: Home, end: "journal" | "screen"): string => {
  const path = join(active(home), `${idOf(home)}.${end}`)
  return existsSync(path) ? readFileSync(path, "latin1") : ""
}

/** How many ends of commands the journal holds: an end is promised once it does. */
const endsIn = (home: Home): number => stored(home, "journal").split('"BlockFinished"').length - 1

/** No file of a session is empty but a live screen, which is while nothing runs, and every document is JSON. */
const checkFiles = (home: Home, where: string): void => {
  for (const name of namesIn(active(home))) {
    if (/\.(?:tmp|screen)$/.test(name)) continue
    expect(statSync(join(active(home), name)).size, `${where}: ${name}`).toBeGreaterThan(0)
    if (name.endsWith(".json")) JSON.parse(readFileSync(join(active(home), name), "utf8"))
  }
}

/** A command as its block has to come back. */
interface Said {
  readonly command: string
  readonly output: ReadonlyArray<string>
  /** It had not ended when its terminal was killed. */
  readonly isRunning: boolean
}

/** Looks at the blocks that are whole on the screen; what nobody had seen yet (`true`) may stand among them. */
const checkBlocks = (t: Terminal, said: ReadonlyArray<Said>, where: string): void => {
  const shown = shownBlocks(t.screen())
    .slice(1)
    .filter(({ header }) => !header.startsWith("true "))
  const picture = `${where}\n${t.picture()}`
  for (const [index, block] of shown.toReversed().entries()) {
    const { command, output, isRunning } = said.at(-1 - index)!
    expect(block.header, picture).toContain(command)
    expect(block.rows.slice(0, output.length), picture).toEqual(output)
    expect(block.sign, picture).toBe(isRunning ? "⊘" : "✓")
    if (isRunning) expect(block.rows.join("\n"), picture).toContain("EffectTalk was killed while this ran")
  }
  if (said.length > 1) expect(shown.length, picture).toBeGreaterThan(0)
}

it("is killed while commands run and comes back with every block it had shown, the running one's output too", async () => {
  const kills = Math.round(suiteKills() * PART)
  const seed = suiteSeed()
  const next = seeded(seed)
  report(`kill -9 on the screen: seed ${seed}; SEED=${seed} npm run test:faults repeats it`)
  await using first = await effecttalk({ cols: 100, rows: 40 })
  const { home } = first
  let t = first
  const said: Array<Said> = []
  for (let kill = 0; kill < kills; kill++) {
    const where = `seed ${seed}, kill ${kill}`
    await ready(t)
    // The first one, too, shall have a session to come back to.
    for (let count = Math.max(next(MAX_COMMANDS), said.length === 0 ? 1 : 0); count > 0; count--) {
      const command = `printf 'done-%s\\n' ${kill}.${count}`
      const before = endsIn(home)
      await run(t, command)
      await eventually(() => expect(endsIn(home)).toBeGreaterThan(before))
      said.push({ command, output: [`done-${kill}.${count}`], isRunning: false })
    }
    if (next(3) > 0) {
      const command = `printf 'a%s\\nb%s\\n' ${kill} ${kill}; sleep 600`
      t.type(`${command}\r`)
      await t.waitFor(new RegExp(`^b${kill}$`, "m"))
      // Nothing of it has left the live screen, which follows within a quarter of a second.
      await eventually(() => expect(stored(home, "screen")).toContain(`b${kill}`))
      said.push({ command, output: [`a${kill}`, `b${kill}`], isRunning: true })
    } else if (next(2) === 0) {
      // Also before anything is said of a command.
      t.type("true\r")
    }
    t.kill("SIGKILL")
    await t.exit
    checkFiles(home, where)
    const killed = t
    t = await killed.restart({
      args: [BINARY, kill === 0 ? "--continue" : "--resume", ...(kill === 0 ? [] : [idOf(home)!])]
    })
    if (killed !== first) await killed[Symbol.asyncDispose]()
    await ready(t)
    checkBlocks(t, said, where)
  }
  if (t !== first) await t[Symbol.asyncDispose]()
  report(`kill -9 on the screen: ${kills} times; ${said.length} blocks, each there after every kill`)
}, 120_000)
