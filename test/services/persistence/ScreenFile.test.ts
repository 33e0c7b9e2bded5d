import { existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import { NO_KEY } from "../../../src/domain/redact.ts"
import { ensureDataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import type { LiveOutput } from "../../../src/services/persistence/LiveScreen.ts"
import type { PrintedScreen } from "../../../src/services/persistence/redactScreen.ts"
import { readScreen, ScreenFile, type ScreenFileOptions } from "../../../src/services/persistence/ScreenFile.ts"
import { optionsFor, SESSION, temporaryDirectory } from "./sessions.ts"

const showing = (...lines: ReadonlyArray<string>): PrintedScreen => ({
  output: {
    block: BlockId.make("a"),
    stream: "stdout",
    runs: [{ firstLine: 0, lines }],
    unfinished: false,
    hiddenBytes: 0
  },
  after: NO_KEY,
  isKept: false
})

/** A file in a fresh directory; `shown` waits until what is kept is in it. */
const open = async (more: Partial<ScreenFileOptions> = {}) => {
  const { directory } = optionsFor(temporaryDirectory())
  await ensureDataDirectory(directory)
  const file = new ScreenFile({
    directory: directory.active,
    sessionId: SESSION,
    now: () => 1,
    beforeWrite: () => {},
    found: null,
    ...more
  })
  const path = join(directory.active, "s1.screen")
  const read = () => readScreen(directory.active, SESSION)?.outputs ?? null
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve))
  }
  return { file, path, read, until }
}

const linesOf = (outputs: ReadonlyArray<LiveOutput> | null) => outputs?.flatMap(({ runs }) => runs[0]!.lines) ?? null

describe("a screen file", () => {
  it("is not there before something runs, holds what is shown, is empty again afterwards and gone at a clean end", async () => {
    const { file, path, read, until } = await open()
    file.keep([], 0)
    file.settled(3)
    assert.isFalse(existsSync(path))
    file.keep([showing("50 %")], 3)
    await until(() => linesOf(read())?.[0] === "50 %")
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    file.keep([showing("51 %", "…")], 3)
    await until(() => linesOf(read())?.[0] === "51 %")
    file.keep([], 3)
    await until(() => statSync(path).size === 0)
    assert.isNull(read())
    file.keep([showing("next")], 3)
    await until(() => linesOf(read())?.[0] === "next")
    await file.close(true)
    assert.isFalse(existsSync(path))
  })

  it("waits for the lines that left the screen, and is not written twice for the same", async () => {
    const { file, path, read, until } = await open()
    file.settled(4)
    file.keep([showing("early")], 5)
    assert.isFalse(existsSync(path))
    file.settled(5)
    await until(() => read() !== null)
    const { mtimeNs } = statSync(path, { bigint: true })
    file.keep([showing("early")], 6)
    file.settled(6)
    file.keep([showing("late")], 7)
    await new Promise((resolve) => setImmediate(resolve))
    assert.strictEqual(statSync(path, { bigint: true }).mtimeNs, mtimeNs)
    file.settled(7)
    await until(() => linesOf(read())?.[0] === "late")
    await file.close(false)
    assert.deepStrictEqual(linesOf(read()), ["late"])
  })

  it("shows what was there before, or what came last, wherever a write is cut, and however large screens become", async () => {
    const { file, path, read, until } = await open()
    let size = 10
    for (const [turn, growth] of [1, 1, 200, 1, 0.01, 60, 1].entries()) {
      size = Math.round(size * growth)
      const before = read()
      const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
      const now = [showing(...Array.from({ length: size }, (_, line) => `${turn} ${line} \x1b[31mred\x1b[0m`))]
      file.keep(now, 0)
      file.settled(0)
      await until(() => JSON.stringify(read()) === JSON.stringify(now.map(({ output }) => output)))
      const after = readFileSync(path)
      const changed = Array.from(after.keys()).filter((at) => after[at] !== bytes[at])
      for (let part = 0; part < 20; part++) {
        const cut = Math.floor(changed[0]! + ((changed.at(-1)! - changed[0]!) * part) / 20)
        // The write reached so far and no further, as a kill leaves it.
        const torn = Buffer.from(bytes.length < cut ? Buffer.concat([bytes, Buffer.alloc(cut - bytes.length)]) : bytes)
        after.copy(torn, changed[0]!, changed[0]!, cut)
        writeFileSync(path, torn)
        assert.deepStrictEqual(read(), before, `turn ${turn}, cut at ${cut}`)
      }
      writeFileSync(path, after)
    }
    await file.close(true)
  })

  it("gives nothing of a file that says it is another session's, a newer version's, or that is damaged in both slots", async () => {
    const { file, path, read, until } = await open({ sessionId: "s2" })
    file.settled(0)
    file.keep([showing("foreign")], 0)
    await until(() => existsSync(path.replace("s1", "s2")) && statSync(path.replace("s1", "s2")).size > 0)
    await file.close(false)
    writeFileSync(path, readFileSync(path.replace("s1", "s2")))
    assert.isNull(read())
    writeFileSync(path, Buffer.alloc(40_000, "x"))
    assert.isNull(read())
  })

  it("begins again in a new file when its own was removed, and tries again after a failure", async () => {
    let failing = true
    const beforeWrite = () => {
      if (failing) throw new Error("no lock")
    }
    const { file, path, read, until } = await open({ beforeWrite })
    file.settled(0)
    file.keep([showing("one")], 0)
    failing = false
    await new Promise((resolve) => setImmediate(resolve))
    file.settled(1)
    await until(() => read() !== null)
    unlinkSync(path)
    file.keep([showing("two")], 1)
    await until(() => linesOf(read())?.[0] === "two")
    await file.close(true)
  })
})
