import { execFileSync } from "node:child_process"
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterEach, assert, describe, it } from "vitest"
import { BackupError } from "../../../src/services/backup/BackupError.ts"
import { ARCHIVE_LIMITS, type ArchiveLimits, type Manifest } from "../../../src/services/backup/Manifest.ts"
import { type ArchiveVisitor, readArchive, readManifest } from "../../../src/services/backup/readArchive.ts"
import { type ArchiveInput, describeInputs, writeArchive } from "../../../src/services/backup/writeArchive.ts"
import { replaceFile } from "../../../src/services/persistence/atomicReplace.ts"
import { temporaryDirectory } from "../persistence/sessions.ts"
import { A, file, good, HOSTILE } from "./hostileArchives.ts"
import { archiveOf, END, manifestEntry, rawEntry } from "./rawArchive.ts"

const input = (path: string, content: string): ArchiveInput => ({
  path,
  size: Buffer.byteLength(content),
  modified: 1_700_000_000_000,
  content: () => [Buffer.from(content)]
})

/** As long as a name can be: it takes the header's second field for names. */
const LONG = `active/${"x".repeat(64)}.torn-2026-01-17T15-30-00-000Z`

const INPUTS = [
  input("active/a.json", '{"a":1}\n'),
  input("active/a.journal", ""),
  input(LONG, "t".repeat(1000)),
  input("archived/2026-01/b.2.json", "ü".repeat(512))
]

const write = async (
  name: string,
  inputs = INPUTS
): Promise<{ readonly path: string; readonly manifest: Manifest }> => {
  const directory = temporaryDirectory()
  const manifest = await describeInputs(inputs, 1_700_000_001_000)
  closeSync(await replaceFile(directory, name, (sink) => writeArchive(sink, manifest, inputs)))
  return { path: join(directory, name), manifest }
}

const descriptors: Array<number> = []
afterEach(() => {
  for (const fd of descriptors.splice(0)) closeSync(fd)
})

const opened = (path: string) => {
  const fd = openSync(path, "r")
  descriptors.push(fd)
  return { fd, path }
}

const stored = (bytes: Buffer): string => {
  const path = join(temporaryDirectory(), "b.tar.gz")
  writeFileSync(path, bytes)
  return path
}

const failure = async (path: string, visitor?: ArchiveVisitor, limits?: ArchiveLimits): Promise<BackupError> => {
  try {
    await readArchive(opened(path), visitor, limits)
  } catch (cause) {
    assert.instanceOf(cause, BackupError)
    return cause
  }
  throw new Error("it was read without complaint")
}

describe("a backup's archive", () => {
  it("reads back as it was written, whether a visitor reads a file or not", async () => {
    const { path, manifest } = await write("one.tar.gz")
    const found: Array<readonly [string, string]> = []
    const read = await readArchive(opened(path), {
      file: async (file, content) => {
        if (file.path === "active/a.json") return
        const parts: Array<Uint8Array> = []
        for await (const part of content) parts.push(part)
        found.push([file.path, Buffer.concat(parts).toString()])
      }
    })
    assert.deepStrictEqual(read, manifest)
    assert.deepStrictEqual(await readManifest(opened(path)), manifest)
    assert.strictEqual(manifest.sessions, 2)
    assert.deepStrictEqual(found, [
      ["active/a.journal", ""],
      [LONG, "t".repeat(1000)],
      ["archived/2026-01/b.2.json", "ü".repeat(512)]
    ])
  })

  it("is unpacked by tar as it is, private, with nobody's name in it", async () => {
    const { path, manifest } = await write("one.tar.gz")
    const into = temporaryDirectory()
    const listed = execFileSync("tar", ["tvzf", path, "--numeric-owner"], { encoding: "utf8" })
    for (const line of listed.trim().split("\n")) assert.match(line, /^(?:-rw-------|drwx------) 0\/0 /)
    execFileSync("tar", ["xzf", path, "-C", into])
    for (const { path: name, content } of INPUTS) {
      assert.strictEqual(
        readFileSync(join(into, name), "utf8"),
        Buffer.concat([...(content() as Iterable<Buffer>)]).toString()
      )
      assert.strictEqual(statSync(join(into, name)).mode & 0o777, 0o600)
    }
    assert.strictEqual(statSync(join(into, "archived/2026-01")).mode & 0o777, 0o700)
    // As docs/operations.md has people check one by hand.
    const sums = manifest.files.map((file) => `${file.sha256}  ${file.path}\n`).join("")
    execFileSync("sha256sum", ["--check", "--strict", "--quiet", "-"], { cwd: into, input: sums })
  })

  it("is not written of a file that has changed since it was described", async () => {
    const directory = temporaryDirectory()
    for (const content of ["other!", "other", "longer than it was", ""]) {
      const before = input("active/a.json", "before")
      const manifest = await describeInputs([before], 0)
      const after = { ...before, content: () => [Buffer.from(content)] }
      const result = replaceFile(directory, "x", (sink) => writeArchive(sink, manifest, [after])).catch(String)
      assert.match((await result) as string, /"active\/a.json" has changed meanwhile/)
    }
  })

  it("is refused cut short anywhere, and with any byte flipped", async () => {
    const { path } = await write("one.tar.gz", [input("active/a.json", '{"a":1}\n')])
    const whole = readFileSync(path)
    for (let length = 0; length < whole.length; length++) {
      assert.match((await failure(stored(whole.subarray(0, length)))).reason, /Damaged|Refused/, `cut at ${length}`)
    }
    // gzip's own time, flags and system say nothing of the content.
    for (let at = 10; at < whole.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = flipped[at]! ^ 0xff
      assert.match((await failure(stored(flipped))).reason, /Damaged|Refused|Newer/, `flipped at ${at}`)
    }
  })

  it("may be made by other programs, as long as it is a backup", async () => {
    const directory = rawEntry({ name: "active/", type: "5", mode: 0o755 })
    const padded = gzipSync(Buffer.concat([manifestEntry([A]), directory, file, END, Buffer.alloc(20 * 512)]))
    for (const bytes of [good, padded]) assert.strictEqual((await readArchive(opened(stored(bytes)))).sessions, 1)
  })

  for (const [name, bytes, message] of HOSTILE) {
    it(`is refused with ${name}`, async () => {
      const { message: line, reason } = await failure(stored(bytes))
      assert.match(line, message)
      assert.match(line, /^[\x20-\x7e…]+$/)
      assert.match(reason, /Refused|Damaged|Newer/)
    })
  }

  it("is refused as a bomb before anything of it is read", async () => {
    const limits = { ...ARCHIVE_LIMITS, files: 2, fileBytes: 1000, totalBytes: 1500, manifestBytes: 4000 }
    const bomb = async (bytes: Buffer) => {
      const visited: Array<string> = []
      const { message, reason } = await failure(
        stored(bytes),
        { file: async ({ path }) => void visited.push(path) },
        limits
      )
      assert.deepStrictEqual({ reason, visited }, { reason: "Refused", visited: [] })
      return message
    }
    const of = (...sizes: ReadonlyArray<number>) =>
      archiveOf(manifestEntry(sizes.map((size, index) => ({ path: `active/${index}.json`, size }))))
    assert.match(await bomb(of(1001)), /would have 1001 bytes/)
    assert.match(await bomb(of(800, 800)), /unpack to 1600 bytes, more than 1500/)
    assert.match(await bomb(of(1, 1, 1)), /announces 3 files, more than 2/)
    const huge = rawEntry({ name: "manifest.json", content: " ".repeat(5000) })
    assert.match(await bomb(archiveOf(huge)), /its manifest has 5000 bytes/)
    // What it announces is small, and what it holds is not.
    const inside = rawEntry({ name: A.path, content: Buffer.alloc(10_000_000) })
    assert.match(await bomb(archiveOf(manifestEntry([A]), inside)), /it has 10000000 bytes, announced are 1/)
  })
})
