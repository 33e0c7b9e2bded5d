import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"

/** A tar entry byte by byte, as no library would write it. */
export interface RawEntry {
  readonly name: string
  readonly content?: string | Buffer
  /** One character; `0` for a regular file. */
  readonly type?: string
  readonly mode?: number
  readonly link?: string
  /** What the header says, where that is not the content's size. */
  readonly size?: number
  readonly prefix?: string
}

const BLOCK = 512

/** A header and its content, padded. */
export const rawEntry = ({ name, content = "", type = "0", mode = 0o600, link = "", size, prefix = "" }: RawEntry) => {
  const body = Buffer.from(content)
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`
  header.write(name, 0, 100, "latin1")
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size ?? body.length, 11), 124)
  header.write(octal(0, 11), 136)
  header.write("        ", 148)
  header.write(type, 156)
  header.write(link, 157, 100, "latin1")
  header.write("ustar\x0000", 257)
  header.write(prefix, 345, 155, "latin1")
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)])
}

/** How a tar ends. */
export const END = Buffer.alloc(2 * BLOCK)

/** What a manifest says of a file, unless told otherwise the truth. */
export interface RawFile {
  readonly path: string
  readonly content?: string
  readonly size?: number
  readonly sha256?: string
}

/** The entry of a manifest that announces `files`, and whatever else it is told to say. */
export const manifestEntry = (files: ReadonlyArray<RawFile>, changes: Readonly<Record<string, unknown>> = {}) => {
  const stems = files.flatMap(({ path }) => /^(.*)\.(?:json|journal)$/.exec(path)?.[1] ?? [])
  const manifest = {
    format: "effecttalk-backup",
    version: 1,
    createdAt: 1000,
    sessions: new Set(stems).size,
    files: files.map(({ path, content = "", size = content.length, sha256 }) => ({
      path,
      size,
      modified: 1000,
      sha256: sha256 ?? createHash("sha256").update(content).digest("hex")
    })),
    ...changes
  }
  return rawEntry({ name: "manifest.json", content: JSON.stringify(manifest) })
}

/** Entries and an end, compressed. */
export const archiveOf = (...parts: ReadonlyArray<Buffer>): Buffer => gzipSync(Buffer.concat([...parts, END]))
