import { once } from "node:events"
import { connect, createServer } from "node:net"
import { expect, it } from "vitest"
import { afterReading } from "../../src/terminal/afterReading.ts"

it("runs after what came while the loop was busy, and not at all once it is cancelled", async () => {
  const server = createServer().listen(0)
  await once(server, "listening")
  const { port } = server.address() as { readonly port: number }
  const from = connect(port)
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
