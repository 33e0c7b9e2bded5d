import { describe, expect, it } from "vitest"
import { BlockId } from "../../src/domain/ids.ts"
import { ClipboardDesk, COPY_QUESTION_MS } from "../../src/ui/ClipboardDesk.ts"

const [ONE, TWO] = [BlockId.make("one"), BlockId.make("two")]

const desk = (policy: "never" | "ask" | "always") => {
  const copied: Array<string> = []
  let now = 0
  let timers: Array<{ readonly at: number; readonly run: () => void }> = []
  const clipboard = new ClipboardDesk({
    policy,
    copy: (text, target, done) => {
      copied.push((target === "clipboard" ? "" : `${target} `) + text)
      done(text === "refused" ? "failed" : text === "local" ? "copied" : "sent")
    },
    setTimer: (run, ms) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    }
  })
  const pass = (ms: number) => {
    now += ms
    const due = timers.filter(({ at }) => at <= now)
    timers = timers.filter(({ at }) => at > now)
    for (const { run } of due) run()
  }
  const wants = (block: BlockId, text: string | null, target: "clipboard" | "primary" = "clipboard") =>
    clipboard.take({ block, command: () => `command ${block}`, target, text })
  const shown = () => {
    const view = clipboard.view()
    return view === null ? null : `${view.type} ${view.command()} ${view.bytes}`
  }
  return { clipboard, copied, pass, wants, shown }
}

describe("what programs want on the clipboard", () => {
  it("is asked about one program at a time, and copied by its own answer only", () => {
    const { clipboard, copied, pass, wants, shown } = desk("ask")
    wants(ONE, "first")
    wants(TWO, "other program")
    wants(ONE, "newest")
    // What is shown changes four times a second at most.
    expect(shown()).toBe("question command one 5")
    pass(250)
    expect(shown()).toBe("question command one 6")
    expect(clipboard.answer(ONE, "yes")).toBe(true)
    expect(copied).toEqual(["newest"])
    expect(shown()).toBe("question command two 13")
    expect(clipboard.answer(ONE, "yes")).toBe(false)
    expect(clipboard.answer(TWO, "no")).toBe(true)
    expect(copied).toEqual(["newest"])
    expect(shown()).toBe("sent command one 6")
  })

  it("is copied to both where the same text is meant for both", () => {
    const { clipboard, copied, wants } = desk("ask")
    wants(ONE, "a")
    wants(ONE, "b", "primary")
    wants(ONE, "b")
    wants(TWO, "c", "primary")
    clipboard.answer(ONE, "yes")
    clipboard.answer(TWO, "yes")
    expect(copied).toEqual(["both b", "primary c"])
  })

  it("is said to be copied, sent or refused as it was", () => {
    const { clipboard, wants, shown } = desk("ask")
    for (const [text, end] of [
      ["local", "copied"],
      ["remote", "sent"],
      ["refused", "failed"]
    ] as const) {
      wants(ONE, text)
      clipboard.answer(ONE, "yes")
      expect(shown()).toBe(`${end} command one ${text.length}`)
    }
  })

  it("is forgotten when nobody answers, and asked about again", () => {
    const { clipboard, copied, pass, wants, shown } = desk("ask")
    wants(ONE, "a")
    pass(COPY_QUESTION_MS - 1)
    wants(ONE, "bc")
    pass(COPY_QUESTION_MS - 1)
    expect(shown()).toBe("question command one 2")
    pass(1)
    expect(shown()).toBeNull()
    expect(clipboard.answer(ONE, "yes")).toBe(false)
    expect(copied).toEqual([])
  })

  it("is not asked about any more once every program may", () => {
    const { clipboard, copied, pass, wants, shown } = desk("ask")
    wants(ONE, "a")
    wants(TWO, "b")
    clipboard.answer(ONE, "always")
    expect(shown()).toBe("sent command one 1")
    wants(TWO, "c")
    expect(copied).toEqual(["a", "c"])
    pass(4_000)
    expect(shown()).toBeNull()
  })

  it("is copied at once where it always may, the last of many", () => {
    const { copied, pass, wants } = desk("always")
    for (let i = 0; i < 1_000; i++) wants(i % 2 === 0 ? ONE : TWO, `${i}`)
    expect(copied).toEqual(["0"])
    pass(250)
    expect(copied).toEqual(["0", "999"])
    pass(250)
    pass(250)
    expect(copied).toEqual(["0", "999"])
    wants(ONE, "later")
    expect(copied.at(-1)).toBe("later")
  })

  it("is nothing where it never may, and too long where it is", () => {
    const never = desk("never")
    never.wants(ONE, "a")
    never.wants(ONE, null)
    expect([never.shown(), never.copied]).toEqual([null, []])
    const ask = desk("ask")
    ask.wants(ONE, null)
    expect([ask.shown(), ask.copied]).toEqual(["tooLong command one 0", []])
  })

  it("has the screen laid out a few times a second, however often a program asks", () => {
    const { clipboard, pass, wants } = desk("ask")
    let views = 0
    clipboard.subscribe(() => views++)
    for (let i = 0; i < 1_000; i++) {
      wants(ONE, "x".repeat(i + 1))
      wants(TWO, null)
    }
    pass(250)
    expect(views).toBeLessThan(5)
    expect(clipboard.view()?.bytes).toBe(1_000)
  })

  it("takes bounded memory however many programs want to copy", () => {
    const { clipboard, copied, wants } = desk("ask")
    for (let i = 0; i < 100; i++) wants(BlockId.make(`b${i}`), "x")
    for (let i = 0; i < 100; i++) clipboard.answer(BlockId.make(`b${i}`), "yes")
    expect(copied).toHaveLength(8)
  })
})
