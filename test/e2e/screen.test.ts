import { describe, expect, it } from "vitest"
import { inModes, ready, run } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"
import { itWith } from "../harness/tools.ts"

const wide = { cols: 120, rows: 40 }

describe("blocks on the screen", () => {
  it("copies a Makefile with its tabs and trailing blanks, past a progress bar too", async () => {
    const makefile = "all:\n\tcc -o talk talk.c  \n\n\t\t@echo done\n"
    await using t = await effecttalk({ ...wide, files: { Makefile: makefile } })
    await run(t, "printf '10%%\\r50%%\\r100%%\\n'; cat Makefile")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("c")
    await t.waitFor("Sent 5 lines")
    expect(t.emulator.clipboard).toEqual([`100%\n${makefile}`])
  })

  it("folds one block and all, and says how many lines are hidden", async () => {
    await using t = await effecttalk(wide)
    await run(t, "seq 1 5")
    await run(t, "echo two")
    t.keys("esc")
    await t.waitFor("▸ 2 echo two")
    t.keys("up")
    await t.waitFor("▸ 1 seq 1 5")
    t.keys("enter")
    await t.waitFor(/seq 1 5 +⋯ 5 lines/)
    expect(t.screen()).not.toContain("3")
    t.type("F")
    await t.waitFor(/echo two +⋯ 1 line/)
    t.type("U")
    await t.waitFor((rows) => rows.includes("3") && rows.includes("two"))
  })

  it("never moves what is read when output arrives below", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("seq 1 100\r")
    await t.waitFor((rows) => rows.includes("100") && rows.some((row) => row.startsWith(" EDITOR ")))
    t.type("until [ -e go ]; do sleep 0.05; done; seq 201 300; echo e''nd; cat\r")
    await t.waitFor(" PROGRAM ")
    t.keys("ctrl+\\", "n")
    await t.waitFor(" NAVIGATE ")
    t.type("g")
    await t.waitFor((rows) => rows[1]?.includes("▸ 1 seq 1 100") === true && rows[2] === "1")
    const before = t.screen().slice(1, 30)
    t.home.write("go", "")
    await t.waitFor(/↓ [\d,]+ rows below, 10\d new lines/)
    expect(t.screen().slice(1, 30)).toEqual(before)
    t.type("G")
    await t.waitFor(/^end$/m)
  })

  it("names who has the keyboard, and the leader brings every state", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("cat\r")
    await t.waitFor(" PROGRAM ")
    t.keys("ctrl+\\", "e")
    await t.waitFor(" EDITOR ")
    t.type("next")
    await t.waitFor("$ next")
    t.keys("ctrl+\\", "esc")
    await t.waitFor(" PROGRAM ")
    t.type("hello\r")
    await t.waitFor((rows) => rows.filter((row) => row === "hello").length === 2)
    t.keys("ctrl+c")
    await t.waitFor(" EDITOR ")
    expect(t.screen().join("\n")).toContain("$ next")
    t.keys("esc")
    await t.waitFor("Your text stays: Ctrl+\\ n navigates from here")
  })

  it("prints every key on request", async () => {
    await using t = await effecttalk({ cols: 60, rows: 15 })
    await ready(t)
    t.keys("ctrl+\\", "?")
    await t.waitFor("after the leader")
    t.keys("pagedown", "pagedown")
    await t.waitFor((rows) => !rows.some((row) => row.includes("after the leader")))
    t.keys("esc")
    await t.waitFor("Enter run")
  })
})

describe("the editor", () => {
  it("keeps a pasted text from running before Enter", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.paste("echo o''ne\necho t''wo\n")
    await t.waitFor("echo t''wo")
    expect(t.screen()).not.toContain("one")
    t.keys("enter")
    await t.waitFor((rows) => rows.includes("one") && rows.includes("two"))
  })

  it("puts the terminal's cursor where typing goes", async () => {
    await using t = await effecttalk({ ...wide, rc: "PS1='first line\\n\\[\\e[32m\\]second\\[\\e[0m\\]> '" })
    await t.waitFor("second>")
    expect(t.find("first line")!.y).toBe(t.find("second>")!.y - 1)
    expect(t.cell(0, t.find("second>")!.y).fg).toBe(2)
    t.type("abc")
    await t.waitFor("second> abc")
    expect(t.cursor).toMatchObject({ x: "second> abc".length, y: t.find("second>")!.y, visible: true })
    t.keys("ctrl+a")
    await t.waitFor(() => t.cursor.x === "second> ".length)
  })

  it("shows directory and branch instead of the shell's prompt when asked", async () => {
    await using t = await effecttalk({ ...wide, env: { EFFECTTALK_PROMPT: "own" }, rc: "PS1='theirs> '" })
    await t.waitFor("❯")
    expect(t.screen().join("\n")).not.toContain("theirs>")
    await run(t, "mkdir -p src && cd src && git init -q -b trunk")
    await t.waitFor(/~\/src ⎇ trunk\n❯/)
  })
})

describe("full-screen programs", () => {
  itWith(["vim"], "gives vim the terminal but one line, and takes it back", async () => {
    await using t = await effecttalk({ cols: 80, rows: 24, files: { "a.txt": "alpha\nbeta\n" } })
    await ready(t)
    t.type("vim -u NONE a.txt\r")
    await t.waitFor((rows) => rows[0] === "alpha" && rows[23]!.startsWith(" PROGRAM "))
    t.type("ihello \x1b")
    await t.waitFor((rows) => rows[0] === "hello alpha")
    t.resize(100, 30)
    // To the foot of its new size: vim loses a key that comes before it has heard of it.
    await t.waitFor((rows) => rows[0] === "hello alpha" && rows[27] === "~" && rows[29]!.startsWith(" PROGRAM "))
    t.type(":wq\r")
    await t.waitFor(" EDITOR ")
    expect(t.home.read("a.txt")).toBe("hello alpha\nbeta\n")
    expect(t.screen().join("\n")).not.toContain("hello alpha")
  })

  itWith(["less"], "mirrors what less asks of the keyboard, and resets it", async () => {
    await using t = await effecttalk({ cols: 80, rows: 24 })
    await ready(t)
    t.type("seq 1 500 | less\r")
    await t.waitFor((rows) => rows[0] === "1" && rows[21] === "22")
    await inModes(t, { applicationCursor: true })
    t.keys("down")
    await t.waitFor((rows) => rows[0] === "2")
    t.type("q")
    await t.waitFor(" EDITOR ")
    await inModes(t, { applicationCursor: false })
  })
})

describe("keys that come faster than the shell answers", () => {
  it("are taken in the order in which they were typed, over several unfinished lines", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type('for i in 1 2\rdo\recho "n$i"\rdone\r')
    await t.waitFor((rows) => rows.includes("n1") && rows.includes("n2"))
  })

  it("are not lost behind a key that moves the keyboard", async () => {
    await using t = await effecttalk(wide)
    await run(t, "echo one")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("iecho two")
    await t.waitFor("$ echo two")
  })
})

describe("leader over a full-screen program", () => {
  itWith(["less"], "shows the editor while it has the keyboard, and the program after", async () => {
    await using t = await effecttalk(wide)
    await ready(t)
    t.type("seq 1 500 | less\r")
    await t.waitFor((rows) => rows[0] === "1" && rows[37] === "38")
    t.keys("ctrl+\\", "e")
    await t.waitFor(" EDITOR ")
    t.type("next")
    await t.waitFor("$ next")
    t.keys("ctrl+\\", "esc")
    await t.waitFor((rows) => rows[0] === "1" && rows[37] === "38")
    t.type("q")
    await t.waitFor(" EDITOR ")
  })
})
