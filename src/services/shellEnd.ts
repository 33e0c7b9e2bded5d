import type { ShellEnd } from "../shell/ShellListener.ts"
import { type BlockEnd, statusOf } from "./BlockService.ts"

/** How the command ended that a shell ended in: one that did not end by itself took its command along. */
export const commandEndOf = ({ byItself, exitCode, signal }: Omit<ShellEnd, "during">): BlockEnd => ({
  status: byItself ? statusOf(exitCode, signal) : "failure",
  exitCode,
  signal
})

/** How a shell ended, as the predicate of a sentence: `was killed by SIGKILL`. */
export const shellEndWords = ({ exitCode, signal }: Pick<ShellEnd, "exitCode" | "signal">): string =>
  signal === null ? `ended with status ${exitCode}` : `was killed by ${signal}`
