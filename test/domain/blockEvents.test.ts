import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Block, BlockStatus, EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { blockEvents, PIECE_CHARACTERS, piecesOf } from "../../src/domain/blockEvents.ts"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession, reduce } from "../../src/domain/reduce.ts"

const session = emptySession({
  _tag: "SessionCreated",
  at: 0,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
})

const NOW = 1_000_000

/** The text of a stream with its gap, and the account that goes with it. */
const stream = fc
  .record({
    lines: fc.array(
      fc.string({ maxLength: 8 }).map((line) => line.replaceAll("\n", "")),
      { maxLength: 6 }
    ),
    open: fc.boolean(),
    hidden: fc.option(fc.record({ hiddenLines: fc.integer({ min: 1, max: 99 }), hiddenBytes: fc.nat(9999) })),
    headLines: fc.nat(6)
  })
  .map(({ lines, open, hidden, headLines }) => {
    // A line is open when it has characters and no newline.
    const text = lines.map((line) => `${line}\n`).join("") + (open ? "open" : "")
    const kept = lines.length + (open ? 1 : 0)
    const gap = hidden ?? { hiddenLines: 0, hiddenBytes: 0 }
    const head = hidden === null ? 0 : Math.min(headLines, kept)
    return { text, account: { lines: kept + gap.hiddenLines, ...gap, headLines: head } }
  })

type Stream = typeof stream extends fc.Arbitrary<infer A> ? A : never

const hasGap = (...streams: ReadonlyArray<Stream | null>) => streams.some((each) => each?.account.hiddenLines)

const block = fc
  .record({
    status: fc.constantFrom(...BlockStatus.literals),
    started: fc.boolean(),
    stdout: stream,
    stderr: fc.option(stream),
    folded: fc.boolean(),
    beside: fc.boolean(),
    plain: fc.boolean(),
    from: fc.option(fc.record({ block: fc.constant(BlockId.make("b0")), command: fc.string() })),
    timeLimit: fc.option(fc.nat()),
    notices: fc.array(fc.constantFrom("a", "b c"), { maxLength: 2 }),
    name: fc.option(fc.constantFrom("build", "test-2")),
    note: fc.option(fc.constantFrom("slow", "漢字 !")),
    pinned: fc.boolean()
  })
  // What is hidden of a running block is only counted when it ends.
  .filter(({ status, stdout, stderr }) => status !== "running" || !hasGap(stdout, stderr))
  .map(({ status, started, stdout, stderr, folded, beside, plain, from, timeLimit, notices, ...said }): Block => {
    const hasStarted =
      status === "success" || status === "failure" || status === "running" || (status !== "idle" && started)
    const isOver = status !== "idle" && status !== "running"
    return {
      id: BlockId.make("b1"),
      command: "make",
      status,
      exitCode: status === "success" ? 0 : status === "failure" ? 2 : null,
      signal: status === "interrupted" && hasStarted ? "SIGINT" : null,
      startTime: hasStarted ? 10 : null,
      endTime: isOver ? 20 : null,
      stdout: hasStarted ? stdout.text : "",
      stderr: hasStarted && stderr !== null ? stderr.text : "",
      metadata: {
        number: 1,
        directory: "/tmp",
        ...(hasStarted ? stdout.account : EMPTY_ACCOUNT),
        // A running block has heard of a second stream once something was printed to it.
        ...(hasStarted && stderr !== null && (isOver || stderr.text !== "") && { stderr: stderr.account }),
        folded,
        ...(hasStarted && from !== null && { from }),
        ...(hasStarted && beside && { beside }),
        ...(hasStarted && plain && { plain }),
        ...(hasStarted && timeLimit !== null && { timeLimit }),
        ...(said.name !== null && { name: said.name }),
        ...(said.note !== null && { note: said.note }),
        ...(said.pinned && { pinned: true }),
        notices
      }
    }
  })

describe("blockEvents", () => {
  it("makes a session have the block as it was", () => {
    fc.assert(
      fc.property(block, (whole) => {
        const { blocks } = blockEvents(whole, NOW).reduce(reduce, session)
        const { stdout: _stdout, stderr: _stderr, ...header } = whole
        expect(blocks).toEqual([header])
      })
    )
  })

  it("gives the lines of both streams, each with its own numbers", () => {
    fc.assert(
      fc.property(block, (whole) => {
        const kept = { stdout: new Map<number, string>(), stderr: new Map<number, string>() }
        for (const event of blockEvents(whole, NOW)) {
          if (event._tag !== "OutputFrozen") continue
          for (const [at, line] of event.lines.entries()) kept[event.stream ?? "stdout"].set(event.firstLine + at, line)
        }
        for (const [name, text, { hiddenLines, headLines }] of [
          ["stdout", whole.stdout, whole.metadata],
          ["stderr", whole.stderr, whole.metadata.stderr ?? EMPTY_ACCOUNT]
        ] as const) {
          const lines = text.replace(/\n$/, "").split("\n")
          const expected =
            text === ""
              ? []
              : lines.map((line, at) => [at < headLines || hiddenLines === 0 ? at : at + hiddenLines, line])
          expect([...kept[name]]).toEqual(expected)
        }
      })
    )
  })

  it("counts the lines of a text itself, which may come from elsewhere", () => {
    const foreign = fc.sample(block, 1)[0]!
    const metadata = { ...foreign.metadata, ...EMPTY_ACCOUNT, lines: 77 }
    const whole: Block = { ...foreign, status: "success", startTime: 1, stdout: "a\nb", metadata }
    const { blocks } = blockEvents(whole, NOW).reduce(reduce, session)
    expect(blocks[0]!.metadata.lines).toBe(2)
  })

  it("leaves out what cannot be a name or a note: it may come from elsewhere", () => {
    const foreign = fc.sample(block, 1)[0]!
    const metadata = { ...foreign.metadata, name: "last", note: "two\nlines" }
    const { blocks } = blockEvents({ ...foreign, metadata }, NOW).reduce(reduce, session)
    expect(blocks[0]!.metadata).not.toHaveProperty("name")
    expect(blocks[0]!.metadata).not.toHaveProperty("note")
  })

  it("cuts much output into events that follow each other", () => {
    const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n}`)
    const pieces = [...piecesOf({ firstLine: 5, lines })]
    expect(pieces.flatMap((piece) => piece.lines)).toEqual(lines)
    expect(pieces.length).toBe(Math.ceil(lines.join("\n").length / PIECE_CHARACTERS))
    pieces.reduce((next, piece) => {
      expect(piece.firstLine).toBe(next)
      return next + piece.lines.length
    }, 5)
  })
})
