import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { BlockHeader } from "../../../src/domain/Block.ts"
import type { PlainText } from "../../../src/terminal/PlainText.ts"
import { Finder, type SearchPlace } from "../../../src/ui/find/Finder.ts"
import { LineMatcher, type WrittenPattern } from "../../../src/ui/find/LineMatcher.ts"
import { narrows } from "../../../src/ui/find/narrows.ts"
import { type BlockSketch, sketchBlock } from "../blocks/fakes.ts"

const written = (text: string, options: Partial<WrittenPattern> = {}): WrittenPattern => ({
  text,
  regex: false,
  caseSensitive: "smart",
  words: false,
  ...options
})

const matcher = (text: string, options: Partial<WrittenPattern> = {}): LineMatcher => {
  const made = LineMatcher.make(written(text, options))
  if ("problem" in made) throw new Error(made.problem)
  return made
}

/** Lines in pieces of two, and how often each was read. */
class SketchText implements PlainText {
  version = 0
  hiddenLines = 0
  readonly read: Array<number> = []
  readonly kept: Array<string>

  constructor(kept: Array<string>) {
    this.kept = kept
  }

  get lineCount() {
    return this.kept.length
  }
  pieceAt(line: number) {
    if (line < 0 || line >= this.kept.length) return null
    const firstLine = line - (line % 2)
    const lines = this.kept.slice(firstLine, firstLine + 2)
    return {
      firstLine,
      lines: lines.length,
      text: () => {
        this.read.push(firstLine)
        return lines.join("\n")
      }
    }
  }
}

/** A session whose slices a test does by hand. `sliceTime` passes with every look at the clock, in ms. */
class World {
  readonly texts = new Map<string, SketchText>()
  blocks: ReadonlyArray<BlockHeader> = []
  readonly queue: Array<() => void> = []
  news = 0
  time = 0
  readonly search: Finder

  constructor(sliceTime = 0) {
    this.search = new Finder({
      text: ({ id }, stream) => this.texts.get(`${id}/${stream}`) ?? null,
      changed: () => this.news++,
      now: () => (this.time += sliceTime),
      later: (work) => {
        this.queue.push(work)
        return () => this.queue.splice(this.queue.indexOf(work) >>> 0, 1)
      }
    })
  }

  add(
    command: string,
    stdout: Array<string>,
    more: Partial<BlockSketch> & { errors?: Array<string> } = {}
  ): BlockHeader {
    const { errors, ...sketch } = more
    const number = this.blocks.length + 1
    const account = { lines: errors?.length ?? 0, hiddenBytes: 0, hiddenLines: 0, headLines: 0 }
    const block = sketchBlock({ command, number, lines: stdout.length, ...(errors && { stderr: account }), ...sketch })
    this.texts.set(`${block.id}/stdout`, new SketchText(stdout))
    if (errors !== undefined) this.texts.set(`${block.id}/stderr`, new SketchText(errors))
    this.blocks = [...this.blocks, block]
    this.search.setBlocks(this.blocks)
    return block
  }

  /** The end of the session. */
  get end(): SearchPlace {
    return { block: this.blocks.at(-1)!.id, part: "stderr", line: Infinity, offset: Infinity }
  }

  settle(): void {
    for (let work = this.queue.shift(); work !== undefined; work = this.queue.shift()) work()
  }

  /** Where the search is: block number, part, line, offset. */
  get at(): string {
    const { found } = this.search.state
    if (found === null) return "nowhere"
    const number = this.blocks.find(({ id }) => id === found.block)!.metadata.number
    return `${number} ${found.part} ${found.line}:${found.from}`
  }
}

describe("searching a session", () => {
  const morning = (sliceTime?: number) => {
    const world = new World(sliceTime)
    world.add("make all", ["cc a.c", "cc b.c", "error: no a", "make: Error 1"], { errors: ["warn", "error in error"] })
    world.add("cat error.log", ["nothing"])
    world.add("ls", ["a", "b"])
    return world
  }

  it("walks from hit to hit upwards, through outputs and commands, and round", () => {
    const world = morning()
    world.search.start(matcher("error"), world.end)
    const seen = [world.at]
    for (let i = 0; i < 6; i++) {
      world.search.walk(-1)
      seen.push(world.at)
    }
    expect(seen).toEqual([
      "2 header 0:0",
      "1 stderr 1:9",
      "1 stderr 1:0",
      "1 stdout 3:6",
      "1 stdout 2:0",
      "2 header 0:0",
      "1 stderr 1:9"
    ])
    world.search.walk(1)
    expect(world.at).toBe("2 header 0:0")
    world.search.walk(1)
    expect(world.at).toBe("1 stdout 2:0")
  })

  it("numbers hits from the end of the session, and says how many there are", () => {
    const world = morning()
    world.search.start(matcher("error"), world.end)
    expect(world.search.state).toMatchObject({ number: 1, total: 5, counting: false })
    world.search.walk(1)
    expect(world.search.state).toMatchObject({ number: 5, total: 5 })
  })

  it("begins at the place that is read: nearest at or above it", () => {
    const world = morning()
    const place = (line: number, offset: number): SearchPlace => ({
      block: world.blocks[0]!.id,
      part: "stdout",
      line,
      offset
    })
    world.search.start(matcher("c"), place(1, Infinity))
    expect(world.at).toBe("1 stdout 1:5")
    expect(world.search.state.number).toBe(2)
    world.search.start(matcher("c"), place(0, 1))
    expect(world.at).toBe("1 stdout 0:0")
    world.search.start(matcher("c"), place(0, 0))
    expect(world.at).toBe("2 header 0:0")
  })

  it("finds names and notes", () => {
    const world = new World()
    const { id } = world.add("true", [])
    world.blocks = world.blocks.map((block) => ({
      ...block,
      metadata: { ...block.metadata, name: "golden", note: "keep this" }
    }))
    world.search.setBlocks(world.blocks)
    world.search.start(matcher("keep"), world.end)
    expect(world.search.state.found).toMatchObject({ block: id, part: "header" })
    world.search.start(matcher("gold"), world.end)
    expect(world.search.state.total).toBe(1)
  })

  it("says that there is nothing", () => {
    const world = morning()
    world.search.start(matcher("absent"), world.end)
    expect(world.search.state).toEqual({
      found: null,
      number: null,
      total: 0,
      counting: false,
      walking: false,
      tooSlow: false
    })
    world.search.walk(-1)
    expect(world.at).toBe("nowhere")
  })

  it("works in slices: the hit first, the count later, and each key of its own", () => {
    const world = morning(5)
    world.search.start(matcher("cc"), world.end)
    expect(world.search.state).toMatchObject({ found: null, walking: true, counting: true })
    while (world.search.state.walking) world.queue.shift()!()
    expect(world.at).toBe("1 stdout 1:0")
    expect(world.search.state).toMatchObject({ counting: true, number: null })
    const news = world.news
    world.settle()
    expect(world.search.state).toMatchObject({ counting: false, number: 1, total: 2 })
    expect(world.news).toBeGreaterThan(news)
  })

  it("reads nothing again that the shorter pattern has ruled out", () => {
    const world = morning()
    world.search.start(matcher("err"), world.end)
    const nothing = world.texts.get(`${world.blocks[1]!.id}/stdout`)!
    const before = world.texts.get(`${world.blocks[2]!.id}/stdout`)!.read.length
    world.search.start(matcher("erro"), world.end)
    expect(world.texts.get(`${world.blocks[2]!.id}/stdout`)!.read).toHaveLength(before)
    expect(world.search.state.total).toBe(5)
    // Its header has a hit, so it is read.
    expect(nothing.read.length).toBeGreaterThan(1)
    world.search.start(matcher("b"), world.end)
    expect(world.search.state.total).toBe(2)
  })

  it("counts what comes: new output by its new pieces alone, new blocks, ended ones", () => {
    const world = new World()
    const lines = Array.from({ length: 20 }, (_, i) => `hit ${i}`)
    const block = world.add("run", lines, { status: "running" })
    world.search.start(matcher("hit"), world.end)
    expect(world.search.state.total).toBe(20)
    const text = world.texts.get(`${block.id}/stdout`)!
    text.read.length = 0
    text.kept.push("hit more", "none", "hit hit")
    text.version++
    world.search.touch()
    world.settle()
    expect(world.search.state.total).toBe(23)
    expect(Math.min(...text.read)).toBe(14)
    world.add("echo hit", ["hit"])
    world.settle()
    expect(world.search.state.total).toBe(25)
    world.blocks = [{ ...world.blocks[0]!, status: "success", metadata: { ...block.metadata, lines: 23 } }]
    world.search.setBlocks(world.blocks)
    world.settle()
    expect(world.search.state.total).toBe(23)
  })

  it("counts all of a running output again once the limit has moved its lines", () => {
    const world = new World()
    const block = world.add("run", ["hit", "hit", "hit", "x", "x", "x", "x", "x", "hit", "x"], { status: "running" })
    world.search.start(matcher("hit"), world.end)
    const text = world.texts.get(`${block.id}/stdout`)!
    text.kept.splice(0, 2)
    text.kept.push("x", "x")
    text.hiddenLines = 2
    text.version++
    world.search.touch()
    world.settle()
    expect(world.search.state.total).toBe(2)
  })

  it("gives up an expression that takes too long, and goes on with the next", () => {
    const world = new World()
    world.add("cat", [`${"a".repeat(60)}b`])
    world.search.start(matcher("(a+)+$", { regex: true }), world.end)
    expect(world.search.state).toMatchObject({ tooSlow: true, walking: false, counting: false, found: null })
    world.search.start(matcher("a+b", { regex: true }), world.end)
    expect(world.search.state).toMatchObject({ tooSlow: false, total: 1 })
  })

  it("stops: what was under way is not done any more", () => {
    const world = morning(5)
    world.search.start(matcher("cc"), world.end)
    world.search.stop()
    expect(world.queue).toEqual([])
    world.search.touch()
    expect(world.queue).toEqual([])
    expect(world.search.state.total).toBe(0)
  })
})

describe("any session, any pattern", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "b", "A", "B", " ") })
  const session = fc.array(fc.record({ out: fc.array(line), err: fc.array(line), command: line }), { minLength: 1 })
  const text = fc.string({ unit: fc.constantFrom("a", "b", "B"), minLength: 1, maxLength: 3 })

  it("walks through every hit once, counts as many, and numbers them in turn", () => {
    fc.assert(
      fc.property(session, text, fc.constantFrom(0, 3), (blocks, pattern, sliceTime) => {
        const world = new World(sliceTime)
        for (const { out, err, command } of blocks) world.add(command, out, { errors: err })
        const one = matcher(pattern)
        const expected = blocks.flatMap(({ out, err, command }, index) => [
          ...(one.matches(command).length > 0 ? [`${index + 1} header 0:0`] : []),
          ...out.flatMap((each, at) => one.matches(each).map(({ from }) => `${index + 1} stdout ${at}:${from}`)),
          ...err.flatMap((each, at) => one.matches(each).map(({ from }) => `${index + 1} stderr ${at}:${from}`))
        ])
        world.search.start(one, world.end)
        world.settle()
        expect(world.search.state.total).toBe(expected.length)
        for (const [index, place] of expected.toReversed().entries()) {
          expect(world.at).toBe(place)
          expect(world.search.state.number).toBe(index + 1)
          world.search.walk(-1)
          world.settle()
        }
        expect(world.at).toBe(expected.at(-1) ?? "nowhere")
      })
    )
  })

  it("finds the same whether it was typed in one go or letter by letter", () => {
    fc.assert(
      fc.property(session, fc.array(text, { minLength: 1, maxLength: 4 }), (blocks, patterns) => {
        const typed = new World()
        const fresh = new World()
        for (const world of [typed, fresh])
          for (const { out, err, command } of blocks) world.add(command, out, { errors: err })
        for (const pattern of patterns) typed.search.start(matcher(pattern), typed.end)
        fresh.search.start(matcher(patterns.at(-1)!), fresh.end)
        expect(typed.search.state).toEqual(fresh.search.state)
      })
    )
  })

  it("rules out no more than it may", () => {
    const options = fc.record({
      regex: fc.boolean(),
      caseSensitive: fc.constantFrom<boolean | "smart">(true, false, "smart"),
      words: fc.boolean()
    })
    fc.assert(
      fc.property(text, options, text, options, line, (first, a, second, b, content) => {
        if (!narrows(written(first, a), written(second, b))) return
        if (matcher(second, b).matches(content).length > 0)
          expect(matcher(first, a).matches(content).length).toBeGreaterThan(0)
      })
    )
  })
})
