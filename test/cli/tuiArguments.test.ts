import { describe, expect, it } from "vitest"
import { accessProblem, tuiArguments } from "../../src/cli/tuiArguments.ts"

describe("the arguments that open a screen", () => {
  it.each([
    [[], { _tag: "New" }],
    [["--continue"], { _tag: "Continue", access: "any" }],
    [["--resume"], { _tag: "List" }],
    [["--resume", "abc"], { _tag: "Resume", session: "abc", access: "any" }],
    [["--take", "--resume=abc"], { _tag: "Resume", session: "abc", access: "take" }],
    [["--resume", "abc", "--read-only"], { _tag: "Resume", session: "abc", access: "read" }],
    [["--metrics", "--continue", "--take"], { _tag: "Continue", access: "take", metrics: { port: null } }]
  ])("%j", (args, request) => {
    expect(tuiArguments(args)).toEqual(request)
    expect(accessProblem(args)).toBe(null)
  })

  it.each([
    [["--take"], "--take needs --resume <id> or --continue: which session is meant?"],
    [["--metrics", "--read-only"], "--read-only needs --resume <id> or --continue: which session is meant?"],
    [["--read-only", "--resume"], "--read-only needs the id of a session behind --resume"],
    [["--continue", "--take", "--read-only"], "--take and --read-only do not go together, and once is enough"]
  ])("are wrong as %j", (args, problem) => {
    expect(tuiArguments(args)).toBe(null)
    expect(accessProblem(args)).toBe(problem)
  })
})
