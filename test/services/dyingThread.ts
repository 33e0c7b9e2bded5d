/**
 * A background thread that dies once it waits for the disk with `lock` in place, carrying out its order (`DyingOrder`) as the
 * real one does. It says `busy` then.
 */
import fs, { existsSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { parentPort, workerData } from "node:worker_threads"
import type { ArchiveOrder } from "../../src/services/archive/postArchived.ts"
import { postArchived } from "../../src/services/archive/postArchived.ts"
import type { BackupOrder } from "../../src/services/backup/postBackup.ts"
import { postBackup } from "../../src/services/backup/postBackup.ts"

/** How it dies; `never`: somebody ends it. */
export type Death = "never" | "throws" | "memory"

/** What it is started for. */
export type DyingOrder = (ArchiveOrder | BackupOrder) & { readonly death: Death; readonly lock: string }

const order = workerData as DyingOrder
const post = (message: unknown) => parentPort!.postMessage(message)

/** Takes all the memory there is. */
const takeAll = () => {
  for (const held: Array<Array<number>> = []; ; ) held.push(new Array<number>(10_000).fill(held.length))
}

const dying =
  (sync: typeof fs.fsync) =>
  (fd: number, done: fs.NoParamCallback): void => {
    if (!existsSync(order.lock)) return sync(fd, done)
    post({ type: "busy" })
    if (order.death === "memory") takeAll()
    if (order.death === "throws") {
      setImmediate(() => {
        throw new Error("a bug")
      })
    }
  }

Object.assign(fs, { fsync: dying(fs.fsync), fdatasync: dying(fs.fdatasync) })
syncBuiltinESMExports()
// Something that keeps it while the disk is silent.
setInterval(() => {}, 1000)
if (order.type === "archive") void postArchived(order, post)
else void postBackup(order, post)
