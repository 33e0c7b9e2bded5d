/**
 * The file that the launcher loads. It reads the program in steps and looks between them whether the shell has shown its
 * prompt: reading blocks the event loop for longer than a shell takes to start.
 */
import type { Early } from "./Early.ts"
import { EarlyPrompt } from "./ui/EarlyPrompt.ts"

/** Runs `effecttalk` with its arguments; `early` is what the launcher has begun already. */
export const start = async (argv: ReadonlyArray<string>, early: Early | null): Promise<void> => {
  const prompt = early === null ? null : new EarlyPrompt(early)
  prompt?.look()
  if (early !== null) await import("ink")
  prompt?.look()
  const { main } = await import("./main.ts")
  prompt?.look()
  main(argv, early)
}
