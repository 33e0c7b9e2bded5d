import { closeSync, constants, openSync } from "node:fs"
import type { Socket } from "node:net"
import { constants as os } from "node:os"
import { type IPty, spawn } from "node-pty"

/** How a program ended: by itself with `code`, or by `signal` (then `code` is null). */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** What to start, and in which surroundings. */
export interface PtyOptions {
  readonly file: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly cols: number
  readonly rows: number
}

/**
 * A program on a pseudoterminal of which not a byte is lost. node-pty alone loses the last output of a program that
 * ends at once (libuv takes a partial read with POLLHUP for the end), and cuts the reading off 200 ms after the exit
 * whatever is still unread; so we hold the slave open until the exit is known and read the master dry before closing.
 */
export class Pty {
  readonly pid: number
  private readonly pty: IPty
  private slave: number | undefined
  private open = true

  constructor(options: PtyOptions, onData: (data: string) => void, onExit: (exit: Exit) => void) {
    this.pty = spawn(options.file, [...options.args], {
      cols: options.cols,
      rows: options.rows,
      cwd: options.cwd,
      env: { ...options.env },
      name: options.env.TERM ?? "dumb"
    })
    this.pid = this.pty.pid
    // Before the event loop turns: the program may be over by then.
    const device = (this.pty as unknown as { readonly ptsName: string }).ptsName
    this.slave = openSync(device, constants.O_RDWR | constants.O_NOCTTY)
    const socket = this.socket
    const destroy = socket.destroy.bind(socket)
    socket.destroy = (error?: Error) => {
      // Two turns hold at least one whole poll phase, which reads all that is there.
      setImmediate(() => setImmediate(() => destroy(error)))
      return socket
    }
    this.pty.onData(onData)
    this.pty.onExit(({ exitCode, signal }) => {
      this.open = false
      this.releaseSlave()
      const name = Object.entries(os.signals).find(([, number]) => number === signal)?.[0] ?? null
      onExit({ code: name === null ? exitCode : null, signal: name })
    })
  }

  /** Sends bytes as if typed; nothing after the exit. */
  write(data: string | Uint8Array): void {
    if (this.open) this.pty.write(typeof data === "string" ? data : Buffer.from(data))
  }

  /** Sets the window size; the kernel sends SIGWINCH. */
  resize(cols: number, rows: number): void {
    if (this.open) this.pty.resize(cols, rows)
  }

  /** Closes the terminal itself, as when its window is closed or ssh breaks: the kernel sends SIGHUP, reads give EIO. */
  hangUp(): void {
    this.open = false
    this.releaseSlave()
    this.socket.destroy()
  }

  private get socket(): Socket {
    return (this.pty as unknown as { readonly _socket: Socket })._socket
  }

  private releaseSlave(): void {
    if (this.slave !== undefined) closeSync(this.slave)
    this.slave = undefined
  }
}
