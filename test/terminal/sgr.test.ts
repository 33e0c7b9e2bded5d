import { describe, expect, it } from "vitest"
import { applySgr, lookOf, Pen, StyledText, sgrOf } from "../../src/terminal/sgr.ts"

const stateAfter = (...parameters: ReadonlyArray<string>): string => {
  const pen = new Pen()
  for (const list of parameters) applySgr(pen, Buffer.from(list), 0, list.length)
  return sgrOf(pen)
}

describe("applySgr", () => {
  it.each([
    ["", ""],
    ["1;31", "\x1b[0;1;31m"],
    ["01;031", "\x1b[0;1;31m"],
    ["97;104", "\x1b[0;97;104m"],
    ["38;5;208;48;5;3", "\x1b[0;38;5;208;43m"],
    ["38;2;1;2;3;1", "\x1b[0;1;38;2;1;2;3m"],
    ["38:2::1:2:3;1", "\x1b[0;1;38;2;1;2;3m"],
    ["38:2:1:2:3;1", "\x1b[0;1;38;2;1;2;3m"],
    ["48:5:99", "\x1b[0;48;5;99m"],
    ["4:3;58:2::9:8:7", "\x1b[0;4:3;58;2;9;8;7m"],
    ["4", "\x1b[0;4m"],
    ["21", "\x1b[0;4:2m"],
    ["4:0", ""],
    ["31;;1", "\x1b[0;1m"],
    ["38;7;1", ""],
    ["99999999999;1", "\x1b[0;1m"]
  ])("reads %j as %j", (parameters, state) => {
    expect(stateAfter(parameters)).toBe(state)
  })

  it("adds up and takes away", () => {
    expect(stateAfter("1;2;3;4;5;7;8;9;53", "22;23;24;25;27;28;29;55")).toBe("")
    expect(stateAfter("31;42;4;58;5;1", "39;49;59")).toBe("\x1b[0;4m")
    expect(stateAfter("31", "0")).toBe("")
  })

  it("is the same after reading what it wrote", () => {
    const state = stateAfter("1;2;3;4:4;5;7;8;9;53;38;2;1;2;3;48;5;200;58;5;9")
    expect(stateAfter(state.slice(2, -1))).toBe(state)
  })
})

describe("looks", () => {
  it("leave out a colour for underlines that are not there", () => {
    const pen = new Pen()
    applySgr(pen, Buffer.from("58;5;1"), 0, 6)
    expect(lookOf(pen)).toBe("")
    expect(sgrOf(pen)).toBe("\x1b[0;58;5;1m")
  })

  it("are written once each, gaps plain, everything closed", () => {
    const text = new StyledText()
    text.add("a", "\x1b[0;1m", "")
    text.add("b", "\x1b[0;1m", "https://x.y")
    text.gap(2)
    text.add("c", "", "")
    expect(text.end()).toBe("\x1b[0;1ma\x1b]8;;https://x.y\x1b\\b\x1b]8;;\x1b\\\x1b[0m  c")
    text.add("d", "\x1b[0;1m", "https://x.y")
    expect(text.end()).toBe("\x1b]8;;https://x.y\x1b\\\x1b[0;1md\x1b]8;;\x1b\\\x1b[0m")
  })
})
