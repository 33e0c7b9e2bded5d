import { closeSync, constants, openSync, readSync } from "node:fs"
import { OuterTerminal } from "./OuterTerminal.ts"

/** What was typed before the terminal was raw, in bytes; a terminal that is not raw holds no more (N_TTY_BUF_SIZE). */
const MAX_TYPED_BYTES = 4096

/** Reads what waits in the terminal. Opened anew, so that not waiting for more is a matter of this reading alone. */
const takeTyped = (): Uint8Array => {
  const bytes = Buffer.alloc(MAX_TYPED_BYTES)
  try {
    const terminal = openSync("/dev/fd/0", constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    try {
      return bytes.subarray(0, readSync(terminal, bytes))
    } finally {
      closeSync(terminal)
    }
  } catch {
    return bytes.subarray(0, 0) // EAGAIN: nothing was typed
  }
}

/**
 * The outer terminal of this process. One that goes away is a hangup: the kernel says so itself only to the session
 * whose controlling terminal it was, and at once or never.
 */
export const processTerminal = (): OuterTerminal => {
  const terminal = new OuterTerminal({ stdin: process.stdin, stdout: process.stdout, process, takeTyped })
  terminal.onClosed(() => process.kill(process.pid, "SIGHUP"))
  return terminal
}
