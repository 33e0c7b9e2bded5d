import * as Effect from "effect/Effect"
import { CliError } from "./CliError.ts"
import { readerIsGone } from "./readerIsGone.ts"

/**
 * Writes to standard output and waits until the system has it: the process ends right after. False once nobody reads it
 * any more (`| head`), which is no failure. A disk that does not take it is one: whoever has redirected us there would
 * believe that it is all there.
 */
export const writeOut = (text: string): Effect.Effect<boolean, CliError> =>
  Effect.async((resume) => {
    process.stdout.write(text, (error) => {
      if (!error) return resume(Effect.succeed(true))
      if (readerIsGone(error)) return resume(Effect.succeed(false))
      resume(new CliError({ exitCode: 1, line: `standard output could not be written: ${error.message}` }))
    })
  })
