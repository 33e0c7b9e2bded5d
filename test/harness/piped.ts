import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { ensureBuilt } from "./build.ts"
import { BINARY } from "./effecttalk.ts"
import type { Home } from "./Home.ts"

/** How to start EffectTalk without a terminal. */
export interface PipedOptions {
  /** Added to the clean environment of the home. */
  readonly env?: Readonly<Record<string, string>>
  /** HOME by default. */
  readonly cwd?: string
}

/** How it ended, and everything it printed. */
export interface PipedResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A running EffectTalk whose streams are pipes. */
export interface PipedProcess extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams
  /** What it has printed so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits until standard output holds `text`. */
  readonly waitFor: (text: string) => Promise<void>
  /** Resolves once it has ended and its streams are closed. */
  readonly result: Promise<PipedResult>
}

/** Starts EffectTalk with pipes for all three streams; standard input stays open. Disposing kills it. */
export const startPiped = async (
  home: Home,
  args: ReadonlyArray<string>,
  options: PipedOptions = {}
): Promise<PipedProcess> => {
  await ensureBuilt()
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: { ...home.environment(), ...options.env },
    cwd: options.cwd ?? home.path
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text
  })
  // A program may end without having read what it was given.
  child.stdin.on("error", () => {})
  const result = once(child, "close").then(([code, signal]) => ({ code, signal, stdout, stderr }))
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    waitFor: async (text) => {
      while (!stdout.includes(text)) {
        const printed = await Promise.race([once(child.stdout, "data"), result.then(() => null)])
        if (printed === null && !stdout.includes(text)) throw new Error(`ended without ${text}: ${stdout}${stderr}`)
      }
    },
    result,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL")
      await result
    }
  }
}

/** Runs EffectTalk to its end with pipes; `input` is all of its standard input. */
export const runPiped = async (
  home: Home,
  args: ReadonlyArray<string>,
  options: PipedOptions & { readonly input?: string } = {}
): Promise<PipedResult> => {
  await using running = await startPiped(home, args, options)
  running.child.stdin.end(options.input ?? "")
  return await running.result
}

/** Runs a bash script in which `et` is EffectTalk. */
export const runScript = async (home: Home, script: string, options: PipedOptions = {}): Promise<PipedResult> => {
  await ensureBuilt()
  const child = spawn("bash", ["-c", `et() { "$NODE" "$BINARY" "$@"; }\n${script}`], {
    env: { ...home.environment(), NODE: process.execPath, BINARY, ...options.env },
    cwd: options.cwd ?? home.path,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = ""
    for await (const chunk of stream) text += chunk
    return text
  }
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, "exit"),
    read(child.stdout),
    read(child.stderr)
  ])
  return { code, signal, stdout, stderr }
}

/** The text of a file, "" while it is not there. */
export const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}
