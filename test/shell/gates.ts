import { execFileSync } from "node:child_process"
import { closeSync, constants, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { TestShell } from "./TestShell.ts"

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
