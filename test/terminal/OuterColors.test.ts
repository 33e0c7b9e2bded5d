import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { COLOR_TIMEOUT_MS, OuterColors } from "../../src/terminal/OuterColors.ts"

const FENCE = "\x1b[?1;2c"
const LIGHT = "rgb:fdfd/f6f6/e3e3"

/** A terminal that answers when the test does; time stands until `pass`. */
const terminal = () => {
  const written: Array<string> = []
  let input = ""
  let now = 0
  let timers: Array<{ readonly at: number; readonly run: () => void }> = []
  const colors = new OuterColors({
    write: (data) => written.push(data),
    onInput: (bytes) => {
      input += bytes.toString("latin1")
    },
    now: () => now,
    setTimer: (run, ms) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    }
  })
  const answers: Array<string | null> = []
  return {
    colors,
    written,
    answers,
    input: () => input,
    ask: (...names: ReadonlyArray<Parameters<OuterColors["ask"]>[0]>) => {
      for (const name of names) colors.ask(name, (color) => answers.push(color))
      return new Promise<void>((resolve) => setImmediate(resolve))
    },
    says: (text: string) => colors.push(Buffer.from(text, "latin1")),
    pass: (ms: number) => {
      now += ms
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { run } of due) run()
    }
  }
}

describe("the outer terminal's colours", () => {
  it("are asked for once for a while, those of one turn together, with a question behind them that all answer", async () => {
    const t = terminal()
    expect(t.written).toEqual([])
    await t.ask("11", "10", "4;7", "11")
    expect(t.written).toEqual(["\x1b]11;?\x1b\\\x1b]10;?\x1b\\\x1b]4;7;?\x1b\\\x1b[c"])
    t.says(`\x1b]11;${LIGHT}\x1b\\\x1b]10;#123456\x07${FENCE}`)
    expect(t.answers).toEqual([LIGHT, LIGHT, "#123456", null])
    await t.ask("11", "4;7")
    expect(t.answers.slice(4)).toEqual([LIGHT, null])
    expect(t.written).toHaveLength(1)
    t.pass(10_000)
    await t.ask("11")
    expect(t.written).toHaveLength(2)
    expect(t.input()).toBe("")
  })

  it("are those that can be one only", async () => {
    const t = terminal()
    await t.ask("11", "10", "12")
    t.says(`\x1b]11;rm -rf x\r\x07\x1b]10;rgb:gg/0/0\x07\x1b]12;rgb:1/2/3/4\x07${FENCE}`)
    expect(t.answers).toEqual([null, null, null])
  })

  it("are not waited for longer than a program can wait, and known when they come late", async () => {
    const t = terminal()
    await t.ask("11")
    t.pass(COLOR_TIMEOUT_MS)
    expect(t.answers).toEqual([null])
    // It has not answered: nothing more is asked.
    await t.ask("11", "10")
    expect(t.answers).toEqual([null, null, null])
    expect(t.written).toHaveLength(1)
    t.pass(60_000)
    t.says(`a\x1b]11;${LIGHT}\x07b${FENCE}c`)
    expect(t.input()).toBe("abc")
    await t.ask("11")
    expect(t.answers.at(-1)).toBe(LIGHT)
  })

  it("never become keys, and keys never get lost or late, however the input is cut", async () => {
    const keys = fc.constantFrom(
      "a",
      "\x1b[A",
      "\x1bOP",
      "\x1b[1;5C",
      "日本",
      "\x1b[<0;1;2M",
      "\x1b[200~p\x1b[201~",
      "\r",
      "]11;",
      "\x1b\x1b"
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(keys, { maxLength: 6 }),
        fc.array(keys, { maxLength: 6 }),
        fc.array(keys, { maxLength: 6 }),
        fc.constantFrom("\x07", "\x1b\\"),
        fc.array(fc.nat(200), { maxLength: 20 }),
        async (before, between, after, end, cuts) => {
          const t = terminal()
          await t.ask("11", "4;3")
          const [a, b, c] = [before, between, after].map((texts) => Buffer.from(texts.join("")).toString("latin1"))
          const stream = `${a}\x1b]11;${LIGHT}${end}${b}\x1b]4;3;#fff${end}${FENCE}${c}`
          const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((x, y) => x - y), stream.length]
          places.slice(1).forEach((place, i) => {
            if (place > places[i]!) t.says(stream.slice(places[i], place))
          })
          expect(t.input()).toBe(`${a}${b}${c}`)
          expect(t.answers).toEqual([LIGHT, "#fff"])
        }
      )
    )
  })

  it("keep an Escape for a moment only, and then know an answer that it began", async () => {
    const t = terminal()
    await t.ask("11")
    t.says("\x1b")
    expect(t.input()).toBe("")
    t.pass(25)
    expect(t.input()).toBe("\x1b")
    t.says(`]11;${LIGHT}\x1b\\${FENCE}x`)
    expect(t.input()).toBe("\x1bx")
    expect(t.answers).toEqual([LIGHT])
    // Nothing is awaited any more: nothing is kept.
    t.says("\x1b")
    expect(t.input()).toBe("\x1bx\x1b")
  })

  it("are known wherever they were cut, however long their rest takes", async () => {
    const answer = `\x1b]11;${LIGHT}\x1b\\`
    for (let cut = 1; cut < answer.length; cut++) {
      const t = terminal()
      await t.ask("11")
      t.says(answer.slice(0, cut))
      t.pass(900)
      t.says(`${answer.slice(cut)}a`)
      // The answer that closes the batch is cut, too.
      t.says(FENCE.slice(0, 4))
      t.pass(600)
      t.says(`${FENCE.slice(4)}b`)
      expect(t.input(), `${cut}`).toBe(cut <= 2 ? `${answer.slice(0, cut)}ab` : "ab")
      expect(t.answers).toEqual([LIGHT])
    }
  })

  it("that were cut off are dropped", async () => {
    const t = terminal()
    await t.ask("11")
    t.says(`\x1b]11;${LIGHT.slice(0, 8)}`)
    t.pass(500)
    t.says("key")
    expect(t.input()).toBe("key")
  })

  it("do not make a key wait on a terminal that never answers", async () => {
    const t = terminal()
    await t.ask("11")
    t.pass(COLOR_TIMEOUT_MS)
    t.pass(10_000)
    t.says("\x1b")
    expect(t.input()).toBe("\x1b")
  })

  it("are asked for anew after a suspension, in which an answer may have gone elsewhere", async () => {
    const t = terminal()
    await t.ask("11")
    t.colors.forget()
    expect(t.answers).toEqual([null])
    await t.ask("11")
    t.says(`\x1b]11;${LIGHT}\x07${FENCE}key`)
    expect(t.answers).toEqual([null, LIGHT])
    expect(t.input()).toBe("key")
  })

  it("are waited for before the terminal is given back, as long as a program can wait", async () => {
    const t = terminal()
    await t.colors.quiet()
    let quiet = 0
    const askAndWait = async () => {
      t.pass(10_000)
      await t.ask("11")
      void t.colors.quiet().then(() => quiet++)
      await Promise.resolve()
    }
    await askAndWait()
    t.pass(COLOR_TIMEOUT_MS - 1)
    await Promise.resolve()
    expect(quiet).toBe(0)
    t.says(`\x1b]11;${LIGHT}\x07${FENCE}`)
    await Promise.resolve()
    expect(quiet).toBe(1)
    // Whoever waits is told when the terminal is gone, and that it does not answer.
    await askAndWait()
    t.colors.forget()
    await Promise.resolve()
    expect(quiet).toBe(2)
    await askAndWait()
    t.pass(COLOR_TIMEOUT_MS)
    await Promise.resolve()
    expect(quiet).toBe(3)
    await t.colors.quiet()
  })
})
