import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { relative } from "node:path"
import { Disk, type Operation } from "./Disk.ts"

/** Calls that change what is on disk, or wait for it. */
const { open, openSync, mkdirSync, write, writeSync, fsync, fdatasync, linkSync, unlinkSync, renameSync } = fs
const whole = { open, openSync, mkdirSync, write, writeSync, fsync, fdatasync, linkSync, unlinkSync, renameSync }

/** What has been recorded so far. */
export interface Recording {
  readonly operations: ReadonlyArray<Operation>
  /** Adds what the program says. */
  readonly note: (operation: Operation) => void
  readonly stop: () => void
}

type Done = (error: Error | null, ...values: ReadonlyArray<never>) => void

/**
 * Records what this process does below `root` from now on, once each call has succeeded. Nothing may be there but what
 * `before` tells of.
 *
 * @param ignore operations that a worse program would not have done
 */
export const recordCalls = (
  root: string,
  before: ReadonlyArray<Operation> = [],
  ignore: (operation: Operation, path: string) => boolean = () => false
): Recording => {
  const disk = new Disk(before)
  const operations: Array<Operation> = []
  const opened = new Map<number, { readonly file: number; readonly path: string }>()
  const below = (path: fs.PathLike): string | null => {
    const found = relative(root, String(path))
    return found.startsWith("..") ? null : found
  }
  const note = (operation: Operation, path = "") => {
    if (ignore(operation, path)) return
    operations.push(operation)
    disk.apply(operation)
  }
  const noteOpen = (fd: number, path: fs.PathLike) => {
    const place = below(path)
    opened.delete(fd)
    if (place === null) return
    if (disk.at(place) === undefined) note({ op: "create", path: place })
    opened.set(fd, { file: disk.at(place)!, path: place })
  }
  const noteWrite = (fd: number, bytes: Uint8Array | string, position: number | null) => {
    const file = opened.get(fd)
    // Without a position only a lock is written, in one piece.
    if (file !== undefined)
      note({ op: "write", file: file.file, at: position ?? 0, bytes: Buffer.from(bytes as string) })
  }
  const noteSync = (fd: number, call: "fsync" | "fdatasync") => {
    const file = opened.get(fd)
    if (file !== undefined) note({ op: "sync", file: file.file, call }, file.path)
  }
  const synced = (call: "fsync" | "fdatasync") => (fd: number, done: fs.NoParamCallback) =>
    whole[call](fd, (error) => {
      if (error === null) noteSync(fd, call)
      done(error)
    })
  Object.assign(fs, {
    open: (path: fs.PathLike, flags: number, done: Done) =>
      open(path, flags, (error, fd) => {
        if (error === null) noteOpen(fd, path)
        done(error, fd as never)
      }),
    openSync: (path: fs.PathLike, flags: number, mode?: number) => {
      const fd = openSync(path, flags, mode)
      noteOpen(fd, path)
      return fd
    },
    mkdirSync: (path: fs.PathLike, options: fs.MakeDirectoryOptions) => {
      mkdirSync(path, options)
      const place = below(path)
      if (place !== null) note({ op: "makeDirectory", path: place })
    },
    write: (fd: number, bytes: Buffer, offset: number, length: number, position: number, done: Done) =>
      write(fd, bytes, offset, length, position, (error, count, buffer) => {
        if (error === null) noteWrite(fd, bytes.subarray(offset, offset + count), position)
        done(error, count as never, buffer as never)
      }),
    writeSync: (fd: number, text: string) => {
      const count = writeSync(fd, text)
      noteWrite(fd, text, null)
      return count
    },
    fsync: synced("fsync"),
    fdatasync: synced("fdatasync"),
    linkSync: (from: fs.PathLike, to: fs.PathLike) => {
      linkSync(from, to)
      if (below(from) !== null) note({ op: "link", from: below(from)!, to: below(to)! })
    },
    unlinkSync: (path: fs.PathLike) => {
      unlinkSync(path)
      if (below(path) !== null) note({ op: "unlink", path: below(path)! })
    },
    renameSync: (from: fs.PathLike, to: fs.PathLike) => {
      renameSync(from, to)
      if (below(from) !== null) note({ op: "rename", from: below(from)!, to: below(to)! })
    }
  })
  syncBuiltinESMExports()
  return {
    operations,
    note,
    stop: () => {
      Object.assign(fs, whole)
      syncBuiltinESMExports()
    }
  }
}
