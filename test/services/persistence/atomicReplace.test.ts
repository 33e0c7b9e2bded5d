import fs, { closeSync, constants, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { basename, join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { replaceFile, sweepTemporaries } from "../../../src/services/persistence/atomicReplace.ts"
import { temporaryDirectory } from "./sessions.ts"

/** The calls that tests watch or replace, as they are. */
const whole = {
  openSync: fs.openSync,
  open: fs.open,
  write: fs.write,
  fsync: fs.fsync,
  renameSync: fs.renameSync
}

const replaceCalls = (calls: Partial<Record<keyof typeof whole, unknown>>) => {
  Object.assign(fs, calls)
  syncBuiltinESMExports()
}

afterEach(() => replaceCalls(whole))

const failing = (code: string) => Object.assign(new Error(code), { code })

const replace = async (directory: string, content: string | Uint8Array, beforeRename?: () => void) => {
  const produce = (sink: { readonly write: (bytes: Uint8Array) => Promise<void> }) => sink.write(Buffer.from(content))
  closeSync(await replaceFile(directory, "name", produce, beforeRename))
}

/** An old file, and a check that it alone is there still. */
const withOld = () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, "name"), "old")
  return {
    directory,
    assertUntouched: () => {
      assert.deepStrictEqual(readdirSync(directory), ["name"])
      assert.strictEqual(readFileSync(join(directory, "name"), "utf8"), "old")
    }
  }
}

const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.fail("it was fulfilled"),
    (cause) => cause
  )

describe("replaceFile", () => {
  it("writes beside, syncs the file, renames, syncs the directory, in this order", async () => {
    const { directory } = withOld()
    const calls: Array<string> = []
    const opened = new Map<number, string>()
    const path = (fd: number) => basename(opened.get(fd) ?? "?").replace(/\.[\w-]+\.tmp$/, ".TMP")
    const flagsOfTemporary: Array<number> = []
    replaceCalls({
      openSync: (name: string, flags: number, mode?: number) => {
        const fd = whole.openSync(name, flags, mode)
        opened.set(fd, name)
        if (name.endsWith(".tmp")) flagsOfTemporary.push(flags)
        return fd
      },
      open: (name: string, flags: number, done: (error: Error | null, fd: number) => void) =>
        whole.open(name, flags, (error, fd) => {
          opened.set(fd, "directory")
          done(error, fd)
        }),
      write: (...parameters: Parameters<typeof whole.write>) => {
        calls.push(`write ${path(parameters[0])}`)
        whole.write(...parameters)
      },
      fsync: (fd: number, done: fs.NoParamCallback) => {
        calls.push(`fsync ${path(fd)}`)
        whole.fsync(fd, done)
      },
      renameSync: (from: string, to: string) => {
        calls.push(`rename ${basename(to)}`)
        whole.renameSync(from, to)
      }
    })
    await replace(directory, "new")
    assert.deepStrictEqual(calls, ["write .name.TMP", "fsync .name.TMP", "rename name", "fsync directory"])
    const needed = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    assert.deepStrictEqual(
      flagsOfTemporary.map((flags) => flags & needed),
      [needed]
    )
    assert.strictEqual(readFileSync(join(directory, "name"), "utf8"), "new")
    assert.strictEqual(statSync(join(directory, "name")).mode & 0o777, 0o600)
  })

  it("writes more than a chunk, in order", async () => {
    const directory = temporaryDirectory()
    const pieces = [10, 700_000, 700_000, 3_000_000, 1].map((length, index) => Buffer.alloc(length, index + 65))
    const positions: Array<number> = []
    const fd = await replaceFile(directory, "name", async (sink) => {
      for (const piece of pieces) {
        positions.push(sink.position)
        await sink.write(piece)
      }
    })
    closeSync(fd)
    assert.isTrue(readFileSync(join(directory, "name")).equals(Buffer.concat(pieces)))
    assert.deepStrictEqual(positions, [0, 10, 700_010, 1_400_010, 4_400_010])
  })

  it.each([
    [
      "a write fails",
      {
        write: (...parameters: ReadonlyArray<unknown>) =>
          (parameters.at(-1) as (error: Error) => void)(failing("ENOSPC"))
      }
    ],
    ["the sync fails", { fsync: (_: number, done: (error: Error) => void) => done(failing("EIO")) }],
    [
      "the rename fails",
      {
        renameSync: () => {
          throw failing("EACCES")
        }
      }
    ]
  ])("keeps the old file and leaves nothing else when %s", async (_, calls) => {
    const { directory, assertUntouched } = withOld()
    replaceCalls(calls)
    await rejection(replace(directory, "new"))
    assertUntouched()
  })

  it("keeps the old file when the kernel says it wrote what it did not", async () => {
    const { directory, assertUntouched } = withOld()
    replaceCalls({
      write: (
        fd: number,
        bytes: Uint8Array,
        offset: number,
        length: number,
        position: number,
        done: (error: Error | null, count: number) => void
      ) => whole.write(fd, bytes, offset, length - 1, position, (error) => done(error, length))
    })
    assert.match((await rejection(replace(directory, "new"))).message, /short file/)
    assertUntouched()
  })

  it("keeps the old file when the last word is no", async () => {
    const { directory, assertUntouched } = withOld()
    const refuse = () => {
      throw new Error("no")
    }
    assert.strictEqual((await rejection(replace(directory, "new", refuse))).message, "no")
    assertUntouched()
  })

  it("says so when the directory could not be synced: the new file may not survive", async () => {
    const { directory } = withOld()
    let calls = 0
    replaceCalls({
      fsync: (fd: number, done: fs.NoParamCallback) => (++calls === 2 ? done(failing("EIO")) : whole.fsync(fd, done))
    })
    assert.strictEqual((await rejection(replace(directory, "new"))).message, "EIO")
  })

  it("replaces a symbolic link itself, not what it points to", async () => {
    const directory = temporaryDirectory()
    const target = join(temporaryDirectory(), "target")
    writeFileSync(target, "untouched")
    symlinkSync(target, join(directory, "name"))
    await replace(directory, "new")
    assert.strictEqual(readFileSync(target, "utf8"), "untouched")
    assert.isTrue(fs.lstatSync(join(directory, "name")).isFile())
  })
})

describe("sweepTemporaries", () => {
  it("removes what was half written for this session and nothing else", () => {
    const directory = temporaryDirectory()
    const others = [".a.lock.x.tmp", ".ab.json.x.tmp", "a.x.tmp", ".a.x", "a"]
    for (const name of [".a.json.x.tmp", ".a.torn-2026.x.tmp", ...others]) writeFileSync(join(directory, name), "")
    sweepTemporaries(directory, "a")
    assert.deepStrictEqual(readdirSync(directory).sort(), others.toSorted())
  })
})
