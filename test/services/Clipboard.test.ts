import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { afterEach, beforeEach } from "vitest"
import { isAlive } from "../../src/platform.ts"
import { makeClipboard } from "../../src/services/Clipboard.ts"
import { copiedText, notCopiedText } from "../../src/ui/copiedText.ts"
import { eventually } from "../harness/eventually.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effecttalk-clipboard-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program that notes its arguments and what it reads in files of its name. */
const install = (name: string, then = "") => {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\necho "$@" >>${path}.args\ncat >${path}.text\n${then}\n`)
  chmodSync(path, 0o755)
}

const noted = (name: string, what: "args" | "text") => {
  const path = join(folder, `${name}.${what}`)
  return existsSync(path) ? readFileSync(path, "utf8") : null
}

/** The clipboard of an environment, and what it wrote to the terminal. */
const clipboardOf = (environment: Readonly<Record<string, string>>) => {
  const written: Array<string> = []
  const { copy } = makeClipboard({
    environment: { PATH: `${folder}:/usr/bin:/bin`, ...environment },
    write: (sequence) => written.push(sequence)
  })
  return { copy, written }
}

const osc52 = (text: string, letter = "c") => `\x1b]52;${letter};${Buffer.from(text).toString("base64")}\x07`
const X11 = { DISPLAY: ":0" }
const WAYLAND = { WAYLAND_DISPLAY: "wayland-0" }
const SSH = { SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" }
const TMUX = { TMUX: "/tmp/tmux,1,0" }

describe("where a text goes", () => {
  for (const [environment, programs, by] of [
    [{}, ["wl-copy", "xclip", "xsel"], "terminal"],
    [X11, ["wl-copy", "xclip", "xsel"], "xclip"],
    [X11, ["wl-copy", "xsel"], "xsel"],
    [WAYLAND, ["wl-copy", "xclip"], "wl-copy"],
    [{ ...WAYLAND, ...X11 }, ["wl-copy", "xclip"], "wl-copy"],
    [{ ...WAYLAND, ...X11 }, ["xclip"], "xclip"],
    [X11, [], "terminal"],
    [{}, ["pbcopy"], "pbcopy"],
    [{ ...X11, ...SSH }, ["xclip", "pbcopy"], "terminal"],
    [{ ...X11, SSH_TTY: "/dev/pts/1" }, ["xclip"], "terminal"],
    [{ ...X11, SSH_TTY: "" }, ["xclip"], "xclip"],
    [TMUX, ["tmux"], "tmux"],
    [{ ...SSH, ...TMUX }, ["tmux", "xclip"], "tmux"],
    [{ ...X11, ...TMUX }, ["tmux", "xclip"], "xclip,tmux"],
    [{ STY: "1.pts" }, [], "screen"]
  ] as const)
    it.effect(`${Object.keys(environment)} with ${programs.join(", ") || "no program"}: ${by}`, () =>
      Effect.gen(function* () {
        for (const name of programs) install(name)
        const { copy, written } = clipboardOf(environment)
        const copied = yield* copy("text\n")
        expect(copied.by.join()).toBe(by)
        expect(copied.sent).toBe(by === "terminal" || by === "screen")
        expect(written).toHaveLength(copied.sent ? 1 : 0)
        for (const name of programs) expect(noted(name, "text")).toBe(copied.by.includes(name) ? "text\n" : null)
      })
    )

  it.effect("each program is asked for the clipboard or for the primary selection", () =>
    Effect.gen(function* () {
      for (const [name, environment, args] of [
        ["wl-copy", WAYLAND, "--type text/plain --primary\n--type text/plain\n"],
        ["xclip", X11, "-in -selection primary\n-in -selection clipboard\n"],
        ["xsel", X11, "--input --primary\n--input --clipboard\n"],
        ["tmux", TMUX, "load-buffer -w -\n"],
        ["pbcopy", {}, "\n"]
      ] as const) {
        install(name)
        yield* clipboardOf(environment).copy("x", "both")
        expect(noted(name, "args")!.split("\n").sort()).toEqual(args.split("\n").sort())
        rmSync(join(folder, name))
      }
      const terminal = clipboardOf({})
      yield* terminal.copy("x", "both")
      yield* terminal.copy("y", "primary")
      expect(terminal.written).toEqual([osc52("x", "p") + osc52("x"), osc52("y", "p")])
    })
  )

  it.effect("a text for tmux's terminal goes there where tmux has no such thing: the primary selection", () =>
    Effect.gen(function* () {
      install("tmux")
      const { copy, written } = clipboardOf(TMUX)
      expect(yield* copy("x", "primary")).toEqual({ by: ["terminal"], sent: true, problem: null })
      expect(written).toEqual([osc52("x", "p")])
    })
  )
})

describe("a program", () => {
  it.effect("gets a large text whole, and its exit code is the answer", () =>
    Effect.gen(function* () {
      install("xclip")
      const text = "äöü\t \n".repeat(500_000)
      const { copy, written } = clipboardOf(X11)
      const copied = yield* copy(text)
      expect(noted("xclip", "text") === text).toBe(true)
      expect(copiedText(text, copied)).toBe("Copied 500,000 lines to the clipboard")
      expect(written).toEqual([])
    })
  )

  it.effect("that fails leaves it to the terminal, and is named with what it said", () =>
    Effect.gen(function* () {
      install("xclip", "echo 'Error: no display\x1b[2J' >&2; echo more >&2; exit 1")
      const { copy, written } = clipboardOf(X11)
      const copied = yield* copy("text")
      expect(written).toEqual([osc52("text")])
      expect(copiedText("text", copied)).toBe("Sent 1 line to the terminal's clipboard; xclip: Error: no display^[[2J")
      const long = "x".repeat(60_000)
      expect(notCopiedText(yield* Effect.flip(copy(long)))).toBe(
        "Not copied: longer than the 55 kB that terminals take, and xclip: Error: no display^[[2J"
      )
      expect(written).toHaveLength(1)
    })
  )

  it.effect("that reads nothing of a large text is no fault of ours", () =>
    Effect.gen(function* () {
      writeFileSync(join(folder, "xclip"), "#!/bin/sh\nexit 3\n", { mode: 0o755 })
      const { copy } = clipboardOf({ ...X11, ...TMUX })
      install("tmux")
      expect(yield* copy("x".repeat(5_000_000))).toEqual({ by: ["tmux"], sent: false, problem: "xclip: failed" })
    })
  )

  it.effect("may stay behind with the text: it is not waited for, and lives on", () =>
    Effect.gen(function* () {
      install("xclip", `sleep 1000 & echo $! >${join(folder, "pid")}`)
      yield* clipboardOf(X11).copy("text")
      const pid = Number(readFileSync(join(folder, "pid"), "utf8"))
      expect(isAlive(pid, null)).toBe(true)
      process.kill(pid)
    })
  )

  it.effect("that takes too long is ended, and the terminal gets the text", () =>
    Effect.gen(function* () {
      install("xclip", `echo $$ >${join(folder, "pid")}; sleep 1000`)
      const { copy, written } = clipboardOf(X11)
      const fiber = yield* Effect.fork(copy("text"))
      yield* Effect.promise(() => eventually(() => expect(statSync(join(folder, "pid")).size).toBeGreaterThan(1)))
      yield* TestClock.adjust(3_000)
      expect((yield* Fiber.join(fiber)).problem).toBe("xclip took too long and was ended")
      expect(written).toEqual([osc52("text")])
      expect(isAlive(Number(readFileSync(join(folder, "pid"), "utf8")), null)).toBe(false)
    })
  )

  it.effect("gets one text after the other: the last one stays", () =>
    Effect.gen(function* () {
      install("xclip")
      const { copy } = clipboardOf(X11)
      const texts = Array.from({ length: 5 }, (_, index) => `text ${index}`)
      yield* Effect.forEach(texts, (text) => Effect.fork(copy(text))).pipe(Effect.flatMap(Fiber.joinAll))
      expect(noted("xclip", "text")).toBe("text 4")
    })
  )
})

describe("the terminal", () => {
  it.effect("is sent 55 kB at most, and the limit is said", () =>
    Effect.gen(function* () {
      const { copy, written } = clipboardOf({})
      expect(copiedText("a\nb", yield* copy("a\nb"))).toBe("Sent 2 lines to the terminal's clipboard")
      expect(notCopiedText(yield* Effect.flip(copy("x".repeat(55_001))))).toBe(
        "Not copied: longer than the 55 kB that terminals take"
      )
      expect(written).toEqual([osc52("a\nb")])
    })
  )

  it.effect("behind screen gets it in strings that screen passes on", () =>
    Effect.gen(function* () {
      const text = "text ".repeat(1000)
      const { copy, written } = clipboardOf({ STY: "1.pts" })
      expect(copiedText(text, yield* copy(text))).toBe("Sent 1 line through screen to the terminal's clipboard")
      const strings = written.join("").match(/\x1bP[^\x1b]*\x1b\\|\x1bP\x1b\][^\x1b]*\x1b\\/g) ?? []
      expect(strings.join("")).toBe(written.join(""))
      expect(Math.max(...strings.map((string) => string.length))).toBeLessThan(256)
      expect(strings.map((string) => string.slice(2, -2)).join("")).toBe(osc52(text))
    })
  )
})
