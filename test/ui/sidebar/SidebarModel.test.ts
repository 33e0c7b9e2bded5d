import { describe, expect, it } from "vitest"
import type { SessionId } from "../../../src/domain/ids.ts"
import { emptySession, reduce } from "../../../src/domain/reduce.ts"
import type { Session } from "../../../src/domain/Session.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { GitError } from "../../../src/services/GitService.ts"
import type { SessionSummary } from "../../../src/services/persistence/sessionList.ts"
import { allSessions, gitStateOfError, sidebarModel } from "../../../src/ui/sidebar/SidebarModel.ts"
import { sketchBlock } from "../blocks/fakes.ts"
import { HOME, NOW, peaceful } from "./models.ts"

const session = (id: string, change: Partial<Session>, ...events: ReadonlyArray<SessionEvent>): Session =>
  events.reduce(reduce, {
    ...emptySession({
      _tag: "SessionCreated",
      at: NOW,
      session: id as SessionId,
      workingDirectory: `/work/${id}`,
      shell: "/bin/bash"
    }),
    ...change
  })

const summary = (id: string, change: Partial<SessionSummary> = {}): SessionSummary => ({
  id: id as SessionId,
  name: null,
  pinned: false,
  exec: false,
  workingDirectory: `/stored/${id}`,
  blocks: 3,
  lastCommand: "make",
  createdAt: NOW - 1000,
  lastModified: NOW,
  owner: null,
  ...change
})

const blocks = [
  sketchBlock({ number: 1, command: "old" }),
  sketchBlock({ number: 2, command: "server", status: "running" }),
  sketchBlock({ number: 3, command: "later", status: "idle" }),
  sketchBlock({ number: 4, command: "", status: "interrupted" })
]

const sources = {
  sessions: [],
  branch: peaceful,
  git: { kind: "asking" } as const,
  jobs: 2,
  home: HOME
}

describe("the model", () => {
  it("takes open sessions as they are now, and stored ones that are not open", () => {
    const sessions = allSessions({
      active: "a" as SessionId,
      open: [
        { session: session("b", { blocks }), readOnly: true },
        { session: session("a", {}), readOnly: false }
      ],
      stored: [
        summary("a", { owner: 1, lastCommand: "stale" }),
        summary("c", { owner: 42, name: "see" }),
        summary("d", { pinned: true }),
        summary("e", { exec: true }),
        summary("f", { exec: true, name: "nightly" })
      ]
    })
    expect(sessions).toMatchObject([
      {
        id: "b",
        directory: "/work/b",
        lastCommand: "later",
        readOnly: true,
        state: { kind: "open", running: 1, waiting: 1 }
      },
      { id: "a", lastCommand: null, readOnly: false, state: { kind: "here", running: 0, waiting: 0 } },
      { id: "c", name: "see", directory: "/stored/c", readOnly: false, state: { kind: "elsewhere", pid: 42 } },
      { id: "d", pinned: true, lastCommand: "make", state: { kind: "stored" } },
      { id: "f", name: "nightly" }
    ])
  })

  it("tells what the session on the screen runs and where it stands, without a value of its environment", () => {
    const here = session(
      "a",
      { blocks },
      { _tag: "SessionRenamed", at: NOW, name: "mine" },
      { _tag: "SessionPinned", at: NOW, pinned: true },
      { _tag: "EnvironmentChanged", at: NOW, set: { B: "value", A: "value" }, unset: ["C"], redacted: ["TOKEN"] }
    )
    const model = sidebarModel({ ...sources, session: here })
    expect(model.blocks.map(({ command }) => command)).toEqual(["server", "later"])
    expect(allSessions({ open: [{ session: here, readOnly: false }], active: here.id, stored: [] })[0]).toMatchObject({
      name: "mine",
      pinned: true
    })
    expect(model.context).toEqual({
      directory: "/work/a",
      branch: peaceful,
      git: { kind: "asking" },
      jobs: 2,
      archived: 0,
      environment: { set: ["A", "B"], unset: ["C"], redacted: ["TOKEN"] }
    })
    expect(JSON.stringify(model)).not.toContain("value")
  })
})

describe("an answer that git did not give", () => {
  it("is nothing where there is nothing to tell, else a few words", () => {
    const why = (reason: GitError["reason"]) =>
      gitStateOfError(new GitError({ reason, directory: "/x", detail: "fatal: y" }))
    expect(why("NoGit")).toBeNull()
    expect(why("NoWorkTree")).toBeNull()
    expect(why("TooLarge")).toEqual({ kind: "unknown", why: "too large to ask git" })
    for (const reason of ["TooLarge", "Refused", "Failed"] as const) {
      const state = why(reason)
      // It stands in the narrowest sidebar.
      expect(state?.kind === "unknown" && state.why.length).toBeLessThanOrEqual(26)
    }
  })
})
