import { isDeepStrictEqual } from "node:util"
import * as Either from "effect/Either"
import { MAX_SESSION_NAME_LENGTH } from "../domain/limits.ts"
import type { Session, SessionMetadata } from "../domain/Session.ts"
import type { SessionEvent } from "../domain/SessionEvent.ts"
import { storableEnvironment } from "./persistence/storableEnvironment.ts"

/** A change that no event can make. */
export interface ChangeProblem {
  /** `Unsupported`: no event changes the field. `Invalid`: it cannot hold this value. */
  readonly reason: "Unsupported" | "Invalid"
  /** Path of the field, such as `metadata.shell`. */
  readonly field: string
}

const CONTROL = /[\x00-\x1f\x7f-\x9f]/

const isName = (name: string | undefined): boolean =>
  name === undefined || (name.trim() !== "" && name.length <= MAX_SESSION_NAME_LENGTH && !CONTROL.test(name))

const isEnvironment = (environment: Readonly<Record<string, string>>): boolean =>
  Object.entries(environment).every(([name, value]) => /^[A-Za-z_]\w*$/.test(name) && !value.includes("\0"))

/** The fields that events change, and whether they can hold a value. */
const FIELDS: { readonly [K in keyof Session]?: (value: Session[K]) => boolean } = {
  workingDirectory: (path) => path.startsWith("/") && !path.includes("\0"),
  environment: isEnvironment,
  activeBlockId: () => true
}
const METADATA_FIELDS: { readonly [K in keyof SessionMetadata]?: (value: SessionMetadata[K]) => boolean } = {
  unset: () => true,
  name: isName,
  pinned: () => true,
  input: () => true
}

const changedKeys = <T extends object>(from: T, to: T): ReadonlyArray<keyof T & string> =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    (key): key is keyof T & string => !isDeepStrictEqual(from[key as keyof T], to[key as keyof T])
  )

const problemIn = <T extends object>(
  from: T,
  to: T,
  fields: { readonly [K in keyof T]?: (value: T[K]) => boolean },
  prefix: string
): ChangeProblem | null => {
  for (const key of changedKeys(from, to)) {
    const allows = fields[key]
    if (allows === undefined) return { reason: "Unsupported", field: prefix + key }
    if (!allows(to[key])) return { reason: "Invalid", field: prefix + key }
  }
  return null
}

/**
 * The events that lead from one session to another; none when they are the same. What looks like a secret in the
 * environment is left out, as everywhere in a session.
 *
 * @param at milliseconds since the epoch
 */
export const sessionChanges = (
  from: Session,
  to: Session,
  at: number
): Either.Either<ReadonlyArray<SessionEvent>, ChangeProblem> => {
  const { metadata: was, ...session } = from
  const { metadata: is, ...changed } = to
  const problem =
    problemIn<Omit<Session, "metadata">>(session, changed, FIELDS, "") ??
    problemIn(was, is, METADATA_FIELDS, "metadata.")
  if (problem !== null) return Either.left(problem)
  const differs = { ...from, ...was }
  const becomes = { ...to, ...is }
  const has = (...keys: ReadonlyArray<keyof typeof differs>) =>
    keys.some((key) => !isDeepStrictEqual(differs[key], becomes[key]))
  const events: Array<SessionEvent> = []
  if (has("workingDirectory")) events.push({ _tag: "DirectoryChanged", at, directory: to.workingDirectory })
  if (has("environment", "unset")) {
    const { set, redacted } = storableEnvironment(to.environment)
    events.push({
      _tag: "EnvironmentChanged",
      at,
      set,
      unset: is.unset,
      redacted: [...new Set([...(was.redacted ?? []), ...redacted])]
    })
  }
  if (has("activeBlockId")) events.push({ _tag: "ActiveBlockSet", at, block: to.activeBlockId })
  if (has("name")) events.push({ _tag: "SessionRenamed", at, name: is.name ?? null })
  if (has("pinned")) events.push({ _tag: "SessionPinned", at, pinned: is.pinned ?? false })
  if (has("input")) events.push({ _tag: "InputKept", at, input: is.input })
  return Either.right(events)
}
