import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { HistoryEntry } from "../../domain/HistoryEntry.ts"
import type { SessionId } from "../../domain/ids.ts"
import { BackupError } from "../backup/BackupError.ts"
import { withBackupLock } from "../backup/backupFiles.ts"
import { HistoryStore } from "../HistoryStore.ts"
import { type DataDirectory, ensureDataDirectory } from "../persistence/dataDirectory.ts"
import { PersistenceError } from "../persistence/PersistenceError.ts"
import { lockOwner, ProcessLock, type ProcessTable } from "../persistence/ProcessLock.ts"
import { acquireSessionLock } from "../persistence/restoreGuard.ts"
import { StructuredLoggingService } from "../StructuredLoggingService.ts"
import { type EraseError, eraseFiles, eraseInBackup, type OnStep } from "./erase.ts"
import { type ForgetTarget, isSameTarget } from "./ForgetTarget.ts"
import { type BackupTraces, findBackups } from "./findBackups.ts"
import { type FileTraces, findFiles } from "./findFiles.ts"
import { beginForget, endForget, readPending, sweepBackups, sweepForgets } from "./pendingForgets.ts"
import type { SessionFiles } from "./rewriteWithout.ts"

/** Names the lock of whoever forgets: `forget.lock`. */
const LOCK = "forget"
/** How long a backup that is being made is waited for, in milliseconds, and how often it is looked at. */
const BACKUP_WAIT_MS = 60_000
const BACKUP_POLL_MS = 250

/** Where to forget. */
export interface ForgetOptions {
  readonly directory: DataDirectory
  readonly processes: ProcessTable
  readonly onStep?: OnStep
}

/** Everything that holds a session or a block, or may. */
export interface Traces extends FileTraces {
  readonly inBackups: BackupTraces
}

/** What is going to be forgotten. */
export interface ForgetPlan {
  readonly target: ForgetTarget
  readonly traces: Traces
  /** Entries of the history. */
  readonly entries: number
}

/** What came of it. */
export interface Forgotten extends ForgetPlan {
  /** Why something holds it still. */
  readonly errors: ReadonlyArray<EraseError>
}

const attempt = <A>(subject: string, body: () => Promise<A>): Effect.Effect<A, EraseError> =>
  Effect.tryPromise({
    try: body,
    catch: (cause) => (cause instanceof BackupError ? cause : PersistenceError.from(cause, subject))
  })

const find = async (directory: DataDirectory, target: ForgetTarget): Promise<Traces> => ({
  ...findFiles(directory.root, target),
  inBackups: await findBackups(directory.backups, target)
})

/** True for the history's entries of what is to be forgotten. */
const isOf =
  ({ session, block }: ForgetTarget) =>
  (entry: HistoryEntry): boolean =>
    entry.session === session && (block === null || (entry.at !== null && entry.at === block.startTime))

/** The sessions that must not be open meanwhile. */
const sessionsOf = ({ session }: ForgetTarget, { documents }: FileTraces, { active }: DataDirectory) => [
  ...new Set<SessionId>([session, ...documents.filter((files) => files.directory === active).map(({ id }) => id)])
]

/** What may be written of these traces by whoever has the locks of `ours`, and why the rest is not. */
const withoutOthers = (traces: Traces, ours: ReadonlyArray<SessionId>, { active }: DataDirectory) => {
  const isOurs = ({ directory, id }: SessionFiles) => directory !== active || ours.includes(id)
  const late = traces.documents
    .filter((files) => !isOurs(files))
    .map(({ id }) => {
      const detail = `Session ${id} was brought back while it was forgotten`
      return new PersistenceError({ reason: "Locked", subject: id, detail })
    })
  return [{ ...traces, documents: traces.documents.filter(isOurs) }, late] as const
}

/**
 * Finds everything that holds a session or a block; changes nothing. Fails with `Locked`, naming the process, while one of
 * the sessions concerned is open, and with `Io`.
 */
export const planForget = Effect.fn("planForget")(function* (target: ForgetTarget, options: ForgetOptions) {
  const { directory, processes } = options
  const traces = yield* attempt(directory.root, () => find(directory, target))
  for (const id of sessionsOf(target, traces, directory)) {
    const owner = yield* attempt(id, async () => lockOwner(directory.active, id, processes))
    if (owner === null) continue
    const where = owner.elsewhere === null ? "" : " elsewhere"
    const detail = `Session ${id} is open in process ${owner.pid}${where}: end it there first`
    return yield* new PersistenceError({ reason: "Locked", subject: id, detail, pid: owner.pid })
  }
  const { entries } = yield* (yield* HistoryStore).open
  return { target, traces, entries: entries.filter(isOf(target)).length } satisfies ForgetPlan as ForgetPlan
})

/**
 * Takes what was begun before and not brought to its end, then `target`, out of everything below DATA_DIR. Each is noted
 * before the first change and until nothing holds it any more, so that a kill in the middle, or a backup that cannot be
 * written anew, leaves something to be repeated. What fails is among the outcome's `errors`, and costs nothing else. Fails
 * with `Locked` while a process has a session open or forgets something itself, and with `Io`, and has changed nothing then.
 */
export const forget = Effect.fn("forget")(function* (target: ForgetTarget, options: ForgetOptions) {
  const { directory, processes } = options
  yield* attempt(directory.root, () => ensureDataDirectory(directory, processes))
  yield* Effect.mapError(
    locked(LOCK, () => ProcessLock.acquire(directory.root, LOCK, processes, { brief: true })),
    busy
  )
  sweepForgets(directory.root)
  const before = readPending(directory.root).filter((other) => !isSameTarget(other, target))
  const done: Array<Forgotten> = []
  for (const each of before) {
    // What cannot be finished now stays noted, and is no reason not to begin.
    const result = yield* Effect.either(forgetOne(each, options))
    if (result._tag === "Right") done.push(result.right)
    else done.push({ target: each, traces: NOTHING, entries: 0, errors: [result.left] })
  }
  done.push(yield* forgetOne(target, options))
  return done
}, Effect.scoped)

const NOTHING: Traces = { files: [], documents: [], unreadable: [], inBackups: { backups: [], unreadable: [] } }

const busy = (error: EraseError): EraseError => {
  if (!(error instanceof PersistenceError) || error.reason !== "Locked") return error
  const { subject, pid } = error
  return new PersistenceError({
    reason: "Locked",
    subject,
    detail: `Process ${pid} is forgetting something itself`,
    pid
  })
}

const locked = (subject: string, take: () => ProcessLock) =>
  Effect.acquireRelease(
    attempt(subject, async () => take()),
    (lock) => Effect.sync(() => lock.release())
  )

const forgetOne = Effect.fn("forgetOne")(
  function* (target: ForgetTarget, { directory, processes, onStep = () => {} }: ForgetOptions) {
    const { root, backups } = directory
    const history = yield* HistoryStore
    const logging = yield* StructuredLoggingService
    const found = yield* attempt(root, async () => findFiles(root, target))
    const ours = sessionsOf(target, found, directory)
    for (const id of ours) {
      yield* locked(id, () => acquireSessionLock(directory, id, processes))
    }
    yield* attempt(root, () => beginForget(root, target))
    yield* logging.audit(target.block === null ? "session.forgotten" : "block.forgotten", { sessionId: target.session })
    const errors: Array<EraseError> = []
    yield* attempt(root, async () => onStep("history"))
    const entries = yield* Effect.catchAll(history.forget(isOf(target)), (error) => {
      errors.push(error)
      return Effect.succeed(0)
    })
    const erase = async (): Promise<Traces> => {
      sweepBackups(backups)
      // With the locks, and no backup on its way: what is found now is all there is.
      const all = await find(directory, target)
      // But for a session that has been brought back meanwhile, and may be open by now.
      const [traces, late] = withoutOthers(all, ours, directory)
      errors.push(...late, ...(await eraseFiles(traces, target, onStep)), ...traces.inBackups.unreadable)
      for (const backup of traces.inBackups.backups) {
        try {
          await eraseInBackup(backup, target, directory, onStep)
        } catch (cause) {
          errors.push(cause instanceof PersistenceError ? cause : BackupError.from(cause, backup.path))
        }
      }
      return traces
    }
    const traces = yield* attempt(backups, () => withBackupLock(backups, processes, erase)).pipe(
      Effect.retry({
        while: (error) => error instanceof BackupError && error.reason === "Busy",
        schedule: Schedule.spaced(BACKUP_POLL_MS).pipe(Schedule.upTo(BACKUP_WAIT_MS))
      }),
      Effect.catchAll((error) => {
        errors.push(error)
        return Effect.succeed(NOTHING)
      })
    )
    yield* attempt(root, async () => onStep("end"))
    if (errors.length === 0) yield* attempt(root, () => endForget(root, target))
    return { target, traces, entries, errors } satisfies Forgotten as Forgotten
  },
  Effect.scoped,
  Effect.uninterruptible
)
