import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { makeSessionVariables, stillUnset, unsetNotice } from "../../src/services/sessionVariables.ts"
import type { EnvironmentChange } from "../../src/shell/integration/ShellIntegration.ts"

const NONE: ReadonlySet<string> = new Set()

/** A session's variables over a session in memory, and the events they make. */
const variablesOf = () => {
  const events: Array<SessionEvent> = []
  let session = emptySession({
    _tag: "SessionCreated",
    at: 0,
    session: SessionId.make(`session_${"A".repeat(22)}`),
    workingDirectory: "/",
    shell: "/bin/bash"
  })
  const variables = makeSessionVariables({
    get: Effect.sync(() => session),
    dispatch: (event) =>
      Effect.sync(() => {
        events.push(event)
        session = reduce(session, event)
      })
  })
  return { variables, events }
}

const change = (set: EnvironmentChange["set"], ...unset: Array<string>) => ({ set, unset })

describe("a session's variables", () => {
  it.effect("reach the session without secrets, and a shell beside with them", () =>
    Effect.gen(function* () {
      const { variables, events } = variablesOf()
      const said = change({ EDITOR: "vi", API_TOKEN: "abc" }, "PAGER")
      yield* variables.report(said, NONE)
      assert.deepStrictEqual(events, [
        { _tag: "EnvironmentChanged", at: 0, set: { EDITOR: "vi" }, redacted: ["API_TOKEN"], unset: ["PAGER"] }
      ])
      assert.deepStrictEqual(yield* variables.changes, said)
    })
  )

  it.effect("are for the next shell what the session has stored, with the names of what it lacks", () =>
    Effect.gen(function* () {
      const { variables } = variablesOf()
      yield* variables.report(change({ EDITOR: "vi", API_TOKEN: "abc" }, "PAGER"), NONE)
      variables.forget()
      assert.deepStrictEqual(yield* variables.changes, change({ EDITOR: "vi" }, "PAGER"))
      assert.deepStrictEqual(yield* variables.forNewShell, {
        changes: change({ EDITOR: "vi" }, "PAGER", "API_TOKEN"),
        lacking: ["API_TOKEN"]
      })
    })
  )

  it.effect("are not told of what an incognito command has set", () =>
    Effect.gen(function* () {
      const { variables, events } = variablesOf()
      yield* variables.report(change({ HIDDEN: "1" }), new Set(["HIDDEN"]))
      assert.notInclude(JSON.stringify(events), "HIDDEN")
      assert.deepStrictEqual(yield* variables.changes, change({ HIDDEN: "1" }))
    })
  )

  it("are lacked until they are set again", () => {
    const unset = ["A", "B"]
    assert.deepStrictEqual(stillUnset(unset, change({ B: "1" })), ["A"])
    // Nobody draws anew for nothing.
    assert.strictEqual(stillUnset(unset, change({ C: "1" }, "A")), unset)
  })

  it("are named in a notice, but for a great many", () => {
    assert.match(unsetNotice(["A", "B"]), /^Unset in this shell: A, B\./)
    assert.match(unsetNotice([..."ABCDEFGHIJ"]), /: A, B, C, D, E, F, G, H and 2 more\./)
  })
})
