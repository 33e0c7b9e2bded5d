import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { execPath } from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import fc from "fast-check"
import { assert, beforeAll, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import { reduce } from "../../../src/domain/reduce.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { type FollowedChange, SessionFollower } from "../../../src/services/ownership/SessionFollower.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import type { SliceOptions } from "../../../src/services/persistence/Slices.ts"
import { loadDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import {
  block,
  created,
  finished,
  optionsFor,
  printed,
  processes,
  SESSION,
  sessionEvents,
  started,
  temporaryDirectory,
  visible
} from "../persistence/sessions.ts"

const begin = async (dataDir: string, events: ReadonlyArray<SessionEvent>): Promise<SessionFile> => {
  const file = SessionFile.create(created, optionsFor(dataDir))
  for (const event of events) file.append(event)
  await file.flush()
  return file
}

const follow = async (dataDir: string, slices: SliceOptions = {}) => {
  const follower = await SessionFollower.open(SESSION, { ...optionsFor(dataDir, processes(11, [10, 11])), ...slices })
  const changes: Array<FollowedChange> = []
  follower.follow((change) => changes.push(change))
  return { follower, changes }
}

/** Sizes and times of everything below the directory. */
const tree = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { ino, mtimeNs, ctimeNs, size } = statSync(join(directory, name), { bigint: true })
      return `${name} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
    })

describe("SessionFollower", () => {
  it("shows what the owner's file has, whatever happens to it, and misses and doubles no event", async () => {
    const steps = fc.array(fc.constantFrom("append", "look", "begin", "flush", "compact", "reopen"), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(sessionEvents, steps, async (events, order) => {
        const dataDir = temporaryDirectory()
        const options = optionsFor(dataDir)
        // Something that gives it files.
        let file = await begin(dataDir, [started("first")])
        const { follower, changes } = await follow(dataDir, { sliceMs: 0 })
        let told = follower.told
        const look = async () => {
          await follower.look()
          for (const { before, told: session, events: seen } of changes.splice(0)) {
            assert.strictEqual(before, told)
            if (seen !== null) assert.deepStrictEqual(session, seen.reduce(reduce, before))
            told = session
          }
        }
        const rest = events.slice(1)
        for (const step of [...order, ...rest.map(() => "append")]) {
          const event = step === "append" ? rest.shift() : undefined
          if (event !== undefined) file.append(event)
          if (step === "look") await look()
          // The owner goes on in the midst of it.
          if (step === "begin") void look()
          if (step === "flush") await file.flush()
          if (step === "compact") await file.compact()
          if (step === "reopen") {
            await file.close()
            await look()
            file = await SessionFile.open(SESSION, options)
          }
        }
        await file.flush()
        // The first may be one that is under way.
        await look()
        await look()
        assert.deepStrictEqual(visible(follower), visible(file))
        await follower.close()
        await file.close()
      }),
      { numRuns: 60 }
    )
  })

  it("reads what is new, and nothing twice, while the journal is the same file", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, [started("a")])
    const { follower, changes } = await follow(dataDir)
    await follower.look()
    assert.deepStrictEqual(changes, [])
    const events = [printed("a", 0, ["one", "two"]), printed("a", 2, ["three"]), finished("a", 3)]
    for (const event of events) {
      file.append(event)
      await file.flush()
      await follower.look()
      await follower.look()
    }
    assert.deepStrictEqual(
      changes.map((change) => change.events),
      events.map((event) => [event])
    )
    assert.deepStrictEqual(follower.output(BlockId.make("a"))?.lines, ["one", "two", "three"])
    // What it has seen stays the same events when the journal is another file.
    changes.splice(0)
    await file.compact()
    await follower.look()
    file.append(started("b"))
    await file.flush()
    await follower.look()
    assert.deepStrictEqual(
      changes.map((change) => change.events),
      [[started("b")]]
    )
    await follower.close()
    await file.close()
  })

  it("shows nothing of a look before all of it, and gives other work its turn meanwhile", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, [...block("a", ["one"]), started("b"), printed("b", 0, ["first"])])
    const { follower, changes } = await follow(dataDir, { sliceMs: 0 })
    const shown = () => [visible(follower), follower.size]
    const before = shown()
    for (const event of [printed("b", 1, ["second"]), printed("b", 2, ["third"]), ...block("c", ["new"])]) {
      file.append(event)
    }
    await file.flush()
    const looks = [follower.look(), follower.look()]
    assert.strictEqual(looks[0], looks[1])
    let turns = 0
    let isOver = false
    const over = looks[0]!.then(() => {
      isOver = true
    })
    for (; !isOver; turns++) {
      if (changes.length === 0) assert.deepStrictEqual(shown(), before, `turn ${turns}`)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    await over
    assert.isAbove(turns, 5)
    assert.strictEqual(changes.length, 1)
    assert.deepStrictEqual(visible(follower), visible(file))
    await follower.close()
    await file.close()
  })

  it("shows a journal that has grown much in parts, each as it was at its time", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, [started("a")])
    const { follower } = await follow(dataDir)
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} `.padEnd(99, "x"))
    for (let firstLine = 0; firstLine < lines.length; firstLine += 500) {
      file.append(printed("a", firstLine, lines.slice(firstLine, firstLine + 500)))
    }
    // One that is larger than a part.
    file.append(printed("a", lines.length, ["y".repeat(600_000)]))
    file.append(finished("a", lines.length + 1))
    await file.flush()
    const counts: Array<number> = []
    follower.follow(({ before, told, events }) => {
      assert.deepStrictEqual(told, events?.reduce(reduce, before))
      const output = follower.output(BlockId.make("a"))?.lines ?? []
      assert.deepStrictEqual(output.slice(0, lines.length), lines.slice(0, output.length))
      assert.strictEqual(output.length, told.blocks[0]?.metadata.lines)
      counts.push(output.length)
    })
    await follower.look()
    assert.isAbove(counts.length, 4)
    assert.deepStrictEqual(visible(follower), visible(file))
    await follower.close()
    await file.close()
  })

  it("reads a journal that was replaced to its end, and no text again that has not changed", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, [...block("a", ["x".repeat(5_000)]), ...block("b", ["bee"])])
    await file.compact()
    const { follower, changes } = await follow(dataDir)
    // Nobody has looked at this before it is in the snapshot.
    const events = [started("c"), printed("c", 0, ["sea"]), finished("c", 1), started("d")]
    for (const event of events) file.append(event)
    await file.compact()
    // Whoever reads through the first block's text finds lines in it.
    const path = join(dataDir, "active", "s1.json")
    const fd = openSync(path, "r+")
    writeSync(fd, Buffer.alloc(2_000, "\n"), 0, 2_000, readFileSync(path, "latin1").indexOf("xxxx") + 1_500)
    closeSync(fd)
    await follower.look()
    assert.deepStrictEqual(
      changes.map((change) => change.events),
      [events]
    )
    const lines = (name: string) => follower.output(BlockId.make(name))?.lines
    assert.deepStrictEqual([lines("b"), lines("c")], [["bee"], ["sea"]])
    assert.throws(() => lines("a"), /cannot be read/)
    await follower.close()
    await file.close()
  })

  it("is closed in the midst of a look: says nothing more, and keeps no file open", async () => {
    const dataDir = temporaryDirectory()
    const events = Array.from({ length: 10 }, (_, index) => block(`b${index}`, [`line ${index}`])).flat()
    const file = await begin(dataDir, events)
    const held = () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(join("/proc/self/fd", fd)).includes(dataDir)
        } catch {
          return false
        }
      }).length
    for (let turns = 0, done = false; !done; turns += 1 + (turns >> 1)) {
      const { follower, changes } = await follow(dataDir, { sliceMs: 0 })
      for (const event of block(`new${turns}`, ["more"])) file.append(event)
      await file.compact()
      let isOver = false
      const looking = follower.look().then(() => {
        isOver = true
      })
      for (let turn = 0; turn < turns && !isOver; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
      done = isOver
      const told = changes.length
      await follower.close()
      await looking
      await follower.look()
      assert.strictEqual(changes.length, told, `after ${turns} turns`)
      // The owner's snapshot and journal.
      assert.strictEqual(held(), 2, `after ${turns} turns`)
    }
    await file.close()
  })

  it("waits for the rest of a record that is half written", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, [started("a")])
    const { follower, changes } = await follow(dataDir)
    const path = join(dataDir, "active", "s1.journal")
    const before = statSync(path).size
    file.append(printed("a", 0, ["whole"]))
    await file.flush()
    const whole = statSync(path).size
    const record = readFileSync(path).subarray(before, whole)
    truncateSync(path, before)
    const fd = openSync(path, "r+")
    for (let at = 0; at < record.length; at++) {
      await follower.look()
      assert.deepStrictEqual(changes, [], `${at} of ${record.length} bytes`)
      writeSync(fd, record, at, 1, before + at)
    }
    closeSync(fd)
    await follower.look()
    assert.deepStrictEqual(
      changes.map((change) => change.events),
      [[printed("a", 0, ["whole"])]]
    )
    await follower.close()
    await file.close()
  })

  it("tells who has the session, and that nobody has", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, block("a", ["one"]))
    const { follower } = await follow(dataDir)
    assert.deepInclude(follower.owner, { pid: 10, elsewhere: null })
    let told = 0
    follower.followOwner(() => told++)
    follower.lookAtOwner()
    assert.strictEqual(told, 0)
    await file.close()
    follower.lookAtOwner()
    assert.deepStrictEqual([told, follower.owner], [1, null])
    await follower.close()
  })

  it("begins anew with the files of a backup, though they go on where it has come to", async () => {
    const dataDir = temporaryDirectory()
    await (await begin(dataDir, block("a", ["one"]))).close()
    cpSync(join(dataDir, "active"), join(dataDir, "other"), { recursive: true })
    const goOn = async (names: ReadonlyArray<string>) => {
      const file = await SessionFile.open(SESSION, optionsFor(dataDir))
      for (const event of names.flatMap((name) => block(name, [name]))) file.append(event)
      await file.flush()
      // As a killed process leaves it.
      cpSync(join(dataDir, "active"), join(dataDir, "copy"), { recursive: true })
      rmSync(join(dataDir, "copy", `${SESSION}.lock`))
      await file.close()
      rmSync(join(dataDir, "active"), { recursive: true })
      renameSync(join(dataDir, "copy"), join(dataDir, "active"))
    }
    await goOn(["b"])
    const { follower, changes } = await follow(dataDir)
    assert.isNull(follower.owner)
    rmSync(join(dataDir, "active"), { recursive: true })
    renameSync(join(dataDir, "other"), join(dataDir, "active"))
    await goOn(["c", "d"])
    await follower.look()
    assert.deepStrictEqual(
      follower.session.blocks.map(({ id }) => id),
      ["a", "c", "d"].map((name) => BlockId.make(name))
    )
    assert.deepStrictEqual(
      changes.map(({ events }) => events),
      [null]
    )
    await follower.close()
  })

  it("keeps what it has seen of a session whose files are gone", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, block("a", ["one"]))
    await file.close()
    const { follower, changes } = await follow(dataDir)
    rmSync(join(dataDir, "active"), { recursive: true })
    await follower.look()
    assert.deepStrictEqual(changes, [])
    assert.deepStrictEqual(follower.output(BlockId.make("a"))?.lines, ["one"])
    await follower.close()
    await follower.look()
  })

  it("writes nothing, and makes nothing", async () => {
    const dataDir = temporaryDirectory()
    const file = await begin(dataDir, block("a", ["one"]))
    const before = tree(dataDir)
    const { follower } = await follow(dataDir)
    await follower.look()
    follower.lookAtOwner()
    follower.output(BlockId.make("a"))
    await follower.close()
    assert.deepStrictEqual(tree(dataDir), before)
    await file.close()
  })

  describe("beside the process that writes", () => {
    let program = ""
    beforeAll(async () => {
      const entry = fileURLToPath(new URL("../persistence/journalChild.ts", import.meta.url))
      const built = await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false })
      program = join(temporaryDirectory(), "child.mjs")
      writeFileSync(program, built.outputFiles[0]!.text)
    })

    it("sees each of its blocks once, in order, over many compactions and its death", async () => {
      const dataDir = temporaryDirectory()
      const options = optionsFor(dataDir, systemProcesses())
      const child = spawn(execPath, [program, dataDir, "0"])
      const lines = createInterface({ input: child.stdout })
      await once(lines, "line").then(() => once(lines, "line"))
      lines.resume()
      const follower = await SessionFollower.open(SESSION, options)
      const commands = () => follower.session.blocks.map(({ command }) => command)
      const inOrder = () =>
        assert.deepStrictEqual(
          commands(),
          commands().map((_, number) => `echo ${number}`)
        )
      let [changes, anew] = [0, 0]
      follower.follow(({ before, told: session, events }) => {
        changes++
        if (events === null) anew++
        else assert.deepStrictEqual(session, events.reduce(reduce, before))
        assert.isAtLeast(session.blocks.length, before.blocks.length)
      })
      let compactions = 0
      for (let last = 0n; compactions < 12; ) {
        assert.deepStrictEqual([child.exitCode, child.signalCode], [null, null])
        await follower.look()
        const { ino } = statSync(join(dataDir, "active", "s1.journal"), { bigint: true })
        if (ino !== last) compactions++
        last = ino
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      inOrder()
      follower.lookAtOwner()
      assert.strictEqual(follower.owner?.pid, child.pid)
      child.kill("SIGKILL")
      await once(child, "exit")
      await follower.look()
      follower.lookAtOwner()
      assert.isNull(follower.owner)
      inOrder()
      assert.isAbove(changes, anew)
      const document = loadDocument(options.directory, SESSION)
      assert.deepStrictEqual(
        follower.session.blocks,
        document.blocks.map(({ stdout: _stdout, stderr: _stderr, ...header }) => header)
      )
      for (const { id, stdout } of document.blocks.slice(-20)) {
        assert.strictEqual(
          follower
            .output(id)
            ?.lines.map((line) => `${line}\n`)
            .join(""),
          stdout
        )
      }
      await follower.close()
    }, 60_000)
  })
})
