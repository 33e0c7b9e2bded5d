import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SessionShell, type ShellError } from "./SessionShell.ts"

/** How a command went. */
export interface CommandResult {
  readonly success: boolean
  /** 0–255, or null when a signal ended the command before a code was known. */
  readonly exitCode: number | null
}

/** Runs commands: the way from the editor to a block. */
export class CommandExecutor extends Context.Tag("effecttalk/CommandExecutor")<
  CommandExecutor,
  {
    /**
     * Runs a command in the session's shell, in a block of its own, and waits for its end. Fails with `ShellError` when
     * the shell did not run it (busy, unfinished text, ended).
     */
    readonly executeCommand: (request: { readonly command: string }) => Effect.Effect<CommandResult, ShellError>
  }
>() {
  /** Over the session's shell. */
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const shell = yield* SessionShell
      return CommandExecutor.of({
        executeCommand: Effect.fn("CommandExecutor.executeCommand")(function* ({ command }) {
          const { status, exitCode } = yield* shell.run(command)
          return { success: status === "success", exitCode }
        })
      })
    })
  )
}
