import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { configArguments, missingValue } from "../../src/cli/configFlags.ts"

const taken = (...argv: ReadonlyArray<string>) => {
  const { envFile, settings, rest } = configArguments(argv, "/work")
  return { envFile, settings: settings.map(({ variable, value }) => [variable, value]), rest }
}

describe("configArguments", () => {
  it("takes the configuration's options wherever they stand", () => {
    expect(taken("--port", "80", "serve-metrics", "--log-level=debug")).toEqual({
      envFile: null,
      settings: [
        ["PORT", "80"],
        ["LOG_LEVEL", "debug"]
      ],
      rest: ["serve-metrics"]
    })
    expect(taken("--resume", "abc", "--data-dir", "/d")).toMatchObject({ rest: ["--resume", "abc"] })
  })

  it("takes relative paths from the working directory, and leaves an empty one to be refused", () => {
    expect(taken("--env-file", "../x.env", "--data-dir=d")).toMatchObject({
      envFile: "/x.env",
      settings: [["DATA_DIR", "/work/d"]]
    })
    expect(taken("--data-dir=")).toMatchObject({ settings: [["DATA_DIR", ""]] })
  })

  it("leaves what is another program's", () => {
    expect(taken("exec", "--port", "1", "--", "curl", "--port", "2")).toEqual({
      envFile: null,
      settings: [["PORT", "1"]],
      rest: ["exec", "--", "curl", "--port", "2"]
    })
  })

  it("leaves an option without a value for the parser's own complaint", () => {
    expect(taken("config", "--port")).toMatchObject({ settings: [], rest: ["config", "--port"] })
    expect(taken("exec", "--port", "--", "ls")).toMatchObject({ settings: [], rest: ["exec", "--port", "--", "ls"] })
  })

  it("says for each value that it is the command line's", () => {
    expect(configArguments(["--port=1"], "/").settings).toEqual([
      { name: "--port", variable: "PORT", value: "1", origin: { _tag: "CommandLine" } }
    ])
  })

  it("changes nothing of arguments without them", () => {
    const argument = fc.string().filter((text) => !/^--(env-file|data-dir|log-level|port)(=|$)/.test(text))
    fc.assert(
      fc.property(fc.array(argument), (argv) => {
        expect(configArguments(argv, "/")).toEqual({ envFile: null, settings: [], rest: argv })
      })
    )
  })
})

describe("missingValue", () => {
  it("names the option that stands last without its value", () => {
    const problemOf = (...argv: ReadonlyArray<string>) => missingValue(configArguments(argv, "/").rest)
    expect(problemOf("--shell")).toBe("--shell needs a value: name or path")
    expect(problemOf("exec", "--data-dir", "--", "--shell")).toBe("--data-dir needs a value: directory")
    expect(problemOf("--shell", "zsh")).toBeNull()
    expect(problemOf("exec", "--", "--shell")).toBeNull()
  })
})
