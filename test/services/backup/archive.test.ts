import { execFileSync } from "node:child_process"
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { afterEach, assert, describe, it } from "vitest"
import { BackupError } from "../../../src/services/backup/BackupError.ts"
import { ARCHIVE_LIMITS, type ArchiveLimits, type Manifest } from "../../../src/services/backup/Manifest.ts"
import { type ArchiveVisitor, readArchive, readManifest } from "../../../src/services/backup/readArchive.ts"
import { type ArchiveInput, describeInputs, writeArchive } from "../../../src/services/backup/writeArchive.ts"
import { replaceFile } from "../../../src/services/persistence/atomicReplace.ts"
import { temporaryDirectory } from "../persistence/sessions.ts"
import { archiveOf, END, manifestEntry, type RawEntry, rawEntry } from "./rawArchive.ts"

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

  const A = { path: "active/a.json", content: "a" }
  const announced = (entry: RawEntry, path = A.path) => archiveOf(manifestEntry([{ ...A, path }]), rawEntry(entry))
  const file = rawEntry({ name: A.path, content: A.content })
  const good = archiveOf(manifestEntry([A]), file)

  it("may be made by other programs, as long as it is a backup", async () => {
    const directory = rawEntry({ name: "active/", type: "5", mode: 0o755 })
    const padded = gzipSync(Buffer.concat([manifestEntry([A]), directory, file, END, Buffer.alloc(20 * 512)]))
    for (const bytes of [good, padded]) assert.strictEqual((await readArchive(opened(stored(bytes)))).sessions, 1)
  })

  const pax = (text: string) => rawEntry({ name: "PaxHeader/a", type: "x", content: `${text.length + 4} ${text}\n` })
  const table: ReadonlyArray<readonly [string, Buffer, RegExp]> = [
    [
      "a climbing path",
      announced({ name: "active/../../../x.json", content: "a" }),
      /"active\/\.\.\/\.\.\/\.\.\/x\.json"/
    ],
    ["an absolute path", announced({ name: "/etc/cron.d/a.json", content: "a" }), /entry "\/etc\/cron\.d\/a\.json"/],
    [
      "a climbing prefix",
      announced({ name: "a.json", content: "a", prefix: "active/../.." }),
      /"active\/\.\.\/\.\.\/a\.json"/
    ],
    ["a newline in a name", announced({ name: "active/a\n.json", content: "a" }), /entry "active\/a\\n\.json"/],
    ["an escape in a name", announced({ name: "active/\x1b]52;c;eA\x07.json" }), /\\u001b\]52/],
    [
      "an announced climbing path",
      archiveOf(manifestEntry([{ path: "active/../../x.json" }])),
      /is no file of a session/
    ],
    ["an announced absolute path", archiveOf(manifestEntry([{ path: "/etc/x.json" }])), /is no file of a session/],
    [
      "an announced name with a newline",
      archiveOf(manifestEntry([{ path: "active/a.json\n" }])),
      /is no file of a session/
    ],
    [
      "an announced option for a name",
      archiveOf(manifestEntry([{ path: "active/-rf.json" }])),
      /is no file of a session/
    ],
    ["an announced lock", archiveOf(manifestEntry([{ path: "active/a.lock" }])), /is no file of a session/],
    [
      "an announced file of the archive's own directory",
      archiveOf(manifestEntry([{ path: "archived/a.json" }])),
      /no file of a/
    ],
    [
      "a symbolic link",
      announced({ name: A.path, type: "2", link: "/etc/passwd" }),
      /"active\/a\.json": .*SymbolicLink/
    ],
    ["a hard link", announced({ name: A.path, type: "1", link: "/etc/passwd" }), /"active\/a\.json": .*\(Link\)/],
    ["a FIFO", announced({ name: A.path, type: "6" }), /FIFO/],
    ["a device", announced({ name: A.path, type: "3" }), /CharacterDevice/],
    ["a block device", announced({ name: A.path, type: "4" }), /BlockDevice/],
    [
      "a regular file with a link's target",
      announced({ name: A.path, content: "a", link: "/etc/passwd" }),
      /it is a link/
    ],
    ["a setuid file", announced({ name: A.path, content: "a", mode: 0o4755 }), /its mode is special/],
    ["a sticky directory", announced({ name: "active/", type: "5", mode: 0o1777 }), /its mode is special/],
    [
      "a long name of GNU tar",
      announced({ name: "././@LongLink", type: "L", content: "../../x" }),
      /NextFileHasLongPath/
    ],
    ["a PAX path", archiveOf(manifestEntry([A]), pax("path=/etc/passwd"), file), /ExtendedHeader/],
    ["a PAX size", archiveOf(manifestEntry([A]), pax("size=99999999"), file), /ExtendedHeader/],
    [
      "a global PAX header",
      announced({ name: "pax_global_header", type: "g", content: "16 path=/tmp/x\n" }),
      /GlobalExtended/
    ],
    ["a sparse file", announced({ name: A.path, type: "S" }), /SparseFile/],
    ["a directory with content", announced({ name: "active/", type: "5", size: 512 }), /it has content/],
    ["a directory that is none of ours", announced({ name: "active/b/", type: "5" }), /no backup has this directory/],
    ["a directory above", announced({ name: "../", type: "5" }), /no backup has this directory/],
    [
      "a directory twice",
      archiveOf(manifestEntry([]), ...["active/", "active/"].map((name) => rawEntry({ name, type: "5" }))),
      /twice/
    ],
    ["a file with a directory's name", announced({ name: "active/" }), /name of a directory|no regular file/],
    ["a file twice", archiveOf(manifestEntry([A]), file, file), /or it is there twice/],
    ["a file announced twice", archiveOf(manifestEntry([A, A]), file, file), /announces "active\/a\.json" twice/],
    [
      "a file that is not announced",
      archiveOf(manifestEntry([A]), file, rawEntry({ name: "active/b.json" })),
      /"active\/b\.json"/
    ],
    ["a file too few", archiveOf(manifestEntry([A, { path: "active/b.json" }]), file), /"active\/b\.json" is missing/],
    ["a larger file than announced", announced({ name: A.path, content: "aa" }), /it has 2 bytes, announced are 1/],
    [
      "other content than announced",
      announced({ name: A.path, content: "b" }),
      /"active\/a\.json" is not what was written/
    ],
    [
      "bytes after a file's content",
      archiveOf(manifestEntry([A]), Buffer.from(file).fill(1, 1000)),
      /after its content/
    ],
    ["a wrong header", archiveOf(manifestEntry([A]), Buffer.from(file).fill("b", 7, 8)), /header is damaged/],
    ["no manifest", archiveOf(file), /does not begin with a manifest/],
    [
      "a manifest that is none",
      archiveOf(rawEntry({ name: "manifest.json", content: "{}" })),
      /manifest cannot be read/
    ],
    ["a manifest of another count", archiveOf(manifestEntry([A], { sessions: 7 }), file), /counts 7 sessions/],
    [
      "a newer version",
      archiveOf(manifestEntry([A], { version: 2, files: "elsewhere" })),
      /a newer EffectTalk wrote it/
    ],
    ["a second tar after the end", gzipSync(Buffer.concat([gunzipSync(good), file, END])), /after its end/],
    ["endless zeros", gzipSync(Buffer.concat([gunzipSync(good), Buffer.alloc(1_000_000)])), /after its end/],
    ["one block of an end", gzipSync(Buffer.concat([manifestEntry([A]), file, END.subarray(512)])), /it has no end/],
    ["no end", gzipSync(Buffer.concat([manifestEntry([A]), file])), /it has no end/],
    [
      "bytes after the compressed data",
      Buffer.concat([good, Buffer.from("garbage")]),
      /after the compressed data|checksum/
    ],
    ["a second gzip member", Buffer.concat([good, good]), /after the compressed data/],
    ["a tar that is not compressed", gunzipSync(good), /no gzip file/],
    ["nothing", Buffer.alloc(0), /it is empty/]
  ]
  for (const [name, bytes, message] of table) {
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
