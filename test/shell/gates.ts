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

/** Types keys while a command has the terminal that does not read them, however long that takes on a busy machine. */
export const typeBehind = async (shell: TestShell, keys: string): Promise<string> => {
  const id = shell.submit(`sh -c 'echo on; ${HOLD}'`)
  await shell.seen(id, "on\r\n")
  shell.driver.write(Buffer.from(keys))
  letEnd(shell)
  return id
}

/** The same, and what becomes of the command and the keys. */
export const typeAhead = async (shell: TestShell, keys: string): Promise<Result> =>
  shell.done(await typeBehind(shell, keys))
