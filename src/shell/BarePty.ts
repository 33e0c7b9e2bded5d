import { closeSync, constants, openSync, readSync } from "node:fs"
import { ReadStream } from "node:tty"
import { loadNative } from "./Pty.ts"

/** Bytes per read while draining. */
const DRAIN_CHUNK_BYTES = 65_536
/** What draining reads at most: far above a terminal's buffers, so only a survivor that still prints meets it. */
const DRAIN_LIMIT_BYTES = 4_194_304

/**
 * A pseudo-terminal without a process of its own: something to print on for a process that has another terminal, or
 * none. It is nobody's controlling terminal, and what is typed elsewhere does not reach it.
 */
export interface BarePty {
  /** Path of the slave side, such as /dev/pts/3. */
  readonly path: string
  /** The slave side, open as long as the terminal is; children do not inherit it by themselves. */
  readonly slave: number
  /** The master side. It is not close-on-exec: a child that inherits it could read what others print. */
  readonly master: number
  /** In cells. */
  resize(cols: number, rows: number): void
  /** Registers the only reader; reading starts now. Every chunk has memory of its own. */
  onData(listener: (bytes: Buffer) => void): void
  /** Stops reading, until `resume`: whoever prints waits once the kernel's buffers are full. */
  pause(): void
  resume(): void
  /** Hands what has been printed so far to the reader, at once, paused or not. */
  drain(): void
  /**
   * Closes the slave side here, for output that only others still print. `onEnd` is called once the last of them has closed
   * it, too, or ended, and all they printed has been read.
   */
  release(onEnd: () => void): void
  /** Closes both sides: the kernel hangs up on whoever still has it. No output is delivered afterwards. */
  close(): void
}

/** Opens a pseudo-terminal. Throws when the system has none left. */
export const openBarePty = (cols: number, rows: number): BarePty => {
  const { pty } = loadNative()
  const { master, slave: nonBlocking, pty: path } = pty.open(cols, rows)
  // Programs do not expect writes that fail with EAGAIN: they get a slave of their own making. While one is open the
  // kernel does not hang up the master, which libuv would take for the end of the data (libuv #4992).
  const slave = openSync(path, constants.O_RDWR | constants.O_NOCTTY)
  closeSync(nonBlocking)
  const stream = new ReadStream(master)
  let reader: (bytes: Buffer) => void = () => {}
  let open = true
  let paused = false
  let slaveOpen = true
  const closeSlave = () => {
    if (slaveOpen) closeSync(slave)
    slaveOpen = false
  }
  const deliver = (bytes: Buffer) => reader(bytes)
  /** What a paused stream holds. It would also tell the listener of it, unless it has failed. */
  const readBuffered = () => {
    stream.off("data", deliver)
    for (let rest = stream.read() as Buffer | null; rest !== null; rest = stream.read() as Buffer | null) deliver(rest)
    if (open && !stream.destroyed) stream.on("data", deliver)
  }
  const readAvailable = () => {
    for (let total = 0; total < DRAIN_LIMIT_BYTES; ) {
      const bytes = Buffer.allocUnsafe(DRAIN_CHUNK_BYTES)
      let count = 0
      try {
        count = readSync(master, bytes, 0, bytes.length, null)
      } catch {}
      if (count === 0) return
      total += count
      deliver(bytes.subarray(0, count))
    }
  }
  // EIO is how Linux ends a terminal's data: nothing is left but what a paused stream holds.
  stream.on("error", readBuffered)
  return {
    path,
    slave,
    master,
    resize: (nextCols, nextRows) => {
      if (open && nextCols > 0 && nextRows > 0) pty.resize(master, nextCols, nextRows, 0, 0)
    },
    onData: (listener) => {
      reader = listener
      if (open) stream.on("data", deliver)
    },
    pause: () => {
      paused = true
      if (open) stream.pause()
    },
    resume: () => {
      paused = false
      if (open) stream.resume()
    },
    drain: () => {
      if (!open) return
      stream.pause()
      readBuffered()
      readAvailable()
      if (!paused) stream.resume()
    },
    release: (onEnd) => {
      // libuv takes a hang-up for the end of the data when it has read only some of it; the descriptor is still open then.
      stream.once("end", readAvailable)
      stream.once("close", onEnd)
      closeSlave()
    },
    close: () => {
      if (!open) return
      open = false
      stream.destroy()
      closeSlave()
    }
  }
}
