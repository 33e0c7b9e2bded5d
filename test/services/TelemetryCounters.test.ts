import fc from "fast-check"
import { assert, describe, it } from "vitest"
import {
  addCounts,
  Counters,
  codeClass,
  countsSince,
  DURATION_BOUNDS_MS,
  durationCounts,
  errorCounts,
  exitCodeCounts
} from "../../src/services/telemetry/Counters.ts"

const KEYS = ["sessions", "blocks", "blocks_success", "blocks_failed", "blocks_interrupted", "processes"] as const

/** Anything that can be counted, as a function that counts it. */
const counted: fc.Arbitrary<(counters: Counters) => void> = fc.oneof(
  fc.constantFrom(...KEYS).map((key) => (counters: Counters) => counters.count(key)),
  fc
    .tuple(
      fc.constantFrom(...(Object.keys(DURATION_BOUNDS_MS) as Array<keyof typeof DURATION_BOUNDS_MS>)),
      fc.double({ noNaN: true, min: -10, max: 1e9 })
    )
    .map(
      ([key, ms]) =>
        (counters: Counters) =>
          counters.observe(key, ms)
    ),
  fc.option(fc.integer({ min: 0, max: 255 })).map((code) => (counters: Counters) => counters.exited(code, null)),
  fc.string().map((kind) => (counters: Counters) => counters.error("process", kind))
)

const countsOf = (events: ReadonlyArray<(counters: Counters) => void>) => {
  const counters = new Counters()
  for (const event of events) event(counters)
  return counters.counts
}

describe("Counters", () => {
  it("adds up to the same, whatever is counted where and added in which order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(counted, fc.nat(3)), { maxLength: 60 }),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        (events, order) => {
          const sum = new Map<string, number>()
          for (const place of order) {
            addCounts(sum, countsOf(events.flatMap(([event, at]) => (at === place ? [event] : []))))
          }
          assert.deepStrictEqual(new Map([...sum].sort()), new Map([...countsOf(events.map(([e]) => e))].sort()))
        }
      )
    )
  })

  it("is what it was before and what came since", () => {
    fc.assert(
      fc.property(fc.array(counted), fc.array(counted), (first, later) => {
        const all = countsOf([...first, ...later])
        const sum = new Map(countsOf(first))
        addCounts(sum, countsSince(all, countsOf(first)))
        assert.deepStrictEqual(new Map([...sum].sort()), new Map([...all].sort()))
      })
    )
  })

  it("puts a duration into every bucket that it fits in, and into the sum", () => {
    const counters = new Counters()
    for (const ms of [10, 10.4, 11, 50_000, 3_600_001, -5]) counters.observe("block_duration", ms)
    const { upTo, sum } = durationCounts(counters.counts, "block_duration")
    assert.strictEqual(sum, 10 + 10 + 11 + 50_000 + 3_600_001)
    assert.deepInclude(upTo[0], { bound: 10, count: 3 })
    assert.deepInclude(upTo[1], { bound: 50, count: 4 })
    assert.deepInclude(
      upTo.find(({ bound }) => bound === 60_000),
      { count: 5 }
    )
    assert.deepStrictEqual(upTo.slice(-2), [
      { bound: 3_600_000, count: 5 },
      { bound: null, count: 6 }
    ])
    assert.strictEqual(durationCounts(counters.counts, "session_duration").upTo.at(-1)?.count, 0)
  })

  it("counts a bucket of another version in the next larger one", () => {
    const { upTo } = durationCounts(new Map([["process_duration:le:700", 2]]), "process_duration")
    assert.deepStrictEqual(
      upTo.slice(0, 3).map(({ count }) => count),
      [0, 0, 2]
    )
  })

  it("tells exit codes apart by class", () => {
    const codes: ReadonlyArray<[number | null, string | null]> = [
      [0, null],
      [1, null],
      [125, null],
      [126, null],
      [127, null],
      [128, null],
      [255, null],
      [null, "SIGKILL"],
      [0, "SIGHUP"],
      [null, null]
    ]
    assert.deepStrictEqual(
      codes.map(([code, signal]) => codeClass(code, signal)),
      ["0", "1-125", "1-125", "126", "127", "128-255", "128-255", "signal", "signal", "unknown"]
    )
    const counters = new Counters()
    counters.exited(0, null)
    assert.deepStrictEqual(
      exitCodeCounts(counters.counts).map(({ code_class, count }) => `${code_class}: ${count}`),
      ["0: 1", "1-125: 0", "126: 0", "127: 0", "128-255: 0", "signal: 0", "unknown: 0"]
    )
  })

  it("keeps what a user wrote out of the kinds of errors, and their number small", () => {
    const counters = new Counters()
    for (const kind of ["ENOSPC", "ENOSPC", "/home/ada/secret", "two words", "", "a:b", "x".repeat(40)]) {
      counters.error("persistence", kind)
    }
    assert.deepStrictEqual(errorCounts(counters.counts), [
      { component: "persistence", kind: "ENOSPC", count: 2 },
      { component: "persistence", kind: "other", count: 5 }
    ])
    for (let n = 0; n < 200; n++) counters.error("process", `E${n}`)
    const errors = errorCounts(counters.counts)
    assert.isAtMost(errors.length, 66)
    assert.strictEqual(
      errors.reduce((sum, { count }) => sum + count, 0),
      207
    )
  })
})
