import { beforeEach, describe, expect, it } from "vitest"
import { BlockStore, type StoredOutput } from "../../../src/terminal/BlockStore.ts"
import { copyText } from "../../../src/ui/blocks/copyText.ts"
import { stderrOf } from "../../../src/ui/blocks/stderrOf.ts"
import { sketchBlock } from "./fakes.ts"

const SIZE = { columns: 80, rows: 24 }
const ACCOUNT = { lines: 1, hiddenLines: 0, hiddenBytes: 0, headLines: 1 }

const stored = (line: string, unfinished = false): StoredOutput => ({
  lines: [line],
  unfinished,
  hidden: { lines: 0, bytes: 0, headLines: 0 }
})

describe("a block's stderr", () => {
  let disk: Record<"stdout" | "stderr", StoredOutput | null>
  let read: Array<string>
  let outputs: BlockStore

  beforeEach(() => {
    disk = { stdout: null, stderr: null }
    read = []
    outputs = new BlockStore({
      maxBytes: 1_000,
      restore: (_, stream) => {
        read.push(stream)
        return disk[stream]
      }
    })
  })

  const running = sketchBlock({ command: "make", status: "running" })
  const apart = sketchBlock({ command: "make", lines: 1, stderr: ACCOUNT })

  const print = (stream: "stdout" | "stderr", text: string) => {
    const output = outputs.open(
      running.id,
      SIZE,
      () => {},
      () => {},
      stream
    )
    output.write(Buffer.from(text))
  }

  it("is there while the command runs, and from its end until its header says so", async () => {
    expect(stderrOf(outputs, running)).toBeNull()
    print("stdout", "out\r\n")
    print("stderr", "err\r\n")
    expect(stderrOf(outputs, running)?.text()).toBe("err\n")
    await new Promise<void>((done) => outputs.finish(running.id, done))
    expect(stderrOf(outputs, running)?.text()).toBe("err\n")
    expect(stderrOf(outputs, apart)?.text()).toBe("err\n")
    expect(read).toEqual([])
  })

  it("is read from disk for a block that has one, and never looked for in another", () => {
    disk.stderr = stored("err")
    expect(stderrOf(outputs, sketchBlock({ command: "make", lines: 1 }))).toBeNull()
    expect(stderrOf(outputs, sketchBlock({ command: "make", stderr: { ...ACCOUNT, lines: 0 } }))).toBeNull()
    expect(read).toEqual([])
    expect(stderrOf(outputs, apart)?.text()).toBe("err\n")
    expect(read).toEqual(["stderr"])
  })

  it("is copied below stdout, on a line of its own", () => {
    disk = { stdout: stored("out", true), stderr: stored("err") }
    expect(copyText(outputs, apart)).toBe("out\nerr\n")
  })

  it.each([
    [stored("out"), stored("err", true), "out\nerr"],
    [stored("out", true), null, "out"],
    [null, stored("err", true), "err"],
    [null, null, ""]
  ])("is copied without a line that nobody printed", (stdout, stderr, text) => {
    disk = { stdout, stderr }
    expect(copyText(outputs, apart)).toBe(text)
  })
})
