import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { environmentOf, MAX_ENVIRONMENTS, type VariableChanges, withoutHidden } from "../../src/domain/environments.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { Session } from "../../src/domain/Session.ts"
import type { BlockStarted, EnvironmentChanged, SessionEvent } from "../../src/domain/SessionEvent.ts"

const begun = emptySession({
  _tag: "SessionCreated",
  at: 1000,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
})

const start = (block: string, more: Partial<typeof BlockStarted.Type> = {}): SessionEvent => ({
  ...more,
  _tag: "BlockStarted",
  at: 2000,
  block: BlockId.make(block),
  command: "make",
  directory: "/tmp"
})

const change = (changes: Partial<VariableChanges>): SessionEvent => ({
  _tag: "EnvironmentChanged",
  at: 2000,
  set: {},
  unset: [],
  ...changes
})

const fold = (events: ReadonlyArray<SessionEvent>, session = begun): Session => events.reduce(reduce, session)

const of = (session: Session, id: string) =>
  environmentOf(session, session.blocks.find((block) => block.id === BlockId.make(id))!)

const UNCHANGED = { set: {}, unset: [], redacted: [] }

describe("the variables of blocks", () => {
  it("are those at each one's start, whatever changes later", () => {
    const session = fold([
      start("a"),
      change({ set: { CC: "clang" }, unset: ["LANG"], redacted: ["API_KEY"] }),
      start("b"),
      change({}),
      start("c"),
      { _tag: "BlockQueued", at: 2000, block: BlockId.make("d"), command: "make", directory: "/tmp" },
      change({ set: { CC: "gcc" } }),
      start("d", { queued: true }),
      start("e", { environment: 1, beside: true })
    ])
    const b = { set: { CC: "clang" }, unset: ["LANG"], redacted: ["API_KEY"] }
    assert.deepStrictEqual(of(session, "a"), UNCHANGED)
    assert.deepInclude(of(session, "b"), b)
    assert.deepStrictEqual(of(session, "c"), UNCHANGED)
    assert.deepInclude(of(session, "d"), { set: { CC: "gcc" } })
    assert.deepInclude(of(session, "e"), b)
  })

  it("are kept once, however many blocks share them, and cost blocks without any nothing", () => {
    const session = fold([
      start("a"),
      change({ set: { CC: "gcc" } }),
      start("b"),
      change({ set: { CC: "clang" } }),
      start("c"),
      change({ set: { CC: "gcc" } }),
      start("d"),
      start("e")
    ])
    assert.deepStrictEqual(
      session.blocks.map(({ metadata }) => metadata.environment),
      [undefined, 1, 2, 1, 1]
    )
    assert.notProperty(session.blocks[0]!.metadata, "environment")
    assert.strictEqual(session.metadata.environments?.length, 2)
  })

  it("are nothing to output without a command", () => {
    const session = fold([change({ set: { CC: "gcc" } }), start("a", { origin: "background" })])
    assert.notProperty(session.blocks[0]!.metadata, "environment")
    assert.notProperty(session.metadata, "environments")
  })

  it("are forgotten, the oldest first, when there are too many others", () => {
    const events = Array.from({ length: MAX_ENVIRONMENTS + 2 }, (_, n) => [
      change({ set: { N: String(n) } }),
      start(`b${n}`)
    ])
    const session = fold(events.flat())
    assert.strictEqual(session.metadata.environments?.length, MAX_ENVIRONMENTS)
    assert.strictEqual(of(session, "b1"), null)
    assert.deepInclude(of(session, "b2"), { set: { N: "2" } })
    assert.deepInclude(of(session, `b${MAX_ENVIRONMENTS + 1}`), { set: { N: String(MAX_ENVIRONMENTS + 1) } })
  })

  it("are the same for every way through the events", () => {
    const names = fc.constantFrom("A", "B")
    const changes = fc.record({
      set: fc.dictionary(names, fc.constantFrom("1", "2")),
      unset: fc.uniqueArray(names, { maxLength: 1 })
    })
    fc.assert(
      fc.property(fc.array(fc.option(changes), { maxLength: 30 }), fc.nat(30), (steps, at) => {
        const events = steps.map((step, n) => (step === null ? start(`b${n}`) : change(step)))
        const stored = JSON.parse(JSON.stringify(fold(events.slice(0, at))))
        const resumed = fold(events.slice(at), stored)
        assert.deepStrictEqual(resumed, fold(events))
        // Against a plain account of each block's own.
        let now: Partial<VariableChanges> = {}
        for (const [n, step] of steps.entries()) {
          if (step !== null) now = step
          else assert.deepInclude(of(resumed, `b${n}`), { ...UNCHANGED, ...now })
        }
      })
    )
  })
})

describe("the variables of incognito commands", () => {
  const session = fold([change({ set: { CC: "gcc", KEPT: "1" }, unset: ["LANG"], redacted: ["API_KEY"] }), start("a")])
  const told = (changes: Partial<VariableChanges>, ...hidden: ReadonlyArray<string>) =>
    withoutHidden(change(changes) as typeof EnvironmentChanged.Type, session, new Set(hidden))

  it("stay as they were in the session, set, unset or left out, and the others change", () => {
    const now = { set: { CC: "clang", KEPT: "2", LANG: "C", TOKEN: "t" }, unset: ["EDITOR"], redacted: ["AUTH"] }
    assert.deepInclude(told(now, "KEPT", "LANG", "TOKEN", "EDITOR", "AUTH", "API_KEY"), {
      set: { CC: "clang", KEPT: "1" },
      unset: ["LANG"],
      redacted: ["API_KEY"]
    })
  })

  it("are no news by themselves", () => {
    const now = { set: { CC: "gcc", KEPT: "2", TOKEN: "t" }, unset: ["LANG"], redacted: ["API_KEY"] }
    assert.isNull(told(now, "KEPT", "TOKEN"))
    assert.isNotNull(told(now, "TOKEN"))
  })

  it("are not remembered for an incognito block: another block's number would come to mean others in the files", () => {
    const both = fold([start("b", { incognito: true }), start("c"), start("d", { incognito: true })], session)
    assert.deepStrictEqual(of(both, "b"), of(both, "c"))
    const changed = fold([change({ set: { CC: "clang" } }), start("e", { incognito: true }), start("f")], both)
    assert.isNull(of(changed, "e"))
    assert.deepInclude(of(changed, "f"), { set: { CC: "clang" } })
    assert.deepStrictEqual(
      changed.metadata.environments?.map(({ id }) => id),
      [1, 2]
    )
  })
})
