import { describe, expect, it } from "vitest"
import { leaderByte, readConfig } from "../src/config.ts"
import { PROMPT, PTY_TERM_TYPE, readEarly } from "../src/earlyVariables.ts"

describe("config", () => {
  it("has a default for everything", () => {
    const { config, problems } = readConfig({ HOME: "/home/ada" })
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      dataDir: "/home/ada/.local/state/effecttalk",
      ptyTermType: "xterm-256color",
      maxBlockOutputSize: 10_485_760,
      prompt: "shell",
      leader: "ctrl+\\"
    })
  })

  it("puts sessions under XDG_STATE_HOME, and ignores a relative one", () => {
    expect(readConfig({ HOME: "/h", XDG_STATE_HOME: "/s" }).config.dataDir).toBe("/s/effecttalk")
    expect(readConfig({ HOME: "/h", XDG_STATE_HOME: "s" }).config.dataDir).toBe("/h/.local/state/effecttalk")
  })

  it("lets the prefixed name win over the bare one", () => {
    expect(readConfig({ DATA_DIR: "/bare" }).config.dataDir).toBe("/bare")
    expect(readConfig({ DATA_DIR: "/bare", EFFECTTALK_DATA_DIR: "/own" }).config.dataDir).toBe("/own")
  })

  it("never reads the bare name of a variable that is only ours", () => {
    expect(readConfig({ PROMPT: "%n$ ", LEADER: "x" })).toMatchObject({ config: { prompt: "shell" }, problems: [] })
  })

  it("reports every problem at once and falls back", () => {
    const { config, problems } = readConfig({
      HOME: "/h",
      DATA_DIR: "relative",
      EFFECTTALK_PROMPT: "zsh",
      EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE: "1"
    })
    expect(problems.map((problem) => problem.variable)).toEqual([
      "DATA_DIR",
      "EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE",
      "EFFECTTALK_PROMPT"
    ])
    expect(problems[2]?.message).toContain("shell or own")
    expect(config.dataDir).toBe("/h/.local/state/effecttalk")
  })

  it("is what was read before it was there", () => {
    for (const environment of [
      {},
      { PTY_TERM_TYPE: "vt100" },
      { PTY_TERM_TYPE: "bad!term" },
      { PTY_TERM_TYPE: "" },
      { PTY_TERM_TYPE: "vt100", EFFECTTALK_PTY_TERM_TYPE: "" },
      { PTY_TERM_TYPE: "vt100", EFFECTTALK_PTY_TERM_TYPE: "linux" },
      { PTY_TERM_TYPE: "x".repeat(65) },
      { PROMPT: "own" },
      { EFFECTTALK_PROMPT: "own" },
      { EFFECTTALK_PROMPT: "zsh" }
    ]) {
      const { ptyTermType, prompt } = readConfig(environment).config
      const early = { ptyTermType: readEarly(PTY_TERM_TYPE, environment), prompt: readEarly(PROMPT, environment) }
      expect(early).toEqual({ ptyTermType, prompt })
    }
    expect(readEarly(PTY_TERM_TYPE, { PTY_TERM_TYPE: "vt100" })).toBe("vt100")
    expect(readEarly(PTY_TERM_TYPE, { PTY_TERM_TYPE: "bad!term" })).toBe("xterm-256color")
  })

  it("knows the byte of each leader", () => {
    expect(leaderByte("ctrl+\\")).toBe(0x1c)
    expect(leaderByte(readConfig({ EFFECTTALK_LEADER: "ctrl+]" }).config.leader)).toBe(0x1d)
  })
})
