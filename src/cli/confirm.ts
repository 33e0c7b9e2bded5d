import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import { CliError } from "./CliError.ts"

/**
 * Asks at the terminal; true for `y` and `yes`, false for everything else, Ctrl+C and the end of the input too. Fails with
 * exit code 2 where nobody can be asked.
 *
 * @param question with `[y/N] ` at its end
 * @param unasked what the option does that asks nothing: `--yes forgets without asking`
 */
export const confirm = (question: string, unasked: string): Effect.Effect<boolean, CliError> =>
  process.stdin.isTTY === true && process.stdout.isTTY === true
    ? ask(question)
    : new CliError({ exitCode: 2, line: `nobody can be asked here: ${unasked}` })

const ask = (question: string): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout })
    lines.on("close", () => resume(Effect.succeed(false)))
    lines.question(question, (answer) => {
      resume(Effect.succeed(/^y(es)?$/i.test(answer.trim())))
      lines.close()
    })
    return Effect.sync(() => lines.close())
  })
