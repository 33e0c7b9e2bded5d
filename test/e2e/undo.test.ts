import { describe, expect, it } from "vitest"
import { back, commands, leave, navigate, ready, run } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import type { Terminal } from "../harness/Terminal.ts"

const outputs = (t: Terminal): ReadonlyArray<string> => t.screen().filter((row) => /^ *42-\w+$/.test(row))

describe("undoing and redoing", () => {
  it("goes by key and by word through all that was done to the session and its blocks, and through no command", async () => {
    await using t = await effecttalk({ cols: 100, rows: 30 })
    await ready(t)
    for (const word of ["one", "two", "three"]) await run(t, `echo $((6*7))-${word}`)
    await navigate(t)
    t.keys("@")
    await t.waitFor(/^name of b3: @/m)
    t.type("mid\r")
    await t.waitFor(/@mid · /)
    // As fast as keys can come.
    t.keys("p", "up", "d", "F")
    await t.waitFor(() => outputs(t).length === 0)
    await back(t)
    // What runs meanwhile has nothing to do with it.
    await run(t, "echo $((6*7))-four")
    t.type("/undo\r")
    await t.waitFor("2 blocks are unfolded again")
    expect(outputs(t).map((row) => row.trim())).toEqual(["42-one", "42-three", "42-four"])
    t.type("/undo\r")
    await t.waitFor("b2 is back")
    await navigate(t)
    t.keys("u", "u")
    await t.waitFor("b3 has no name again")
    t.keys("u")
    await t.waitFor("Nothing to undo")
    expect(commands(t)).toEqual(["one", "two", "three", "four"].map((word) => `echo $((6*7))-${word}`))

    // The same way back.
    t.keys("ctrl+r", "ctrl+r")
    await t.waitFor("b3 is pinned again")
    await back(t)
    t.type("/redo\r")
    await t.waitFor("b2 is deleted again")
    expect(commands(t)).toEqual(["echo $((6*7))-one", "⚑ @mid · echo $((6*7))-three", "echo $((6*7))-four"])
    t.type("/redo\r")
    await t.waitFor("2 blocks are folded again")
    expect(outputs(t).map((row) => row.trim())).toEqual(["42-four"])
    await navigate(t)
    t.keys("u", "u", "u", "u")
    await t.waitFor("b3 has no name again")
    // Something new ends the way forward.
    t.keys("m")
    await t.waitFor(/^note on b3: /m)
    t.type("slow\r")
    await t.waitFor("✎ slow")
    t.keys("ctrl+r")
    await t.waitFor("Nothing to redo")
    t.keys("d", "u")
    await t.waitFor("b3 is back")
    await back(t)
    const blocks = await leave(t)
    expect(blocks.map(({ metadata }) => [metadata.number, metadata.note, metadata.pinned])).toEqual([
      [1, undefined, undefined],
      [2, undefined, undefined],
      [3, "slow", undefined],
      [4, undefined, undefined]
    ])

    // Until the session is closed.
    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await ready(again)
    again.type("/undo\r")
    await again.waitFor("Nothing to undo since the session was opened")
    expect(commands(again)).toHaveLength(4)
  })
})
