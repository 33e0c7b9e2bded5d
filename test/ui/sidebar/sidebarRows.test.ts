import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import * as fc from "fast-check"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import type { GitBranch } from "../../../src/services/gitBranch.ts"
import { styledWidth } from "../../../src/terminal/cells.ts"
import type { GitState, SidebarModel, SidebarSession } from "../../../src/ui/sidebar/SidebarModel.ts"
import { shareRows, sidebarRows } from "../../../src/ui/sidebar/sidebarRows.ts"
import {
  focusSidebar,
  quietSidebar,
  reduceSidebar,
  type SidebarState,
  selectedSession
} from "../../../src/ui/sidebar/sidebarState.ts"
import { opensByItself, sidebarWidth } from "../../../src/ui/sidebar/sidebarWidth.ts"
import { fullTheme, makeTheme, plainTheme } from "../../../src/ui/theme.ts"
import { sketchBlock } from "../blocks/fakes.ts"
import { nastyText } from "../editor/nastyText.ts"
import {
  busyModel,
  cleanStatus,
  emptyModel,
  HOME,
  NOW,
  nothingChanged,
  peaceful,
  plainContext,
  sketchSession
} from "./models.ts"

const key = (name: string) => ({ type: "key", name, sequence: "" }) as const
const text = (typed: string) => ({ type: "text", text: typed }) as const

const ascii = makeTheme({ colors: false, attributes: true, unicode: false })

/** The rows as a reader without colours sees them. */
const shown = (model: SidebarModel, width: number, height: number, state: SidebarState = quietSidebar) =>
  sidebarRows(model, state, width, height, plainTheme, NOW).rows.map((row) => row.trimEnd())

const withContext = (change: Partial<SidebarModel["context"]>): SidebarModel => ({
  ...emptyModel,
  context: { ...plainContext, ...change }
})

/** The rows under a heading, up to the next blank row. */
const sectionOf = (title: string, model: SidebarModel, width = 30, height = 40) => {
  const rows = shown(model, width, height).map((row) => row.slice(2))
  const from = rows.indexOf(title)
  return rows.slice(from + 1, rows.indexOf("", from))
}

/**
 * Golden sidebars. After a wanted change, write them anew with
 *   UPDATE_SCREENS=1 npx vitest run --config test/vitest.config.ts test/ui/sidebar/sidebarRows.test.ts
 * and look at them before they are committed.
 */
const FOLDER = new URL("../../../fixtures/screens/", import.meta.url)

describe("golden sidebars", () => {
  const focused = reduceSidebar(focusSidebar(busyModel), key("down"), busyModel).state
  const naming = reduceSidebar(focused, text("r"), busyModel).state
  const theirs = sketchSession("theirs", { name: "release", readOnly: true, lastCommand: "make release" })
  const reading = {
    ...busyModel,
    sessions: [
      { ...theirs, state: { kind: "here", running: 1, waiting: 0 } as const },
      { ...busyModel.sessions[1]!, readOnly: true },
      ...busyModel.sessions.slice(2, 5)
    ]
  }
  const few = { ...busyModel, sessions: busyModel.sessions.slice(0, 6) }

  it.each([
    ["sidebar-busy-120x40", busyModel, quietSidebar, 120, 36, plainTheme],
    ["sidebar-few-120x40", few, focusSidebar(few), 120, 36, plainTheme],
    ["sidebar-focused-80x24", busyModel, focused, 80, 20, plainTheme],
    ["sidebar-naming-80x24", busyModel, naming, 80, 20, plainTheme],
    ["sidebar-read-only-120x40", reading, quietSidebar, 120, 36, plainTheme],
    ["sidebar-read-only-80x24", reading, focusSidebar(reading), 80, 20, plainTheme],
    ["sidebar-ascii-80x24", busyModel, focused, 80, 20, ascii],
    ["sidebar-busy-60x15", busyModel, quietSidebar, 60, 11, plainTheme],
    ["sidebar-empty-120x40", emptyModel, quietSidebar, 120, 36, plainTheme]
  ] as const)("%s", (name, model, state, columns, height, theme) => {
    const file = new URL(`${name}.txt`, FOLDER)
    const { rows } = sidebarRows(model, state, sidebarWidth(columns, true), height, theme, NOW)
    const now = `${rows.map((row) => stripAnsi(row).trimEnd()).join("\n")}\n`
    if (process.env.UPDATE_SCREENS === "1") {
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(file, now)
    }
    expect(now).toBe(readFileSync(file, "utf8"))
  })
})

describe("the sessions", () => {
  it("are told apart by name, directory, last command and what they do", () => {
    const sessions = [
      sketchSession("a", { name: "build", directory: "/srv/app", state: { kind: "here", running: 1, waiting: 0 } }),
      sketchSession("b", {
        directory: `${HOME}/work/effect-talk/src/ui`,
        state: { kind: "open", running: 0, waiting: 3 }
      }),
      sketchSession("c", { directory: HOME, lastCommand: null, state: { kind: "elsewhere", pid: 99 } })
    ]
    expect(shown({ ...emptyModel, sessions }, 32, 30).slice(0, 8)).toEqual([
      "│ Open here",
      "│ ● build                   here",
      "│   app · ls -la",
      "│ ○ ~/…/src/ui         3 waiting",
      "│   ls -la",
      "│ Open elsewhere",
      "│   ~                     pid 99",
      "│   no command yet"
    ])
    expect(shown({ ...emptyModel, sessions }, 32, 12).slice(0, 6)).toEqual([
      "│ Open here",
      "│ ● build  ls -la           here",
      "│ ○ ui  ls -la         3 waiting",
      "│ Open elsewhere",
      "│   ~                     pid 99",
      "│ Context"
    ])
  })

  it("say that they can only be read here, whether they are on the screen and whatever runs there", () => {
    const sessions = [
      sketchSession("a", { readOnly: true, state: { kind: "here", running: 1, waiting: 0 } }),
      sketchSession("b", { readOnly: true, state: { kind: "open", running: 0, waiting: 0 } }),
      sketchSession("c", { readOnly: true, pinned: true, state: { kind: "open", running: 0, waiting: 2 } })
    ]
    expect(shown({ ...emptyModel, sessions }, 28, 12).slice(0, 5)).toEqual([
      "│ Pinned",
      "│ ○ c  ls -la      read-only",
      "│ Open here",
      "│ ● a  ls -la      read-only",
      "│ ○ b  ls -la      read-only"
    ])
  })

  it("are highlighted only while the sidebar has the keyboard, over the whole row", () => {
    const highlighted = (state: SidebarState) =>
      sidebarRows(busyModel, state, 30, 36, fullTheme, NOW).rows.filter((row) => row.includes("\x1b[7m"))
    expect(highlighted(quietSidebar)).toEqual([])
    const [row, ...others] = highlighted(focusSidebar(busyModel))
    expect(others).toEqual([])
    expect(stripAnsi(row!)).toContain("●▸effect-talk")
    expect(styledWidth(row!)).toBe(30)
    expect(row!.indexOf("\x1b[27m")).toBeGreaterThan(row!.indexOf("here"))
  })

  it("do not move because the sidebar gets the keyboard", () => {
    for (let height = 3; height <= 60; height++) {
      const rows = shown(busyModel, 30, height).map((row) => row.replace("▸", " "))
      expect(shown(busyModel, 30, height, focusSidebar(busyModel)).map((row) => row.replace("▸", " "))).toEqual(rows)
    }
  })

  it("show the selected one in a list of any length and height, and count what is left out", () => {
    const sessions = [
      emptyModel.sessions[0]!,
      ...Array.from({ length: 40 }, (_, i) => sketchSession(`s${i}`, { lastModified: NOW - i * 60_000 }))
    ]
    const model = { ...emptyModel, sessions }
    for (const height of [1, 2, 3, 7, 12, 20, 40]) {
      let state = focusSidebar(model)
      for (let i = 0; i < sessions.length; i++) {
        const rows = shown(model, 30, height, state)
        const name = selectedSession(state, model)!.directory.split("/").at(-1)!
        expect(rows.filter((row) => row.includes("▸")).map((row) => row.split(/ +/)[1])).toEqual([
          i === 0 ? `○▸${name}` : `▸${name}`
        ])
        const counts = rows.flatMap((row) => /[↑↓] (\d+) more/.exec(row)?.slice(1).map(Number) ?? [])
        const listed = rows.filter((row) => /\bls\b| {2}here$/.test(row)).length
        if (height >= 12) expect(listed + counts.reduce((sum, count) => sum + count, 0)).toBe(sessions.length)
        state = reduceSidebar(state, key("down"), model).state
      }
    }
  })

  it("show a name being written with the cursor where the next character goes", () => {
    let state = reduceSidebar(focusSidebar(busyModel), text("r"), busyModel).state
    for (const typed of ["漢", "字"]) state = reduceSidebar(state, text(typed), busyModel).state
    const { cursor, rows } = sidebarRows(busyModel, state, 30, 36, fullTheme, NOW)
    expect(stripAnsi(rows[cursor!.row]!).trimEnd()).toBe("│ ●▸漢字")
    expect(cursor!.column).toBe(8)
    expect(rows.some((row) => row.includes("\x1b[7m"))).toBe(false)
    expect(sidebarRows(busyModel, quietSidebar, 30, 36, fullTheme, NOW).cursor).toBeNull()
  })
})

describe("where the session stands", () => {
  const git = (branch: Partial<GitBranch> | null, state: GitState | null) =>
    sectionOf(
      "Context",
      withContext({ branch: branch === null ? null : { ...peaceful, ...branch }, git: state })
    ).slice(1)
  const known = (change: Partial<typeof cleanStatus>): GitState => ({
    kind: "known",
    status: { ...cleanStatus, ...change }
  })

  it("is a directory, and outside a repository nothing of git", () => {
    expect(sectionOf("Context", withContext({ directory: `${HOME}/a/b/c/d/e/a-rather-long-name` }))).toEqual([
      "~/…/c/d/e/a-rather-long-name"
    ])
    expect(git(null, null)).toEqual([])
  })

  it.each<readonly [string, Partial<GitBranch>, GitState | null, ReadonlyArray<string>]>([
    ["still asking", {}, { kind: "asking" }, ["⎇ main", "…"]],
    ["clean", {}, known({}), ["⎇ main", "clean"]],
    ["level with its upstream", {}, known({ ahead: 0, behind: 0 }), ["⎇ main", "clean"]],
    ["ahead and behind", {}, known({ ahead: 2, behind: 13 }), ["⎇ main                ↑2 ↓13", "clean"]],
    ["changed", {}, known({ changed: 3, untracked: 1 }), ["⎇ main", "3 changed · 1 untracked"]],
    ["merging", { operation: "merge" }, known({ conflicts: 1 }), ["⎇ main", "merging · 1 conflict"]],
    ["merged but not committed", { operation: "merge" }, known({}), ["⎇ main", "merging · clean"]],
    [
      "rebasing",
      { name: "topic", operation: "rebase", progress: "2/5" },
      known({ conflicts: 2, changed: 10, untracked: 1000 }),
      ["⎇ topic", "rebasing 2/5 · 2 conflicts", "10 changed · 1000 untracked"]
    ],
    ["detached", { name: "1a2b3c4", detached: true }, known({}), ["⎇ (1a2b3c4)", "clean"]],
    ["in vain", {}, { kind: "unknown", why: "too large to ask git" }, ["⎇ main", "too large to ask git"]],
    ["not asked", { operation: "bisect" }, null, ["⎇ main", "bisecting"]]
  ])("tells branch and state: %s", (_, branch, state, rows) => {
    expect(git(branch, state)).toEqual(rows)
  })

  it("cuts a long branch in its middle, and never the distance", () => {
    expect(git({ name: "feature/a-very-long-name-of-a-branch" }, known({ ahead: 1 }))[0]).toBe(
      "⎇ feature/a-…of-a-branch  ↑1"
    )
  })

  it("names changed variables and never shows a value", () => {
    const environment = { set: ["B", "A"], unset: ["PAGER"], redacted: ["TOKEN"] }
    expect(sectionOf("Context", withContext({ environment, jobs: 1, archived: 1200 })).slice(1)).toEqual([
      "1 job in the background",
      "1,200 blocks archived",
      "+A +B +TOKEN* −PAGER",
      "* a secret, never stored"
    ])
  })

  it("counts the variables that have no room", () => {
    const set = Array.from({ length: 60 }, (_, i) => `VARIABLE_${i + 10}`)
    const rows = sectionOf("Context", withContext({ environment: { ...nothingChanged, set } })).slice(1)
    expect(rows).toHaveLength(4)
    const named = rows.join(" ").match(/\+VARIABLE/g)!.length
    expect(rows.at(-1)).toMatch(new RegExp(`… ${60 - named} more$`))
  })
})

describe("what runs", () => {
  it("tells number, command and time or that it waits, and who runs beside", () => {
    expect(sectionOf("Running", busyModel, 34)).toEqual([
      "●  9 ./server --…  beside 3m 05s",
      "● 12 npm test -- --watch --…  7s",
      "○ 13 git push            waiting",
      "in other sessions        ● 1 ○ 2"
    ])
    expect(sectionOf("Running", emptyModel)).toEqual(["nothing"])
  })

  it("counts on from second to second without moving", () => {
    const at = (now: number) => sidebarRows(busyModel, quietSidebar, 34, 36, plainTheme, now).rows
    const [before, after] = [at(NOW), at(NOW + 2000)]
    expect(after.filter((row, index) => row !== before[index])).toHaveLength(2)
    expect(after.some((row) => row.endsWith(" 9s"))).toBe(true)
  })

  it("names output that no command prints, and counts what has no room", () => {
    const block = sketchBlock({ command: "", status: "running", number: 1, start: NOW })
    const start = { ...block, metadata: { ...block.metadata, origin: "start" as const } }
    expect(sectionOf("Running", { ...emptyModel, blocks: [start] })).toEqual(["● 1 (shell start)         0s"])
    const many = Array.from({ length: 50 }, (_, i) => sketchBlock({ number: i + 1, command: "x", status: "idle" }))
    const rows = shown({ ...busyModel, blocks: many }, 30, 24)
    const listed = rows.filter((row) => row.endsWith("waiting") && row.includes(" x ")).length
    expect(rows.at(-1)).toBe(`│ … ${50 - listed} more`)
  })
})

describe("the room of sections", () => {
  it("is dealt out: each its least first, in order, then in turn", () => {
    expect(shareRows(30, [5, 6, 7])).toEqual([5, 6, 7])
    expect(shareRows(12, [50, 2, 50])).toEqual([5, 2, 5])
    expect(shareRows(20, [50, 50, 50])).toEqual([7, 7, 6])
    expect(shareRows(9, [9, 9, 9])).toEqual([5, 4, 0])
    expect(shareRows(10, [9, 9, 9])).toEqual([4, 4, 2])
    expect(shareRows(3, [9, 9, 9])).toEqual([3, 0, 0])
    expect(shareRows(0, [9, 9])).toEqual([0, 0])
  })

  it("goes to the sessions first, then to what runs, then to the context", () => {
    const headings = (height: number) =>
      shown(busyModel, 30, height)
        .map((row) => row.slice(2))
        .filter((row) => ["Context", "Running"].includes(row))
    expect(headings(3)).toEqual([])
    expect(headings(6)).toEqual(["Running"])
    expect(headings(12)).toEqual(["Context", "Running"])
  })
})

describe("any sidebar", () => {
  const state = fc.oneof<fc.Arbitrary<SidebarSession["state"]>[]>(
    fc.record({ kind: fc.constantFrom("here", "open"), running: fc.nat(99), waiting: fc.nat(99) }),
    fc.record({ kind: fc.constant("elsewhere" as const), pid: fc.nat(4_194_304) }),
    fc.constant({ kind: "stored" as const })
  )
  const session = fc
    .record({
      name: fc.option(nastyText),
      directory: fc.oneof(
        nastyText.map((path) => `/${path}`),
        fc.constant(HOME)
      ),
      lastCommand: fc.option(nastyText),
      pinned: fc.boolean(),
      readOnly: fc.boolean(),
      state,
      lastModified: fc.integer({ min: 0, max: NOW * 2 })
    })
    .chain((change) => fc.nat(1000).map((id) => sketchSession(`s${id}`, change)))
  const branch = fc.record<GitBranch>({
    name: nastyText,
    detached: fc.boolean(),
    operation: fc.constantFrom(null, "rebase", "am", "merge"),
    progress: fc.constantFrom(null, "2/5", "123456/123456"),
    root: fc.constant("/")
  })
  const count = fc.oneof(fc.constant(0), fc.nat())
  const gitState = fc.oneof<fc.Arbitrary<GitState>[]>(
    fc.constant({ kind: "asking" }),
    nastyText.map((why) => ({ kind: "unknown", why })),
    fc
      .record({ changed: count, conflicts: count, untracked: count, ahead: fc.option(count), behind: fc.option(count) })
      .map((status) => ({ kind: "known", status }))
  )
  const names = fc.array(nastyText, { maxLength: 20 })
  const blocks = fc.array(
    fc.record({
      command: nastyText,
      number: fc.nat(100_000),
      beside: fc.boolean(),
      waits: fc.boolean(),
      age: fc.nat()
    }),
    { maxLength: 20 }
  )
  const model = fc.record<SidebarModel>({
    sessions: fc.uniqueArray(session, { selector: ({ id }) => id, maxLength: 30 }),
    context: fc.record({
      directory: nastyText.map((path) => `/${path}`),
      branch: fc.option(branch),
      git: fc.option(gitState),
      jobs: fc.nat(100),
      archived: fc.nat(20_000),
      environment: fc.record({ set: names, unset: names, redacted: names })
    }),
    blocks: blocks.map((some) =>
      some.map(({ age, beside, command, number, waits }) => {
        const block = sketchBlock({ command, number, status: waits ? "idle" : "running", start: NOW - age })
        return { ...block, metadata: { ...block.metadata, beside } }
      })
    ),
    home: fc.constant(HOME)
  })
  const keys = fc.array(
    fc.constantFrom(key("down"), key("up"), key("end"), text("p"), text("r"), text("漢"), key("escape")),
    {
      maxLength: 12
    }
  )

  it("fills its rectangle and no more, with nothing in it that a terminal would act on", () => {
    const themes = fc.constantFrom(fullTheme, plainTheme, ascii)
    const size = fc.record({ width: fc.integer({ min: 1, max: 60 }), height: fc.integer({ min: 1, max: 60 }) })
    fc.assert(
      fc.property(model, keys, size, themes, fc.boolean(), (made, pressed, { width, height }, theme, focus) => {
        let at = focus ? focusSidebar(made) : quietSidebar
        if (focus) for (const one of pressed) at = reduceSidebar(at, one, made).state
        const { cursor, rows } = sidebarRows(made, at, width, height, theme, NOW)
        expect(rows).toHaveLength(height)
        for (const row of rows) {
          expect(styledWidth(row)).toBeLessThanOrEqual(width)
          expect(row.replace(/\x1b\[[\d;]*m/g, "")).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
        }
        if (cursor !== null) {
          expect(cursor.row).toBeLessThan(height)
          expect(cursor.column).toBeLessThan(width)
        }
        // A name is written where it can be seen, however low the sidebar is.
        if (at.rename !== null && made.sessions.length > 0) expect(cursor).not.toBeNull()
      }),
      { numRuns: 300 }
    )
  })

  it("is ASCII where the terminal has nothing else", () => {
    const plainNames = { ...busyModel, sessions: busyModel.sessions.filter(({ id }) => id !== "wide") }
    for (const state of [quietSidebar, focusSidebar(plainNames)]) {
      for (const row of sidebarRows(plainNames, state, 28, 30, ascii, NOW).rows) {
        expect(stripAnsi(row)).toMatch(/^[\x20-\x7e]*$/)
      }
    }
  })

  it("lists a thousand sessions around the selected one", () => {
    const sessions = Array.from({ length: 1000 }, (_, i) =>
      sketchSession(`s${i}`, { lastModified: i, pinned: i % 9 === 0 })
    )
    const many = { ...busyModel, sessions }
    const state = focusSidebar(many)
    const rows = sidebarRows(many, state, 30, 36, fullTheme, NOW).rows
    expect(stripAnsi(rows.join("\n"))).toMatch(/↓ 9\d\d more/)
  })
})

describe("the width", () => {
  it("is nothing while closed, and leaves blocks 30 columns or takes all", () => {
    for (let columns = 1; columns <= 300; columns++) {
      expect(sidebarWidth(columns, false)).toBe(0)
      const width = sidebarWidth(columns, true)
      if (width === columns) expect(columns).toBeLessThan(58)
      else {
        expect(columns - width).toBeGreaterThanOrEqual(30)
        expect(width).toBeGreaterThanOrEqual(28)
        expect(width).toBeLessThanOrEqual(34)
      }
    }
    expect([60, 80, 119, 120, 160].map((columns) => sidebarWidth(columns, true))).toEqual([28, 28, 28, 30, 34])
    expect([119, 120].map(opensByItself)).toEqual([false, true])
  })
})
