import { execFileSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { getuid } from "node:process"
import { assert, beforeEach, describe, it } from "vitest"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { SessionFile, type SessionFileOptions } from "../../../src/services/persistence/SessionFile.ts"
import { openSessionReader } from "../../../src/services/persistence/SessionReader.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { type KnownSessions, listSessions, resolveSession } from "../../../src/services/persistence/sessionList.ts"
import { block, created, optionsFor, processes, SESSION, temporaryDirectory, withFile } from "./sessions.ts"

let dataDir = ""
let active = ""
let options: SessionFileOptions

const failure = async (body: () => unknown): Promise<PersistenceError> => {
  try {
    await body()
  } catch (cause) {
    return cause as PersistenceError
  }
  throw new Error("it did not fail")
}

const failureOr = async <A>(body: () => Promise<A>): Promise<A | PersistenceError> => {
  try {
    return await body()
  } catch (cause) {
    if (cause instanceof PersistenceError) return cause
    throw cause
  }
}

const list = () => listSessions(options.directory, processes())

/** A good session under another name. */
const addSession = async (id: string, lastModified = 3000) => {
  const session = SessionId.make(id)
  const file = SessionFile.create({ ...created, session }, options)
  for (const event of block("a", ["one"])) file.append(event)
  file.append({ _tag: "DirectoryChanged", at: lastModified, directory: `/home/${id}` })
  await file.close()
}

beforeEach(async () => {
  dataDir = temporaryDirectory()
  active = join(dataDir, "active")
  options = optionsFor(dataDir)
  await addSession("good")
})

/** Every way to reach a session fails the same way, the good session is there, and no message can harm a terminal. */
const assertRefused = async (reason: PersistenceError["reason"]) => {
  const { sessions, refused } = list()
  assert.deepStrictEqual(
    sessions.map(({ id }) => id),
    ["good"]
  )
  assert.deepStrictEqual(
    refused.map((error) => error.reason),
    [reason]
  )
  assert.include(refused[0]!.message, "s1")
  for (const error of [
    refused[0]!,
    await failure(() => SessionFile.open(SESSION, options)),
    await failure(() => loadDocument(options.directory, SESSION))
  ]) {
    assert.strictEqual(error.reason, reason)
    assert.match(error.message, /^[\x20-\x7e…]+$/)
  }
  assert.isFalse(readdirSync(active).includes("s1.lock"))
}

describe("a hostile session file", () => {
  for (const name of ["s1.json", "s1.journal"]) {
    it(`${name} is a symbolic link: refused, the target unread`, async () => {
      const target = join(temporaryDirectory(), "secret")
      writeFileSync(target, "hunter2", { mode: 0o644 })
      symlinkSync(target, join(active, name))
      await assertRefused("Refused")
      assert.strictEqual(statSync(target).mode & 0o777, 0o644)
    })

    it(`${name} is a FIFO: refused without waiting`, async () => {
      execFileSync("mkfifo", [join(active, name)])
      await assertRefused("Refused")
    })

    it(`${name} is a directory: refused`, async () => {
      mkdirSync(join(active, name))
      await assertRefused("Refused")
    })

    it(`${name} is larger than any session: refused before it is read`, async () => {
      writeFileSync(join(active, name), "")
      truncateSync(join(active, name), 2 ** 40)
      await assertRefused("Refused")
    })

    it.skipIf(getuid?.() !== 0)(`${name} belongs to somebody else: refused`, async () => {
      writeFileSync(join(active, name), "{}")
      chownSync(join(active, name), 12345, 12345)
      await assertRefused("Refused")
    })

    it(`${name} is empty: refused`, async () => {
      writeFileSync(join(active, name), "")
      await assertRefused("Damaged")
    })

    it(`${name} is noise: refused`, async () => {
      writeFileSync(join(active, name), Buffer.from([0, 255, 27, 91, 50, 74, 10, 10, 10]))
      await assertRefused("Damaged")
    })
  }

  it("is truncated anywhere: every block that is whole opens, noted; within its head it is refused by name", async () => {
    const file = SessionFile.create(created, options)
    for (const event of [...block("a", ["one"]), ...block("b", ["two"])]) file.append(event)
    await file.close()
    const path = join(active, "s1.json")
    const whole = readFileSync(path)
    const headEnd = whole.indexOf(10)
    // A block is whole with its line's last brace.
    const ends = [whole.indexOf(',\n{"id":"b"'), whole.indexOf("\n]}\n")]
    for (let length = 0; length < whole.length - 1; length++) {
      writeFileSync(path, whole.subarray(0, length))
      const { sessions, refused } = list()
      if (length <= headEnd) {
        assert.deepStrictEqual(
          [sessions.map(({ id }) => id), refused.map(({ reason }) => reason)],
          [["good"], ["Damaged"]],
          `at ${length}`
        )
        assert.strictEqual((await failure(() => SessionFile.open(SESSION, options))).reason, "Damaged")
        continue
      }
      assert.deepStrictEqual(refused, [], `at ${length}`)
      if (length % 5 !== 0) continue
      await withFile(options, (opened) => {
        const kept = ["a", "b"].slice(0, ends.filter((end) => length >= end).length)
        assert.deepStrictEqual(
          opened.session.blocks.map(({ id }) => id),
          kept.map((id) => BlockId.make(id)),
          `at ${length}`
        )
        for (const id of kept)
          assert.deepStrictEqual(opened.output(BlockId.make(id))?.lines, [id === "a" ? "one" : "two"])
        assert.match(opened.notes.join(), /^1 block could not be read; the original is kept as quarantine/)
      })
    }
  })

  it("has lines with nothing on them: every block opens, noted", async () => {
    const file = SessionFile.create(created, options)
    for (const event of [...block("a", ["one"]), ...block("b", ["two"])]) file.append(event)
    await file.close()
    const path = join(active, "s1.json")
    writeFileSync(path, readFileSync(path, "utf8").replace(',\n{"id":"b"', ',\n\n\n{"id":"b"'))
    await withFile(options, (opened) => {
      assert.deepStrictEqual(
        opened.session.blocks.map(({ id }) => id),
        ["a", "b"].map((id) => BlockId.make(id))
      )
      assert.match(opened.notes.join(), /^2 blocks could not be read; the original is kept as quarantine/)
    })
  })

  it("is damaged at any byte: no block is lost but the one it is in, and its neighbour where they meet", async () => {
    let refused = 0
    const file = SessionFile.create(created, options)
    // Names that one bit does not turn into each other.
    const names = ["a11", "b22", "c44"]
    for (const name of names) for (const event of block(name, [`${name}-1`, `${name}-2`])) file.append(event)
    await file.close()
    const path = join(active, "s1.json")
    const whole = readFileSync(path)
    const starts = names.map((name) => whole.indexOf(`{"id":"${name}"`))
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= at % 2 === 0 ? 0x01 : 0x80
      writeFileSync(path, damaged)
      const hit = starts.findLastIndex((start) => at >= start - 2)
      const reader = await failureOr(async () => openSessionReader(options.directory, SESSION))
      if (reader instanceof PersistenceError) {
        // The version, the number, the id, or the head's own end: nothing says then how to go on.
        assert.isBelow(at, starts[0]!, `byte ${at}`)
        assert.include(["Damaged", "Newer"], reader.reason)
        refused++
        continue
      }
      const found = new Map(reader.session.blocks.map((header) => [header.id as string, header]))
      for (const [index, name] of names.entries()) {
        if (hit >= 0 && (index === hit || (index === hit - 1 && at <= starts[hit]!))) continue
        const header = found.get(name)
        assert.strictEqual(header?.command, `echo ${name}`, `byte ${at}`)
        assert.strictEqual(reader.text(header!).stdout, `${name}-1\n${name}-2\n`, `byte ${at}`)
      }
      reader.close()
    }
    assert.isBelow(refused, 80)
  })

  it.each([
    ["null", "null"],
    ["deep", "[".repeat(100_000)],
    ["another session's", '{"version":1,"sequence":0,"id":"other"}'],
    ["no fields", '{"version":1}'],
    ["many blocks that are none", `{"blocks":[\n${"1,\n".repeat(1000)}1\n]}\n`]
  ])("holds %s: refused", async (_, text) => {
    writeFileSync(join(active, "s1.json"), text)
    await assertRefused("Damaged")
  })

  it("is another session's under this name: refused", async () => {
    await addSession("other")
    renameSync(join(active, "other.json"), join(active, "s1.json"))
    await assertRefused("Damaged")
  })

  it("is a journal of another session: refused", async () => {
    const file = SessionFile.create({ ...created, session: SessionId.make("other") }, options)
    for (const event of block("a", [])) file.append(event)
    await file.flush()
    renameSync(join(active, "other.journal"), join(active, "s1.journal"))
    await file.close()
    const { refused } = list()
    assert.deepStrictEqual(
      refused.map(({ reason, message }) => [reason, message.includes("s1")]),
      [["Damaged", true]]
    )
  })

  it("is readable by others: opened, and tightened with its directory", async () => {
    await addSession("s1")
    chmodSync(join(active, "s1.json"), 0o666)
    chmodSync(active, 0o777)
    await withFile(options, (file) => assert.lengthOf(file.session.blocks, 1))
    assert.strictEqual(statSync(active).mode & 0o777, 0o700)
    chmodSync(join(active, "s1.json"), 0o644)
    list()
    assert.strictEqual(statSync(join(active, "s1.json")).mode & 0o777, 0o600)
  })
})

describe("a hostile directory", () => {
  it("active is a symbolic link: nothing is read from it or written through it", async () => {
    const elsewhere = temporaryDirectory()
    renameSync(active, join(elsewhere, "active"))
    symlinkSync(join(elsewhere, "active"), active)
    assert.strictEqual((await failure(list)).reason, "Refused")
    const file = SessionFile.create(created, options)
    for (const event of block("a", [])) file.append(event)
    assert.match((await file.flush()).failure ?? "", /^not saved: .*symbolic link/)
    await file.close()
    assert.deepStrictEqual(readdirSync(join(elsewhere, "active")), ["good.json"])
  })

  it("quarantine is a symbolic link: refused before anything is written", async () => {
    await addSession("s1")
    const elsewhere = temporaryDirectory()
    renameSync(join(dataDir, "quarantine"), join(dataDir, "gone"))
    symlinkSync(elsewhere, join(dataDir, "quarantine"))
    assert.strictEqual((await failure(() => SessionFile.open(SESSION, options))).reason, "Refused")
    assert.deepStrictEqual(readdirSync(elsewhere), [])
  })

  it("DATA_DIR may be a link: people move it to another disk", async () => {
    const link = join(temporaryDirectory(), "link")
    symlinkSync(dataDir, link)
    const { sessions } = listSessions(optionsFor(link).directory, processes())
    assert.lengthOf(sessions, 1)
  })
})

describe("resolveSession", () => {
  it("takes an id or what one id begins with", async () => {
    await addSession("abc1")
    await addSession("abc2")
    await addSession("abc")
    assert.strictEqual(resolveSession(options.directory, "abc1"), "abc1")
    assert.strictEqual(resolveSession(options.directory, "abc"), "abc")
    assert.strictEqual(resolveSession(options.directory, "g"), "good")
  })

  it("names the candidates of an ambiguous beginning", async () => {
    for (const id of ["abc1", "abc2", "abc3", "abc4", "abc5", "abc6"]) await addSession(id)
    const error = await failure(() => resolveSession(options.directory, "ab"))
    assert.strictEqual(error.reason, "Ambiguous")
    assert.strictEqual(error.message, '6 sessions begin with "ab": abc1, abc2, abc3, abc4, abc5 and 1 more')
  })

  it.each([
    "",
    ".",
    "..",
    "../good",
    "a/b",
    "/etc/passwd",
    "-rf",
    "_x",
    "a\u0000b",
    "a\nb",
    "a\u001b[2Jb",
    "\u202egood",
    "ｇｏｏｄ",
    "x".repeat(5000),
    "good.json",
    "go od"
  ])("calls %j malformed in one harmless line", async (text) => {
    const error = await failure(() => resolveSession(options.directory, text))
    assert.strictEqual(error.reason, "Malformed")
    assert.match(error.message, /^[\x20-\x7e…]{1,300}$/)
  })

  it("knows no session where there is no directory, and makes none", async () => {
    const nowhere = optionsFor(join(temporaryDirectory(), "nowhere"))
    const error = await failure(() => resolveSession(nowhere.directory, "abc"))
    assert.strictEqual(error.reason, "Unknown")
    assert.strictEqual(error.message, 'There is no session "abc"')
    assert.strictEqual((await failure(() => SessionFile.open(SESSION, nowhere))).reason, "Unknown")
    assert.deepStrictEqual(listSessions(nowhere.directory, processes()), { sessions: [], refused: [] })
    assert.throws(() => statSync(nowhere.directory.root))
  })
})

describe("listSessions", () => {
  it("tells of each session the last things first, from snapshot, journal or both", async () => {
    await addSession("old", 100)
    await addSession("new", 9000)
    const live = SessionFile.create({ ...created, session: SessionId.make("live") }, options)
    for (const event of block("a", ["x"])) live.append(event)
    await live.compact()
    for (const event of block("b", ["y"])) live.append(event)
    live.append({ _tag: "DirectoryChanged", at: 8000, directory: "/tmp" })
    await live.flush()
    const { sessions, refused } = list()
    assert.deepStrictEqual(refused, [])
    assert.deepStrictEqual(
      sessions.map(({ id, workingDirectory, blocks, lastCommand, lastModified, owner }) => [
        id,
        workingDirectory,
        blocks,
        lastCommand,
        lastModified,
        owner
      ]),
      [
        ["new", "/home/new", 1, "echo a", 9000, null],
        ["live", "/tmp", 2, "echo b", 8000, 10],
        ["good", "/home/good", 1, "echo a", 3000, null],
        ["old", "/home/old", 1, "echo a", 100, null]
      ]
    )
    await live.close()
    assert.isNull(list().sessions.find(({ id }) => id === "live")?.owner)
  })

  it("tells the same when it reads only what is new", async () => {
    const known: KnownSessions = new Map()
    const live = SessionFile.create({ ...created, session: SessionId.make("live") }, options)
    const print = (id: string, line: string) => {
      for (const event of block(id, [line])) live.append(event)
    }
    const steps: ReadonlyArray<() => unknown> = [
      () => print("a", "x"),
      () => live.append({ _tag: "DirectoryChanged", at: 8000, directory: "/tmp" }),
      () => print("b", "y".repeat(5000)),
      () => live.compact(),
      () => print("c", "z"),
      () => live.append({ _tag: "SessionRenamed", at: 8001, name: "build" }),
      () => live.append({ _tag: "BlocksDeleted", at: 8002, blocks: [BlockId.make("c"), BlockId.make("a")] }),
      () => live.append({ _tag: "BlocksRestored", at: 8002, blocks: [BlockId.make("c")] }),
      () => live.append({ _tag: "BlocksDeleted", at: 8002, blocks: [BlockId.make("c")] }),
      () => live.compact(),
      () => live.append({ _tag: "BlocksCleared", at: 8002 }),
      () => print("d", "z"),
      () => live.compact(),
      () => live.close(),
      () => addSession("another", 9000),
      () => rmSync(join(active, "another.json"))
    ]
    for (const step of steps) {
      await step()
      await live.flush()
      const fresh = list()
      assert.deepStrictEqual(listSessions(options.directory, processes(), known), fresh)
      // And once more, with nothing new.
      assert.deepStrictEqual(listSessions(options.directory, processes(), known), fresh)
    }
    assert.deepStrictEqual([...known.keys()].sort(), ["good", "live"])
  })

  it("reads no journal twice", async () => {
    const known: KnownSessions = new Map()
    const live = SessionFile.create({ ...created, session: SessionId.make("live") }, options)
    for (const event of block("a", ["x"])) live.append(event)
    await live.flush()
    const before = listSessions(options.directory, processes(), known)
    const journal = join(active, "live.journal")
    const file = openSync(journal, "r+")
    writeSync(file, Buffer.alloc(statSync(journal).size))
    closeSync(file)
    assert.deepStrictEqual(listSessions(options.directory, processes(), known), before)
    assert.lengthOf(list().refused, 1)
    await live.close()
  })

  it("ignores files that are nobody's session", () => {
    for (const name of ["-rf.json", "a b.journal", ".hidden.json", "notes.txt", "\n.json"]) {
      writeFileSync(join(active, name), "x")
    }
    assert.lengthOf(list().sessions, 1)
    assert.deepStrictEqual(list().refused, [])
  })
})
