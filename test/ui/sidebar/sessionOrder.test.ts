import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { SidebarSession } from "../../../src/ui/sidebar/SidebarModel.ts"
import { orderSessions, placesOf } from "../../../src/ui/sidebar/sessionOrder.ts"
import { busySessions, NOW, sketchSession } from "./models.ts"

const ids = (sessions: ReadonlyArray<SidebarSession>, frozen: Parameters<typeof orderSessions>[1] = null) =>
  orderSessions(sessions, frozen).map(({ name, sessions: members }) => [name, ...members.map(({ id }) => id)])

const open = { kind: "open", running: 0, waiting: 0 } as const
const elsewhere = { kind: "elsewhere", pid: 7 } as const

describe("the order of sessions", () => {
  it("is pinned, open here as they were opened, elsewhere, and the rest by last use", () => {
    expect(ids(busySessions)).toEqual([
      ["pinned", "notes"],
      ["open", "k3v9", "deploy", "tmp", "idle"],
      ["elsewhere", "logs"],
      ["recent", "nasty", "deep", "wide"]
    ])
  })

  it("has no group without sessions, and none at all without any", () => {
    expect(ids([sketchSession("a", { state: elsewhere })])).toEqual([["elsewhere", "a"]])
    expect(ids([])).toEqual([])
  })

  it("does not change because something is done in a session, but for the recent ones", () => {
    const sessions = [
      sketchSession("b", { pinned: true }),
      sketchSession("a", { pinned: true, state: open }),
      sketchSession("d", { state: elsewhere }),
      sketchSession("c", { state: elsewhere }),
      sketchSession("f", { state: open }),
      sketchSession("e", { state: open })
    ]
    const before = ids(sessions)
    expect(before).toEqual([
      ["pinned", "a", "b"],
      ["open", "f", "e"],
      ["elsewhere", "c", "d"]
    ])
    expect(ids(sessions.map((session, index) => ({ ...session, lastModified: NOW - index })))).toEqual(before)
  })

  it("stands still while it is frozen: what is gone leaves, what is new comes last in its group", () => {
    const sessions = ["a", "b", "c"].map((id, index) => sketchSession(id, { lastModified: NOW - index }))
    const frozen = placesOf(orderSessions(sessions, null))
    const later = [
      sketchSession("new", { lastModified: NOW + 100 }),
      sketchSession("c", { lastModified: NOW + 50 }),
      sketchSession("b", { state: elsewhere, pinned: true })
    ]
    expect(ids(later, frozen)).toEqual([["recent", "b", "c", "new"]])
    expect(ids(later)).toEqual([
      ["pinned", "b"],
      ["recent", "new", "c"]
    ])
  })

  it("loses no session and shows none twice, frozen or not", () => {
    const session = fc
      .record({
        id: fc.integer({ min: 0, max: 30 }),
        pinned: fc.boolean(),
        name: fc.option(fc.string()),
        lastModified: fc.nat(),
        state: fc.constantFrom<SidebarSession["state"]>(open, elsewhere, { kind: "stored" })
      })
      .map(({ id, ...change }) => sketchSession(`s${id}`, change))
    const some = fc.uniqueArray(session, { selector: ({ id }) => id })
    fc.assert(
      fc.property(some, some, (before, after) => {
        const frozen = placesOf(orderSessions(before, null))
        for (const places of [null, frozen]) {
          const shown = orderSessions(after, places).flatMap(({ sessions }) => sessions.map(({ id }) => id))
          expect([...shown].sort()).toEqual(after.map(({ id }) => id).sort())
        }
        expect(ids(before, frozen)).toEqual(ids(before))
      })
    )
  })
})
