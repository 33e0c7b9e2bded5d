import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { BlockHeader } from "../../../src/domain/Block.ts"
import { highestNumber } from "../../../src/domain/deletedBlocks.ts"
import { BlockId } from "../../../src/domain/ids.ts"
import { emptySession, reduce } from "../../../src/domain/reduce.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { IncognitoFilter } from "../../../src/services/persistence/IncognitoFilter.ts"
import { loadDocument, saveDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { created, finished, optionsFor, printed, sessionEvents, started, temporaryDirectory } from "./sessions.ts"

const incognito = (event: SessionEvent): SessionEvent => Object.assign({}, event, { incognito: true })
const kept = (input: string): SessionEvent => ({ _tag: "InputKept", at: 2000, input })

/** What of the events is stored, and whether the files were to be made anew. */
const stored = (events: ReadonlyArray<SessionEvent>, input = "") => {
  const filter = new IncognitoFilter(input)
  const all = events.map((event) => filter.storable(event))
  return { events: all.flatMap((each) => each.events), overwrites: all.some(({ overwrites }) => overwrites) }
}

describe("the events of an incognito block", () => {
  it("are none in the files, whatever is said of it; its number is taken, once", () => {
    const [a, b] = [BlockId.make("a"), BlockId.make("b")]
    const others: ReadonlyArray<SessionEvent> = [
      started("b"),
      { _tag: "BlocksDeleted", at: 1, blocks: [b] },
      { _tag: "AllFolded", at: 1, folded: true },
      { _tag: "NoticeAdded", at: 1, block: b, lines: ["x"] }
    ]
    const { events, overwrites } = stored([
      { _tag: "BlockQueued", at: 1, block: a, command: "hunter2", directory: "/", incognito: true },
      incognito({ ...started("a", "hunter2"), queued: true } as SessionEvent),
      started("b"),
      printed("a", 0, ["hunter2"]),
      { _tag: "NoticeAdded", at: 1, block: a, lines: ["hunter2"] },
      finished("a", 1),
      { _tag: "BlockRenamed", at: 1, block: a, name: "hunter2" },
      { _tag: "BlockNoted", at: 1, block: a, note: "hunter2" },
      { _tag: "BlockPinned", at: 1, block: a, pinned: true },
      { _tag: "ActiveBlockSet", at: 1, block: a },
      { _tag: "BlocksDeleted", at: 1, blocks: [a, b] },
      { _tag: "BlocksRestored", at: 1, blocks: [a] },
      { _tag: "AllFolded", at: 1, folded: true },
      { _tag: "NoticeAdded", at: 1, block: b, lines: ["x"] },
      { _tag: "NoticeAdded", at: 1, block: b, lines: ["[1]+ Done hunter2"], incognito: true }
    ])
    expect(events).toEqual([{ _tag: "NumberTaken" }, ...others])
    expect(overwrites).toBe(false)
  })

  it("leave the other blocks as they are: numbers, environments, lines, and what is said of them", () => {
    const seen = ({ metadata: { name: _name, deleted: _deleted, ...metadata }, ...block }: BlockHeader) => ({
      ...block,
      metadata
    })
    fc.assert(
      fc.property(sessionEvents, (events) => {
        // Blocks whose names begin so are incognito.
        const all = events.map((event) =>
          event._tag === "BlockStarted" && event.block.startsWith("a") ? incognito(event) : event
        )
        const inMemory = all.reduce(reduce, emptySession(created))
        const onDisk = stored(all).events.reduce(reduce, emptySession(created))
        const hidden = inMemory.blocks.filter(({ metadata }) => metadata.incognito === true)
        const others = inMemory.blocks.filter((block) => !hidden.includes(block))
        expect(onDisk.blocks.map(seen)).toEqual(others.map(seen))
        expect(highestNumber(onDisk)).toBe(highestNumber(inMemory))
        expect(JSON.stringify(stored(all).events)).not.toMatch(/"block":"a|incognito/)
        return hidden.length === 0 || inMemory.environment.EDITOR === onDisk.environment.EDITOR
      })
    )
  })
})

describe("unsent text", () => {
  it.each([" echo hunter2", "/incognito echo hunter2", "/timeout 5s /incognito echo hunter2"])(
    "that would be incognito is not stored: %j",
    (text) => {
      expect(stored([kept(text)])).toEqual({ events: [], overwrites: false })
      expect(stored([kept("make"), kept(text)])).toEqual({ events: [kept("make"), kept("")], overwrites: true })
      // Also where it had other words, and a mistake.
      expect(stored([kept("/timeout 5s ehco hunter2"), kept(text)]).overwrites).toBe(true)
    }
  )

  it("that was stored before it got its blank, or its word, is taken out of the files", () => {
    const typed = kept("echo hunt")
    expect(stored([typed, kept(" echo hunter2")])).toEqual({ events: [typed, kept("")], overwrites: true })
    const run = incognito(started("a", "echo hunter2"))
    expect(stored([typed, run])).toEqual({ events: [typed, { _tag: "NumberTaken" }, kept("")], overwrites: true })
    expect(stored([run], "echo hunter2").overwrites).toBe(true)
    expect(stored([run], "/split /timeout 5s echo hunter2").overwrites).toBe(true)
    // What is written while a block runs again stays.
    expect(stored([run], "make")).toEqual({ events: [{ _tag: "NumberTaken" }], overwrites: false })
    // Erased and typed again, or given up for a command that has run: the journal still has it.
    expect(stored([typed, kept(""), kept(" echo hunter2")])).toEqual({ events: [typed, kept("")], overwrites: true })
    expect(stored([typed, kept("ls"), started("b", "ls"), run]).overwrites).toBe(true)
    expect(stored([typed, kept("echo hunter")]).overwrites).toBe(false)
    expect(new IncognitoFilter("", true).storable(run).overwrites).toBe(true)
    // Once is enough.
    const filter = new IncognitoFilter("", true)
    expect([kept(" a"), kept(" ab"), run].map((event) => filter.storable(event).overwrites)).toEqual([
      true,
      false,
      false
    ])
    // Another command of that text has run meanwhile, and is in the files anyway.
    expect(stored([typed, started("b", "echo hunter2"), run]).overwrites).toBe(false)
  })
})

describe("a whole document", () => {
  it("is stored without incognito blocks and unsent text, and their numbers stay taken", async () => {
    const options = optionsFor(temporaryDirectory())
    const events = [started("b"), incognito(started("a", "hunter2")), kept(" hunter2")]
    const session = events.reduce(reduce, emptySession(created))
    const blocks = session.blocks.map((block) => ({ ...block, stdout: block.command, stderr: "" }))
    await saveDocument(options.directory, { version: 1, sequence: 3, ...session, blocks }, options.processes)
    const stored = loadDocument(options.directory, session.id)
    expect(JSON.stringify(stored)).not.toMatch(/hunter2|incognito/)
    expect([stored.blocks.map(({ id }) => id), highestNumber(stored)]).toEqual([["b"], 2])
  })
})
