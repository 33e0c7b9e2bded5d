// Runs the program that was just built once, in a terminal and a home of its own, so that it leaves its code cache with
// everything that a start and a first command need (src/loadProgram.ts). An installed program that may not write beside
// itself has this one; where no terminal can be had here, the first run makes it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { spawn } from "node-pty"

const PROMPT = "code-cache-prompt"
/** A run takes well under a second; a machine that needs this long, ms, shall not hold up its build. */
const TIMEOUT_MS = 20_000

/** Resolves to whether the program has started, run a command and left as it should. */
export const makeCodeCache = (root) => {
  const home = mkdtempSync(join(tmpdir(), "effecttalk-build-"))
  writeFileSync(join(home, ".bashrc"), `PS1='${PROMPT} '\n`)
  return new Promise((resolve) => {
    const program = spawn(process.execPath, [join(root, "bin/effecttalk.cjs")], {
      cwd: home,
      cols: 120,
      rows: 40,
      env: { PATH: process.env.PATH, HOME: home, TERM: "xterm-256color", LANG: "C.UTF-8" }
    })
    const timer = setTimeout(() => program.kill("SIGKILL"), TIMEOUT_MS)
    let shown = ""
    const { dispose } = program.onData((data) => {
      shown += data
      if (!shown.includes(PROMPT)) return
      dispose()
      program.write("exit\r")
    })
    program.onExit(({ exitCode }) => {
      clearTimeout(timer)
      resolve(exitCode === 0)
    })
  })
    .catch(() => false)
    .finally(() => rmSync(home, { recursive: true, force: true }))
}
