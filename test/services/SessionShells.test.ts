import { describe, expect, it } from "vitest"
import { SessionShells } from "../../src/services/SessionShells.ts"

/** A shell with jobs of such names, and what was asked of it. */
const shell = (name: string, ...jobs: ReadonlyArray<string>) => {
  const one = {
    asked: [] as Array<string>,
    running: jobs.map((job, index) => ({ pid: index + 1, name: job })),
    jobs: () => one.running,
    history: () => {
      one.asked.push("history")
      return [`${name}'s`]
    },
    close: async () => void one.asked.push("close")
  }
  return one
}

const names = (shells: SessionShells<ReturnType<typeof shell>>) => shells.jobs().map(({ name }) => name)

describe("the shells of a session", () => {
  it("drive the latest one, and remember an ended one for as long as jobs of its run", () => {
    const shells = new SessionShells<ReturnType<typeof shell>>()
    const first = shell("first", "server", "watch")
    const second = shell("second", "make")
    shells.begin(first)
    shells.begin(second)
    expect(shells.now).toBe(second)
    expect(names(shells)).toEqual(["server", "watch", "make"])
    first.running = []
    expect(names(shells)).toEqual(["make"])
    // Its session's id may be another's by now.
    first.running = [{ pid: 7, name: "a stranger" }]
    expect(names(shells)).toEqual(["make"])
  })

  it("read the history once, of the first that is asked", () => {
    const shells = new SessionShells<ReturnType<typeof shell>>()
    const first = shell("first")
    shells.begin(first)
    expect(shells.history()).toEqual(["first's"])
    shells.begin(shell("second"))
    expect(shells.history()).toEqual(["first's"])
    expect(first.asked).toEqual(["history"])
  })

  it("are ended with those that left jobs", async () => {
    const shells = new SessionShells<ReturnType<typeof shell>>()
    const all = [shell("idle"), shell("busy", "server"), shell("now")]
    for (const one of all) shells.begin(one)
    await shells.close()
    expect(all.map(({ asked }) => asked)).toEqual([[], ["close"], ["close"]])
  })
})
