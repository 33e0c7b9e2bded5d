import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { type HistoryOptions, HistoryStore, isRemembered } from "../../src/services/HistoryStore.ts"
import { shrinkHistory } from "../../src/services/history/shrinkHistory.ts"
import type { PastCommand } from "../../src/shell/integration/ShellIntegration.ts"
import { historyEntry } from "./fakeHistory.ts"
import { processes, temporaryDirectory } from "./persistence/sessions.ts"

const options = (dataDir: string): HistoryOptions => ({ dataDir, processes: processes(10) })

/** A window over the file of `dataDir`, until `use` ends. */
const inWindow = <A, E>(dataDir: string, use: (history: typeof HistoryStore.Service) => Effect.Effect<A, E>) =>
  Effect.flatMap(HistoryStore, use).pipe(Effect.provide(HistoryStore.layer(options(dataDir))))

const commandsOf = (history: typeof HistoryStore.Service) =>
  Effect.map(history.open, ({ entries }) => entries.map(({ command }) => command))

const EVERYWHERE = { session: "s", directory: "/" }

describe("HistoryStore", () => {
  it.live("remembers the commands that end in a session, and nothing else of it", () => {
    const root = temporaryDirectory()
    const started = (id: string, command: string, more = {}): SessionEvent => ({
      _tag: "BlockStarted",
      at: 1000,
      block: BlockId.make(id),
      command,
      directory: "/work",
      ...more
    })
    const finished = (id: string, exitCode: number): SessionEvent => ({
      _tag: "BlockFinished",
      at: 1500,
      block: BlockId.make(id),
      status: exitCode === 0 ? "success" : "failure",
      exitCode,
      signal: null,
      lines: 0,
      hiddenLines: 0,
      hiddenBytes: 0,
      headLines: 0
    })
    const handed: Array<string> = []
    return inWindow(root, (history) =>
      Effect.gen(function* () {
        const sink = history.recording(SessionId.make("s1"), { append: ({ _tag }) => void handed.push(_tag) })
        for (const event of [
          started("a", "make"),
          started("b", "tail -f x", { beside: true }),
          finished("b", 0),
          finished("a", 2),
          started("c", "", { origin: "background" }),
          finished("c", 0),
          started("d", "bash", { plain: true }),
          finished("d", 0),
          started("e", " export X=1"),
          finished("e", 0),
          started("f", "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          finished("f", 0),
          started("g", "never ends")
        ])
          sink.append(event, () => {})
        yield* history.settled
        const { entries } = yield* history.open
        expect(entries.map(({ command, status, exit }) => [command, status, exit])).toEqual([
          ["tail -f x", "success", 0],
          ["make", "failure", 2]
        ])
        expect(entries[1]).toMatchObject({ at: 1000, duration: 500, directory: "/work", session: "s1" })
        expect(handed).toHaveLength(13)
        expect(readFileSync(join(root, "history.jsonl"), "utf8")).not.toMatch(/EXAMPLEKEY|never|X=1/)
      })
    )
  })

  it.live("has on disk at its end what was recorded before it", () => {
    const root = temporaryDirectory()
    return Effect.gen(function* () {
      yield* inWindow(root, (history) => Effect.sync(() => history.record(historyEntry("last words"))))
      expect(yield* inWindow(root, commandsOf)).toEqual(["last words"])
    })
  })

  it.live("is shared: a window has what another adds, and loses what another forgets", () => {
    const root = temporaryDirectory()
    return inWindow(root, (mine) =>
      inWindow(root, (other) =>
        Effect.gen(function* () {
          mine.record(historyEntry("one", { at: 1 }))
          yield* mine.settled
          expect(yield* commandsOf(other)).toEqual(["one"])
          other.record(historyEntry("two", { at: 2 }))
          other.record(historyEntry("one", { at: 3 }))
          yield* other.settled
          expect(yield* commandsOf(mine)).toEqual(["one", "two", "one"])
          const version = mine.version()
          expect(yield* other.forget(({ command }) => command === "one")).toBe(2)
          expect(yield* commandsOf(mine)).toEqual(["two"])
          expect(mine.version()).toBeGreaterThan(version)
        })
      )
    )
  })

  it.live("takes the shell's own history over once, oldest first, without what it would not remember", () => {
    const root = temporaryDirectory()
    let reads = 0
    const past = (): ReadonlyArray<PastCommand> => {
      reads++
      return [
        { command: "undated", at: null },
        { command: "old", at: 5 },
        { command: " private", at: 6 }
      ]
    }
    return Effect.gen(function* () {
      yield* inWindow(root, (history) =>
        Effect.gen(function* () {
          history.record(historyEntry("new", { at: 100 }))
          yield* history.settled
          yield* Effect.all([history.seed("bash", past), history.seed("bash", past)])
          expect(yield* commandsOf(history)).toEqual(["undated", "old", "new"])
        })
      )
      expect(reads).toBe(1)
      yield* inWindow(root, (history) => history.seed("bash", past))
      expect(reads).toBe(1)
      yield* inWindow(root, (history) => history.seed("zsh", () => [{ command: "of zsh", at: 1 }]))
      expect(yield* inWindow(root, commandsOf)).toEqual(["undated", "of zsh", "old", "new"])
    })
  })

  it.live("knows what a shell's history ran last, though that tells no times, or none that is a date", () => {
    const past = ["make", "ls", "make"].map((command, index) => ({ command, at: index === 0 ? 1e26 : null }))
    return inWindow(temporaryDirectory(), (history) =>
      Effect.gen(function* () {
        yield* history.seed("bash", () => past)
        const newest = (yield* history.open).newest("everywhere", { session: "s", directory: "/w" })
        expect(newest.map(({ command, at }) => [command, at])).toEqual([
          ["make", null],
          ["ls", null]
        ])
      })
    )
  })

  it.live("goes on in memory where the disk does not take it, says why, and writes all of it later", () => {
    const parent = temporaryDirectory()
    const root = join(parent, "data")
    writeFileSync(root, "in the way")
    return inWindow(root, (history) =>
      Effect.gen(function* () {
        history.record(historyEntry("kept", { at: 1 }))
        yield* history.settled
        expect(history.failure()).toMatch(/directory/)
        expect(yield* commandsOf(history)).toEqual(["kept"])
        yield* Effect.promise(() => import("node:fs/promises").then(({ rm }) => rm(root)))
        history.record(historyEntry("next", { at: 2 }))
        yield* history.settled
        expect(history.failure()).toBeNull()
        expect(yield* commandsOf(history)).toEqual(["kept", "next"])
        expect(readFileSync(join(root, "history.jsonl"), "utf8").split("\n")).toHaveLength(4)
      })
    )
  })

  it.live("shows each command once, newest first, of the session, the directory, the failed ones, or all", () =>
    inWindow(temporaryDirectory(), (history) =>
      Effect.gen(function* () {
        history.record(historyEntry("a", { at: 1, session: "s", directory: "/w" }))
        history.record(historyEntry("b", { at: 2, session: "t", directory: "/w", status: "failure", exit: 1 }))
        history.record(historyEntry("a", { at: 3, session: "t", directory: "/v" }))
        yield* history.settled
        const index = yield* history.open
        const of = (filter: "session" | "directory" | "everywhere" | "failed") =>
          index.newest(filter, { session: "s", directory: "/w" }).map(({ command, at }) => `${command}${at}`)
        expect(of("everywhere")).toEqual(["a3", "b2"])
        expect(of("directory")).toEqual(["b2", "a1"])
        expect(of("session")).toEqual(["a1"])
        expect(of("failed")).toEqual(["b2"])
      })
    )
  )

  it.live("suggests the newest command that begins with the text, of the same directory first", () =>
    inWindow(temporaryDirectory(), (history) =>
      Effect.gen(function* () {
        expect(history.suggest("git", "/w")).toBeNull()
        history.record(historyEntry("git pull", { at: 1, directory: "/w" }))
        history.record(historyEntry("git push", { at: 2, directory: "/v" }))
        yield* history.settled
        yield* history.open
        expect(history.suggest("git p", "/w")).toBe("ull")
        expect(history.suggest("git pu", "/w")).toBe("ll")
        expect(history.suggest("git pus", "/w")).toBe("h")
        expect(history.suggest("git push", "/w")).toBeNull()
        expect(history.suggest("git p", "/v")).toBe("ush")
        expect(history.suggest("g", "/elsewhere")).toBe("it push")
        expect(history.suggest("x", "/w")).toBeNull()
        history.record(historyEntry("git prune", { at: 3, directory: "/w" }))
        yield* history.settled
        expect(history.suggest("git p", "/w")).toBe("rune")
      })
    )
  )
})

describe("what is remembered", () => {
  it("is no command that begins with a blank, is a pasted file, or holds a secret", () => {
    expect(isRemembered("make")).toBe(true)
    expect(isRemembered(" make")).toBe(false)
    expect(isRemembered("\tmake")).toBe(false)
    expect(isRemembered("x".repeat(65_537))).toBe(false)
    expect(isRemembered(`curl -H 'Authorization: Bearer ${"a1B2".repeat(10)}' https://example.com`)).toBe(false)
  })
})

describe("shrinking", () => {
  const entry = (command: string, at: number, directory = "/w") =>
    ({ type: "entry", entry: historyEntry(command, { at, directory }) }) as const

  it("keeps the latest of a command in a directory, the newest of these, and every marker", () => {
    const lines = [
      entry("a", 1),
      { type: "seeded", shell: "bash" } as const,
      entry("b", 2),
      entry("a", 3, "/v"),
      entry("a", 4),
      entry("old", 0)
    ]
    expect(shrinkHistory(lines, 2)).toEqual([lines[1], lines[3], lines[4]])
    expect(shrinkHistory(lines)).toEqual(lines.slice(1))
  })
})

it.live("an index that cannot be read leaves the file alone", () => {
  const root = temporaryDirectory()
  const newer = `{"effecttalk":"history","version":9}\n`
  writeFileSync(join(root, "history.jsonl"), newer)
  return inWindow(root, (history) =>
    Effect.gen(function* () {
      history.record(historyEntry("one"))
      yield* history.settled
      const index = yield* history.open
      expect(index.newest("everywhere", EVERYWHERE).map(({ command }) => command)).toEqual(["one"])
      expect(history.failure()).toMatch(/newer EffectTalk/)
      expect(readFileSync(join(root, "history.jsonl"), "utf8")).toBe(newer)
    })
  )
})
