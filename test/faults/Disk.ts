import { createHash } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** What a program did to a directory tree, in its order. Paths are relative to the tree's root, which is "". */
export type Operation =
  | { readonly op: "create" | "makeDirectory" | "unlink"; readonly path: string }
  | { readonly op: "write"; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly op: "sync"; readonly file: number; readonly call: "fsync" | "fdatasync" }
  | { readonly op: "rename" | "link"; readonly from: string; readonly to: string }
  /** The program said that everything up to this event survives a power loss. */
  | { readonly op: "saved"; readonly sequence: number }

interface Write {
  readonly at: number
  readonly bytes: Buffer
}

interface File {
  content: Buffer
  /** Writes that no sync has followed, in order. */
  unsynced: ReadonlyArray<Write>
}

/** A change of a directory that no sync has followed; a null file removes the name. A rename is one change of two names. */
type EntryChange = ReadonlyArray<{ readonly name: string; readonly file: number | null }>

interface Directory {
  entries: ReadonlyMap<string, number>
  unsynced: ReadonlyArray<EntryChange>
}

/** Changes of directories of which every subset is tried; of more only the telling ones. */
const MAX_SUBSETS_OF = 5

/** How much of what was not synced has reached the disk of a file: a power loss may leave any of it. */
type Survival = "none" | "all" | "half" | "zeros"
const SURVIVALS: ReadonlyArray<Survival> = ["none", "all", "half", "zeros"]

/** A tree of directories as it may be found after a power loss: contents by path, null for a directory. */
export type Tree = ReadonlyMap<string, Buffer | null>

/**
 * A disk as POSIX promises it, no better: a file's bytes are there once the file was synced, a name is there once its
 * directory was; until then any part of it may be, in any order, but each change of a name whole.
 */
export class Disk {
  readonly #files = new Map<number, File>()
  readonly #directories = new Map<number, Directory>([[0, { entries: new Map(), unsynced: [] }]])
  #count = 1
  /** The last event said to be saved. */
  saved = 0

  constructor(operations: Iterable<Operation> = []) {
    for (const operation of operations) this.apply(operation)
  }

  /** The number of what is at `path` now, undefined when there is nothing. */
  at(path: string): number | undefined {
    let file: number | undefined = 0
    for (const name of path === "" ? [] : path.split("/")) {
      const directory: Directory | undefined = file === undefined ? undefined : this.#directories.get(file)
      file = directory === undefined ? undefined : changed(directory, directory.unsynced).get(name)
    }
    return file
  }

  apply(operation: Operation): void {
    switch (operation.op) {
      case "create":
        this.#files.set(this.#count, { content: Buffer.alloc(0), unsynced: [] })
        return this.#change(operation.path, this.#count++)
      case "makeDirectory":
        this.#directories.set(this.#count, { entries: new Map(), unsynced: [] })
        return this.#change(operation.path, this.#count++)
      case "unlink":
        return this.#change(operation.path, null)
      case "link":
        return this.#change(operation.to, this.at(operation.from)!)
      case "rename": {
        const { from, to } = operation
        if (parentOf(from) !== parentOf(to)) throw new Error(`a rename between directories: ${from} ${to}`)
        const directory = this.#directories.get(this.at(parentOf(from))!)!
        const change = [
          { name: nameOf(to), file: this.at(from)! },
          { name: nameOf(from), file: null }
        ]
        directory.unsynced = [...directory.unsynced, change]
        return
      }
      case "write": {
        const file = this.#files.get(operation.file)!
        file.unsynced = [...file.unsynced, operation]
        return
      }
      case "sync": {
        const file = this.#files.get(operation.file)
        if (file !== undefined) {
          file.content = written(file, "all")
          file.unsynced = []
        }
        const directory = this.#directories.get(operation.file)
        if (directory !== undefined) {
          directory.entries = changed(directory, directory.unsynced)
          directory.unsynced = []
        }
        return
      }
      case "saved":
        this.saved = Math.max(this.saved, operation.sequence)
    }
  }

  /** The tree as programs see it while there is power. */
  now(): Tree {
    return this.#tree(() => true, "all")
  }

  /** Trees that a power loss now may leave, each once. */
  afterPowerLoss(): ReadonlyMap<string, Tree> {
    const changes = [...this.#directories.values()].flatMap(({ unsynced }) => unsynced)
    const trees = new Map<string, Tree>()
    for (const chosen of subsets(changes)) {
      for (const survival of SURVIVALS) {
        const tree = this.#tree((change) => chosen.has(change), survival)
        trees.set(digest(tree), tree)
      }
    }
    return trees
  }

  #change(path: string, file: number | null): void {
    const directory = this.#directories.get(this.at(parentOf(path))!)!
    directory.unsynced = [...directory.unsynced, [{ name: nameOf(path), file }]]
  }

  #tree(has: (change: EntryChange) => boolean, survival: Survival): Tree {
    const tree = new Map<string, Buffer | null>()
    const walk = (number: number, path: string) => {
      const directory = this.#directories.get(number)
      const file = this.#files.get(number)
      if (path !== "") tree.set(path, file === undefined ? null : written(file, survival))
      if (directory === undefined) return
      for (const [name, entry] of changed(directory, directory.unsynced.filter(has))) {
        walk(entry, path === "" ? name : `${path}/${name}`)
      }
    }
    walk(0, "")
    return tree
  }
}

/** Puts a tree into a directory. */
export const writeTree = (tree: Tree, root: string): void => {
  for (const [path, content] of tree) {
    if (content === null) mkdirSync(join(root, path), { mode: 0o700 })
    else writeFileSync(join(root, path), content, { mode: 0o600 })
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const changed = ({ entries }: Directory, changes: ReadonlyArray<EntryChange>): ReadonlyMap<string, number> => {
  const now = new Map(entries)
  for (const { name, file } of changes.flat()) {
    if (file === null) now.delete(name)
    else now.set(name, file)
  }
  return now
}

const written = ({ content, unsynced }: File, survival: Survival): Buffer => {
  if (survival === "none" || unsynced.length === 0) return content
  let bytes = content
  for (const [index, { at, bytes: given }] of unsynced.entries()) {
    const isTorn = survival === "half" && index === unsynced.length - 1
    const part = isTorn ? given.subarray(0, given.length >> 1) : given
    const next = Buffer.alloc(Math.max(bytes.length, at + part.length))
    bytes.copy(next)
    // Sizes are often on disk before the bytes are.
    if (survival === "zeros") next.fill(0, at, at + part.length)
    else part.copy(next, at)
    bytes = next
  }
  return bytes
}

const subsets = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlySet<A>> => {
  if (all.length <= MAX_SUBSETS_OF) {
    return Array.from({ length: 2 ** all.length }, (_, bits) => new Set(all.filter((_, index) => bits & (1 << index))))
  }
  const telling = all.flatMap((one, index) => [
    new Set([one]),
    new Set(all.filter((other) => other !== one)),
    new Set(all.slice(0, index)),
    new Set(all.slice(index))
  ])
  return [...telling, new Set(all)]
}

const digest = (tree: Tree): string => {
  const hash = createHash("sha1")
  for (const [path, content] of [...tree].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${path}\0${content?.length ?? "directory"}\0`)
    if (content !== null) hash.update(content)
  }
  return hash.digest("base64")
}
