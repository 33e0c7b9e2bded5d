import { gunzipSync, gzipSync } from "node:zlib"
import { archiveOf, END, manifestEntry, type RawEntry, rawEntry } from "./rawArchive.ts"

/** The one session of these archives. */
export const A = { path: "active/a.json", content: "a" }
const announced = (entry: RawEntry, path = A.path) => archiveOf(manifestEntry([{ ...A, path }]), rawEntry(entry))
/** Its entry. */
export const file = rawEntry({ name: A.path, content: A.content })
/** An archive with which nothing is wrong. */
export const good = archiveOf(manifestEntry([A]), file)

const pax = (text: string) => rawEntry({ name: "PaxHeader/a", type: "x", content: `${text.length + 4} ${text}\n` })
/** What is wrong with an archive, the archive, and what is said about it. */
export const HOSTILE: ReadonlyArray<readonly [string, Buffer, RegExp]> = [
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
  ["a symbolic link", announced({ name: A.path, type: "2", link: "/etc/passwd" }), /"active\/a\.json": .*SymbolicLink/],
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
  ["bytes after a file's content", archiveOf(manifestEntry([A]), Buffer.from(file).fill(1, 1000)), /after its content/],
  ["a wrong header", archiveOf(manifestEntry([A]), Buffer.from(file).fill("b", 7, 8)), /header is damaged/],
  ["no manifest", archiveOf(file), /does not begin with a manifest/],
  ["a manifest that is none", archiveOf(rawEntry({ name: "manifest.json", content: "{}" })), /manifest cannot be read/],
  ["a manifest of another count", archiveOf(manifestEntry([A], { sessions: 7 }), file), /counts 7 sessions/],
  ["a time that is none", archiveOf(manifestEntry([A], { createdAt: 1e300 }), file), /manifest cannot be read/],
  ["a newer version", archiveOf(manifestEntry([A], { version: 2, files: "elsewhere" })), /a newer EffectTalk wrote it/],
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
