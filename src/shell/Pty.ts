import { closeSync, constants as fsConstants, openSync, readSync, writeSync } from "node:fs"
import { createRequire } from "node:module"
import { constants } from "node:os"
import { dirname, join } from "node:path"
import { ReadStream } from "node:tty"
import { highestDescriptor, processStatus } from "../platform.ts"

/**
 * A pseudo-terminal with a process on it. Plain code without Effect: every byte of every command passes here, and the
 * launcher opens a shell before Effect is loaded.
 *
 * Only node-pty's native half is used. Its JavaScript half destroys the stream 200 ms after the exit whatever is still
 * unread, prints failed writes on console.error, spins while a full terminal is not read, and turns IUTF8 off for
 * byte streams.
 */
export interface Pty {
  readonly pid: number
  /** When the process was started (see `ProcessStatus`): its pid may be another's once it has ended. Null when unknown. */
  readonly startTime: number | null
  /** Path of the slave side, such as /dev/pts/3. */
  readonly path: string
  /** Queues bytes for the process; ignored once it has exited. Bytes that do not fit yet are kept in order. */
  write(data: Uint8Array | string): void
  /**
   * As `write`, for what a terminal answers by itself: of a process that asks and does not read, answers above
   * `MAX_WAITING_REPLY_BYTES` are dropped.
   */
  reply(data: Uint8Array | string): void
  /** Tells the process its size in cells; does nothing when it is the same or the process has exited. */
  resize(cols: number, rows: number): void
  /** Stops reading. A process that exits meanwhile still delivers everything. */
  pause(): void
  resume(): void
  /** What has been printed so far, up to 64 KB, without waiting; the reader gets it still. Only before `onData`. */
  peek(): Buffer
  /** Hands what has been printed so far to the reader, at once, paused or not. Not from within the reader. */
  drain(): void
  /** Registers the only reader; reading starts now. Every chunk has memory of its own, which is never written again. */
  onData(listener: (bytes: Buffer) => void): void
  /** Called once, after the last byte was delivered to the reader. */
  onExit(listener: (exit: PtyExit) => void): void
  /** Closes the terminal: the kernel hangs up on whatever still has it. No output is delivered afterwards. */
  close(): void
}

/** How a process ended: one of the two is null. */
export interface PtyExit {
  /** 0–255. */
  readonly exitCode: number | null
  /** Such as "SIGKILL". */
  readonly signal: string | null
}

export interface PtyOptions {
  /** Program, looked up in the PATH of `env`; also its argv[0]. */
  readonly file: string
  readonly args: ReadonlyArray<string>
  /** Absolute directory to start in; a missing one makes the process exit with 1. */
  readonly cwd: string
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>
  readonly cols: number
  readonly rows: number
}

/** The part of node-pty 1.2.0-beta.15's native module used here (src/unix/pty.cc). */
interface NativePty {
  fork(
    file: string,
    args: ReadonlyArray<string>,
    env: ReadonlyArray<string>,
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void
  ): { readonly fd: number; readonly pid: number; readonly pty: string }
  /** Opens a terminal without a process; both descriptors are non-blocking and inherited by children. */
  open(cols: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string }
  resize(fd: number, cols: number, rows: number, pixelWidth: number, pixelHeight: number): void
}

/** Bytes handed to the kernel per write: what a terminal's input queue holds (N_TTY_BUF_SIZE in linux/n_tty.c). */
const WRITE_CHUNK_BYTES = 4096
/** First and longest wait before a write to a full terminal is tried again. */
const WRITE_RETRY_MS = 1
const WRITE_RETRY_MAX_MS = 32
/** Answers to a process that wait for room in its terminal's input queue, in bytes: far more than any program asks for. */
export const MAX_WAITING_REPLY_BYTES = 65_536
/** Bytes per read while draining after the exit. */
const DRAIN_CHUNK_BYTES = 65_536
/** What is kept for a reader that has not come yet. */
const PEEK_LIMIT_BYTES = 65_536
/** What a terminal holds at most (TTYB_DEFAULT_MEM_LIMIT in linux/tty_buffer.c), and a line discipline behind it. */
const TERMINAL_BYTES = 65_536 + 4096
/** What draining reads at most: far above a terminal's buffers, so only a survivor that still prints meets it. */
const DRAIN_LIMIT_BYTES = 4_194_304

/** Most descriptors that are filled before a fork; a process with a higher one was started oddly. */
const MAX_FILLED_DESCRIPTORS = 4096

let native: { readonly pty: NativePty; readonly helper: string } | undefined
/** node-pty's native half, loaded at the first call. */
export const loadNative = () => {
  if (native === undefined) {
    const require = createRequire(import.meta.url)
    const loaded = require("node-pty/lib/utils").loadNativeModule("pty") as { dir: string; module: NativePty }
    // spawn-helper is only used on macOS; node-pty resolves it from its lib directory.
    const helper = join(dirname(require.resolve("node-pty/lib/utils")), loaded.dir, "spawn-helper")
    native = { pty: loaded.module, helper }
  }
  return native
}

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`

/**
 * Runs `fork` while every descriptor up to the highest one is in use. node-pty closes inherited descriptors for the
 * child only up to the first gap above 15 (pty_close_inherited_fds), and other terminals may be open beyond it.
 */
const withoutGaps = <A>(fork: () => A): A => {
  const highest = Math.min(highestDescriptor() ?? 0, MAX_FILLED_DESCRIPTORS)
  const filled: Array<number> = []
  try {
    let descriptor = openSync("/dev/null", "r")
    filled.push(descriptor)
    while (descriptor < highest) {
      descriptor = openSync("/dev/null", "r")
      filled.push(descriptor)
    }
    return fork()
  } finally {
    for (const descriptor of filled) closeSync(descriptor)
  }
}

/** Starts a process on a new pseudo-terminal. Throws when the system has no terminal or process left. */
export const openPty = (options: PtyOptions): Pty => {
  const { pty, helper } = loadNative()
  const env = Object.entries({ ...options.env, PWD: options.cwd }).map(([name, value]) => `${name}=${value}`)
  let { cols, rows } = options
  let ended: { readonly code: number; readonly signal: number } | undefined
  const onChildExit = (code: number, signal: number) => {
    ended = { code, signal }
    // The exit can be told before this function has returned.
    setImmediate(finish)
  }
  const child = withoutGaps(() =>
    pty.fork(options.file, options.args, env, options.cwd, cols, rows, -1, -1, true, helper, onChildExit)
  )
  // While one slave is open the kernel does not hang up the master, which libuv would take for the end of the data and
  // drop the rest (libuv #4992). Node opens with O_CLOEXEC, so no later child inherits it; O_NOCTTY because it must
  // not become our own terminal.
  let slave: number | undefined = openSync(child.pty, fsConstants.O_RDWR | fsConstants.O_NOCTTY)
  const stream = new ReadStream(child.fd)
  let reader: ((bytes: Buffer) => void) | undefined
  let onExit: ((exit: PtyExit) => void) | undefined
  let exit: PtyExit | undefined
  let open = true
  const unread: Array<Buffer> = []

  const deliver = (bytes: Buffer) => {
    if (reader === undefined) unread.push(bytes)
    else reader(bytes)
  }

  let queue: Array<{ readonly bytes: Buffer; readonly isReply: boolean }> = []
  /** Bytes of `queue` that are answers. */
  let replyBytes = 0
  const forget = () => {
    queue = []
    replyBytes = 0
  }
  let retry: NodeJS.Timeout | undefined
  let wait = WRITE_RETRY_MS
  const flush = () => {
    retry = undefined
    while (open && queue.length > 0) {
      const { bytes, isReply } = queue[0]!
      let written: number
      try {
        written = writeSync(child.fd, bytes, 0, Math.min(bytes.length, WRITE_CHUNK_BYTES))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
          // EIO: nobody has the terminal any more, so nobody will read this.
          forget()
          return
        }
        retry = setTimeout(flush, wait)
        wait = Math.min(wait * 2, WRITE_RETRY_MAX_MS)
        return
      }
      wait = WRITE_RETRY_MS
      if (isReply) replyBytes -= written
      if (written === bytes.length) queue.shift()
      else queue[0] = { bytes: bytes.subarray(written), isReply }
    }
  }

  const send = (data: Uint8Array | string, isReply: boolean) => {
    if (!open) return
    const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : Buffer.from(data)
    if (bytes.length === 0 || (isReply && replyBytes + bytes.length > MAX_WAITING_REPLY_BYTES)) return
    queue.push({ bytes, isReply })
    if (isReply) replyBytes += bytes.length
    if (retry === undefined) flush()
  }

  const release = () => {
    open = false
    forget()
    clearTimeout(retry)
    stream.destroy()
    if (slave !== undefined) closeSync(slave)
    slave = undefined
  }

  /** Reads what is there, up to a limit. A read that says EAGAIN has flushed the terminal's buffers first (n_tty_read). */
  const readAvailable = (limit: number) => {
    for (let total = 0; open && total < limit; ) {
      const bytes = Buffer.allocUnsafe(DRAIN_CHUNK_BYTES)
      let count: number
      try {
        count = readSync(child.fd, bytes, 0, bytes.length, null)
      } catch {
        return
      }
      if (count === 0) return
      total += count
      deliver(bytes.subarray(0, count))
    }
  }

  const onBytes = (bytes: Buffer) => reader?.(bytes)

  /** @param limit of what is read, in bytes, but for what a paused stream holds already */
  const drain = (limit: number) => {
    // A paused stream would tell its listener, too, of what is taken from it.
    stream.off("data", onBytes)
    for (let rest = stream.read() as Buffer | null; rest !== null; rest = stream.read() as Buffer | null) deliver(rest)
    readAvailable(limit)
  }

  const finish = () => {
    if (ended === undefined || exit !== undefined) return
    if (open) {
      stream.pause()
      drain(DRAIN_LIMIT_BYTES)
      release()
    }
    exit =
      ended.signal === 0 ? { exitCode: ended.code, signal: null } : { exitCode: null, signal: signalName(ended.signal) }
    onExit?.(exit)
  }

  // EIO is how Linux ends a terminal's data; the exit is told by `finish`.
  stream.on("error", () => {})

  return {
    pid: child.pid,
    startTime: processStatus(child.pid)?.startTime ?? null,
    path: child.pty,
    write: (data) => send(data, false),
    reply: (data) => send(data, true),
    resize: (nextCols, nextRows) => {
      if (!open || (nextCols === cols && nextRows === rows) || nextCols < 1 || nextRows < 1) return
      cols = nextCols
      rows = nextRows
      pty.resize(child.fd, cols, rows, 0, 0)
    },
    pause: () => {
      if (open) stream.pause()
    },
    resume: () => {
      if (open && reader !== undefined) stream.resume()
    },
    peek: () => {
      const kept = unread.reduce((sum, bytes) => sum + bytes.length, 0)
      if (open && reader === undefined) readAvailable(PEEK_LIMIT_BYTES - kept)
      return Buffer.concat(unread)
    },
    drain: () => {
      if (!open || reader === undefined) return
      drain(TERMINAL_BYTES)
      if (open && !stream.destroyed) stream.on("data", onBytes)
    },
    onData: (listener) => {
      reader = listener
      for (const bytes of unread.splice(0)) listener(bytes)
      if (open) {
        stream.on("data", onBytes)
      }
    },
    onExit: (listener) => {
      onExit = listener
      if (exit !== undefined) listener(exit)
    },
    close: () => {
      if (open) release()
    }
  }
}
