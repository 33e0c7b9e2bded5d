import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { BlockHeader } from "../../src/domain/Block.ts"
import { EMPTY_ACCOUNT } from "../../src/domain/Block.ts"
import { BlockId } from "../../src/domain/ids.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import { outputText } from "../../src/ui/outside/outputLines.ts"
import { editorCommand, endMessage, pagerCommand } from "../../src/ui/outside/userPrograms.ts"
import { eventually } from "../harness/eventually.ts"

const programs = mkdtempSync(join(tmpdir(), "outside-"))
afterAll(() => rmSync(programs, { recursive: true }))
const only = (...names: ReadonlyArray<string>): string => {
  const path = mkdtempSync(join(programs, "path-"))
  for (const name of names) writeFileSync(join(path, name), "", { mode: 0o755 })
  return path
}

describe("which program opens an output", () => {
  it("is PAGER as it is written, less with colours by default, and what there is without less", () => {
    expect(pagerCommand({ PAGER: " most -s | tee 'a b' ", PATH: only() })).toBe("most -s | tee 'a b'")
    for (const PAGER of ["", " ", "cat"]) expect(pagerCommand({ PAGER, PATH: only("less") })).toBe("less -R")
    expect(pagerCommand({ PATH: only("less", "more") })).toBe("less -R")
    expect(pagerCommand({ PATH: only("more") })).toBe("more")
    expect(pagerCommand({ PATH: only() })).toBe("less -R")
  })

  it("is VISUAL, but not on a dumb terminal, then EDITOR, then vi", () => {
    const both = { VISUAL: "emacs -nw", EDITOR: "ed", PATH: only() }
    expect(editorCommand(both)).toBe("emacs -nw")
    expect(editorCommand({ ...both, TERM: "dumb" })).toBe("ed")
    expect(editorCommand({ ...both, VISUAL: " " })).toBe("ed")
    expect(editorCommand({ PATH: only("nano", "vi") })).toBe("vi")
    expect(editorCommand({ PATH: only("nano") })).toBe("nano")
  })

  it("says what went wrong, in a line", () => {
    const ended = { _tag: "Ended", exitCode: 0, signal: null, dropped: 0 } as const
    expect(endMessage("less -R", ended)).toBe(null)
    expect(endMessage("less -R", { ...ended, exitCode: 127 })).toBe("less was not found")
    expect(endMessage("less -R", { ...ended, exitCode: 1 })).toBe("less ended with status 1")
    expect(endMessage("less -R", { ...ended, exitCode: null, signal: "SIGKILL" })).toBe("less was ended by SIGKILL")
    expect(endMessage("less -R", { ...ended, dropped: 2 })).toBe("Typed too early for less, and dropped: 2 keys")
    expect(endMessage("x", { _tag: "Failed", problem: "no\x1b[2Jdisk" })).not.toContain("\x1b")
  })
})

describe("the text of an output", () => {
  const id = BlockId.make("b1")
  const block = { id, status: "running", metadata: { ...EMPTY_ACCOUNT } } as unknown as BlockHeader

  /** A block that has printed `text`, and prints on by `write`. */
  const printing = async (text: string, maxBytes = 1_000_000) => {
    const outputs = new BlockStore({ maxBytes, restore: () => null })
    const ignore = () => {}
    const write = (more: string) =>
      (outputs.live(id) ?? outputs.open(id, { columns: 80, rows: 24 }, ignore, ignore)).write(
        Buffer.from(more.replaceAll("\n", "\r\n"))
      )
    write(text)
    await eventually(() => expect(outputs.live(id)?.backlog).toBe(0))
    return { outputs, write }
  }
  const all = (outputs: BlockStore, form: "colors" | "plain") => [...outputText(outputs, block, form)].join("")

  it("has colours or not, tabs and trailing blanks, and no links", async () => {
    const { outputs } = await printing("\x1b[31mre\x1b[1md\tx  \n\x1b]8;;https://a.b\x1b\\link\x1b]8;;\x1b\\\n\nlast")
    expect(all(outputs, "plain")).toBe("red\tx  \nlink\n\nlast\n")
    const colored = all(outputs, "colors")
    expect(colored).toContain("31mre")
    expect(colored).not.toContain("]8;")
    for (const line of colored.trimEnd().split("\n"))
      expect(line.includes("\x1b") ? line.endsWith("\x1b[0m") : true).toBe(true)
  })

  it("is what there is when it begins to be read, and states at its place what is not kept", async () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `line ${n}`)
    const { outputs, write } = await printing(`${lines.join("\n")}\n`, 20_000)
    const hidden = outputs.get(id)!.hidden
    expect(hidden.lines).toBeGreaterThan(1_000)
    const text = all(outputs, "plain").trimEnd().split("\n")
    const gap = text.findIndex((line) => line.startsWith("…"))
    expect(text[gap]).toMatch(/^… [\d,]+ lines \(.*\) are not kept …$/)
    expect(gap).toBe(hidden.headLines)
    expect(text[gap - 1]).toBe(`line ${gap - 1}`)
    expect(text[gap + 1]).toBe(`line ${gap + hidden.lines}`)
    expect(text.at(-1)).toBe("line 4999")
    write("more\n")
    expect(all(outputs, "plain")).toContain("more\n")
  })

  it("counts on over lines that the limit takes while it is read", async () => {
    const lines = Array.from({ length: 3_000 }, (_, n) => `line ${n}`)
    const { outputs, write } = await printing(`${lines.join("\n")}\n`, 40_000)
    const pieces = outputText(outputs, block, "plain")
    const first = pieces.next().value ?? ""
    write(Array.from({ length: 3_000 }, (_, n) => `new ${n}\n`).join(""))
    const text = (first + [...pieces].join("")).trimEnd().split("\n")
    const numbers = text.filter((line) => line.startsWith("line ")).map((line) => Number(line.slice(5)))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(text.filter((line) => line.startsWith("new "))).toEqual([])
    expect(text.at(-1)).toMatch(/not kept …$/)
  })

  it("says so when a part of one line is missing", async () => {
    const { outputs } = await printing(`begin\n${"x".repeat(100_000)}\nend\n`, 20_000)
    const hidden = outputs.get(id)!.hidden
    expect(hidden.bytes).toBeGreaterThan(0)
    const text = all(outputs, "plain")
    expect(text).toMatch(/^begin\nx*\n… .* not kept …\n/)
    expect(text.endsWith("end\n")).toBe(true)
  })
})
