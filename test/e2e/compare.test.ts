import { describe, expect } from "vitest"
import { ready, run } from "../harness/blocks.ts"
import { itOnScreens } from "../harness/screens.ts"
import type { Terminal } from "../harness/Terminal.ts"

const navigate = async (t: Terminal): Promise<void> => {
  await ready(t)
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
}

/** Rows of the comparison, without its frame. */
const compared = (t: Terminal): ReadonlyArray<string> =>
  t
    .screen()
    .slice(1, -2)
    .map((row) => row.replace(/^│ /, "").replace(/ *│$/, ""))

describe("comparing with the run before", () => {
  itOnScreens("shows what has changed, change by change, and which runs these are", async (t) => {
    // 300 lines, of which the second run has three changed, far apart.
    await run(t, "mkdir a b; seq 300 >a/log; sed '5d;150s/$/ ch\"\"anged/;$a added' a/log >b/log; cp a/log log")
    t.home.write("show", "cat log; printf '\\033[31mred\\033[0m\\n'; seq 3 | tr '\\n' '\\t'; echo")
    await run(t, "cd b")
    await run(t, "bash ~/show")
    await run(t, "cd ../a")
    await run(t, "bash ~/show")
    await run(t, "bash ~/show")
    await navigate(t)
    t.keys("D")
    await t.waitFor("b6 has the same output as b5")
    // First to the header of the one that is read.
    t.keys("k", "k", "D")
    await t.waitFor(/^│ b5 against b3, in ~\/b {2}2 added, 2 removed/m)
    await t.waitFor(" DIFF ")
    const width = t.screen()[0]!.length
    expect(t.screen()[0]).toBe(`╭${"─".repeat(width - 2)}╮`)
    const rows = compared(t)
    expect(rows.slice(2, 9)).toEqual(["@@ -2,6 +2,7 @@", " 2", " 3", " 4", "+5", " 6", " 7"])
    const added = t.find("+5")
    const same = t.find(" 6")
    expect(t.cell(added.x, added.y).fg).not.toBe(t.cell(same.x + 1, same.y).fg)
    t.keys("n")
    await t.waitFor((all) => all.some((row) => row.startsWith('│ -150 ch""anged')))
    expect(compared(t).join("\n")).toContain('-150 ch""anged\n+150\n 151')
    t.keys("G")
    await t.waitFor((all) => all.some((row) => row.startsWith("│  red")))
    // Without its colours, and with its tabs.
    expect(compared(t).join("\n")).toContain("-added\n red\n 1       2       3")
    t.keys("g", "right")
    await t.waitFor((all) => all[3]?.startsWith("│ @@") === true && /^│ {3}\s+│$/.test(all[4]!))
    t.resize(60, 15)
    await t.waitFor((all) => all.length === 15 && all[14]!.startsWith(" DIFF "))
    t.keys("esc")
    await t.waitFor(/^✓▸ *5 /m)
    t.keys("k", "k")
    await t.waitFor(/^✓▸ *3 /m)
    t.keys("D")
    await t.waitFor("b3 has no run before it")
    t.keys("esc")
    await ready(t)
  })
})
