import { commandLine, workingDirectory } from "../../platform.ts"
import type { SpawnedShell } from "../spawnShell.ts"
import { waitsForInput } from "./EndClaim.ts"

/** Without a prompt after this time a start is slow. */
export const SLOW_START_MS = 5000
/** How often the kernel is asked about a shell that has not said where it stands, in ms. */
const LOOK_EVERY_MS = 1000
/** After so many looks in a row at a shell that waits for input and says nothing it is not waited for any more. */
const SILENT_LOOKS = 3
/** Where a line editor's first word is looked for, from a chunk's end, in bytes: the prompt may follow it. */
const EDITOR_ROOM_BYTES = 4096

/** Who hears of it. */
export interface ShellWatchListener {
  /** The shell waits for input: whether it should have said so by a mark. */
  readonly owesMark: () => boolean
  /** It will not tell of its commands any more. Called once, until `begin` after a mark of its own. */
  readonly lost: (directory: string) => void
  /** A lost shell has another directory. */
  readonly moved: (directory: string) => void
  /** No prompt yet after `SLOW_START_MS`, and not lost either. */
  readonly slow: () => void
}

/**
 * Looks after a shell while it starts and while a command runs: its hooks may be gone for good. They are when another
 * program has taken its process (`exec`): its command line is another one then. They are also taken for gone when the shell
 * itself waits for input in the foreground of its terminal for seconds without a mark that is due. Where the kernel does
 * not tell, nothing is lost.
 */
export class ShellWatch {
  /** The shell is lost: what it prints is output and nothing else. */
  isLost = false
  /** A line editor has the terminal, and no mark has said whose it is. */
  isAtEditor = false
  #timer: NodeJS.Timeout | undefined
  #slowTimer: NodeJS.Timeout | undefined
  #silent = 0
  /** The command line of the process whose hooks have spoken. */
  #own: string | null = null
  #directory: string
  readonly #shell: SpawnedShell
  readonly #listener: ShellWatchListener

  constructor(shell: SpawnedShell, listener: ShellWatchListener) {
    this.#shell = shell
    this.#listener = listener
    this.#directory = shell.directory
  }

  /** Whether another program runs in the shell's process. */
  get isReplaced(): boolean {
    const now = commandLine(this.#shell.pty.pid)
    if (now === null) return false
    // Before its first mark only what it was given tells: it may be a script that runs the shell.
    return this.#own === null ? !now.includes(this.#shell.arguments.join(" ")) : now !== this.#own
  }

  /** The shell reads its start files. */
  beginStart(): void {
    this.#slowTimer = setTimeout(() => this.#listener.slow(), SLOW_START_MS)
    this.begin()
  }

  /** A command is typed. */
  begin(): void {
    this.#silent = 0
    this.isAtEditor = false
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  /** The shell has said where it stands. */
  end(): void {
    this.stop()
    this.isLost = false
  }

  /** A mark of its hooks has come. */
  marked(): void {
    this.#silent = 0
    this.isAtEditor = false
    this.#own ??= commandLine(this.#shell.pty.pid)
  }

  /** Plain: all output passes here. */
  printed(bytes: Buffer): void {
    this.#silent = 0
    if (bytes.subarray(-EDITOR_ROOM_BYTES).includes(this.#shell.integration.lineEditor.entered)) this.isAtEditor = true
  }

  /** Gives the shell up. */
  lose(): void {
    if (this.isLost) return
    this.isLost = true
    clearTimeout(this.#slowTimer)
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS)
    this.#directory = workingDirectory(this.#shell.pty.pid) ?? this.#directory
    this.#listener.lost(this.#directory)
  }

  /** The process is gone. */
  stop(): void {
    clearTimeout(this.#slowTimer)
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    if (this.isLost) {
      const directory = workingDirectory(this.#shell.pty.pid) ?? this.#directory
      if (directory === this.#directory) return
      this.#directory = directory
      return this.#listener.moved(directory)
    }
    if (this.isReplaced) return this.lose()
    const isDue = this.#listener.owesMark() && waitsForInput(this.#shell.pty.pid)
    this.#silent = isDue ? this.#silent + 1 : 0
    if (this.#silent >= SILENT_LOOKS) this.lose()
  }
}
