import { readdirSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import type { SessionId } from "../../domain/ids.ts"
import { inodeOf, removeIfThere, syncDirectory, tryLink } from "./checkedFile.ts"
import { type DataDirectory, ensureSubdirectory, syncWayTo } from "./dataDirectory.ts"
import { PersistenceError } from "./PersistenceError.ts"
import { SessionFile, type SessionFileOptions } from "./SessionFile.ts"

/** The month `lastModified` (milliseconds since the epoch) lies in, UTC: `2026-01`. A later attempt finds the same. */
export const monthOf = (lastModified: number): string => {
  const date = new Date(lastModified)
  // A file says what it likes: what is no time still has its place.
  return Number.isNaN(date.getTime()) ? "unknown" : date.toISOString().replace(/-\d\dT.*$/, "")
}

/**
 * Moves a session's files from `active/` to `archived/YYYY-MM/`, the month it was last modified in; nothing when there are
 * none (any more), so that it can be tried again after half of it failed. First everything is brought into the snapshot:
 * that one file is the session, and its move, the last, the moment from which it is archived. A file of its name that is
 * there already stays; this one is numbered (`<id>.2.json`).
 *
 * Rejects with `PersistenceError`: `Locked` while a process has it open, `Refused`, `Damaged`, `Newer`, `Io`.
 */
export const archiveSession = async (id: SessionId, options: SessionFileOptions): Promise<void> => {
  const { active, archived } = options.directory
  try {
    if (!hasFiles(options.directory, id)) return await syncDirectory(active)
    const file = await SessionFile.open(id, options)
    try {
      await file.settle()
      const month = await ensureSubdirectory(archived, monthOf(file.session.lastModified))
      await syncWayTo(options.directory, archived)
      // What a crash may have left is older than the snapshot altogether.
      removeIfThere(join(active, `${id}.journal`))
      for (const name of readdirSync(active)) if (name.startsWith(`${id}.torn-`)) await move(active, month, name)
      await move(active, month, `${id}.json`)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw PersistenceError.from(cause, id)
  }
}

const hasFiles = ({ active }: DataDirectory, id: SessionId): boolean =>
  inodeOf(join(active, `${id}.json`)) !== null || inodeOf(join(active, `${id}.journal`)) !== null

/**
 * Moves `from/name` to `to`. A crash leaves it in one place or, under the same inode, in both; the next attempt takes the
 * old name away.
 */
const move = async (from: string, to: string, name: string): Promise<void> => {
  const path = join(from, name)
  const inode = inodeOf(path)
  const [, stem, end] = /^([^.]*)(.*)$/s.exec(name)!
  for (let copy = 1; ; copy++) {
    const target = join(to, copy === 1 ? name : `${stem}.${copy}${end}`)
    // Linked, not renamed: a rename would replace what is there.
    if (tryLink(path, target) || inodeOf(target) === inode) break
  }
  await syncDirectory(to)
  unlinkSync(path)
  await syncDirectory(from)
}
