import { lstatSync } from "node:fs"
import { createConnection, type Socket } from "node:net"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { SessionId } from "../../domain/ids.ts"
import { plain, sanitise } from "../../terminal/sanitise.ts"
import { ownUid } from "../persistence/checkedFile.ts"
import { errorCode } from "../persistence/PersistenceError.ts"
import type { LockOwner } from "../persistence/ProcessLock.ts"
import { elsewhere, noSocket, refused, silent, TakeoverError } from "./TakeoverError.ts"
import { Answer, Greeting, LineReader, MAX_WHY_LENGTH, parseLine } from "./takeoverProtocol.ts"

/** How long an owner may take, in milliseconds. */
export interface AskTimes {
  /** To be found: it looks every few seconds whether its socket is still there. */
  readonly connect: number
  /** To say that it is there. */
  readonly greeting: number
  /** To end its commands, and to save what they said. */
  readonly answer: number
}

export const ASK_TIMES: AskTimes = { connect: 7000, greeting: 3000, answer: 20_000 }

/** Pause between two attempts to connect, in milliseconds. */
const CONNECT_AGAIN_MS = 250

/** The socket is its owner's to make anew, or about to be listened on. */
const PASSING: ReadonlySet<string | null> = new Set(["ENOENT", "ECONNREFUSED"])

/**
 * Asks the process that has a session to give it up; resolves once its lock is released. Rejects with `TakeoverError`, and
 * the owner keeps what it has, or frees it to nobody when it was merely late.
 */
export const askOwner = async (id: SessionId, owner: LockOwner, times: AskTimes = ASK_TIMES): Promise<void> => {
  const { pid, socket: path } = owner
  if (owner.elsewhere !== null) throw elsewhere(owner)
  if (path === null) throw noSocket(pid, "it is not on a screen")
  const socket = await connect(path, pid, times.connect)
  try {
    const lines = linesOf(socket)
    const greeting = parseLine(Greeting, await within(lines.next(), times.greeting, pid))
    if (greeting === null) throw noSocket(pid, "it speaks another version")
    socket.write(`${JSON.stringify({ take: id, pid: process.pid })}\n`)
    const answer = parseLine(Answer, await within(lines.next(), times.answer, pid))
    if (answer === null) throw noSocket(pid, "its answer was not understood")
    if (!answer.given) throw refused(pid, plain(sanitise((answer.why ?? "").slice(0, MAX_WHY_LENGTH))))
  } finally {
    socket.destroy()
  }
}

const connect = async (path: string, pid: number, ms: number): Promise<Socket> => {
  for (let waited = 0; ; waited += CONNECT_AGAIN_MS) {
    try {
      checkPlace(path, pid)
      return await connectOnce(path)
    } catch (cause) {
      if (cause instanceof TakeoverError) throw cause
      const code = errorCode(cause)
      if (!PASSING.has(code) || waited >= ms) throw noSocket(pid, code ?? String(cause))
      await sleep(CONNECT_AGAIN_MS)
    }
  }
}

/** What a lock names is the owner's: only the user's own may be asked, where nobody else can put one. */
const checkPlace = (path: string, pid: number): void => {
  const directory = lstatSync(dirname(path))
  const socket = lstatSync(path)
  const isOurs = (uid: number) => uid === ownUid()
  if (!directory.isDirectory() || !isOurs(directory.uid) || (directory.mode & 0o077) !== 0) {
    throw noSocket(pid, "its socket is where others can reach it")
  }
  if (!socket.isSocket() || !isOurs(socket.uid)) throw noSocket(pid, "its socket is none of yours")
}

const connectOnce = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once("error", reject)
    socket.once("connect", () => {
      socket.off("error", reject)
      resolve(socket)
    })
  })

/** The socket's lines, in order; empty ones at its end. */
const linesOf = (socket: Socket): { readonly next: () => Promise<string> } => {
  const reader = new LineReader()
  const lines: Array<string> = []
  let wake: () => void = () => {}
  let ended = false
  const take = (bytes: Buffer) => {
    for (let line = reader.push(bytes); line !== null; line = reader.push(Buffer.alloc(0))) {
      if (line === undefined) return socket.destroy()
      lines.push(line)
    }
    wake()
  }
  socket.on("data", take)
  socket.on("error", () => {})
  socket.on("close", () => {
    ended = true
    wake()
  })
  return {
    next: async () => {
      while (lines.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return lines.shift() ?? ""
    }
  }
}

const within = async (line: Promise<string>, ms: number, pid: number): Promise<string> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(pid)), ms)
  })
  try {
    return await Promise.race([line, late])
  } finally {
    clearTimeout(timer)
  }
}
