import { beforeEach, describe, expect, it } from "vitest"
import { KeyboardGate } from "../../src/ui/KeyboardGate.ts"

const bytes = (text: string) => Buffer.from(text, "latin1")

describe("KeyboardGate", () => {
  let program: string
  let screen: Array<string>
  let gate: KeyboardGate

  beforeEach(() => {
    program = ""
    screen = []
    gate = new KeyboardGate({
      leader: Uint8Array.of(0x1c),
      toScreen: (event) => {
        screen.push(event.type === "key" ? event.name : event.type === "text" ? event.text : event.type)
        // What the screen does on Enter: the command owns the keyboard from here on.
        if (event.type === "key" && event.name === "enter") gate.open = true
      },
      onLeader: () => screen.push("LEADER")
    })
    gate.program = (chunk) => {
      program += Buffer.from(chunk).toString("latin1")
    }
    return () => gate.dispose()
  })

  it("decodes while closed", () => {
    gate.push(bytes("ls\x1b[A"))
    expect(screen).toEqual(["ls", "up"])
    expect(program).toBe("")
  })

  it("passes bytes verbatim while open, also what is no sequence", () => {
    gate.open = true
    gate.push(bytes("\x1bOA\xff\x00\x1b"))
    expect(program).toBe("\x1bOA\xff\x00\x1b")
    expect(screen).toEqual([])
  })

  it("gives what is typed behind Enter to the command, in one chunk too", () => {
    gate.push(bytes("read x\rhello\r"))
    expect(screen).toEqual(["read x", "enter"])
    expect(program).toBe("hello\r")
  })

  it("takes the leader out and decodes what follows", () => {
    gate.open = true
    gate.push(bytes("a\x1cn"))
    expect(program).toBe("a")
    expect(screen).toEqual(["LEADER", "n"])
    expect(gate.open).toBe(false)
  })

  it("leaves the leader's byte inside a paste to the program", () => {
    gate.open = true
    gate.push(bytes("\x1b[200~a\x1cb\x1b[201~"))
    expect(program).toBe("\x1b[200~a\x1cb\x1b[201~")
    expect(screen).toEqual([])
  })

  it.each([
    ["a paste", "\x1b[200~half a paste"],
    ["a paste's mark", "\x1b[20"],
    ["a key", "\x1b[9"]
  ])("knows the leader in the next program after one that ended inside %s", (_what, unfinished) => {
    gate.open = true
    gate.push(bytes(unfinished))
    gate.open = false
    gate.open = true
    program = ""
    gate.push(bytes("a\x1cn"))
    expect(program).toBe("a")
    expect(screen).toEqual(["LEADER", "n"])
  })

  it("goes on inside a paste when it is told again that it is open", () => {
    gate.open = true
    gate.push(bytes("\x1b[200~a"))
    gate.open = true
    gate.push(bytes("\x1cb\x1b[201~"))
    expect(program).toBe("\x1b[200~a\x1cb\x1b[201~")
    expect(screen).toEqual([])
  })
})
