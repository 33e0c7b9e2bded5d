import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync, readdirSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { type BarePty, openBarePty } from "../../src/shell/BarePty.ts"

/** Runs a shell line with standard output on the terminal, drains it after the end, and gives all that was printed. */
const printed = async (pty: BarePty, line: string): Promise<string> => {
  const chunks: Array<Buffer> = []
  pty.onData((bytes) => chunks.push(bytes))
  const child = spawn("sh", ["-c", line], { stdio: ["ignore", pty.slave, "inherit"] })
  await once(child, "exit")
  pty.drain()
  return Buffer.concat(chunks).toString("utf8")
}

describe("openBarePty", () => {
  it("gives all that was printed by the time it is drained, of a program that ends at once too", async () => {
    for (let round = 0; round < 10; round++) {
      const pty = openBarePty(80, 24)
      const text = await printed(pty, "seq 5000")
      assert.strictEqual(text, Array.from({ length: 5000 }, (_, index) => `${index + 1}\r\n`).join(""))
      pty.close()
    }
  })

  it("is a terminal of the size it is told, and of nobody's job control", async () => {
    const pty = openBarePty(100, 30)
    pty.resize(70, 20)
    assert.strictEqual(await printed(pty, "test -t 1 && stty size <&1"), "20 70\r\n")
    pty.close()
  })

  it("writes without EAGAIN: the slave is blocking, however much is printed", async () => {
    const pty = openBarePty(80, 24)
    const text = await printed(pty, "head -c 300000 /dev/zero | tr '\\0' x")
    assert.lengthOf(text, 300_000)
    pty.close()
  })

  it("ends with the last who prints, once it is released, and loses nothing of what they printed", async () => {
    for (let round = 0; round < 30; round++) {
      const pty = openBarePty(80, 24)
      let printed = 0
      pty.onData((bytes) => {
        printed += bytes.length
      })
      // Those that end at once are what libuv takes the end of the data for too early (libuv #4992).
      const line = `head -c 20000 /dev/zero | tr '\\0' x >&2${round % 2 === 0 ? "" : "; sleep 0.02; printf y >&2"}`
      spawn("sh", ["-c", line], { stdio: ["ignore", "ignore", pty.slave] })
      if (round % 3 === 0) {
        pty.pause()
        setTimeout(() => pty.resume(), 30)
      }
      await new Promise<void>((resolve) => pty.release(resolve))
      pty.close()
      assert.strictEqual(printed, 20_000 + (round % 2))
    }
  })

  it("reads nothing while it is paused, but for what is drained", async () => {
    const pty = openBarePty(80, 24)
    let printed = ""
    pty.onData((bytes) => {
      printed += bytes.toString("utf8")
    })
    pty.pause()
    const child = spawn("sh", ["-c", "echo some"], { stdio: ["ignore", pty.slave, "inherit"] })
    await once(child, "exit")
    assert.strictEqual(printed, "")
    pty.drain()
    assert.strictEqual(printed, "some\r\n")
    pty.close()
  })

  it("leaves no descriptor open and hangs up on who still prints", async () => {
    const descriptors = () => readdirSync("/proc/self/fd").length
    openBarePty(80, 24).close()
    const before = descriptors()
    const pty = openBarePty(80, 24)
    const held = openSync(pty.path, "r+")
    pty.close()
    pty.close()
    closeSync(held)
    await new Promise<void>((resolve) => setImmediate(resolve))
    assert.strictEqual(descriptors(), before)
  })
})
