import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { browserCall } from "../../../src/ui/pick/browserCall.ts"
import { editorCall } from "../../../src/ui/pick/editorCall.ts"
import { absolutePath, existingFiles } from "../../../src/ui/pick/existingFiles.ts"

describe("the user's editor at a line", () => {
  it.each<[editor: string, args: ReadonlyArray<string>, graphical?: boolean]>([
    ["vi", ["+12", "/a.ts"]],
    ["vim", ["+call cursor(12,3)", "/a.ts"]],
    ["/usr/bin/nvim -u NONE", ["-u", "NONE", "+call cursor(12,3)", "/a.ts"]],
    ["nano", ["+12,3", "/a.ts"]],
    ["emacs -nw", ["-nw", "+12:3", "/a.ts"]],
    ["emacsclient -t", ["-t", "+12:3", "/a.ts"]],
    ["micro", ["+12:3", "/a.ts"]],
    ["hx", ["/a.ts:12:3"]],
    ["kak", ["+12:3", "/a.ts"]],
    ["mcedit", ["/a.ts:12"]],
    ["code --wait", ["--wait", "-g", "/a.ts:12:3"], true],
    ["codium", ["-g", "/a.ts:12:3"], true],
    ["subl -w", ["-w", "/a.ts:12:3"], true],
    ["zed", ["/a.ts:12:3"], true],
    ["kate", ["-l", "12", "-c", "3", "/a.ts"], true],
    ["my-own-editor", ["/a.ts"]]
  ])("is told by %s's own form", (EDITOR, args, graphical = false) => {
    expect(editorCall({ EDITOR }, { path: "/a.ts", line: 12, column: 3 })).toMatchObject({ args, graphical })
  })

  it("is VISUAL before EDITOR before vi, and gets the file alone where no line is known", () => {
    const place = { path: "/a.ts" }
    expect(editorCall({ VISUAL: "nano", EDITOR: "vim" }, place)).toMatchObject({ file: "nano", args: ["/a.ts"] })
    expect(editorCall({ VISUAL: " ", EDITOR: "vim" }, place)).toMatchObject({ file: "vim", args: ["/a.ts"] })
    expect(editorCall({}, { ...place, line: 3 })).toMatchObject({ file: "vi", args: ["+3", "/a.ts"] })
    expect(editorCall({ EDITOR: "hx" }, { ...place, line: 3 }).args).toEqual(["/a.ts:3:1"])
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
      const paths = ["a b.ts", "missing.ts", ".", "\0"].map((path) => absolutePath(path, directory, "/home/ada"))
      expect(await existingFiles(paths)).toEqual(new Set([join(directory, "a b.ts")]))
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it("stand in the directory of their block, or at home", () => {
    expect(absolutePath("../x.ts", "/srv/app", "/home/ada")).toBe("/srv/x.ts")
    expect(absolutePath("~/x.ts", "/srv/app", "/home/ada")).toBe("/home/ada/x.ts")
    expect(absolutePath("/x.ts", "/srv/app", "/home/ada")).toBe("/x.ts")
  })
})
