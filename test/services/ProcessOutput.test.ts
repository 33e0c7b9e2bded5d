import { it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { assert } from "vitest"
import { ProcessOutput } from "../../src/services/ProcessOutput.ts"

/** A terminal that notes whether it is read. */
class FakePty {
  isRead = true
  readonly pause = () => {
    this.isRead = false
  }
  readonly resume = () => {
    this.isRead = true
  }
}

const KILOBYTE = new Uint8Array(1024).fill(120)

const push = (output: ProcessOutput, kilobytes: number) => {
  for (let count = 0; count < kilobytes; count++) output.push(KILOBYTE)
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1")

it.effect("keeps what nobody wants yet, and stops reading the terminal at half a megabyte of it", () =>
  Effect.gen(function* () {
    const pty = new FakePty()
    const output = yield* ProcessOutput.make(pty)
    push(output, 511)
    assert.isTrue(pty.isRead)
    push(output, 1)
    assert.isFalse(pty.isRead)
    let heard = 0
    output.onBytes((bytes) => {
      heard += bytes.length
    })
    assert.strictEqual(heard, 512 * 1024)
    assert.isTrue(pty.isRead)
    push(output, 4096)
    assert.isTrue(pty.isRead)
    assert.strictEqual(heard, 4608 * 1024)
  })
)

it.effect("stops reading the terminal while the stream's reader is behind, and goes on when it has caught up", () =>
  Effect.gen(function* () {
    const pty = new FakePty()
    const output = yield* ProcessOutput.make(pty)
    const read: Array<boolean> = []
    push(output, 512)
    let taken = 0
    yield* Stream.runForEachWhile(output.stream, () =>
      Effect.sync(() => {
        taken++
        read.push(pty.isRead)
        if (taken === 512) push(output, 512)
        return taken < 1024
      })
    )
    // Again at 128 KB: after 384 of the first half.
    assert.strictEqual(read.indexOf(true), 383)
    assert.isFalse(read[512])
    assert.isTrue(read[1023])
  })
)

it.effect("drops what is printed once the stream's reader has gone, and keeps reading the terminal", () =>
  Effect.gen(function* () {
    const pty = new FakePty()
    const output = yield* ProcessOutput.make(pty)
    push(output, 1000)
    assert.isFalse(pty.isRead)
    yield* Stream.runDrain(Stream.take(output.stream, 1))
    assert.isTrue(pty.isRead)
    push(output, 10_000)
    assert.isTrue(pty.isRead)
  })
)

it.effect("gives everything from the start to whoever comes first, and only what follows to the next", () =>
  Effect.gen(function* () {
    const output = yield* ProcessOutput.make(new FakePty())
    output.push(Buffer.from("a"))
    const bytes: Array<string> = []
    const texts: Array<string> = []
    const stop = output.onBytes((chunk) => void bytes.push(text(chunk)))
    output.onText((chunk) => void texts.push(chunk))
    output.push(Buffer.from("b"))
    stop()
    output.push(Buffer.from("c"))
    assert.deepStrictEqual(
      [bytes, texts],
      [
        ["a", "b"],
        ["b", "c"]
      ]
    )
    output.end()
    assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Stream.runCollect(output.stream)), [])
  })
)

it.effect("gives the stream what was printed and ended before it was read", () =>
  Effect.gen(function* () {
    const output = yield* ProcessOutput.make(new FakePty())
    output.push(Buffer.from("a"))
    output.push(Buffer.from("b"))
    output.end()
    const all = Chunk.toReadonlyArray(yield* Stream.runCollect(output.stream))
    assert.deepStrictEqual(all.map(text), ["a", "b"])
  })
)

const decodable = fc.fullUnicodeString().filter((text) => !text.includes("\ufffd"))

it.effect("cuts no character, wherever the bytes were cut", () =>
  Effect.promise(() =>
    fc.assert(
      fc.asyncProperty(decodable, fc.array(fc.nat(40)), async (whole, cuts) => {
        const output = await Effect.runPromise(ProcessOutput.make(new FakePty()))
        const texts: Array<string> = []
        output.onText((chunk) => void texts.push(chunk))
        const bytes = Buffer.from(whole, "utf8")
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        for (let at = 1; at < edges.length; at++) output.push(bytes.subarray(edges[at - 1], edges[at]))
        output.end()
        assert.strictEqual(texts.join(""), whole)
        for (const part of texts) assert.notInclude(part, "\ufffd")
      })
    )
  )
)

it.effect("shows the beginning of a character that never ended", () =>
  Effect.gen(function* () {
    const output = yield* ProcessOutput.make(new FakePty())
    const texts: Array<string> = []
    output.onText((chunk) => void texts.push(chunk))
    output.push(Uint8Array.of(0x61, 0xe2, 0x82))
    output.end()
    assert.deepStrictEqual(texts, ["a", "\ufffd"])
  })
)
