// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect } from "vitest"
import { ShellDriver, type ShellListener } from "../../src/shell/ShellDriver.ts"
import { handOver, type SpawnedShell, spawnShell } from "../../src/shell/spawnShell.ts"
import { itWith, which } from "../harness/tools.ts"
import { PLAIN_RC, RC_FILES, type ShellName } from "./TestShell.ts"

const QUIET: ShellListener = {
  ready: () => {},
  started: () => {},
  output: () => {},
  finished: () => {},
  notice: () => {},
  typeAhead: () => {},
  incomplete: () => {},
  environment: () => {},
  slow: () => {},
  jobs: () => {},
  bare: () => {},
  exited: () => {}
}

/** What a driven pooled shell prints for one command, given to it at its first prompt. */
const answerOf = (shell: SpawnedShell, command: string): Promise<string> => {
  let output = ""
  let given = false
  return new Promise((resolve) => {
    const driver: ShellDriver = new ShellDriver(shell, {
      ...QUIET,
      // At the prompt after it nothing more is given.
      ready: () => {
        if (!given) given = driver.submit("c", command)
      },
      output: (id, bytes) => {
        if (id !== null) output += Buffer.from(bytes).toString()
      },
      finished: () => void driver.close().then(() => resolve(output))
    })
  })
}

/** The shell has begun to wait. */
const waits = async (shell: SpawnedShell): Promise<void> => {
  while (!shell.pty.peek().includes(shell.integration.waits)) await new Promise((resolve) => setImmediate(resolve))
}

const withPooled = async (name: ShellName, use: (shell: SpawnedShell) => Promise<void>): Promise<void> => {
  const home = mkdtempSync(join(tmpdir(), "pooled-"))
  const rc = join(home, RC_FILES[name])
  mkdirSync(dirname(rc), { recursive: true })
  // Start files that take a moment, as completion systems do.
  writeFileSync(rc, `${PLAIN_RC[name]}printf 'no newline'\nsleep 0.2\n`)
  const environment = { PATH: process.env.PATH ?? "", HOME: home, LANG: "C.UTF-8", XDG_RUNTIME_DIR: home }
  const size = { columns: 80, rows: 24 }
  const shell = spawnShell({ shell: which(name)!, directory: home, environment, ...size, pooled: true })
  try {
    await use(shell)
    expect(readdirSync(home).filter((entry) => entry.startsWith("effecttalk-"))).toEqual([])
  } finally {
    shell.pty.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}

for (const name of ["bash", "zsh", "fish"] as const) {
  describe(`a pooled ${name}`, () => {
    const given = { set: { GIVEN: 'it\'s "this"' }, unset: ["LANG"] }
    const command = "echo $PWD; sh -c 'echo $GIVEN ${LANG-none}'"

    itWith([name], "takes what it is given while its start files still run", () =>
      withPooled(name, async (shell) => {
        expect(handOver(shell, "/usr", given)).toBe(true)
        expect(await answerOf(shell, command)).toBe('/usr\r\nit\'s "this" none\r\n')
      })
    )

    itWith([name], "waits behind its start files for what it is given", () =>
      withPooled(name, async (shell) => {
        await waits(shell)
        expect(handOver(shell, "/usr", given)).toBe(true)
        expect(await answerOf(shell, command)).toBe('/usr\r\nit\'s "this" none\r\n')
      })
    )
  })
}
