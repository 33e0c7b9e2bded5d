import * as Cause from "effect/Cause"
import * as FiberId from "effect/FiberId"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import {
  describeError,
  LOG_LEVELS,
  type LogFields,
  logRecord,
  renderRecord
} from "../../../src/services/logging/LogRecord.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"

const AT = Date.UTC(2026, 0, 17, 15, 30)

const json = (message: string, fields: LogFields = {}, sanitise = true) =>
  JSON.parse(renderRecord(logRecord(AT, "info", message, fields, sanitise), "json"))

const text = (message: string, fields: LogFields = {}) =>
  renderRecord(logRecord(AT, "info", message, fields, true), "text")

/** Everything at which some reader of logs begins a new line, and what else a terminal would obey. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const hostile = fc.oneof(
  fc.fullUnicodeString(),
  fc.constantFrom(
    "\n",
    "\r\n",
    "\u2028",
    "\u2029",
    "\u0085",
    "\x1b[2J",
    "\x00",
    "\ud83d",
    "\u202eabc",
    "\u{e0041}",
    '"}\n{"a":1'
  )
)

const anything = fc.oneof(
  hostile,
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withTypedArray: true, withSet: true })
)

describe("a log record", () => {
  it("has the seeds' shape", () => {
    const record = json("Operation finished", {
      requestId: "req-123456",
      sessionId: "sess-789abc",
      operation: "executeCommand",
      duration: 1234,
      status: "success",
      commandLength: 42,
      metadata: { blockId: "block-123", processId: 12345 }
    })
    assert.deepStrictEqual(record, {
      timestamp: "2026-01-17T15:30:00.000Z",
      level: "info",
      message: "Operation finished",
      requestId: "req-123456",
      sessionId: "sess-789abc",
      operation: "executeCommand",
      duration: 1234,
      status: "success",
      metadata: { blockId: "block-123", processId: 12345, commandLength: 42 }
    })
    assert.deepStrictEqual(Object.keys(record), [
      ...["timestamp", "level", "message", "requestId", "sessionId", "operation", "duration", "status", "metadata"]
    ])
  })

  it("is one line, whatever its texts are, and JSON gives them back", () => {
    fc.assert(
      fc.property(hostile, hostile, anything, fc.constantFrom(...LOG_LEVELS), (message, name, value, level) => {
        const fields = { operation: name, [name]: value, error: new Error(message), metadata: { value } }
        const record = logRecord(AT, level, message, fields, false)
        for (const format of ["json", "text"] as const) {
          const line = renderRecord(record, format)
          assert.isTrue(line.endsWith("\n"))
          assert.isFalse(UNSAFE.test(line.slice(0, -1)), JSON.stringify(line))
          assert.isAtMost(Buffer.byteLength(line), 16_385)
        }
        const parsed = JSON.parse(renderRecord(record, "json"))
        // A lone surrogate has no UTF-8, but JSON spells it.
        assert.strictEqual(parsed.message, message)
      })
    )
  })

  it("says of the user's own text only how long it is, however deep it is and however it is spelled", () => {
    const { metadata } = json("m", {
      command: "rm -rf /",
      Output: "secret",
      environment: { API_KEY: "hunter2", HOME: "/home/ada" },
      args: ["-p", "hunter2"],
      stdout: new Uint8Array(5),
      outer: { inner: [{ input: "hunter2" }] },
      exitCode: 3
    })
    assert.deepStrictEqual(metadata, {
      commandLength: 8,
      OutputLength: 6,
      environmentLength: 2,
      argsLength: 2,
      stdoutLength: 5,
      outer: { inner: [{ inputLength: 7 }] },
      exitCode: 3
    })
  })

  it("hides stacks, paths and quoted text of errors, and keeps what tells them apart", () => {
    const system = Object.assign(new Error("ENOENT: no such file or directory, open '/home/ada/my notes.txt'"), {
      code: "ENOENT"
    })
    assert.deepStrictEqual(json("m", { error: system }).error, {
      name: "Error",
      code: "ENOENT",
      message: "ENOENT: no such file or directory, open <text>"
    })
    assert.deepStrictEqual(json("m", { error: PersistenceError.from(system, "/home/ada/s1.json") }).error, {
      name: "PersistenceError",
      reason: "Io",
      code: "ENOENT",
      message: "<text>: no such file or directory"
    })
    const hide = (message: string) => describeError(message, true).message
    assert.strictEqual(
      hide("cannot read ~/notes/a.txt, ./b or /etc/passwd: it isn't ours"),
      "cannot read <path>, <path> or <path>: it isn't ours"
    )
    assert.strictEqual(hide('There is no program called "hunter\\"2"'), "There is no program called <text>")
    assert.strictEqual(hide("at file:///srv/app/main.js:3:4"), "at file:<path>:3:4")
    assert.deepStrictEqual(describeError({ _tag: "TooMany", secret: 1 }, true), { name: "TooMany" })
    assert.deepStrictEqual(describeError(null, true), { name: "object" })
    const cause = Cause.parallel(Cause.interrupt(FiberId.none), Cause.fail(new TypeError("no")))
    assert.deepStrictEqual(describeError(cause, true), { name: "TypeError", message: "no" })
  })

  it("shows stacks and texts when nothing is to be hidden", () => {
    const error = json("m", { error: new Error("open '/home/ada'") }, false).error
    assert.strictEqual(error.message, "open '/home/ada'")
    assert.include(error.stack, "LogRecord.test.ts")
  })

  it("bounds what it repeats", () => {
    const ring: Record<string, unknown> = { long: "x".repeat(5000) }
    ring.self = ring
    const { message, metadata } = json("m".repeat(5000), { ring, many: Array.from({ length: 500 }, () => 1) })
    assert.strictEqual(message, `${"m".repeat(1000)}… (5000)`)
    assert.strictEqual(metadata.ring.long, `${"x".repeat(1000)}… (5000)`)
    assert.strictEqual(metadata.ring.self.self.self, "…")
    assert.lengthOf(metadata.many, 50)
    const huge = json("m", { lists: Array.from({ length: 50 }, () => "x".repeat(1000)), operation: "op" })
    assert.strictEqual(huge.operation, "op")
    assert.isAbove(huge.metadata.omittedBytes, 16_384)
  })

  it("has room for every kind of value", () => {
    const { metadata } = json("m", {
      big: 12n,
      not: Number.NaN,
      when: new Date(AT),
      never: new Date(Number.NaN),
      nothing: undefined,
      run: () => 1,
      list: [undefined, null, true],
      why: new TypeError("no")
    })
    assert.deepStrictEqual(metadata, {
      big: "12",
      not: "NaN",
      when: "2026-01-17T15:30:00.000Z",
      never: null,
      list: [null, null, true],
      why: { name: "TypeError", message: "no" }
    })
  })
})

describe("a line for people", () => {
  it("has time, level, message and fields", () => {
    assert.strictEqual(
      text("Operation finished", { operation: "executeCommand", duration: 12, blockId: "b 1", error: new Error("no") }),
      '2026-01-17T15:30:00.000Z info Operation finished operation=executeCommand duration=12 error={"name":"Error","message":"no"} blockId="b 1"\n'
    )
  })

  it("lets no message or name pass for a field", () => {
    assert.include(text("done status=success"), ' "done status=success"\n')
    assert.include(text("m", { "a b=c": 1 }), ' m "a b=c"=1\n')
    assert.include(text(" m "), ' " m "\n')
    assert.include(text("漢字"), " 漢字\n")
  })
})
