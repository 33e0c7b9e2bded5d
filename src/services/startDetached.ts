import { type ChildProcess, spawn } from "node:child_process"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { withCoveredDescriptors } from "../coveredDescriptors.ts"
import { findProgram, NOT_FOUND_CODE } from "../shell/findProgram.ts"
import type { HelperOptions } from "./runHelper.ts"

/** Why a program of its own did not come up. */
export class StartError extends Schema.TaggedError<StartError>()("StartError", {
  /** `NotFound`: no such program on PATH. `NotStarted`: the system refused. `Failed`: it ended with an error at once. */
  reason: Schema.Literal("NotFound", "NotStarted", "Failed"),
  command: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return `${this.command} ${MESSAGES[this.reason]}`
  }
}

const MESSAGES: Readonly<Record<StartError["reason"], string>> = {
  NotFound: "was not found on PATH",
  NotStarted: "could not be started",
  Failed: "ended with an error"
}

/** A program that has run for so long without an error has started, in ms. */
const STARTED_AFTER_MS = 2000

/**
 * Starts a program that draws in a window of its own, and lives on without us: it has no terminal, no descriptor of ours, and
 * what it prints is dropped. Ends when it has ended well or has run for a while; fails when it ended badly before.
 *
 * @param name what it is called in a failure, where a shell runs it
 */
export const startDetached = (
  options: Pick<HelperOptions, "command" | "args" | "cwd" | "env">,
  name = options.command
): Effect.Effect<void, StartError> => {
  const { args, command, cwd, env } = options
  const fail = (reason: StartError["reason"], cause?: unknown) => new StartError({ reason, command: name, cause })
  return Effect.suspend(() => {
    if (findProgram(command, env.PATH) === null) return Effect.fail(fail("NotFound"))
    return Effect.async<void, StartError>((resume) => {
      let child: ChildProcess
      try {
        child = withCoveredDescriptors((covered) =>
          spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "ignore", ...covered], detached: true })
        )
      } catch (cause) {
        return resume(Effect.fail(fail("NotStarted", cause)))
      }
      // It must not keep us alive.
      child.unref()
      child.once("error", (cause) => resume(Effect.fail(fail("NotStarted", cause))))
      child.once("exit", (code) =>
        resume(code === 0 ? Effect.void : Effect.fail(fail(code === NOT_FOUND_CODE ? "NotFound" : "Failed")))
      )
    }).pipe(Effect.timeoutTo({ duration: Duration.millis(STARTED_AFTER_MS), onSuccess: () => {}, onTimeout: () => {} }))
  })
}
