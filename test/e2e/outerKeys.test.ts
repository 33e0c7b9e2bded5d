import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { isReady, ready } from "../harness/blocks.ts"
import { ensureBuilt } from "../harness/build.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { Home } from "../harness/Home.ts"
import { SLOW_ROUND_TRIP_MS } from "../harness/screens.ts"
import { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const size = { cols: 80, rows: 24 }

/** Escape, arrows and Alt, in an editor that has a command to bring back. */
const keysWork = async (t: Terminal): Promise<void> => {
  await ready(t)
  t.type("seq 1 60\r")
  await t.waitFor((rows) => rows.includes("60") && isReady(rows))
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
  t.keys("esc")
  await ready(t)
  t.keys("up")
  await t.waitFor("$ seq 1 60")
  t.keys("left")
  t.type("7")
  await t.waitFor("$ seq 1 670")
  t.keys("alt+b")
  t.type("9")
  await t.waitFor("$ seq 1 9670")
  t.keys("ctrl+c")
  await t.waitFor((rows) => !rows.join("\n").includes("9670"))
}

/** Wheel and click, over the blocks that `keysWork` leaves. */
const mouseWorks = async (t: Terminal): Promise<void> => {
  expect(t.mouse({ action: "wheel-up", x: 5, y: 5 })).toBe(true)
  await t.waitFor((rows) => !rows.includes("60"))
  t.mouse({ action: "wheel-down", x: 5, y: 5 })
  await t.waitFor((rows) => rows.includes("60"))
  t.mouse({ action: "press", x: 1, y: 8 })
  t.mouse({ action: "release", x: 1, y: 8 })
  await t.waitFor(" NAVIGATE ")
}

/** EffectTalk inside tmux, with what its configuration file says. */
const insideTmux = async (home: Home, roundTrip: number): Promise<Terminal> => {
  await ensureBuilt()
  const args = ["-S", join(home.root, "tmux"), "-f", join(home.path, "tmux.conf"), "new-session"]
  return new Terminal({ file: "tmux", args: [...args, process.execPath, BINARY] }, { ...size, home, roundTrip })
}

describe("Escape, Alt, arrows, wheel and click", () => {
  it("work far away", async () => {
    await using t = await effecttalk({ ...size, roundTrip: SLOW_ROUND_TRIP_MS })
    await keysWork(t)
    await mouseWorks(t)
    t.keys("esc")
    await ready(t)
    // A program takes the screen while the wheel is being turned, until the terminal hears that it is not to tell of it.
    t.type("printf '\\e[?1049h'; cat -v\r")
    await t.waitFor(() => !t.mouse({ action: "wheel-up", x: 5, y: 5 }))
    t.type("typed\r")
    await t.waitFor((rows) => rows.filter((row) => row.endsWith("typed")).length === 2)
    expect(t.screen().join("\n")).not.toContain("^[")
  })

  it("work on a console, which answers nothing and knows the mouse in its first form only", async () => {
    await using t = await effecttalk({ ...size, roundTrip: SLOW_ROUND_TRIP_MS, mute: true, env: { TERM: "linux" } })
    await keysWork(t)
    const wheelUp = Buffer.from(`\x1b[M${String.fromCharCode(32 + 64, 32 + 6, 32 + 6)}`, "latin1")
    t.type("cat -v\r")
    await t.waitFor(" PROGRAM ")
    t.bytes(wheelUp)
    await t.waitFor((rows) => !rows.includes("60"))
    t.type("typed\r")
    t.keys("ctrl+\\", "n", "G")
    await t.waitFor((rows) => rows.filter((row) => row === "typed").length === 2)
    expect(t.screen().join("\n")).not.toContain("^[")
    t.bytes(wheelUp)
    await t.waitFor(/rows below/)
  })

  itWith(["tmux"], "work inside tmux as it is, and without its delay far away", async () => {
    for (const [config, roundTrip] of [
      ["", 0],
      ["set -s escape-time 0\nset -g mouse on\n", SLOW_ROUND_TRIP_MS]
    ] as const) {
      using home = new Home({ files: { "tmux.conf": config } })
      await using t = await insideTmux(home, roundTrip)
      await keysWork(t)
      await mouseWorks(t)
      t.keys("esc")
      await ready(t)
    }
  })

  itWith(["screen"], "work inside screen, the mouse once it is asked for: screen would keep Escape back", async () => {
    using home = new Home()
    // screen wants a directory of its own for its sockets, and only the user may read it.
    const env = { SCREENDIR: home.runtimeDir, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` }
    const args = ["-c", "/dev/null", "-U", process.execPath, BINARY]
    await ensureBuilt()
    await using t = new Terminal({ file: "screen", args }, { ...size, home, env })
    await keysWork(t)
    expect(t.modes.mouse).toBe("none")
    t.keys("ctrl+\\", "m")
    await t.waitFor("screen keeps Esc back until the next key")
    await mouseWorks(t)
    t.keys("ctrl+\\", "m")
    await t.waitFor("The mouse is the terminal's")
    t.keys("esc")
    await ready(t)
  })
})
