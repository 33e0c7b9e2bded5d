import { execFileSync } from "node:child_process"
import { closeSync, constants, openSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { Result, TestShell } from "./TestShell.ts"

/** Makes pipes in a shell's home: what reads a line of one there waits until it is opened. */
export const gates = (shell: TestShell, ...names: ReadonlyArray<string>) => {
  const paths = names.map((name) => join(shell.home, name))
  execFileSync("mkfifo", paths)
  // Opened for both, a pipe keeps what is written before somebody reads.
  const pipes = paths.map((path) => openSync(path, constants.O_RDWR))
  return {
    open: (name: string) => writeSync(pipes[names.indexOf(name)]!, "go\n"),
    [Symbol.dispose]: () => pipes.forEach(closeSync)
  }
}

/** What a program of sh does until `letEnd`. */
export const HOLD = "until [ -e ~/end ]; do sleep 0.01; done; rm ~/end"
/** A command of every shell that runs until `letEnd`. It reads nothing. */
export const HELD = `sh -c '${HOLD}'`
export const letEnd = (shell: TestShell): void => writeFileSync(join(shell.home, "end"), "")

/** Types keys while a command runs that does not read them, however long that takes on a busy machine. */
export const typeAhead = async (shell: TestShell, keys: string): Promise<Result> => {
  const id = shell.submit(HELD)
  await shell.started(id)
  shell.driver.write(Buffer.from(keys))
  letEnd(shell)
  return shell.done(id)
}
