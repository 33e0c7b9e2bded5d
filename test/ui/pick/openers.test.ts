import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { editorCall } from "../../../src/ui/outside/editorCall.ts"
import { browserCall } from "../../../src/ui/pick/browserCall.ts"
import { absolutePath, existingFiles } from "../../../src/ui/pick/existingFiles.ts"

describe("the user's editor at a line", () => {
  it.each<[editor: string, args: ReadonlyArray<string>, graphical?: boolean]>([
    ["vi", ["+12", "/a.ts"]],
    ["vim", ["+call cursor(12,3)", "/a.ts"]],
    ["/usr/bin/nvim -u NONE", ["+call cursor(12,3)", "/a.ts"]],
    ["nano", ["+12,3", "/a.ts"]],
    ["emacs -nw", ["+12:3", "/a.ts"]],
    ["emacsclient -t", ["+12:3", "/a.ts"]],
    ["micro", ["+12:3", "/a.ts"]],
    ["hx", ["/a.ts:12:3"]],
    ["kak", ["+12:3", "/a.ts"]],
    ["mcedit", ["/a.ts:12"]],
    ["code --wait", ["-g", "/a.ts:12:3"], true],
    ["codium", ["-g", "/a.ts:12:3"], true],
    ["subl -w", ["/a.ts:12:3"], true],
    ["zed", ["/a.ts:12:3"], true],
    ["kate", ["-l", "12", "-c", "3", "/a.ts"], true],
    ["my-own-editor", ["/a.ts"]]
  ])("is told by %s's own form", (EDITOR, args, graphical = false) => {
    expect(editorCall({ EDITOR }, { path: "/a.ts", line: 12, column: 3 })).toEqual({
      command: EDITOR,
      file: "sh",
      args: ["-c", `${EDITOR} "$@"`, EDITOR, ...args],
      graphical
    })
  })

  it("is run by a shell, to which the file's name is one argument, whatever is in it", () => {
    const bin = mkdtempSync(join(tmpdir(), "my editors-"))
    try {
      writeFileSync(join(bin, "nano"), '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 })
      const { file, args } = editorCall({ EDITOR: `OLD=x '${bin}/nano' "a  b" $((1+1))` }, { path: "/$(id) 'x';y.ts" })
      expect(execFileSync(file, args, { encoding: "utf8" })).toBe("a  b|2|/$(id) 'x';y.ts|")
    } finally {
      rmSync(bin, { recursive: true })
    }
  })

  it("is VISUAL before EDITOR before vi, and gets the file alone where no line is known", () => {
    const place = { path: "/a.ts" }
    const called = (env: Readonly<Record<string, string>>, line?: number) => {
      const { command, args } = editorCall(env, line === undefined ? place : { ...place, line })
      return [command, ...args.slice(3)]
    }
    expect(called({ VISUAL: "nano", EDITOR: "vim" })).toEqual(["nano", "/a.ts"])
    expect(called({ VISUAL: " ", EDITOR: "vim" })).toEqual(["vim", "/a.ts"])
    expect(called({}, 3)).toEqual(["vi", "+3", "/a.ts"])
    expect(called({ EDITOR: "hx" }, 3)).toEqual(["hx", "/a.ts:3:1"])
  })

  it("has a window of its own where emacs has a display", () => {
    const place = { path: "/a.ts", line: 1 }
    expect(editorCall({ EDITOR: "emacs", DISPLAY: ":0" }, place).graphical).toBe(true)
    expect(editorCall({ EDITOR: "emacs" }, place).graphical).toBe(false)
    expect(editorCall({ EDITOR: "emacs -nw", DISPLAY: ":0" }, place).graphical).toBe(false)
  })
})

describe("opening an address", () => {
  let bin = ""
  beforeAll(() => {
    bin = mkdtempSync(join(tmpdir(), "browsers-"))
    for (const name of ["firefox", "xdg-open", "open"]) writeFileSync(join(bin, name), "", { mode: 0o755 })
  })
  afterAll(() => rmSync(bin, { recursive: true }))

  const url = "https://x.io/?a=%s&b;c"
  const call = (env: Readonly<Record<string, string>>, platform: NodeJS.Platform = "linux") =>
    browserCall({ PATH: bin, ...env }, platform, url)

  it("takes the first of BROWSER that is there, and puts the address where it is wanted", () => {
    expect(call({ BROWSER: "firefox" })).toEqual({ file: "firefox", args: [url] })
    expect(call({ BROWSER: "missing:firefox --new-tab %s --x" })).toEqual({
      file: "firefox",
      args: ["--new-tab", url, "--x"]
    })
  })

  it("else the desktop's own, where there is a desktop", () => {
    expect(call({ DISPLAY: ":0" })).toEqual({ file: "xdg-open", args: [url] })
    expect(call({ WAYLAND_DISPLAY: "wayland-0", BROWSER: "missing" })).toEqual({ file: "xdg-open", args: [url] })
    expect(call({}, "darwin")).toEqual({ file: "open", args: [url] })
    expect(call({})).toBeNull()
    expect(call({ DISPLAY: ":0", PATH: "/nowhere" })).toBeNull()
  })

  it("but nothing on another host that shows none of its windows here", () => {
    expect(call({ SSH_CONNECTION: "1 2 3 4", BROWSER: "firefox" })).toBeNull()
    expect(call({ SSH_TTY: "/dev/pts/1" }, "darwin")).toBeNull()
    expect(call({ SSH_CONNECTION: "1 2 3 4", DISPLAY: "localhost:10" })).toEqual({ file: "xdg-open", args: [url] })
  })
})

describe("the files that a text names", () => {
  it("are those that are there: no directories, nothing that is missing", async () => {
    const directory = mkdtempSync(join(tmpdir(), "files-"))
    try {
      writeFileSync(join(directory, "a b.ts"), "")
      // However long a busy machine takes to look.
      vi.useFakeTimers({ toFake: ["setTimeout"] })
      const paths = ["a b.ts", "missing.ts", ".", "\0"].map((path) => absolutePath(path, directory, "/home/ada"))
      expect(await existingFiles(paths)).toEqual(new Set([join(directory, "a b.ts")]))
    } finally {
      vi.useRealTimers()
      rmSync(directory, { recursive: true })
    }
  })

  it("stand in the directory of their block, or at home", () => {
    expect(absolutePath("../x.ts", "/srv/app", "/home/ada")).toBe("/srv/x.ts")
    expect(absolutePath("~/x.ts", "/srv/app", "/home/ada")).toBe("/home/ada/x.ts")
    expect(absolutePath("/x.ts", "/srv/app", "/home/ada")).toBe("/x.ts")
  })
})
