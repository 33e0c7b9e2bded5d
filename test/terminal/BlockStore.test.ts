import { beforeEach, describe, expect, it } from "vitest"
import { BlockId } from "../../src/domain/ids.ts"
import { BlockStore, type StoredOutput } from "../../src/terminal/BlockStore.ts"

const LINES_PER_BLOCK = 1_000
const LINE = "x".repeat(99)
const NOTHING_HIDDEN = { lines: 0, bytes: 0, headLines: 0 }
/** Four of these tests' blocks fit, with what an output takes besides its text. */
const HELD_BYTES = 450_000

const idOf = (index: number) => BlockId.make(`b${index}`)
const linesOf = (index: number) =>
  Array.from({ length: LINES_PER_BLOCK }, (_, line) => `${index}.${line} ${LINE}`.slice(0, 99))
const textOf = (index: number) => `${linesOf(index).join("\n")}\n`

describe("BlockStore", () => {
  let store: BlockStore
  let disk: Map<BlockId, StoredOutput>
  let read: Array<BlockId>

  beforeEach(() => {
    disk = new Map()
    read = []
    store = new BlockStore({
      maxBytes: 1_000_000,
      heldBytes: HELD_BYTES,
      restore: (id) => {
        read.push(id)
        return disk.get(id) ?? null
      }
    })
  })

  const finish = async (index: number): Promise<void> => {
    const id = idOf(index)
    store.open(
      id,
      { columns: 80, rows: 24 },
      () => {},
      () => {}
    )
    store.live(id)!.write(Buffer.from(linesOf(index).join("\r\n")))
    store.live(id)!.write(Buffer.from("\r\n"))
    await new Promise<void>((done) => store.finish(id, done))
  }
  const save = (index: number): void => {
    disk.set(idOf(index), { lines: linesOf(index), unfinished: false, hidden: NOTHING_HIDDEN })
    store.stored(idOf(index))
  }
  const run = async (index: number): Promise<void> => {
    await finish(index)
    save(index)
  }

  it("holds no more than its limit of what is stored, and reads the rest again when it is asked for", async () => {
    for (let index = 0; index < 50; index++) {
      await run(index)
      expect(store.heldBytes).toBeLessThanOrEqual(HELD_BYTES)
    }
    expect(read).toEqual([])
    for (let index = 49; index >= 0; index--) {
      expect(store.get(idOf(index))!.text()).toBe(textOf(index))
      expect(store.heldBytes).toBeLessThanOrEqual(HELD_BYTES)
    }
    // The newest were still in memory; every other one was read once.
    expect(read).toEqual(Array.from({ length: 46 }, (_, index) => idOf(45 - index)))
  })

  it("lets go of what was read longest ago", async () => {
    for (let index = 0; index < 4; index++) await run(index)
    store.get(idOf(0))
    await run(4)
    store.get(idOf(0))
    expect(read).toEqual([])
    store.get(idOf(1))
    expect(read).toEqual([idOf(1)])
  })

  it("keeps what is not stored yet, however much it is, and what is written", async () => {
    const live = store.open(
      idOf(100),
      { columns: 80, rows: 24 },
      () => {},
      () => {}
    )
    for (let index = 0; index < 10; index++) await finish(index)
    expect(store.heldBytes).toBeGreaterThan(2 * HELD_BYTES)
    for (let index = 0; index < 10; index++) expect(store.get(idOf(index))!.text()).toBe(textOf(index))
    expect(read).toEqual([])
    for (let index = 0; index < 10; index++) save(index)
    expect(store.heldBytes).toBeLessThanOrEqual(HELD_BYTES)
    expect(store.get(idOf(100))).toBe(live)
  })

  it("keeps the output that was asked for last, also when it is larger than the limit", () => {
    disk.set(idOf(0), { lines: Array(10).fill(linesOf(0)).flat(), unfinished: false, hidden: NOTHING_HIDDEN })
    const large = store.get(idOf(0))
    expect(store.heldBytes).toBeGreaterThan(HELD_BYTES)
    expect(store.get(idOf(0))).toBe(large)
    expect(read).toEqual([idOf(0)])
  })

  it("counts memory, not text: empty lines and outputs without any take some too", async () => {
    for (let index = 0; index < 1_000; index++) {
      disk.set(idOf(index), { lines: [], unfinished: false, hidden: NOTHING_HIDDEN })
      store.get(idOf(index))
    }
    expect(store.heldBytes).toBeGreaterThan(HELD_BYTES / 2)
    expect(store.heldBytes).toBeLessThanOrEqual(HELD_BYTES)
    disk.set(idOf(1_000), { lines: Array(50_000).fill(""), unfinished: false, hidden: NOTHING_HIDDEN })
    const output = store.get(idOf(1_000))!
    // A newline, and where the line ends.
    expect(output.heldBytes).toBeGreaterThan(50_000 * 5)
  })

  it("keeps a second stream's output apart, ends both together, and reads it again as that stream", async () => {
    const ignore = () => {}
    const changed: Array<BlockId> = []
    const asked: Array<string> = []
    const two = new BlockStore({
      maxBytes: 1_000_000,
      heldBytes: 0,
      restore: (id, stream) => {
        asked.push(`${id} ${stream}`)
        return { lines: [`stored ${stream}`], unfinished: false, hidden: NOTHING_HIDDEN }
      }
    })
    two.subscribe((id) => void changed.push(id))
    const id = idOf(1)
    two.open(id, { columns: 80, rows: 24 }, ignore, ignore)
    two.open(id, { columns: 80, rows: 24 }, ignore, ignore, "stderr")
    two.live(id)!.write(Buffer.from("out\r\n"))
    two.live(id, "stderr")!.write(Buffer.from("err"))
    expect([two.liveIds(), two.get(id)!.text(), two.get(id, "stderr")!.text()]).toEqual([[id], "out\n", "err"])
    expect(new Set(changed)).toEqual(new Set([id]))
    await new Promise<void>((done) => two.finish(id, done))
    expect([two.liveIds(), two.live(id, "stderr")]).toEqual([[], null])
    expect([two.get(id)!.text(), two.get(id, "stderr")!.text(), asked]).toEqual(["out\n", "err", []])
    two.stored(id)
    two.get(id)
    expect(two.get(id, "stderr")!.text()).toBe("stored stderr\n")
    expect(asked.at(-1)).toBe(`${id} stderr`)
  })

  it("takes no more memory for an output that is written once more", async () => {
    await run(1)
    const once = store.heldBytes
    await run(1)
    expect(store.heldBytes).toBe(once)
  })
})
