import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  ABANDON_TIMEOUT_MS,
  ESCAPE_TIMEOUT_MS,
  InputDecoder,
  PASTE_TIMEOUT_MS,
  SEQUENCE_TIMEOUT_MS
} from "../../src/terminal/InputDecoder.ts"
import { type InputEvent, keyNamesOf } from "../../src/terminal/inputEvents.ts"
import { keyBytes } from "../../src/terminal/Key.ts"

/** A decoder with a clock that the test moves. */
const decoder = (escapeTimeoutMs?: number) => {
  const events: Array<InputEvent> = []
  let now = 0
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  const input = new InputDecoder({
    onEvent: (event) => events.push(event),
    ...(escapeTimeoutMs !== undefined && { escapeTimeoutMs }),
    setTimer: (run, ms) => {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    }
  })
  const pass = (ms: number) => {
    now += ms
    for (const timer of [...timers]) {
      if (timer.at > now || !timers.delete(timer)) continue
      timer.run()
    }
  }
  const type = (text: string) => input.push(Buffer.from(text))
  /** The events since the last call, short: key names, quoted text. */
  const seen = () => events.splice(0).map(short)
  return { input, type, pass, seen, events, timers }
}

const short = (event: InputEvent): string => {
  if (event.type === "key") return event.name
  if (event.type === "text") return JSON.stringify(event.text)
  if (event.type === "paste") return `paste ${JSON.stringify(event.text)}`
  if (event.type === "focus") return `focus ${event.focused ? "in" : "out"}`
  if (event.type === "reply") return "reply"
  const held = (["alt", "ctrl", "shift"] as const).filter((name) => event[name]).join("+")
  return `mouse ${event.action} ${event.button} ${event.x},${event.y}${held === "" ? "" : ` ${held}`}`
}

const decode = (text: string): Array<string> => {
  const { type, pass, seen } = decoder()
  type(text)
  pass(ABANDON_TIMEOUT_MS)
  return seen()
}

describe("keys", () => {
  it.each<[string, string | Array<string>]>([
    ["a", '"a"'],
    ["héllo 你好 🚀", '"héllo 你好 🚀"'],
    ["\r", "enter"],
    ["\n", "ctrl+j"],
    ["\t", "tab"],
    ["\x1b[Z", "shift+tab"],
    ["\x7f", "backspace"],
    ["\b", "backspace"],
    ["\0", "ctrl+space"],
    ["\x01\x1a", ["ctrl+a", "ctrl+z"]],
    ["\x1c\x1d\x1e\x1f", ["ctrl+\\", "ctrl+]", "ctrl+^", "ctrl+_"]],
    ["\x1b", "escape"],
    ["\x1b\x1b", ["escape", "escape"]],
    ["\x1bb\x1b.\x1b<", ["alt+b", "alt+.", "alt+<"]],
    ["\x1bB", "alt+shift+b"],
    ["\x1b ", "alt+space"],
    ["\x1b\xe9", "alt+é"],
    ["\x1b\r", "alt+enter"],
    ["\x1b\x7f", "alt+backspace"],
    ["\x1b\b", "alt+backspace"],
    ["\x1b\x01", "alt+ctrl+a"],
    ["\x1b[", "alt+["],
    ["\x1bO", "alt+shift+o"],
    ["\x1b]", "alt+]"],
    ["\x1b_", "alt+_"],
    ["\x1b_x", ["alt+_", '"x"']],
    ["\x1bPx", ["alt+shift+p", '"x"']],
    ["\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]],
    ["\x1bOA\x1bOB\x1bOC\x1bOD", ["up", "down", "right", "left"]],
    ["\x1b[1;5D\x1b[1;5C", ["ctrl+left", "ctrl+right"]],
    ["\x1bOd\x1bOc", ["ctrl+left", "ctrl+right"]],
    ["\x1bO5D\x1bO1;5C", ["ctrl+left", "ctrl+right"]],
    ["\x1b[a\x1b[d", ["shift+up", "shift+left"]],
    [
      "\x1b[1;2A\x1b[1;3A\x1b[1;4A\x1b[1;6A\x1b[1;7A",
      ["shift+up", "alt+up", "alt+shift+up", "ctrl+shift+up", "alt+ctrl+up"]
    ],
    ["\x1b\x1b[A\x1b\x1bOA\x1b\x1b[1;5A", ["alt+up", "alt+up", "alt+ctrl+up"]],
    [
      "\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~",
      ["home", "end", "home", "end", "home", "end", "home", "end"]
    ],
    ["\x1b[5~\x1b[6~\x1b[2~\x1b[3~", ["pageup", "pagedown", "insert", "delete"]],
    ["\x1b[3;5~\x1b[5;2~", ["ctrl+delete", "shift+pageup"]],
    ["\x1b[3^\x1b[3$\x1b[3@", ["ctrl+delete", "shift+delete", "ctrl+shift+delete"]],
    ["\x1bOP\x1bOQ\x1bOR\x1bOS", ["f1", "f2", "f3", "f4"]],
    ["\x1b[11~\x1b[14~\x1b[15~\x1b[17~\x1b[24~", ["f1", "f4", "f5", "f6", "f12"]],
    ["\x1b[[A\x1b[[E", ["f1", "f5"]],
    ["\x1b[1;5P\x1b[1;2R", ["ctrl+f1", "shift+f3"]],
    ["\x1bOM\x1bOj\x1bOp", ["enter", '"*"', '"0"']]
  ])("%j", (bytes, expected) => {
    const { input, pass, seen } = decoder()
    input.push(Buffer.from(bytes))
    pass(ABANDON_TIMEOUT_MS)
    expect(seen()).toEqual([expected].flat())
  })

  it.each<[string, string | Array<string>]>([
    ["\x1b[97;5u", "ctrl+a"],
    ["\x1b[105;5u\x1b[109;5u", ["ctrl+i", "ctrl+m"]],
    ["\x1b[97;6u", "ctrl+shift+a"],
    ["\x1b[44:60;4u", "alt+<"],
    ["\x1b[97;3u\x1b[97;69u\x1b[97;133u", ["alt+a", "ctrl+a", "ctrl+a"]],
    [
      "\x1b[13;2u\x1b[13;3u\x1b[27u\x1b[9;2u\x1b[127;5u",
      ["shift+enter", "alt+enter", "escape", "shift+tab", "ctrl+backspace"]
    ],
    ["\x1b[32;5u", "ctrl+space"],
    ["\x1b[97u\x1b[97:65;2u\x1b[97;2u\x1b[233u\x1b[32u", ['"a"', '"A"', '"A"', '"é"', '" "']],
    ["\x1b[97;;228u", '"ä"'],
    ["\x1b[57399u\x1b[57413u\x1b[57414u\x1b[57419u", ['"0"', '"+"', "enter", "up"]],
    ["\x1b[97;5:1u\x1b[97;5:2u\x1b[97;5:3u\x1b[1;1:3A\x1b[3;1:3~", ["ctrl+a", "ctrl+a"]],
    ["\x1b[57441u", []],
    ["\x1b[27;5;92~\x1b[27;6;65~\x1b[27;4;60~\x1b[27;2;13~", ["ctrl+\\", "ctrl+shift+a", "alt+<", "shift+enter"]],
    ["\x1b[27;5;105~", "ctrl+i"]
  ])("reported by number: %j", (bytes, expected) => {
    expect(decode(bytes)).toEqual([expected].flat())
  })

  it("names the characters of text, for tables of single keys", () => {
    expect(keyNamesOf({ type: "text", text: "jG 你" })).toEqual(["j", "G", "space", "你"])
    expect(keyNamesOf({ type: "focus", focused: true })).toEqual([])
  })

  it("knows the bytes of keys that can be a leader", () => {
    expect(
      ["ctrl+\\", "ctrl+]", "ctrl+space", "ctrl+a", "alt+x", "f12"].map((name) =>
        Buffer.from(keyBytes(name)!).toString()
      )
    ).toEqual(["\x1c", "\x1d", "\0", "\x01", "\x1bx", "\x1b[24~"])
    expect(["ctrl+é", "alt+enter", "ctrl+up", "x", ""].map(keyBytes)).toEqual([null, null, null, null, null])
  })
})

describe("what is not typed", () => {
  it.each<[string, string | Array<string>]>([
    ["\x1b[<0;5;7M\x1b[<0;5;7m", ["mouse press left 4,6", "mouse release left 4,6"]],
    ["\x1b[<64;1;1M\x1b[<65;1;1M", ["mouse wheel up 0,0", "mouse wheel down 0,0"]],
    ["\x1b[<2;300;200M\x1b[<20;1;1M", ["mouse press right 299,199", "mouse press left 0,0 ctrl+shift"]],
    [
      "\x1b[<35;9;9M\x1b[<32;9;9M\x1b[<128;1;1M",
      ["mouse move null 8,8", "mouse move left 8,8", "mouse press back 0,0"]
    ],
    ["\x1b[M !!\x1b[M#!!", ["mouse press left 0,0", "mouse release null 0,0"]],
    ["\x1b[I\x1b[O", ["focus in", "focus out"]],
    ["\x1b[?62;c\x1b[>1;10;0c\x1b[0n\x1b[12;40R\x1b[?12;40;1R", ["reply", "reply", "reply", "reply", "reply"]],
    ["\x1b[?2026;2$y\x1b[?1u\x1b[8;24;80t\x1b[?997;1n", ["reply", "reply", "reply", "reply"]],
    ["\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b]10;rgb:0/0/0\x07x", ["reply", "reply", '"x"']],
    ["\x1bP>|xterm(390)\x1b\\\x1bP1$r0m\x1b\\\x1b_Gi=1;OK\x1b\\y", ["reply", "reply", "reply", '"y"']],
    ["\x1b[201~x", ["reply", '"x"']],
    ["\x1b[99~x", ["reply", '"x"']]
  ])("%j never becomes text", (bytes, expected) => {
    expect(decode(bytes)).toEqual([expected].flat())
  })

  it("does not lose Ctrl+C behind half a sequence", () => {
    expect(decode("\x1b[1;\x03")).toEqual(["ctrl+c"])
    expect(decode("\x1b]11;rgb\x03")).toEqual([])
    expect(decode("\x1b]11;rg\x1b[A")).toEqual(["up"])
  })

  it("skips a reply that never ends without keeping it, and its rest is no text", () => {
    const { type, seen } = decoder()
    type("\x1b]52;c;")
    for (let i = 0; i < 40; i++) type("A".repeat(4096))
    type("BBB\x1b\\after")
    for (let i = 0; i < 40; i++) type(`${i === 0 ? "\x1b]52;c;" : ""}${"A".repeat(4096)}`)
    type("BBB\x1b")
    type("\\again")
    expect(seen()).toEqual(['"after"', '"again"'])
  })
})

describe("pastes", () => {
  const paste = (text: string) => `\x1b[200~${text}\x1b[201~`

  it("come as one event, line ends as LF, control characters kept", () => {
    expect(decode(`a${paste("one\rtwo\r\nthree\n\tfour \x1b[31m\x03 你\x07")}b`)).toEqual([
      '"a"',
      `paste ${JSON.stringify("one\ntwo\nthree\n\tfour \x1b[31m\x03 你\x07")}`,
      '"b"'
    ])
    expect(decode(paste(""))).toEqual(['paste ""'])
  })

  it("of a megabyte, byte by byte at its ends, arrive whole", () => {
    const { input, seen, events } = decoder()
    const text = "0123456789 你好\n".repeat(60_000)
    const bytes = Buffer.from(paste(text))
    let at = 0
    for (const size of [1, 1, 1, 1, 1, 1, 1, 4096, bytes.length - 4096 - 7 - 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]) {
      input.push(bytes.subarray(at, at + size))
      at += size
    }
    expect(at).toBe(bytes.length)
    expect(events).toEqual([{ type: "paste", text }])
    seen()
  })

  it("do not end at what only begins like the mark", () => {
    expect(decode(paste("a\x1b[20b\x1b[200~c\x1b[201d"))).toEqual([
      `paste ${JSON.stringify("a\x1b[20b\x1b[200~c\x1b[201d")}`
    ])
  })

  it("whose end is lost are delivered after a while, not typed", () => {
    const { type, pass, seen } = decoder()
    type("\x1b[200~rm -rf x\rmore\x1b[20")
    pass(PASTE_TIMEOUT_MS - 1)
    expect(seen()).toEqual([])
    pass(1)
    expect(seen()).toEqual([`paste ${JSON.stringify("rm -rf x\nmore\x1b[20")}`])
  })
})

describe("time", () => {
  it("makes an ESC the Escape key after the timeout, not before", () => {
    const { type, pass, seen, timers } = decoder()
    type("\x1b")
    pass(ESCAPE_TIMEOUT_MS - 1)
    expect(seen()).toEqual([])
    pass(1)
    expect(seen()).toEqual(["escape"])
    pass(SEQUENCE_TIMEOUT_MS)
    expect(timers.size).toBe(0)
  })

  it("takes the timeout as a parameter", () => {
    const { type, pass, seen } = decoder(100)
    type("\x1b")
    pass(99)
    expect(seen()).toEqual([])
    type("[A")
    expect(seen()).toEqual(["up"])
  })

  it.each([
    ["[A", "up"],
    ["OA", "up"],
    ["[1;5D", "ctrl+left"],
    ["[<0;3;4M", "mouse press left 2,3"],
    ["[200~text\x1b[201~", 'paste "text"'],
    ["]11;rgb:0/0/0\x1b\\", "reply"]
  ])("never types the rest of a sequence that a slow line brings 300 ms later: %j", (rest, expected) => {
    const { type, pass, seen } = decoder()
    type("\x1b")
    pass(300)
    type(rest)
    expect(seen()).toEqual(["escape", expected])
  })

  it("types what a person types after Escape", () => {
    const { type, pass, seen } = decoder()
    type("\x1b")
    pass(100)
    type("[")
    type("A")
    expect(seen()).toEqual(["escape", '"["', '"A"'])
    type("\x1b")
    pass(SEQUENCE_TIMEOUT_MS + ESCAPE_TIMEOUT_MS)
    pass(SEQUENCE_TIMEOUT_MS)
    type("[A")
    expect(seen()).toEqual(["escape", '"[A"'])
  })

  it("continues a sequence that stops in its middle, and drops it when it never goes on", () => {
    const { type, pass, seen } = decoder()
    type("\x1b[")
    pass(300)
    type("1;5")
    pass(300)
    type("C")
    expect(seen()).toEqual(["ctrl+right"])
    type("\x1b[1;5")
    pass(ABANDON_TIMEOUT_MS)
    type("x")
    expect(seen()).toEqual(['"x"'])
  })

  it("flush takes everything for what it is now", () => {
    const { type, input, seen } = decoder()
    type("\x1b")
    input.flush()
    type("\x1b[")
    input.flush()
    expect(seen()).toEqual(["escape", "alt+["])
  })

  it("dispose leaves no timer", () => {
    const { type, input, timers } = decoder()
    type("\x1b")
    expect(timers.size).toBe(1)
    input.dispose()
    expect(timers.size).toBe(0)
  })
})

describe("until", () => {
  it("gives away undecoded what comes after an event that changed the keyboard's owner", () => {
    const seen: Array<string> = []
    let program = false
    const input = new InputDecoder({
      onEvent: (event) => {
        seen.push(short(event))
        if (event.type === "paste" || (event.type === "key" && event.name === "enter")) program = true
      },
      until: () => program,
      onRest: (bytes) => seen.push(`rest ${JSON.stringify(Buffer.from(bytes).toString())}`)
    })
    input.push(Buffer.from("vim\r\x1b[A\x1b"))
    expect(seen.splice(0)).toEqual(['"vim"', "enter", 'rest "\\u001b[A\\u001b"'])
    program = false
    input.push(Buffer.from("\x1b[200~x\x1b[201~y"))
    expect(seen.splice(0)).toEqual(['paste "x"', 'rest "y"'])
    program = false
    input.push(Buffer.from("a\r"))
    expect(seen).toEqual(['"a"', "enter"])
    input.dispose()
  })
})

describe("chunks", () => {
  const token = fc.oneof(
    fc
      .constantFrom(
        "plain text",
        "你好🚀é",
        "\r",
        "\x03",
        "\x1b[A",
        "\x1bOP",
        "\x1b[1;5D",
        "\x1b[3$",
        "\x1b[[C",
        "\x1b\x1b[B",
        "\x1b\x1b",
        "\x1bf",
        "\x1bé",
        "\x1b\x7f",
        "\x1b[200~pasted\r\n\x1b[20 text\x1b[201~",
        "\x1b[<35;12;9M",
        "\x1b[M !!",
        "\x1b[I",
        "\x1b]11;rgb:1/2/3\x07",
        "\x1bP1$r0m\x1b\\",
        "\x1b[97;5u",
        "\x1b[27;5;92~",
        "\x1b[?2026;2$y",
        "\x1b[1;\x03",
        "\x1b]0;half\x1b[C"
      )
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes))
  )

  /** Events with neighbouring text joined: where text is cut is the one thing chunks may change. */
  const joined = (events: ReadonlyArray<InputEvent>): Array<InputEvent> => {
    const out: Array<InputEvent> = []
    for (const event of events) {
      const last = out.at(-1)
      if (event.type === "text" && last?.type === "text")
        out[out.length - 1] = { type: "text", text: last.text + event.text }
      else out.push(event)
    }
    return out
  }

  it("cut anywhere give the same events", () => {
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 8 }).map((parts) => Buffer.concat(parts)),
        fc.array(fc.nat(40), { maxLength: 40 }),
        (bytes, sizes) => {
          const whole = decoder()
          whole.input.push(bytes)
          const cut = decoder()
          let at = 0
          for (const size of sizes) {
            cut.input.push(bytes.subarray(at, at + size))
            at += size
          }
          cut.input.push(bytes.subarray(at))
          // What is pending is the same too.
          whole.input.flush()
          cut.input.flush()
          expect(joined(cut.events)).toEqual(joined(whole.events))
        }
      ),
      // A byte that begins no character, behind ESC ESC: once read as Alt with it, once not.
      { numRuns: 2_000, examples: [[Buffer.from([27, 27, 0xf5, 0]), [3]]] }
    )
  })

  it("whatever the bytes, text holds no control character", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (parts) => {
        const { input, events } = decoder()
        for (const part of parts) input.push(part)
        input.flush()
        for (const event of events) if (event.type === "text") expect(event.text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
      }),
      { numRuns: 1_000 }
    )
  })
})
