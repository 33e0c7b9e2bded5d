import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, beforeEach, describe, it } from "vitest"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import { SESSION_VERSION } from "../../../src/domain/Session.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { SessionFile, type SessionFileOptions } from "../../../src/services/persistence/SessionFile.ts"
import { openSessionReader } from "../../../src/services/persistence/SessionReader.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { listSessions } from "../../../src/services/persistence/sessionList.ts"
import { optionsFor, processes, started, temporaryDirectory } from "./sessions.ts"

/** A session of every version that ever was, of the next one, and damaged ones; see its README. */
const FIXTURES = fileURLToPath(new URL("../../../fixtures/sessions/", import.meta.url))

interface Expected {
  /** Commands, in order; null when the session is refused. */
  readonly commands: ReadonlyArray<string> | null
  /** Blocks that a list counts, which reads no more than the head, where they are others. */
  readonly listed?: number
  /** Why it cannot be read, or not be written. */
  readonly reason?: PersistenceError["reason"]
  /** What is said when it is opened. */
  readonly note?: RegExp
  /** What ends up in `quarantine/`, or beside the session as a torn tail. */
  readonly kept?: "json" | "journal" | "torn"
}

const ALL = ["echo one", "ls /missing", "seq 2"]

const expected: Readonly<Record<string, Expected>> = {
  "version-0": { commands: ["ls -la", "cat missing"] },
  "version-1": { commands: ALL },
  "journal-only": { commands: ALL },
  additive: { commands: ALL },
  newer: { commands: ["echo one", "ls /missing"], reason: "Newer" },
  "newer-journal": { commands: null, reason: "Newer" },
  torn: { commands: ALL, note: /^The last write was cut short: \d+ bytes put aside/, kept: "torn" },
  gap: { commands: ALL, note: /^Part of this session's journal is damaged here/, kept: "journal" },
  "bad-block": {
    commands: ["echo one", "seq 2"],
    listed: 3,
    note: /^1 block could not be read; the original is kept as quarantine\//,
    kept: "json"
  },
  "cut-short": {
    commands: ["echo one", "ls /missing"],
    note: /^1 block could not be read; the original is kept as quarantine\//,
    kept: "json"
  },
  "bad-head": { commands: ALL, note: /^1 block could not be read; the original is kept as quarantine\//, kept: "json" },
  another: { commands: null, reason: "Damaged" },
  noise: { commands: null, reason: "Damaged" },
  empty: { commands: null, reason: "Damaged" }
}

let dataDir = ""
let options: SessionFileOptions

beforeEach(() => {
  dataDir = temporaryDirectory()
  options = optionsFor(dataDir)
  mkdirSync(join(dataDir, "active"), { mode: 0o700 })
  for (const name of readdirSync(FIXTURES)) {
    if (/\.(json|journal)$/.test(name)) copyFileSync(join(FIXTURES, name), join(dataDir, "active", name))
  }
})

const failureOf = async (body: () => unknown): Promise<PersistenceError> => {
  try {
    await body()
  } catch (cause) {
    if (cause instanceof PersistenceError) return cause
    throw cause
  }
  throw new Error("it did not fail")
}

describe("the sessions of fixtures/sessions", () => {
  it("are all listed, but for those that nothing can be read of, which are named", () => {
    const ids = new Set(readdirSync(FIXTURES).flatMap((name) => /^(.*)\.(?:json|journal)$/.exec(name)?.[1] ?? []))
    assert.deepStrictEqual([...ids].sort(), Object.keys(expected).sort())
    const { sessions, refused } = listSessions(options.directory, processes())
    const readable = Object.entries(expected).filter(([, { commands }]) => commands !== null)
    assert.deepStrictEqual(
      sessions.map(({ id, blocks, lastCommand }) => [id, blocks, lastCommand]).sort(),
      readable.map(([id, { commands, listed }]) => [id, listed ?? commands!.length, commands!.at(-1)!]).sort()
    )
    assert.strictEqual(sessions.length + refused.length, ids.size)
    for (const error of refused) assert.match(error.message, /^[\x20-\x7e…]+$/)
  })

  it.each(Object.entries(expected))(
    "%s is read as far as it can be, and written to without a loss",
    async (name, wanted) => {
      const id = SessionId.make(name)
      if (wanted.commands === null) {
        assert.strictEqual((await failureOf(() => openSessionReader(options.directory, id))).reason, wanted.reason)
        assert.strictEqual((await failureOf(() => SessionFile.open(id, options))).reason, wanted.reason)
        return
      }
      const document = loadDocument(options.directory, id)
      assert.deepStrictEqual(
        document.blocks.map(({ command }) => command),
        wanted.commands
      )
      if (wanted.reason !== undefined) {
        const failure = await failureOf(() => SessionFile.open(id, options))
        assert.strictEqual(failure.reason, wanted.reason)
        assert.match(failure.message, /^Session \S+ was written by a newer EffectTalk \(version 2\)$/)
        return
      }
      const original = Object.fromEntries(
        readdirSync(join(dataDir, "active"))
          .filter((file) => file.startsWith(`${name}.`))
          .map((file) => [file, readFileSync(join(dataDir, "active", file))])
      )
      const file = await SessionFile.open(id, options)
      assert.strictEqual(file.notes.length, wanted.note === undefined ? 0 : 1, file.notes.join())
      if (wanted.note !== undefined) assert.match(file.notes[0]!, wanted.note)
      file.append({ _tag: "SessionResumed", at: Date.UTC(2026, 0, 18) })
      file.append(started("later", "date"))
      assert.isNull((await file.close()).failure)

      const now = loadDocument(options.directory, id)
      assert.strictEqual(now.version, SESSION_VERSION)
      assert.deepStrictEqual(
        now.blocks.map(({ command }) => command),
        [...wanted.commands, "date"]
      )
      for (const before of document.blocks) {
        const after = now.blocks.find((block) => block.id === before.id)!
        assert.deepStrictEqual([after.stdout, after.stderr], [before.stdout, before.stderr])
      }
      JSON.parse(readFileSync(join(dataDir, "active", `${name}.json`), "utf8"))
      // Nothing a user had is thrown away.
      const quarantine = readdirSync(join(dataDir, "quarantine"))
      if (wanted.kept === "json" || wanted.kept === "journal") {
        assert.lengthOf(quarantine, 1)
        const kept = readFileSync(join(dataDir, "quarantine", quarantine[0]!))
        assert.isTrue(kept.equals(original[`${name}.${wanted.kept}`]!))
      } else {
        assert.deepStrictEqual(quarantine, [])
      }
      const torn = readdirSync(join(dataDir, "active")).filter((file) => file.startsWith(`${name}.torn-`))
      assert.lengthOf(torn, wanted.kept === "torn" ? 1 : 0)
      const again = await SessionFile.open(id, options)
      assert.deepStrictEqual(again.notes, [])
      await again.close()
    }
  )

  it("version-0: the seeds' document gets numbers, accounts and streams, and its environment stays behind", async () => {
    const { blocks, environment, workingDirectory } = loadDocument(options.directory, SessionId.make("version-0"))
    assert.deepStrictEqual(
      blocks.map(({ metadata, exitCode, stdout, stderr }) => [
        metadata.number,
        metadata.lines,
        exitCode,
        stdout,
        stderr
      ]),
      [
        [1, 1, 0, "total 0\n", ""],
        [2, 0, 1, "", "cat: missing: No such file or directory\n"]
      ]
    )
    assert.deepStrictEqual([environment, workingDirectory], [{}, "/home/user"])
    const file = await SessionFile.open(SessionId.make("version-0"), options)
    assert.deepStrictEqual(file.output(BlockId.make("block-002"), "stderr")?.lines, [
      "cat: missing: No such file or directory"
    ])
    file.append({ _tag: "SessionResumed", at: 2 })
    await file.close()
    assert.notInclude(readFileSync(join(dataDir, "active", "version-0.json"), "utf8"), "a-secret")
  })

  it("additive: what a newer version has added is still there after this one has written", async () => {
    const file = await SessionFile.open(SessionId.make("additive"), options)
    // A block whose header changes, too.
    file.append({ _tag: "BlockFolded", at: 2, block: BlockId.make("a"), folded: true })
    await file.close()
    const document = JSON.parse(readFileSync(join(dataDir, "active", "additive.json"), "utf8"))
    assert.strictEqual(document.colour, "green")
    assert.strictEqual(document.metadata.theme, "dark")
    const [first] = document.blocks
    assert.deepInclude(first, { mood: "good", after: true })
    assert.deepInclude(first.metadata, { rating: 5, folded: true })
  })
})
