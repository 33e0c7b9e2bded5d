import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BlockOutput } from "../../src/terminal/BlockOutput.ts"
import { MAX_CLIPBOARD_BYTES } from "../../src/terminal/clipboard.ts"
import { type ProgramRequest, ProgramTalk } from "../../src/terminal/ProgramTalk.ts"

/** A block's output and what it says; colours are answered at once by their names unless `answers` takes them. */
const talking = (answers?: Array<(color: string | null) => void>) => {
  const heard: Array<string> = []
  const replies: Array<string> = []
  const block = new BlockOutput({
    columns: 40,
    rows: 8,
    onChange: () => {},
    onReply: (bytes) => replies.push(bytes),
    onRequest: (request) => {
      if (request.type === "bell") heard.push("bell")
      else if (request.type === "copy") heard.push(`${request.target}:${request.text}`)
      else if (answers !== undefined) answers.push(request.answer)
      else request.answer(`rgb:${request.name}`)
    }
  })
  return { block, heard, replies, write: (text: string) => block.write(Buffer.from(text)) }
}

const base64 = (text: string): string => Buffer.from(text).toString("base64")

/** Before what is tested: brings the fast path, live rows, or the emulator to it. */
const PRODUCERS = {
  "fast path": "",
  "live rows": "some text\r\x1b[1Cx",
  emulator: "\x1b[5;5H",
  "alternate screen": "\x1b[?1049h"
}

for (const [producer, before] of Object.entries(PRODUCERS)) {
  describe(`what a program says, in the ${producer}`, () => {
    const said = (text: string) => {
      const talk = talking()
      talk.write(before)
      talk.write(text)
      return { ...talk, title: talk.block.title }
    }

    it("is a bell where a BEL ends no string, once for those that come together", () => {
      expect(said("a\x07b").heard).toEqual(["bell"])
      expect(said("\x07\x07\x07").heard).toEqual(["bell"])
      expect(said("\x1b[3\x07;4H").heard).toEqual(["bell"])
      expect(said("\x1b]0;t\x07\x1b]8;;http://a\x07l\x1b]8;;\x07\x1b]9;note\x07\x1b]52;c;?\x07").heard).toEqual([])
    })

    it("is a title, which a stack puts aside and takes back", () => {
      expect(said("\x1b]0;one\x07").title).toBe("one")
      expect(said("\x1b]2;tîtle; of 日本\x1b\\").title).toBe("tîtle; of 日本")
      expect(said("\x1b]1;icon\x07\x1b]0\x07").title).toBe("")
      expect(said("\x1b]0;one\x07\x1b[22;0t\x1b]0;two\x07").title).toBe("two")
      expect(said("\x1b]0;one\x07\x1b[22;2t\x1b]0;two\x07\x1b[23;2t").title).toBe("one")
      expect(said("\x1b]0;one\x07\x1b[22t\x1b]0;two\x07\x1b[23;0t\x1b[23;0t").title).toBe("one")
      expect(said("\x1b]0;one\x07\x1b[22;1t\x1b]0;two\x07\x1b[23;1t").title).toBe("two")
      expect(said(`\x1b]0;${"long".repeat(100)}\x07`).title).toBe("long".repeat(64))
      expect(said("\x1b]0;cut\x18\x1b]0;off").title).toBe("")
    })

    it("is text for the clipboard, the newest of several", () => {
      expect(said(`\x1b]52;c;${base64("käse")}\x07`).heard).toEqual(["clipboard:käse"])
      expect(said(`\x1b]52;;${base64("a")}\x1b\\\x1b]52;p;${base64("b")}\x07`).heard).toEqual(["primary:b"])
      // Editors keep the clipboard and the selection one after the other.
      expect(said(`\x1b]52;c;${base64("a")}\x07\x1b]52;p;${base64("a")}\x07`).heard).toEqual(["both:a"])
    })

    it("is text for the clipboard up to the length that terminals take", async () => {
      const asked = async (base64Text: string) => {
        const { block, heard, write } = talking()
        write(`${before}\x1b]52;c;${base64Text}\x07`)
        // What is long takes several turns.
        await new Promise<void>((done) => block.finish(done))
        return heard
      }
      const most = "x".repeat(MAX_CLIPBOARD_BYTES)
      expect((await asked(base64(most)))[0] === `clipboard:${most}`).toBe(true)
      expect(await asked(base64(`${most}x`))).toEqual(["clipboard:null"])
      expect(await asked("A".repeat(1_000_000))).toEqual(["clipboard:null"])
    })

    it("is a question about colours, answered in the order of the questions", () => {
      expect(said("\x1b]11;?\x07\x1b[5n\x1b]4;1;?;2;red;255;?\x07\x1b]10;?;?;?;?\x07").replies).toEqual([
        "\x1b]11;rgb:11\x1b\\",
        "\x1b[0n",
        "\x1b]4;1;rgb:4;1\x1b\\",
        "\x1b]4;255;rgb:4;255\x1b\\",
        "\x1b]10;rgb:10\x1b\\",
        "\x1b]11;rgb:11\x1b\\",
        "\x1b]12;rgb:12\x1b\\"
      ])
      expect(said("\x1b]4;256;?;-1;?;x;?\x07\x1b]11;#fff\x07\x1b]13;?\x07\x1b]104\x07").replies).toEqual([])
    })

    it("is the same however it is cut", () => {
      const part = fc.constantFrom(
        "\x07",
        "text",
        "\x1b]0;títle\x07",
        "\x1b]2;other\x1b\\",
        "\x1b[22;0t",
        "\x1b[23;0t",
        `\x1b]52;c;${base64("copied")}\x07`,
        "\x1b]11;?\x07",
        "\x1b]4;7;?\x1b\\",
        "\x1b]0;cut\x18",
        "\x1b[5n"
      )
      fc.assert(
        fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(400)), (parts, cuts) => {
          const bytes = Buffer.from(before + parts.join(""))
          const [whole, pieces] = [talking(), talking()]
          whole.block.write(bytes)
          const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
          places.slice(1).forEach((place, i) => {
            pieces.block.write(bytes.subarray(places[i], place))
          })
          expect(pieces.block.title).toBe(whole.block.title)
          expect(pieces.replies).toEqual(whole.replies)
          expect(new Set(pieces.heard)).toEqual(new Set(whole.heard))
        })
      )
    })
  })
}

describe("answers", () => {
  it("wait for those that were asked for before", () => {
    const answers: Array<(color: string | null) => void> = []
    const { write, replies } = talking(answers)
    write("\x1b]11;?\x07\x1b]10;?\x07\x1b[5n\x1b]12;?\x07")
    expect(replies).toEqual([])
    answers[1]!("rgb:1/1/1")
    expect(replies).toEqual([])
    answers[0]!(null)
    expect(replies).toEqual(["\x1b]10;rgb:1/1/1\x1b\\", "\x1b[0n"])
    answers[2]!("#fff")
    answers[2]!("#000")
    expect(replies.slice(2)).toEqual(["\x1b]12;#fff\x1b\\"])
    write("\x1b[5n")
    expect(replies.at(-1)).toBe("\x1b[0n")
  })

  it("do not reach whoever has the terminal after the program", () => {
    const answers: Array<(color: string | null) => void> = []
    const { block, write, replies } = talking(answers)
    write("\x1b]0;title\x07\x1b]11;?\x07")
    block.finish(() => {})
    answers[0]!("rgb:1/1/1")
    expect(replies).toEqual([])
    expect(block.title).toBe("")
  })

  it("take bounded memory however much is asked", () => {
    const asked: Array<ProgramRequest> = []
    const replies: Array<string> = []
    const talk = new ProgramTalk({
      onReply: (bytes) => replies.push(bytes),
      onRequest: (request) => asked.push(request)
    })
    for (let i = 0; i < 5_000; i++) talk.osc("11;?")
    for (let i = 0; i < 5_000; i++) talk.reply("x")
    expect(asked.length).toBeLessThan(2_000)
    for (const request of asked) if (request.type === "color") request.answer(null)
    expect(replies).toEqual([])
    talk.reply("y")
    expect(replies).toEqual(["y"])
  })

  it("are none where nobody listens, and nothing waits for them", () => {
    const replies: Array<string> = []
    const block = new BlockOutput({ columns: 40, rows: 8, onChange: () => {}, onReply: (bytes) => replies.push(bytes) })
    block.write(Buffer.from("\x07\x1b]11;?\x07\x1b[5n"))
    expect(replies).toEqual(["\x1b[0n"])
  })
})
