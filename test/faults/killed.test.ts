import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { assert, describe, it } from "vitest"
import { checkLeft, namesIn } from "./checkDirectory.ts"
import { bundled, startChild } from "./child.ts"
import { Happenings } from "./happenings.ts"
import { report, seeded, suiteKills, suiteSeed } from "./seeded.ts"

/** Of all kills those that hit the real program on a screen; see `killedScreen.test.ts`. */
const ON_SCREEN = 1 / 8
/** Kills that one session goes through. */
const KILLS_PER_SESSION = 10
/** Longest time until a kill, from the first word of its process on, in milliseconds. */
const MAX_LIFE_MS = 120

const writer = bundled("writer.ts")

/** Lets a writer go on with a session and kills it at a moment that `next` chooses; gives what it said was saved. */
const runAndKill = async (dataDir: string, seed: number, next: (below: number) => number) => {
  const child = startChild(writer.path, [dataDir, String(seed)])
  const life = next(MAX_LIFE_MS * 1000) / 1000
  const saves = next(3) === 0 ? 1 + next(8) : Number.POSITIVE_INFINITY
  let errors = ""
  child.stderr!.on("data", (data) => {
    errors += data
  })
  const ended = once(child, "exit")
  let saved = 0
  let heard = 0
  const unexpected: Array<string> = []
  for await (const line of createInterface({ input: child.stdout! })) {
    const [word, number] = line.split(" ")
    if (word === "opened") setTimeout(() => child.kill("SIGKILL"), life)
    else if (word === "saved") saved = Number(number)
    else if (!line.startsWith("note The last write was cut short")) unexpected.push(line)
    if (word === "saved" && ++heard >= saves) child.kill("SIGKILL")
  }
  await ended
  assert.deepStrictEqual([unexpected, errors, child.signalCode], [[], "", "SIGKILL"])
  return saved
}

describe("a process killed while it writes a session", () => {
  const kills = Math.round(suiteKills() * (1 - ON_SCREEN))

  it(
    `loses nothing it called saved: ${kills} times kill -9`,
    async () => {
      const seed = suiteSeed()
      report(`kill -9: seed ${seed}; SEED=${seed} npm run test:faults repeats it`)
      let promised = 0
      let kept = 0
      for (let kill = 0; kill < kills; ) {
        const dataDir = mkdtempSync(join(tmpdir(), "faults-"))
        const own = seed + kill
        const next = seeded(own)
        const happenings = new Happenings(own)
        let before = 0
        for (let round = 0; round < KILLS_PER_SESSION && kill < kills; round++, kill++) {
          const saved = Math.max(before, await runAndKill(dataDir, own, next))
          const where = `seed ${seed}, kill ${kill}`
          const left = checkLeft(dataDir, happenings, saved, where)
          promised += saved - before
          kept += left - before
          if (left > 0) happenings.resumeAfter(left)
          // What the next process begins with is what this one left: only then are crashes met upon crashes.
          before = left
          assert.deepStrictEqual(namesIn(join(dataDir, "quarantine")), [], where)
        }
        rmSync(dataDir, { recursive: true })
      }
      assert.isAbove(promised, kills)
      report(`kill -9: ${kills} times; ${promised} events were called saved, ${kept} found, none missing`)
    },
    30_000 + kills * 2000
  )
})
