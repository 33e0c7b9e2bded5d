/**
 * The variables that a session's commands ran with. Most blocks share theirs with the block before, so the session keeps
 * each environment once and its blocks say which.
 */
import type { BlockHeader } from "./Block.ts"
import type { RecordedEnvironment, Session, SessionMetadata } from "./Session.ts"
import type { EnvironmentChanged } from "./SessionEvent.ts"

/** Environments that a session remembers; of more the oldest are forgotten. */
export const MAX_ENVIRONMENTS = 64

/** Exported variables by what the user did to them. */
export type VariableChanges = Omit<RecordedEnvironment, "id">

/** Nothing was set, removed or left out. */
const UNCHANGED: VariableChanges = { set: {}, unset: [], redacted: [] }

const isSameList = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index])

const isSame = (one: VariableChanges, other: VariableChanges): boolean => {
  const names = Object.keys(one.set)
  return (
    names.length === Object.keys(other.set).length &&
    names.every((name) => one.set[name] === other.set[name]) &&
    isSameList(one.unset, other.unset) &&
    isSameList(one.redacted, other.redacted)
  )
}

/** The variables as they are in a session now. */
const changesNow = ({ environment, metadata }: Session): VariableChanges => ({
  set: environment,
  unset: metadata.unset,
  redacted: metadata.redacted ?? []
})

/**
 * Remembers the session's environment for a block that starts in it. Gives the session's metadata with it, unchanged when it
 * is known already, and its id; null when nothing has been changed, which needs no remembering.
 */
export const recordEnvironment = (
  session: Session
): { readonly metadata: SessionMetadata; readonly id: number | null } => {
  const { metadata } = session
  const now = changesNow(session)
  if (isSame(now, UNCHANGED)) return { metadata, id: null }
  const known = metadata.environments ?? []
  const found = known.findLast((one) => isSame(one, now))
  if (found !== undefined) return { metadata, id: found.id }
  const id = (known.at(-1)?.id ?? 0) + 1
  return { metadata: { ...metadata, environments: [...known, { id, ...now }].slice(-MAX_ENVIRONMENTS) }, id }
}

/**
 * The session's variables after a change, without what became of those in `hidden`: each stays as it was in the session, so
 * neither its name nor its value is told. Null when nothing else has changed.
 */
export const withoutHidden = (
  changed: typeof EnvironmentChanged.Type,
  session: Session,
  hidden: ReadonlySet<string>
): typeof EnvironmentChanged.Type | null => {
  const before = changesNow(session)
  const isHidden = (name: string) => hidden.has(name)
  const names = (now: ReadonlyArray<string>, kept: ReadonlyArray<string>) =>
    [...now.filter((name) => !isHidden(name)), ...kept.filter(isHidden)].sort()
  const after = {
    set: Object.fromEntries([
      ...Object.entries(changed.set).filter(([name]) => !isHidden(name)),
      ...Object.entries(before.set).filter(([name]) => isHidden(name))
    ]),
    unset: names(changed.unset, before.unset),
    redacted: names(changed.redacted ?? [], before.redacted)
  }
  return isSame(before, after) ? null : { ...changed, ...after }
}

/** The id of an environment that the session does not remember. */
const NOT_REMEMBERED = 0

/**
 * The id of the session's environment for a block that leaves nothing behind: an id that is given anew would be another one
 * in the session's files. Null when nothing has been changed.
 */
export const environmentId = (session: Session): number | null => {
  const { metadata, id } = recordEnvironment(session)
  return metadata === session.metadata ? id : NOT_REMEMBERED
}

/** The variables that a block's command ran with; null when there were too many since and they are forgotten. */
export const environmentOf = ({ metadata }: Session, block: BlockHeader): VariableChanges | null => {
  const { environment } = block.metadata
  if (environment === undefined) return UNCHANGED
  return metadata.environments?.find(({ id }) => id === environment) ?? null
}
