import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Origin, Setting } from "../../src/config/sources.ts"
import { plainShell, shellPath } from "../../src/shell/shellPath.ts"

const root = mkdtempSync(join(tmpdir(), "shells-"))
const bin = join(root, "bin")
mkdirSync(bin)
mkdirSync(join(bin, "folder"))
const program = (name: string, mode = 0o755): string => {
  const path = join(bin, name)
  writeFileSync(path, "#!/bin/sh\n")
  chmodSync(path, mode)
  return path
}
const [bash, sh, zsh, odd] = ["bash", "sh", "zsh", "odd shell"].map((name) => program(name)) as [
  string,
  string,
  string,
  string
]
const plainFile = program("plain", 0o644)
const own = program("effecttalk.cjs")
const link = join(bin, "et")
symlinkSync(own, link)
const nobody = program("nologin")
afterAll(() => rmSync(root, { recursive: true, force: true }))

const setting = (value: string, origin: Origin = { _tag: "CommandLine" }): Setting => ({
  name: origin._tag === "CommandLine" ? "--shell" : "EFFECTTALK_SHELL",
  variable: "SHELL",
  value,
  origin
})
const asked = (value: string, environment: Readonly<Record<string, string>> = {}) =>
  shellPath({ PATH: bin, SHELL: bash, ...environment }, setting(value), root)
const written = (value: string, environment: Readonly<Record<string, string>> = {}) =>
  shellPath({ PATH: bin, SHELL: bash, ...environment }, setting(value, { _tag: "Environment" }), root)
const named = (SHELL: string | undefined, environment: Readonly<Record<string, string>> = {}) =>
  shellPath({ PATH: bin, ...(SHELL !== undefined && { SHELL }), ...environment }, null, root)

describe("the shell that the command line asks for", () => {
  it("is found by its name, its path, and a path relative to the directory", () => {
    for (const wanted of ["zsh", zsh, "./bin/zsh", "bin/../bin/zsh"]) {
      expect(asked(wanted)).toEqual({ path: zsh, notice: null })
    }
    expect(asked("odd shell")).toEqual({ path: odd, notice: null })
  })

  it("is absolute also when PATH is not", () => {
    expect(asked("zsh", { PATH: "nowhere:bin" })).toEqual({ problem: "--shell: zsh is not on the PATH" })
    expect(asked("bin/zsh", { PATH: "" })).toEqual({ path: zsh, notice: null })
  })

  it.each([
    ["nosuch", "is not on the PATH"],
    ["/no/such/zsh", "does not exist"],
    ["folder", "is not on the PATH"],
    [join(bin, "folder"), "is not a program"],
    [plainFile, "cannot be executed"],
    ["plain", "is not on the PATH"],
    [nobody, "takes no commands"],
    [own, "starts EffectTalk itself"],
    ["et", "starts EffectTalk itself"]
  ])("is a problem when it cannot run: %s", (wanted, why) => {
    expect(asked(wanted)).toEqual({ problem: `--shell: ${wanted} ${why}` })
  })
})

describe("a shell that is written down", () => {
  it("comes before SHELL, and is passed over with a notice", () => {
    expect(written("zsh")).toEqual({ path: zsh, notice: null })
    expect(written("nosuch")).toEqual({
      path: bash,
      notice: "EFFECTTALK_SHELL: nosuch is not on the PATH: bash runs instead"
    })
    // One reason is enough: it is the first that was wanted.
    expect(written("nosuch", { SHELL: "relative" })).toMatchObject({
      path: bash,
      notice: expect.stringMatching(/^EFFECTTALK_SHELL: nosuch/)
    })
  })
})

describe("SHELL", () => {
  it("names the shell, whichever it is", () => {
    expect(named(zsh)).toEqual({ path: zsh, notice: null })
    expect(named(odd)).toEqual({ path: odd, notice: null })
  })

  it.each([
    ["zsh", "is not an absolute path"],
    ["/no/such", "does not exist"],
    [plainFile, "cannot be executed"],
    [nobody, "takes no commands"],
    [own, "starts EffectTalk itself"],
    [link, "starts EffectTalk itself"]
  ])("that cannot be used is said: %s", (SHELL, why) => {
    expect(named(SHELL)).toEqual({ path: bash, notice: `SHELL: ${SHELL} ${why}: bash runs instead` })
  })

  it("that is not set leaves it to bash, then sh, without a word", () => {
    expect(named(undefined)).toEqual({ path: bash, notice: null })
    expect(named("")).toEqual({ path: bash, notice: null })
    rmSync(bash)
    expect(named(undefined)).toEqual({ path: sh, notice: null })
    expect(plainShell({ PATH: "relative" })).toBe("/bin/sh")
    program("bash")
  })
})
