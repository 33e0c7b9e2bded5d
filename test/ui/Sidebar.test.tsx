import { Box, Text } from "ink"
import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { describe, expect, it } from "vitest"
import { Sidebar } from "../../src/ui/components/Sidebar.tsx"
import { renderInk } from "../../src/ui/renderInk.ts"
import type { SidebarModel } from "../../src/ui/sidebar/SidebarModel.ts"
import { focusSidebar, quietSidebar, reduceSidebar, type SidebarState } from "../../src/ui/sidebar/sidebarState.ts"
import { fullTheme } from "../../src/ui/theme.ts"
import { screenWith } from "../terminal/screenWith.ts"
import { busyModel, emptyModel, NOW } from "./sidebar/models.ts"

const screen = (model: SidebarModel, state: SidebarState, now: () => number = () => NOW, tick = 0) => (
  <Box width={60} height={15}>
    <Box flexGrow={1}>
      <Text>blocks</Text>
    </Box>
    <Sidebar model={model} state={state} theme={fullTheme} width={28} now={now} tick={tick} />
  </Box>
)

describe("the sidebar on the screen", () => {
  it("stands beside the blocks, as wide as it is told and as high as the room", () => {
    const { lastFrame, unmount } = render(screen(emptyModel, quietSidebar))
    const lines = stripAnsi(lastFrame() ?? "").split("\n")
    expect(lines).toHaveLength(15)
    expect(lines[0]).toBe(`blocks${" ".repeat(26)}│ Open here`)
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {32}│/)
    unmount()
  })

  it("goes on with the time, and shows what changes", () => {
    let now = NOW
    const tree = (model: SidebarModel, tick: number) => screen(model, quietSidebar, () => now, tick)
    const { lastFrame, rerender, unmount } = render(tree(busyModel, 0))
    expect(stripAnsi(lastFrame() ?? "")).toMatch(/npm test.* 7s/)
    now += 1000
    rerender(tree(busyModel, 1))
    expect(stripAnsi(lastFrame() ?? "")).toMatch(/npm test.* 8s/)
    rerender(tree({ ...busyModel, blocks: [] }, 1))
    expect(lastFrame()).not.toContain("npm test --")
    unmount()
  })

  it("puts the terminal's cursor where a name is being written, and nowhere else", async () => {
    const outer = screenWith({ columns: 60, rows: 15 })
    const focused = focusSidebar(emptyModel)
    const show = async (state: SidebarState) => {
      const ink = renderInk(screen(emptyModel, state), { presenter: outer.presenter, columns: 60, rows: 15 })
      const lines = await outer.lines()
      const { visible, x, y } = outer.emulator.cursor
      ink.unmount()
      return { cursor: visible ? `${y},${x}` : "hidden", lines }
    }
    expect((await show(focused)).cursor).toBe("hidden")
    let naming = reduceSidebar(focused, { type: "text", text: "r" }, emptyModel).state
    naming = reduceSidebar(naming, { type: "text", text: "lab" }, emptyModel).state
    const { cursor, lines } = await show(naming)
    expect(lines[1]!.slice(32)).toBe("│ ○▸lab")
    expect(cursor).toBe(`1,${32 + "│ ○▸lab".length}`)
    outer.presenter.stop()
  })
})
