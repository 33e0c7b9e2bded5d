/**
 * The file that the launcher loads. It reads the program in steps and looks between them whether the shell has shown its
 * prompt: reading blocks the event loop for longer than a shell takes to start.
 */
import type { Early } from "./Early.ts"
import { EarlyPrompt } from "./ui/EarlyPrompt.ts"

/**
 * Runs `effecttalk` with its arguments.
 *
 * @param early what the launcher has begun already
 * @param directoryIsGone the working directory is not the one it was started in, which is gone, but the nearest above
 */
export const start = async (
  argv: ReadonlyArray<string>,
  early: Early | null,
  directoryIsGone: boolean
): Promise<void> => {
  const prompt = early === null ? null : new EarlyPrompt(early)
  prompt?.look()
  if (early !== null) await import("ink")
  prompt?.look()
  const { main } = await import("./main.ts")
  prompt?.look()
  main(argv, early, directoryIsGone)
}
