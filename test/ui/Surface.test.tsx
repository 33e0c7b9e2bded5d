import { Box, Text } from "ink"
import { render as renderAlone } from "ink-testing-library"
import { useState } from "react"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Overlay, Surface } from "../../src/ui/components/Surface.tsx"
import { useTerminalSize } from "../../src/ui/contexts/TerminalSize.ts"
import { renderInk } from "../../src/ui/renderInk.ts"
import { screenWith } from "../terminal/emulated.ts"

const numbered = (width: number, height: number) =>
  Array.from({ length: height }, (_, i) => `row ${i} of ${height}, ${width} wide`)

const cleanups: Array<() => void> = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

const mount = (element: React.ReactNode, size = { columns: 60, rows: 15 }) => {
  const screen = screenWith(size)
  const ink = renderInk(element, { presenter: screen.presenter, ...size })
  cleanups.push(() => {
    ink.unmount()
    screen.presenter.stop()
  })
  return { ...screen, ink }
}

describe("Surface with a presenter", () => {
  it("paints its rows where layout puts it, beside Ink's own boxes", async () => {
    const { lines } = mount(
      <Box flexGrow={1}>
        <Box width={10} borderStyle="single">
          <Text>side</Text>
        </Box>
        <Surface id="main" flexGrow={1} rows={numbered} />
      </Box>
    )
    const shown = await lines()
    expect(shown[0]).toBe("┌────────┐row 0 of 15, 50 wide")
    expect(shown[1]).toBe("│side    │row 1 of 15, 50 wide")
    expect(shown[14]).toBe("└────────┘row 14 of 15, 50 wide")
  })

  it("follows layout when a sibling grows though nothing of its own renders", async () => {
    let grow: (lines: number) => void = () => {}
    const Sibling = () => {
      const [count, setCount] = useState(1)
      grow = setCount
      return <Box height={count} flexShrink={0} />
    }
    const { lines } = mount(
      <>
        <Surface id="main" flexGrow={1} rows={numbered} />
        <Sibling />
      </>
    )
    expect((await lines())[13]).toBe("row 13 of 14, 60 wide")
    grow(4)
    await vi.waitFor(async () => {
      const shown = await lines()
      expect(shown[0]).toBe("row 0 of 11, 60 wide")
      expect(shown.slice(10)).toEqual(["row 10 of 11, 60 wide", "", "", "", ""])
    })
  })
})
