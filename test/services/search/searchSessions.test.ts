import { truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { archiveSession } from "../../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import {
  type FoundBlock,
  MAX_LINES_PER_BLOCK,
  type SearchQuery,
  searchSessions
} from "../../../src/services/search/searchSessions.ts"
import { block, created, finished, optionsFor, printed, started, temporaryDirectory } from "../persistence/sessions.ts"

const store = async (dataDir: string, name: string, events: ReadonlyArray<SessionEvent>): Promise<SessionId> => {
  const id = SessionId.make(name)
  const file = SessionFile.create({ ...created, session: id }, optionsFor(dataDir))
  for (const event of events) file.append(event)
  await file.close()
  return id
}

const search = (dataDir: string, query: SearchQuery) => {
  const events = searchSessions(dataDirectory(dataDir), query)
  if ("problem" in events) throw new Error(events.problem)
  const all = [...events]
  return {
    found: all.flatMap((event): ReadonlyArray<FoundBlock> => (event.type === "found" ? [event.found] : [])),
    refused: all.flatMap((event) => (event.type === "refused" ? [event.error] : []))
  }
}

const names = (found: ReadonlyArray<FoundBlock>) => found.map((each) => `${each.session}/${each.block.id}`)

describe("a search of all sessions", () => {
  it("finds commands and lines of output, the newest block of a session first", async () => {
    const dataDir = temporaryDirectory()
    await store(dataDir, "one", [
      ...block("a", ["nothing here", "an \x1b[31mERR\x1b[0mOR there"]),
      started("b", "grep error log"),
      finished("b", 0),
      ...block("c", ["fine"])
    ])
    const { found } = search(dataDir, { pattern: "error" })
    expect(names(found)).toEqual(["one/b", "one/a"])
    expect(found[0]).toMatchObject({ inCommand: [{ from: 5, to: 10 }], lines: [], archived: null })
    expect(found[1]?.lines).toEqual([
      { stream: "stdout", number: 2, text: "an ERROR there", ranges: [{ from: 3, to: 8 }] }
    ])
  })

  it("searches the archive too, a session that was archived twice included", async () => {
    const dataDir = temporaryDirectory()
    for (const text of ["first needle", "second needle"]) {
      const id = await store(dataDir, "old", block("a", [text]))
      await archiveSession(id, optionsFor(dataDir))
    }
    await store(dataDir, "new", block("a", ["a needle"]))
    const { found } = search(dataDir, { pattern: "needle" })
    expect(found.map(({ archived, lines }) => [archived, lines[0]?.text]).sort()).toEqual([
      [null, "a needle"],
      ["1970-01", "first needle"],
      ["1970-01", "second needle"]
    ])
  })

  it("looks at one session alone, at commands alone, at failures alone", async () => {
    const dataDir = temporaryDirectory()
    const failed: SessionEvent = {
      ...(finished("bad", 1) as Extract<SessionEvent, { _tag: "BlockFinished" }>),
      status: "failure",
      exitCode: 2
    }
    const events = [...block("good", ["needle"]), started("bad", "find needle"), printed("bad", 0, ["needle"]), failed]
    await store(dataDir, "one", events)
    const two = await store(dataDir, "two", events)
    expect(names(search(dataDir, { pattern: "needle", session: two }).found)).toEqual(["two/bad", "two/good"])
    expect(names(search(dataDir, { pattern: "needle", session: two, failedOnly: true }).found)).toEqual(["two/bad"])
    expect(search(dataDir, { pattern: "needle", session: two, commandsOnly: true }).found).toMatchObject([
      { block: { id: BlockId.make("bad") }, lines: [] }
    ])
  })

  it("numbers lines as they were printed, the lines that are not kept too, and tells the streams apart", async () => {
    const dataDir = temporaryDirectory()
    const end: SessionEvent = {
      ...(finished("a", 12, 1) as Extract<SessionEvent, { _tag: "BlockFinished" }>),
      hiddenLines: 9,
      hiddenBytes: 90,
      headLines: 1
    }
    await store(dataDir, "one", [
      { ...started("a"), split: true } as SessionEvent,
      printed("a", 0, ["needle"]),
      printed("a", 10, ["hay", "needle"]),
      printed("a", 0, ["needle"], "stderr"),
      end
    ])
    const [found] = search(dataDir, { pattern: "needle" }).found
    expect(found?.lines.map(({ stream, number }) => [stream, number])).toEqual([
      ["stdout", 1],
      ["stdout", 12],
      ["stderr", 1]
    ])
  })

  it("tells a long line around its first match, and counts the lines it does not tell", async () => {
    const dataDir = temporaryDirectory()
    const long = `${"x".repeat(1000)}needle${"y".repeat(1000)}`
    await store(dataDir, "one", block("a", [long, ...Array(MAX_LINES_PER_BLOCK + 4).fill("needle")]))
    const [found] = search(dataDir, { pattern: "needle" }).found
    const { text, ranges } = found!.lines[0]!
    expect(text.length).toBeLessThan(500)
    expect(text.slice(ranges[0]!.from, ranges[0]!.to)).toBe("needle")
    expect(text).toMatch(/^….*…$/)
    expect(found).toMatchObject({ more: 5 })
    expect(found?.lines).toHaveLength(MAX_LINES_PER_BLOCK)
  })

  it("costs a damaged session its own hits alone, and names it", async () => {
    const dataDir = temporaryDirectory()
    await store(dataDir, "good", block("a", ["needle"]))
    await store(dataDir, "bad", block("a", ["needle"]))
    truncateSync(join(dataDir, "active", "bad.json"), 20)
    writeFileSync(join(dataDir, "active", "notes.txt"), "needle")
    const { found, refused } = search(dataDir, { pattern: "needle" })
    expect(names(found)).toEqual(["good/a"])
    expect(refused.map(({ message }) => message)).toEqual([expect.stringContaining("bad.json")])
  })

  it("has nothing to find where nothing is stored, and says what is no expression", () => {
    const dataDir = temporaryDirectory()
    expect(search(join(dataDir, "none"), { pattern: "x" })).toEqual({ found: [], refused: [] })
    expect(searchSessions(dataDirectory(dataDir), { pattern: "(", regex: true })).toMatchObject({
      problem: expect.stringContaining("Unterminated group")
    })
  })
})
