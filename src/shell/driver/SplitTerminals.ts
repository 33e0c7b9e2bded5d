import type { OutputStream } from "../../domain/Block.ts"
import { type BarePty, openBarePty } from "../BarePty.ts"
import { SHELL_FILES } from "../integration/ShellIntegration.ts"
import { linkPrivateFile, removePrivateFile } from "../privateDirectory.ts"
import type { SpawnedShell } from "../spawnShell.ts"
import { SplitStderr, type SplitStderrSink } from "./SplitStderr.ts"

/** Where what is printed to these terminals goes: "stderr" is the running command's own. */
export interface SplitTerminalsSink extends Omit<SplitStderrSink, "output"> {
  output(bytes: Buffer, stream: OutputStream): void
}

/** Where a command has its stderr while that is kept apart, and where earlier ones had it whose jobs have it still. */
export class SplitTerminals {
  /** The command's that is on its way or runs. */
  #current: SplitStderr | null = null
  readonly #all = new Set<SplitStderr>()
  /** The one that `SHELL_FILES.stderr` leads to, or led to. */
  #linked: SplitStderr | null = null
  readonly #shell: SpawnedShell
  readonly #sink: SplitTerminalsSink

  constructor(shell: SpawnedShell, sink: SplitTerminalsSink) {
    this.#shell = shell
    this.#sink = sink
  }

  /** The command has its stderr apart. */
  get isOpen(): boolean {
    return this.#current !== null
  }

  /** Keys behind a command's text that send its stderr there; none when it has none apart. */
  get beginKeys(): string {
    return this.isOpen ? (this.#shell.integration.split?.begin ?? "") : ""
  }

  /** Keys at a prompt that have the shell leave a terminal which it may still have; none where there is none. */
  get endKeys(): string {
    return this.#hasShell ? (this.#shell.integration.split?.end ?? "") : ""
  }

  /** Opens one for the command with this nonce. Returns false when none can be had. */
  open(nonce: number, { cols, rows }: { readonly cols: number; readonly rows: number }): boolean {
    const { files, integration } = this.#shell
    let pty: BarePty
    try {
      pty = openBarePty(cols, rows)
    } catch {
      return false
    }
    if (!linkPrivateFile(files, SHELL_FILES.stderr, pty.path)) {
      pty.close()
      return false
    }
    const { echo, shell, shellMark, editor, others, output } = this.#sink
    const split = new SplitStderr(
      pty,
      nonce,
      integration.lineEditor.entered,
      {
        // A shell that could not be had back (its line editor is off) prints there for its next commands, too.
        output: (bytes) => output(bytes, this.#current === split ? "stderr" : "stdout"),
        echo,
        shell,
        shellMark,
        editor,
        others
      },
      () => {
        this.#all.delete(split)
        // Its name may become another terminal's.
        if (this.#linked === split) removePrivateFile(files, SHELL_FILES.stderr)
      }
    )
    this.#linked = split
    this.#current = split
    this.#all.add(split)
    return true
  }

  /** What the command has printed there may not have come yet. */
  get isBehind(): boolean {
    return this.#current?.isBehind === true
  }

  /** The shell's own terminal has told of a start or an end of the command. */
  marked(): void {
    this.#current?.marked()
  }

  /** Hands on what the command's has been given so far, at once. */
  drain(): void {
    this.#current?.drain()
  }

  /** The command has ended: hands on all that is printed until now. */
  settle(): void {
    this.#current?.settle()
  }

  /** The prompt is there. */
  leave(): void {
    this.#current?.leave()
    this.#current = null
  }

  /** The command is not run after all. */
  giveUp(): void {
    this.#current?.close()
    this.#current = null
  }

  /** In cells. */
  resize(cols: number, rows: number): void {
    for (const split of this.#all) split.resize(cols, rows)
  }

  /** Stops reading: what the command has apart, or what earlier ones have left, which goes with stdout. */
  pause(stream: OutputStream): void {
    if (stream === "stderr") this.#current?.pause()
    else for (const split of this.#all) if (split !== this.#current) split.pause()
  }

  resume(stream: OutputStream): void {
    if (stream === "stderr") this.#current?.resume()
    else for (const split of this.#all) if (split !== this.#current) split.resume()
  }

  /** Closes all; what nobody has read is lost. */
  close(): void {
    for (const split of this.#all) split.close()
    this.#current = null
  }

  /** Whether the shell itself has its stderr on one of them, as far as we know. */
  get #hasShell(): boolean {
    for (const split of this.#all) if (split !== this.#current && !split.isJoined) return true
    return false
  }
}
