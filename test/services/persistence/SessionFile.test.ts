import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { withoutDeleted } from "../../../src/domain/deletedBlocks.ts"
import { BlockId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { loadDocument, saveDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { eventually } from "../../harness/eventually.ts"
import {
  block,
  created,
  finished,
  folded,
  optionsFor,
  printed,
  processes,
  SESSION,
  sessionEvents,
  started,
  temporaryDirectory,
  visible,
  withFile
} from "./sessions.ts"

const activeFiles = (dataDir: string) => readdirSync(join(dataDir, "active")).sort()

const open = async (dataDir: string, events: ReadonlyArray<SessionEvent>): Promise<SessionFile> => {
  const file = SessionFile.create(created, optionsFor(dataDir))
  for (const event of events.slice(1)) file.append(event)
  await file.flush()
  return file
}

describe("SessionFile", () => {
  it("folds the journal to the state, whatever happens and however often it is compacted or reopened", async () => {
    const acts = fc.array(fc.constantFrom("append", "append", "append", "flush", "compact", "reopen"), {
      maxLength: 60
    })
    await fc.assert(
      fc.asyncProperty(sessionEvents, acts, async (events, script) => {
        const options = optionsFor(temporaryDirectory())
        let file = SessionFile.create(created, options)
        const rest = events.slice(1)
        const happened: Array<SessionEvent> = [created]
        for (const act of [...script, ...rest.map(() => "append" as const)]) {
          const [event] = act === "append" ? rest.splice(0, 1) : []
          if (event !== undefined) {
            happened.push(event)
            file.append(event)
          }
          if (act === "flush") await file.flush()
          if (act === "compact" && file.session.blocks.length > 0) await file.compact()
          if (act === "reopen" && file.session.blocks.length > 0) {
            await file.close()
            file = await SessionFile.open(SESSION, options)
            // As whoever opens a session does: what was deleted is gone then.
            const resumed: SessionEvent = { _tag: "SessionResumed", at: 9000 }
            happened.push(resumed)
            file.append(resumed)
          }
        }
        try {
          assert.deepStrictEqual(visible(file), folded(happened))
          assert.deepStrictEqual(file.notes, [])
          if (file.session.blocks.length > 0) {
            assert.strictEqual((await file.close()).failure, null)
            file = await SessionFile.open(SESSION, options)
            const { session, ...outputs } = folded(happened)
            assert.deepStrictEqual(visible(file), { session: withoutDeleted(session), ...outputs })
          }
        } finally {
          await file.close()
        }
      }),
      { numRuns: 300 }
    )
  }, 60_000)

  describe("with deleted blocks", () => {
    const remove = (...names: ReadonlyArray<string>): SessionEvent => ({
      _tag: "BlocksDeleted",
      at: 8000,
      blocks: names.map((name) => BlockId.make(name))
    })
    const restore = (...names: ReadonlyArray<string>): SessionEvent => ({
      _tag: "BlocksRestored",
      at: 8001,
      blocks: names.map((name) => BlockId.make(name))
    })
    const filesWith = (dataDir: string, text: string) =>
      activeFiles(dataDir).filter((name) => readFileSync(join(dataDir, "active", name), "utf8").includes(text))

    it("brings them back with their output, also when a compaction came between", async () => {
      const options = optionsFor(temporaryDirectory())
      const file = SessionFile.create(created, options)
      const events = [created, ...["a", "b", "c"].flatMap((name) => block(name, [`${name}1`, `${name}2`]))]
      for (const event of events.slice(1)) file.append(event)
      const before = visible(file)
      file.append(remove("b"))
      await file.compact()
      assert.isNull(file.output(BlockId.make("b")))
      file.append(remove("a"))
      await file.compact()
      // The second time it is copied from the snapshot that has it aside.
      await file.compact()
      file.append(restore("a"))
      file.append(restore("b"))
      const { session, ...outputs } = visible(file)
      assert.deepStrictEqual(session.blocks, before.session.blocks)
      assert.deepStrictEqual(outputs, { outputs: before.outputs, stderr: before.stderr })
      await file.close()
      await withFile(options, (again) => assert.deepStrictEqual(visible(again).outputs, before.outputs))
    })

    it("has them in no file once it is closed", async () => {
      const dataDir = temporaryDirectory()
      const file = SessionFile.create(created, optionsFor(dataDir))
      for (const event of [...block("a", ["SECRET output"]), ...block("b", ["b"]), remove("a")]) file.append(event)
      await file.compact()
      assert.notDeepEqual(filesWith(dataDir, "SECRET"), [])
      await file.close()
      assert.deepStrictEqual(activeFiles(dataDir), ["s1.json"])
      assert.deepStrictEqual(filesWith(dataDir, "SECRET"), [])
      assert.deepStrictEqual(filesWith(dataDir, "echo a"), [])
    })

    it("has lost them for good when its process was killed, and its files have by the next close", async () => {
      const dataDir = temporaryDirectory()
      const file = SessionFile.create(created, optionsFor(dataDir))
      for (const event of [...block("a", ["SECRET output"]), ...block("b", ["b"]), remove("a")]) file.append(event)
      await file.compact()
      const active = join(dataDir, "active")
      const snapshot = readFileSync(join(active, "s1.json"))
      const kill = () => {
        writeFileSync(join(active, "s1.json"), snapshot)
        rmSync(join(active, "s1.journal"), { force: true })
      }
      await file.close()

      kill()
      assert.lengthOf(filesWith(dataDir, "SECRET"), 1)
      const names = () => loadDocument(optionsFor(dataDir).directory, SESSION).blocks.map(({ id }) => id)
      assert.deepStrictEqual(names(), [BlockId.make("b")])
      await withFile(optionsFor(dataDir), (again) => {
        again.append({ _tag: "SessionResumed", at: 9000 })
        again.append(restore("a"))
        assert.deepStrictEqual(
          again.session.blocks.map(({ id }) => id),
          [BlockId.make("b")]
        )
      })
      assert.deepStrictEqual(filesWith(dataDir, "SECRET"), [])

      // Also when nothing was written meanwhile.
      kill()
      await withFile(optionsFor(dataDir), () => {})
      assert.deepStrictEqual(filesWith(dataDir, "SECRET"), [])
      assert.deepStrictEqual(names(), [BlockId.make("b")])
    })

    it("has them in no file either where they were in the journal and on the live screen alone when it was killed", async () => {
      const dataDir = temporaryDirectory()
      const dying = SessionFile.create(created, optionsFor(dataDir))
      for (const event of [started("a"), started("b")]) dying.append(event)
      const live = (id: string) => ({
        block: BlockId.make(id),
        stream: "stdout" as const,
        runs: [{ firstLine: 0, lines: [`SECRET of ${id}`] }],
        unfinished: false,
        hiddenBytes: 0
      })
      dying.keepScreens([live("a"), live("b")])
      const screen = join(dataDir, "active/s1.screen")
      await eventually(() => assert.include(readFileSync(screen, "utf8"), "SECRET of a"))
      dying.append(printed("a", 0, ["SECRET of a"]))
      for (const event of [finished("a", 1), remove("a")]) dying.append(event)
      await dying.flush()
      assert.sameMembers(filesWith(dataDir, "SECRET of a"), ["s1.journal", "s1.screen"])
      // Killed here: nothing is closed, and the next process takes its lock over.
      await withFile(optionsFor(dataDir, processes(11)), (again) => {
        again.resume({ at: 9000 })
        assert.deepStrictEqual(
          again.session.blocks.map(({ id }) => id),
          [BlockId.make("b")]
        )
      })
      assert.deepStrictEqual(filesWith(dataDir, "SECRET of a"), [])
      assert.deepStrictEqual(filesWith(dataDir, "SECRET of b"), ["s1.json"])
    })
  })

  it("writes nothing more into a session that another process has, and goes on when that has let it go", async () => {
    const dataDir = temporaryDirectory()
    const file = await open(dataDir, [created, ...block("a", ["one"])])
    const lock = join(dataDir, "active", "s1.lock")
    const journal = () => readFileSync(join(dataDir, "active", "s1.journal"))
    const before = journal()
    const other = JSON.stringify({ pid: 11, startTime: 1, bootId: "b" })
    rmSync(lock)
    writeFileSync(lock, other)
    file.append(started("b"))
    assert.strictEqual((await file.flush()).failure, "not saved: another process took the session")
    assert.deepStrictEqual(journal(), before)
    assert.strictEqual(readFileSync(lock, "utf8"), other)
    rmSync(lock)
    assert.isNull((await file.flush()).failure)
    assert.isTrue(journal().subarray(0, before.length).equals(before))
    assert.isAbove(journal().length, before.length)
    await file.close()
  })

  it("shows the same after a compaction in the middle of a block's output", async () => {
    const options = optionsFor(temporaryDirectory())
    const file = SessionFile.create(created, options)
    const events = [created, started("a"), printed("a", 0, ["one", "two"])]
    for (const event of events.slice(1)) file.append(event)
    await file.compact()
    assert.deepStrictEqual(visible(file), folded(events))
    const rest = [printed("a", 2, ["three"]), finished("a", 3)]
    for (const event of rest) file.append(event)
    assert.deepStrictEqual(visible(file), folded([...events, ...rest]))
    await file.close()
    await withFile(options, (again) => assert.deepStrictEqual(visible(again), folded([...events, ...rest])))
  })

  it("hides what the finished block hides, also in text that a compaction stored before", async () => {
    const options = optionsFor(temporaryDirectory())
    const file = SessionFile.create(created, options)
    const lines = Array.from({ length: 10 }, (_, index) => String(index))
    for (const event of [started("a"), printed("a", 0, lines)]) file.append(event)
    await file.compact()
    file.append({ ...finished("a", 10), hiddenLines: 6, hiddenBytes: 12, headLines: 3 } as SessionEvent)
    const kept = { lines: ["0", "1", "2", "9"], unfinished: false, hidden: { lines: 6, bytes: 12, headLines: 3 } }
    assert.deepStrictEqual(file.output(BlockId.make("a")), kept)
    await file.close()
    await withFile(options, (again) => assert.deepStrictEqual(again.output(BlockId.make("a")), kept))
  })

  it("keeps stderr by its own numbers and account, across compactions, an unfinished line and a resume", async () => {
    const options = optionsFor(temporaryDirectory())
    const file = SessionFile.create(created, options)
    const lines = Array.from({ length: 10 }, (_, index) => `error ${index}`)
    const events = [started("a"), printed("a", 0, ["out"]), printed("a", 0, lines.slice(0, 6), "stderr")]
    for (const event of events) file.append(event)
    await file.compact()
    file.append({ ...printed("a", 6, lines.slice(6), "stderr"), unfinished: true } as SessionEvent)
    const stderr = { lines: 10, hiddenLines: 6, hiddenBytes: 48, headLines: 3 }
    file.append({ ...finished("a", 1), stderr } as SessionEvent)
    for (const event of block("b", ["merged"])) file.append(event)
    const out = { lines: ["out"], unfinished: false, hidden: { lines: 0, bytes: 0, headLines: 0 } }
    const kept = [...lines.slice(0, 3), "error 9"]
    const check = (open: SessionFile) => {
      assert.deepStrictEqual(open.output(BlockId.make("a")), out)
      assert.deepStrictEqual(open.output(BlockId.make("a"), "stderr"), {
        lines: kept,
        unfinished: true,
        hidden: { lines: 6, bytes: 48, headLines: 3 }
      })
      assert.isNull(open.output(BlockId.make("b"), "stderr"))
      assert.isNull(open.output(BlockId.make("c"), "stderr"))
    }
    check(file)
    await file.close()
    const document = loadDocument(options.directory, SESSION)
    assert.deepStrictEqual(
      document.blocks.map(({ stdout, stderr }) => [stdout, stderr]),
      [
        ["out\n", kept.join("\n")],
        ["merged\n", ""]
      ]
    )
    await withFile(options, check)
    // What another program stores comes back the same way.
    await saveDocument(options.directory, document, options.processes)
    await withFile(options, check)
  })

  it("sanitises stderr as it comes from disk", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir)
    const file = SessionFile.create(created, options)
    for (const event of [started("a"), printed("a", 0, ["MARK"], "stderr"), finished("a", 0, 1)]) file.append(event)
    await file.close()
    const path = join(dataDir, "active", "s1.json")
    writeFileSync(path, readFileSync(path, "utf8").replace("MARK", "\\u001b]0;title\\u0007bad\\u001b[31m"))
    await withFile(options, (again) => {
      assert.deepStrictEqual(again.output(BlockId.make("a"), "stderr")?.lines, ["bad\x1b[31m"])
    })
  })

  it("compacts by itself once the journal is large", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    const line = "x".repeat(64 * 1024)
    file.append(started("a"))
    for (let number = 0; number < 80; number++) {
      file.append(printed("a", number, [line]))
      await file.flush()
    }
    await file.compact()
    assert.include(activeFiles(dataDir), "s1.json")
    assert.isBelow(statSync(join(dataDir, "active", "s1.journal")).size, 4 * 1024 * 1024)
    assert.strictEqual(file.output(BlockId.make("a"))?.lines.length, 80)
    await file.close()
  })

  it("says nothing any more of unsent text once its files are made anew, also when a compaction was under way", async () => {
    const dataDir = temporaryDirectory()
    const text = "mysql hunter2"
    const file = await open(dataDir, [created, ...block("a", ["x"]), { _tag: "InputKept", at: 1, input: text }])
    const holding = () =>
      activeFiles(dataDir).filter((name) => readFileSync(join(dataDir, "active", name), "utf8").includes(text))
    assert.deepStrictEqual(holding(), ["s1.journal"])
    const underWay = file.compact()
    file.append({ _tag: "InputKept", at: 2, input: "" })
    await file.rewrite()
    await underWay
    assert.deepStrictEqual(holding(), [])
    await file.close()
  })

  it("brings no output into a snapshot that the journal does not have any more, and keeps both", async () => {
    const dataDir = temporaryDirectory()
    const file = await open(dataDir, [created, ...block("a", ["kept"])])
    await file.compact()
    for (const event of block("b", ["lost"])) file.append(event)
    await file.flush()
    const [snapshot, journal] = ["s1.json", "s1.journal"].map((name) => join(dataDir, "active", name)) as [
      string,
      string
    ]
    const before = readFileSync(snapshot)
    writeFileSync(
      journal,
      readFileSync(journal).map((byte, at) => (at > 40 ? byte ^ 1 : byte))
    )
    await file.compact()
    assert.deepStrictEqual(readFileSync(snapshot), before)
    assert.throws(() => file.output(BlockId.make("b")), /not what it was any more/)
    assert.deepStrictEqual(file.output(BlockId.make("a"))?.lines, ["kept"])
    await file.close()
    assert.deepStrictEqual(activeFiles(dataDir), ["s1.journal", "s1.json"])
  })

  it("copies what did not change instead of parsing and writing it again", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir)
    const file = SessionFile.create(created, options)
    for (const event of [...block("a", ["one"]), ...block("b", ["two"])]) file.append(event)
    await file.close()
    // An additive field of a newer version, in a block that nothing touches, and in one whose header changes.
    const path = join(dataDir, "active", "s1.json")
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"stderr":""}', '"stderr":"","newer":"kept"}'))
    await withFile(options, (again) => {
      again.append({ _tag: "BlockFolded", at: 9000, block: BlockId.make("b"), folded: true })
      for (const event of block("c", ["three"])) again.append(event)
    })
    const document = JSON.parse(readFileSync(path, "utf8"))
    assert.deepStrictEqual(
      document.blocks.map((one: Record<string, unknown>) => [one.id, one.stdout, one.newer]),
      [
        ["a", "one\n", "kept"],
        ["b", "two\n", "kept"],
        ["c", "three\n", undefined]
      ]
    )
    assert.isTrue(document.blocks[1].metadata.folded)
  })

  it("writes one block per line, and reads the document back when a formatter has been at it", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir)
    const file = SessionFile.create(created, options)
    const events = [created, ...block("a", ['she said "\\n",', "\ttab"]), ...block("b", [])]
    for (const event of events.slice(1)) file.append(event)
    await file.close()
    const path = join(dataDir, "active", "s1.json")
    const text = readFileSync(path, "utf8")
    assert.strictEqual(text.split("\n").length, 5)
    const document = JSON.parse(text)
    assert.strictEqual(document.blocks[0].stdout, 'she said "\\n",\n\ttab\n')
    writeFileSync(path, JSON.stringify(document, null, 2))
    await withFile(options, (again) => {
      assert.deepStrictEqual(visible(again), folded(events))
      again.append(finished("b", 0))
    })
    assert.strictEqual(readFileSync(path, "utf8").split("\n").length, 5)
  })

  it("sanitises what it reads", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir)
    const file = SessionFile.create(created, options)
    const hostile = "\x1b]52;c;aGk=\x07\x1b[2Jred\x1b[31m!"
    for (const event of [...block("a", [hostile, "next"]), started("b"), printed("b", 0, [hostile])]) file.append(event)
    await file.flush()
    assert.deepStrictEqual(file.output(BlockId.make("b"))?.lines, ["red\x1b[31m!"])
    await file.close()
    await withFile(options, (again) => {
      assert.deepStrictEqual(again.output(BlockId.make("a"))?.lines, ["red\x1b[31m!", "next"])
    })
  })

  it("lets no secret of the environment reach the disk, and names what it left out", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    const set = { EDITOR: "vi", GITHUB_TOKEN: "hunter2", REMOTE: "https://ada:hunter2@example.org/x.git" }
    file.append({ _tag: "EnvironmentChanged", at: 1500, set, unset: [] })
    for (const event of block("a", [])) file.append(event)
    await file.flush()
    assert.notInclude(readFileSync(join(dataDir, "active", "s1.journal"), "utf8"), "hunter2")
    await file.close()
    const document = JSON.parse(readFileSync(join(dataDir, "active", "s1.json"), "utf8"))
    assert.deepStrictEqual(document.environment, { EDITOR: "vi" })
    assert.deepStrictEqual(document.metadata.redacted, ["GITHUB_TOKEN", "REMOTE"])
    assert.notInclude(JSON.stringify(document), "hunter2")
  })

  it("reports an event as durable only when its bytes are in the file", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    const seen: Array<{ readonly durable: number; readonly size: number }> = []
    file.subscribe(({ durable }) => {
      seen.push({ durable, size: statSync(join(dataDir, "active", "s1.journal")).size })
    })
    for (const event of block("a", ["x"])) file.append(event)
    assert.deepStrictEqual(file.status, { appended: 4, durable: 0, failure: null })
    await file.flush()
    const number = file.append(started("b"))
    await file.flush()
    assert.strictEqual(number, 5)
    assert.deepStrictEqual(
      seen.map(({ durable }) => durable),
      [4, 5]
    )
    assert.isBelow(seen[0]!.size, seen[1]!.size)
    await file.close()
  })

  it("is written 0600 in directories 0700 under any umask, and tightens what is looser", async () => {
    for (const mask of [0o000, 0o077, 0o777]) {
      const dataDir = join(temporaryDirectory(), "data")
      const before = process.umask(mask)
      try {
        const file = SessionFile.create(created, optionsFor(dataDir))
        for (const event of block("a", ["x"])) file.append(event)
        await file.flush()
        for (const name of activeFiles(dataDir)) {
          assert.strictEqual(statSync(join(dataDir, "active", name)).mode & 0o777, 0o600, name)
        }
        await file.close()
        for (const path of ["", "active", "archived", "backups", "quarantine"]) {
          assert.strictEqual(statSync(join(dataDir, path)).mode & 0o777, 0o700, path)
        }
        assert.strictEqual(statSync(join(dataDir, "active", "s1.json")).mode & 0o777, 0o600)
      } finally {
        process.umask(before)
      }
    }
  })

  it("refuses a second process by the first one's id, also for a session that is new", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of block("a", ["x"])) file.append(event)
    await file.flush()
    const refusal = await SessionFile.open(SESSION, optionsFor(dataDir, processes(11, [10, 11]))).catch(
      (cause) => cause
    )
    assert.deepInclude(refusal, { _tag: "PersistenceError", reason: "Locked", pid: 10 })
    await file.close()
    await withFile(optionsFor(dataDir, processes(11, [10, 11])), (again) => assert.isNull(again.status.failure))
  })
})

describe("SessionFile after damage", () => {
  const events = [
    created,
    ...block("a", ["one"]),
    started("b"),
    printed("b", 0, ["two", "three"]),
    printed("b", 0, ["oops"], "stderr"),
    finished("b", 2, 1)
  ]

  /** A session whose owner was killed: journal and stale lock, perhaps a snapshot of the first block. */
  const crashed = async (compactFirst: boolean) => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of events.slice(1, 4)) file.append(event)
    if (compactFirst) await file.compact()
    for (const event of events.slice(4)) file.append(event)
    await file.flush()
    const active = join(dataDir, "active")
    const journal = readFileSync(join(active, "s1.journal"))
    const snapshot = compactFirst ? readFileSync(join(active, "s1.json")) : null
    await file.close()
    return { dataDir, active, journal, snapshot }
  }

  const restore = (dataDir: string, journal: Buffer, snapshot: Buffer | null) => {
    for (const name of ["active", "quarantine"]) {
      for (const entry of readdirSync(join(dataDir, name))) rmSync(join(dataDir, name, entry))
    }
    writeFileSync(join(dataDir, "active", "s1.journal"), journal)
    if (snapshot !== null) writeFileSync(join(dataDir, "active", "s1.json"), snapshot)
  }

  for (const withSnapshot of [false, true]) {
    const base = withSnapshot ? 4 : 0
    it(`keeps every complete record of a journal cut at any byte${withSnapshot ? " behind a snapshot" : ""}`, async () => {
      const { dataDir, active, journal, snapshot } = await crashed(withSnapshot)
      const options = optionsFor(dataDir)
      // What each number of whole records means.
      const states = events.map((_, index) => folded(events.slice(0, index + 1)))
      let whole = base
      for (let length = 0; length < journal.length; length++) {
        restore(dataDir, journal.subarray(0, length), snapshot)
        const opened = await SessionFile.open(SESSION, options).catch((cause) => cause)
        if (!(opened instanceof SessionFile)) {
          assert.strictEqual(opened.reason, "Damaged", `cut at ${length}`)
          assert.strictEqual(whole, 0, `cut at ${length}: ${opened.message}`)
          assert.deepStrictEqual(readFileSync(join(active, "s1.journal")), journal.subarray(0, length))
          continue
        }
        const shown = visible(opened)
        const now = states.findIndex((state) => isDeepStrictEqual(state, shown))
        const noticed = shown.session.blocks.some(({ metadata }) => metadata.notices.length > 0)
        if (!noticed) {
          assert.isAtLeast(now + 1, whole, `cut at ${length}`)
          whole = now + 1
        }
        assert.isNull(opened.status.failure)
        // Nothing is thrown away: the tail lies beside the journal, or the whole journal in quarantine.
        const torn = readdirSync(active).find((name) => name.startsWith("s1.torn-"))
        const kept = readdirSync(join(dataDir, "quarantine"))
        if (torn !== undefined) {
          const tail = readFileSync(join(active, torn))
          assert.deepStrictEqual(tail, journal.subarray(length - tail.length, length))
          assert.lengthOf(opened.notes, 1)
        } else if (kept.length > 0) {
          assert.deepStrictEqual(readFileSync(join(dataDir, "quarantine", kept[0]!)), journal.subarray(0, length))
        }
        await opened.close()
        await withFile(options, (again) => {
          assert.deepStrictEqual(visible(again), shown)
          assert.deepStrictEqual(again.notes, [])
        })
      }
      assert.strictEqual(whole, events.length - 1)
    }, 180_000)

    it(`survives any damaged byte${withSnapshot ? " behind a snapshot" : ""}, shows the gap and keeps the original`, async () => {
      const { dataDir, journal, snapshot } = await crashed(withSnapshot)
      const options = optionsFor(dataDir)
      for (let at = 0; at < journal.length; at++) {
        const damaged = Buffer.from(journal)
        damaged[at]! ^= 0x41
        restore(dataDir, damaged, snapshot)
        const opened = await SessionFile.open(SESSION, options)
        const shown = visible(opened)
        assert.lengthOf(opened.notes, 1, `byte ${at}`)
        assert.isNull(opened.status.failure)
        // Nothing is invented: every line and every command was there before.
        for (const { command } of shown.session.blocks) assert.include(["echo a", "echo b"], command)
        for (const output of shown.outputs)
          for (const line of output!.lines) assert.include(["one", "two", "three"], line)
        for (const output of shown.stderr) for (const line of output?.lines ?? []) assert.strictEqual(line, "oops")
        if (withSnapshot) assert.deepStrictEqual(shown.outputs[0]!.lines, ["one"])
        const kept = readdirSync(join(dataDir, "quarantine"))
        if (kept.length > 0) {
          assert.deepStrictEqual(readFileSync(join(dataDir, "quarantine", kept[0]!)), damaged)
          const notices = shown.session.blocks.flatMap(({ metadata }) => metadata.notices)
          assert.lengthOf(notices, shown.session.blocks.length === 0 ? 0 : 1, `byte ${at}`)
        } else {
          // Damage in the last record cannot be told from a torn tail.
          assert.isTrue(readdirSync(join(dataDir, "active")).some((name) => name.startsWith("s1.torn-")))
        }
        await opened.close()
        await withFile(options, (again) => {
          assert.deepStrictEqual(visible(again), shown)
          assert.deepStrictEqual(again.notes, [])
        })
      }
    }, 180_000)
  }

  it("goes on after a torn tail as if nothing had been", async () => {
    const { dataDir, journal } = await crashed(false)
    restore(dataDir, journal, null)
    appendFileSync(join(dataDir, "active", "s1.journal"), Buffer.from([9, 0, 0, 0, 1, 2, 3]))
    const more = block("c", ["four"])
    await withFile(optionsFor(dataDir), (file) => {
      for (const event of more) file.append(event)
    })
    await withFile(optionsFor(dataDir), (file) => assert.deepStrictEqual(visible(file), folded([...events, ...more])))
  })

  it("does not lose a session to one bad block", async () => {
    const { dataDir } = await crashed(false)
    const path = join(dataDir, "active", "s1.json")
    const good = readFileSync(path, "utf8")
    writeFileSync(path, good.replace('"command":"echo a"', '"command":12345678'))
    await withFile(optionsFor(dataDir), (file) => {
      assert.deepStrictEqual(
        file.session.blocks.map(({ id }) => id),
        ["b"]
      )
      assert.match(file.notes[0]!, /^1 block could not be read/)
      file.append(started("c"))
    })
    const [name] = readdirSync(join(dataDir, "quarantine"))
    assert.include(readFileSync(join(dataDir, "quarantine", name!), "utf8"), "12345678")
    await withFile(optionsFor(dataDir), (file) => assert.deepStrictEqual(file.notes, []))
  })

  it("refuses to write over what a newer version wrote", async () => {
    const { dataDir } = await crashed(false)
    const path = join(dataDir, "active", "s1.json")
    const newer = readFileSync(path, "utf8").replace('"version":1', '"version":2')
    writeFileSync(path, newer)
    const refusal = await SessionFile.open(SESSION, optionsFor(dataDir)).catch((cause) => cause)
    assert.strictEqual(refusal.reason, "Newer")
    assert.strictEqual(readFileSync(path, "utf8"), newer)
    assert.isFalse(existsSync(join(dataDir, "active", "s1.lock")))
  })

  it("sweeps what a crash left of its own and nothing else", async () => {
    const { dataDir, active } = await crashed(false)
    for (const name of [".s1.json.abc.tmp", ".s1.journal.abc.tmp", ".s10.json.abc.tmp", "notes.tmp"]) {
      writeFileSync(join(active, name), "x")
    }
    await withFile(optionsFor(dataDir), (file) => file.append(started("c")))
    assert.deepStrictEqual(activeFiles(dataDir), [".s10.json.abc.tmp", "notes.tmp", "s1.json"])
  })
})
