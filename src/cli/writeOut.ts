import * as Effect from "effect/Effect"

/**
 * Writes to standard output and waits until the system has it: the process ends right after. False once nobody reads it
 * any more (`| head`), which is no failure.
 */
export const writeOut = (text: string): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    process.stdout.write(text, (error) => resume(Effect.succeed(!error)))
  })
