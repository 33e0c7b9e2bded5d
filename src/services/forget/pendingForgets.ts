import { closeSync, constants, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { replaceFile, sweepTemporaries } from "../persistence/atomicReplace.ts"
import { openChecked, readAt, removeIfThere, syncDirectory } from "../persistence/checkedFile.ts"
import { errorCode, PersistenceError, quoted } from "../persistence/PersistenceError.ts"
import { ForgetTarget, isSameTarget } from "./ForgetTarget.ts"
import { UNPACKED_PREFIX } from "./findFiles.ts"

/*
 * `forgetting.json` in DATA_DIR names what is being forgotten, by ids and times alone, until nothing holds it any more: after
 * a kill in the middle the block is perhaps in a backup still, and in no session in which its number could be looked up.
 */

const STEM = "forgetting"
const FILE = `${STEM}.json`
/** Largest such file that is read, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024

const Pending = Schema.Struct({ version: Schema.Literal(1), targets: Schema.Array(ForgetTarget) })
const decode = Schema.decodeUnknownEither(Schema.parseJson(Pending))

/** What was begun and not brought to its end, oldest first. Throws `PersistenceError`: `Refused`, `Damaged`, `Io`. */
export const readPending = (root: string): ReadonlyArray<ForgetTarget> => {
  const path = join(root, FILE)
  let fd: number
  let size: number
  try {
    ;({ fd, size } = openChecked(path, constants.O_RDONLY, MAX_BYTES))
  } catch (cause) {
    const error = PersistenceError.from(cause, path)
    if (errorCode(error.cause) === "ENOENT") return []
    throw error
  }
  try {
    const pending = decode(readAt(fd, 0, size).toString("utf8"))
    if (Either.isRight(pending)) return pending.right.targets
    const detail = `${quoted(path)} is damaged: what it names is perhaps not forgotten everywhere. Remove it to go on`
    throw new PersistenceError({ reason: "Damaged", subject: path, detail })
  } finally {
    closeSync(fd)
  }
}

const writePending = async (root: string, targets: ReadonlyArray<ForgetTarget>): Promise<void> => {
  if (targets.length === 0) {
    removeIfThere(join(root, FILE))
    return syncDirectory(root)
  }
  const text = `${JSON.stringify({ version: 1, targets } satisfies typeof Pending.Type, null, 2)}\n`
  closeSync(await replaceFile(root, FILE, (sink) => sink.write(Buffer.from(text))))
}

/** Notes what is about to be forgotten. Only for whoever has the lock. */
export const beginForget = async (root: string, target: ForgetTarget): Promise<void> => {
  const pending = readPending(root)
  if (!pending.some((other) => isSameTarget(other, target))) await writePending(root, [...pending, target])
}

/** Nothing holds it any more. Only for whoever has the lock. */
export const endForget = (root: string, target: ForgetTarget): Promise<void> =>
  writePending(
    root,
    readPending(root).filter((other) => !isSameTarget(other, target))
  )

/** A backup that was being written anew, whatever it is called. */
const HALF_WRITTEN = /^\..*\.tar\.gz\.[\w-]+\.tmp$/

/** Removes backups that a crash has left half written; only for whoever has the lock of the backups. */
export const sweepBackups = (backups: string): void => {
  for (const name of readdirSync(backups)) if (HALF_WRITTEN.test(name)) removeIfThere(join(backups, name))
}

/** Removes what a process that was killed in the middle has left: half-written files, and unpacked backups. */
export const sweepForgets = (root: string): void => {
  sweepTemporaries(root, STEM)
  for (const name of readdirSync(root)) {
    if (name.startsWith(UNPACKED_PREFIX)) rmSync(join(root, name), { recursive: true, force: true })
  }
}
