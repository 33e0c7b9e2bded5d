import { chmodSync, existsSync, rmSync } from "node:fs"
import { createServer, type Server, type Socket } from "node:net"
import { dirname } from "node:path"
import { setImmediate } from "node:timers/promises"
import { removePrivateDirectory, restorePrivateDirectory } from "../../shell/privateDirectory.ts"
import { FILE_MODE } from "../persistence/checkedFile.ts"
import { LineReader, MAX_WHY_LENGTH, PROTOCOL_VERSION, parseLine, TakeRequest } from "./takeoverProtocol.ts"

/** Askers at a time: there is one user. */
const MAX_CONNECTIONS = 8
/** How long an asker may take to say what it wants, in milliseconds. */
const REQUEST_MS = 5000
/** How often it is looked whether the socket is still there, in milliseconds: see privateDirectory.ts for what removes it. */
const LOOK_EVERY_MS = 5000

/** Gives a session up; resolves with null once it is free, else with why not. */
export type GiveUp = (request: TakeRequest) => Promise<string | null>

/**
 * Listens for another process of the user that wants a session of this one: on a Unix socket (0600) in a private directory
 * (0700). Nothing else of EffectTalk listens unless it is asked to.
 */
export class OwnerSocket {
  readonly path: string
  readonly #giveUp: GiveUp
  readonly #sockets = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  #server: Server | null = null
  #closed = false

  /** @param path in a private directory, which goes with the socket */
  constructor(path: string, giveUp: GiveUp) {
    this.path = path
    this.#giveUp = giveUp
    this.#listen()
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  /** Stops listening and removes the socket with its directory. Askers that wait are told nothing. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#server?.close()
    for (const socket of this.#sockets) socket.destroy()
    removePrivateDirectory(dirname(this.path))
  }

  /** Listens again if the socket is not there any more. */
  look(): void {
    if (existsSync(this.path) || !restorePrivateDirectory(dirname(this.path))) return
    this.#server?.close()
    this.#listen()
  }

  #listen(): void {
    rmSync(this.path, { force: true })
    const server = createServer((socket) => this.#serve(socket))
    server.maxConnections = MAX_CONNECTIONS
    // Who cannot listen cannot be asked: the next look tries again.
    server.on("error", () => {})
    server.listen(this.path, () => {
      try {
        chmodSync(this.path, FILE_MODE)
      } catch {
        // It is gone already; nobody else can enter its directory anyway.
      }
      if (this.#closed) server.close()
    })
    server.unref()
    this.#server = server
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.unref()
    const timer = setTimeout(() => socket.destroy(), REQUEST_MS)
    timer.unref()
    const reader = new LineReader()
    let asked = false
    socket.on("error", () => {})
    socket.on("close", () => {
      clearTimeout(timer)
      this.#sockets.delete(socket)
    })
    socket.on("data", (bytes: Buffer) => {
      const line = asked ? null : reader.push(bytes)
      if (line === null) return
      asked = true
      clearTimeout(timer)
      const request = line === undefined ? null : parseLine(TakeRequest, line)
      if (request === null) return this.#answer(socket, "it did not understand what it was asked")
      void this.#consider(socket, request)
    })
    socket.write(`${JSON.stringify({ effecttalk: PROTOCOL_VERSION, pid: process.pid })}\n`)
  }

  async #consider(socket: Socket, request: TakeRequest): Promise<void> {
    // What has been read may be old: who asked and went away gets nothing. Its end is read in the next turn's poll.
    await setImmediate()
    await setImmediate()
    if (socket.destroyed || socket.readableEnded) return
    const why = await this.#giveUp(request).catch(() => "it failed to end it")
    this.#answer(socket, why)
  }

  #answer(socket: Socket, why: string | null): void {
    if (socket.destroyed) return
    const answer = why === null ? { given: true } : { given: false, why: why.slice(0, MAX_WHY_LENGTH) }
    socket.end(`${JSON.stringify(answer)}\n`)
  }
}
