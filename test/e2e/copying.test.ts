import { chmodSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { isReady, ready, run } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { itOnScreens } from "../harness/screens.ts"
import { Terminal } from "../harness/Terminal.ts"
import { tmux } from "../harness/tmux.ts"
import { itWith } from "../harness/tools.ts"

const long = "0123456789".repeat(20)

describe("copying a block", () => {
  itOnScreens("takes command, output, both or Markdown, unwrapped", async (t) => {
    await run(t, `printf '\\e[31m\\tred\\e[0m  \\n%s\\n' ${long}; false`)
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    const command = `printf '\\e[31m\\tred\\e[0m  \\n%s\\n' ${long}; false`
    const output = `\tred  \n${long}\n`
    for (const [key, text, said] of [
      ["c", output, "Sent 2 lines to the terminal's clipboard"],
      ["C", command, "Sent 1 line to the terminal's clipboard"],
      ["y", `$ ${command}\n${output}`, "Sent 3 lines to the terminal's clipboard"],
      ["Y", null, "Sent 7 lines to the terminal's clipboard"]
    ] as const) {
      t.type(key)
      await t.waitFor(said)
      const copied = t.emulator.clipboard.at(-1)
      if (text !== null) expect(copied).toBe(text)
      else expect(copied).toMatch(/^```console\n\$ printf [^\n]*\n\tred {2}\n\d+\n```\n\nexit 1, [\d.]+m?s\n$/)
    }
    expect(t.emulator.clipboard).toHaveLength(4)
    // What there is nothing of.
    t.keys("esc")
    await run(t, "true")
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("c")
    await t.waitFor("Nothing to copy: the block has no output")
    expect(t.emulator.clipboard).toHaveLength(4)
  })

  it("gives it to the desktop's program, past the terminal's limit, and says what is not kept", async () => {
    using home = new Home({ files: { "bin/xclip": '#!/bin/sh\ncat >"$HOME/$3"; sleep 1000 &\n' } })
    chmodSync(join(home.path, "bin/xclip"), 0o755)
    const env = {
      DISPLAY: ":0",
      PATH: `${home.path}/bin:${home.environment().PATH}`,
      EFFECTTALK_MAX_BLOCK_OUTPUT_SIZE: "100000"
    }
    await using t = await effecttalk({ home, env, cols: 120 })
    await ready(t)
    t.type("seq 1 30000\r")
    await t.waitFor((rows) => rows.includes("30000") && isReady(rows))
    t.keys("esc")
    await t.waitFor(" NAVIGATE ")
    t.type("c")
    await t.waitFor(/Copied [\d,]+ lines to the clipboard; [\d,]+ lines not kept/)
    const text = home.read("clipboard")
    expect(text.length).toBeGreaterThan(90_000)
    expect(text).toMatch(/^1\n2\n[\s\S]*\n… [\d,]+ lines \([\d.]+ kB\) are not kept …\n[\s\S]*\n30000\n$/)
    expect(t.emulator.clipboard).toEqual([])
    // A program that may copy goes the same way.
    t.keys("esc")
    await run(t, `printf '\\e]52;c;%s\\a' ${Buffer.from("of a program").toString("base64")}`)
    await t.waitFor("wants to copy")
    t.keys("ctrl+\\", "y")
    await t.waitFor("copied 12 B to the clipboard")
    expect(home.read("clipboard")).toBe("of a program")
    t.keys("ctrl+d")
    await t.exit
  })

  itWith(["tmux"], "fills tmux's buffer, and says so", async () => {
    await using pane = await tmux({ cols: 100, rows: 20 })
    await pane.waitFor(" EDITOR ")
    await pane.type("seq 1 9\r")
    // The pane shows a frame in parts: only a header that was not there before tells that the command is over.
    await pane.waitFor(/^✓ {2}1 seq[\s\S]* EDITOR /m)
    await pane.keys("esc")
    await pane.waitFor("▸ 1 seq")
    await pane.type("c")
    await pane.waitFor("Copied 9 lines to tmux, and sent to its terminal")
    expect((await pane.buffer()).join("\n").trimEnd()).toBe("1\n2\n3\n4\n5\n6\n7\n8\n9")
  })

  itWith(["screen"], "reaches the terminal through screen", async () => {
    using home = new Home()
    // screen wants a directory of its own for its sockets, and only the user may read it.
    const env = { SCREENDIR: home.runtimeDir, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` }
    const args = ["-c", "/dev/null", "-U", process.execPath, BINARY]
    await using t = new Terminal({ file: "screen", args }, { cols: 100, rows: 24, home, env })
    await ready(t)
    await run(t, `printf '%0600d' 7`)
    t.keys("ctrl+\\", "n")
    await t.waitFor("▸ 1 printf")
    t.type("c")
    await t.waitFor("Sent 1 line through screen to the terminal's clipboard")
    expect(t.emulator.clipboard).toEqual([`${"0".repeat(599)}7`])
  })
})
