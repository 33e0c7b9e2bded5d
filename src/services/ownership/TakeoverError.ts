import * as Schema from "effect/Schema"
import { quoted } from "../persistence/PersistenceError.ts"
import { byForce, type LockOwner } from "../persistence/ProcessLock.ts"

/** Why a session could not be taken over from the process that has it. */
export class TakeoverError extends Schema.TaggedError<TakeoverError>()("TakeoverError", {
  /**
   * `Elsewhere`: it runs on another machine, or in another container. `NoSocket`: it cannot be asked. `Silent`: it does not
   * answer; it may be stopped. `Refused`: it said no, and why.
   */
  reason: Schema.Literal("Elsewhere", "NoSocket", "Silent", "Refused"),
  /** A sentence for the user, without control characters. */
  detail: Schema.String,
  pid: Schema.Int
}) {
  override get message(): string {
    return this.detail
  }
}

/** It runs where nobody here can reach it. */
export const elsewhere = (owner: LockOwner) => {
  const { pid, elsewhere: where } = owner
  const detail = `Process ${pid} on ${quoted(where ?? "")} cannot be asked from here. ${byForce(owner)}`
  return new TakeoverError({ reason: "Elsewhere", pid, detail })
}

/** Nothing listens where it should. */
export const noSocket = (pid: number, why: string) =>
  new TakeoverError({
    reason: "NoSocket",
    pid,
    detail: `Process ${pid} cannot be asked for the session (${why}): leave it there, or end that process`
  })

/** Nobody answers. */
export const silent = (pid: number) =>
  new TakeoverError({
    reason: "Silent",
    pid,
    detail: `Process ${pid} does not answer: kill -CONT ${pid} wakes it if it is stopped, kill ${pid} ends it`
  })

/** It said no. */
export const refused = (pid: number, why: string) =>
  new TakeoverError({ reason: "Refused", pid, detail: `Process ${pid} keeps the session: ${why}` })
