import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CliError } from "./CliError.ts"
import type { Surroundings } from "./open.ts"

const session = Options.text("session").pipe(
  Options.withPseudoName("id"),
  Options.withDescription("Add the block to this stored session instead of a new one."),
  Options.optional
)

const splitStderr = Options.boolean("split-stderr").pipe(
  Options.withDescription("Keep standard error apart, also in the block; the order of the two streams is lost.")
)

const timeout = Options.text("timeout").pipe(
  Options.withPseudoName("duration"),
  Options.withDescription("End the command after 30s, 5m, 1h30m … or never (none); else MAX_PROCESS_TIMEOUT decides."),
  Options.optional
)

/** What follows `--` is never taken for an option of ours, so that is where a command belongs. */
export const execNeedsCommand = new CliError({
  exitCode: 2,
  line: "exec needs a command after --, as in: effecttalk exec -- ls -l"
})

/**
 * `effecttalk exec`: a stored block without a screen.
 *
 * @param words what follows `--` on the command line, null when there is no `--`; the parser never sees it
 */
export const execCommand = (words: ReadonlyArray<string> | null, surroundings: Surroundings) =>
  Command.make("exec", { session, splitStderr, timeout }, (options) =>
    words === null || words.length === 0
      ? execNeedsCommand
      : Effect.flatMap(
          Effect.promise(() => import("./exec/execute.ts")),
          ({ execute }) =>
            execute(
              {
                words,
                session: Option.getOrNull(options.session),
                splitStderr: options.splitStderr || surroundings.configuration.config.splitStderr,
                timeout: Option.getOrNull(options.timeout)
              },
              surroundings
            )
        )
  ).pipe(Command.withDescription("Run a command in a stored block, without the screen."))
