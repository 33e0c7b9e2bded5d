import { execFileSync } from "node:child_process"
import { closeSync, constants, openSync, writeSync } from "node:fs"
import { Socket } from "node:net"
import { join } from "node:path"
import { expect, it } from "vitest"
import { OneTimer } from "../../src/shell/driver/OneTimer.ts"
import { Home } from "../harness/Home.ts"

/** What is there to read and a timer that is over, both when the event loop turns again; the order in which they are told. */
const both = async (onData: (timer: OneTimer, told: Array<string>) => void): Promise<ReadonlyArray<string>> => {
  using home = new Home()
  const path = join(home.path, "pipe")
  execFileSync("mkfifo", [path])
  const reader = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true })
  const writer = openSync(path, constants.O_WRONLY)
  const timer = new OneTimer()
  const told: Array<string> = []
  try {
    const read = new Promise<void>((resolve) => {
      reader.on("data", (bytes) => {
        told.push(`${bytes}`)
        onData(timer, told)
        resolve()
      })
    })
    // Reading has begun when this turn is over.
    await new Promise((resolve) => setImmediate(resolve))
    timer.set(1, () => told.push("silence"))
    const after = performance.now() + 5
    writeSync(writer, "answer")
    while (performance.now() < after) {} // as reading the program does
    await read
    await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setImmediate(resolve))
    return told
  } finally {
    timer.stop()
    reader.destroy()
    closeSync(writer)
  }
}

it("takes nothing for silence that has not been read yet", async () => {
  expect(await both(() => {})).toEqual(["answer", "silence"])
})

it("does not fire once what was read has stopped it or set it again", async () => {
  expect(await both((timer) => timer.stop())).toEqual(["answer"])
  expect(await both((timer, told) => timer.set(0, () => told.push("later")))).toEqual(["answer", "later"])
})
