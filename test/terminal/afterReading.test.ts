import { once } from "node:events"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { expect, it } from "vitest"
import { afterReading } from "../../src/terminal/afterReading.ts"
import { Home } from "../harness/Home.ts"

it("runs after what came while the loop was busy, and not at all once it is cancelled", async () => {
  using home = new Home()
  // Not over the network, whose packets may be late on a busy machine.
  const path = join(home.path, "socket")
  const server = createServer().listen(path)
  await once(server, "listening")
  const from = connect(path)
  const [to] = await once(server, "connection")
  const heard: Array<string> = []
  to.on("data", (chunk: Buffer) => heard.push(chunk.toString()))
  const done = new Promise<void>((resolve) => {
    setImmediate(() => {
      from.write("typed")
      afterReading(() => heard.push("cancelled"), 1)()
      const cancel = afterReading(() => heard.push("cancelled between"), 1)
      afterReading(() => {
        heard.push("later")
        resolve()
      }, 1)
      setTimeout(() => {
        heard.push("timer")
        cancel()
      }, 1)
      // Busy: by now all of it is due.
      for (const end = performance.now() + 5; performance.now() < end; );
    })
  })
  await done
  expect(heard).toEqual(["timer", "typed", "later"])
  from.destroy()
  server.close()
})
