import { spawnSync } from "node:child_process"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { Box, Text } from "ink"
import { render as renderAlone } from "ink-testing-library"
import { type ReactNode, useState } from "react"
import stripAnsi from "strip-ansi"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { ColorDepth } from "../../src/terminal/colorDepth.ts"
import { Overlay, Surface } from "../../src/ui/components/Surface.tsx"
import { useTerminalSize } from "../../src/ui/contexts/TerminalSize.ts"
import { renderInk } from "../../src/ui/renderInk.ts"
import { eventually } from "../harness/eventually.ts"
import { screenWith } from "../terminal/screenWith.ts"

const numbered = (width: number, height: number) =>
  Array.from({ length: height }, (_, i) => `row ${i} of ${height}, ${width} wide`)

const cleanups: Array<() => void> = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

const mount = (
  element: ReactNode,
  size: { readonly columns: number; readonly rows: number; readonly colorDepth?: ColorDepth } = {
    columns: 60,
    rows: 15
  }
) => {
  const screen = screenWith(size)
  const ink = renderInk(element, { presenter: screen.presenter, columns: size.columns, rows: size.rows })
  cleanups.push(() => {
    ink.unmount()
    screen.presenter.stop()
  })
  return { ...screen, ink }
}

/** Lets a test set a component's state from outside. */
interface Remote<A> {
  set: (value: A) => void
}
const remote = <A,>(): Remote<A> => ({ set: () => {} })
const useRemote = <A,>(control: Remote<A>, initial: A): A => {
  const [value, setValue] = useState(initial)
  control.set = setValue
  return value
}

const Growing = ({ height }: { readonly height: Remote<number> }) => (
  <Box height={useRemote(height, 1)} flexShrink={0} />
)

const Swapped = ({ on }: { readonly on: Remote<boolean> }) =>
  useRemote(on, true) ? <Surface id="main" height={2} rows={() => ["surface", "surface"]} /> : <Text>frame</Text>

const Sized = () => {
  const { columns, rows } = useTerminalSize()
  return (
    <>
      <Text>
        {columns}×{rows}
      </Text>
      <Surface id="main" flexGrow={1} rows={numbered} />
      <Text>last</Text>
    </>
  )
}

const Broken = (): never => {
  throw new Error("broken tree")
}

const EditorScreen = ({ text }: { readonly text: Remote<string> }) => {
  const value = useRemote(text, "")
  return (
    <>
      <Text bold>EffectTalk ~/project (main)</Text>
      <Surface id="blocks" flexGrow={1} rows={numbered} />
      <Surface
        id="editor"
        height={Math.floor(value.length / 120) + 1}
        rows={(width, height) =>
          Array.from({ length: height }, (_, i) => `\x1b[1m${value.slice(i * width, (i + 1) * width)}\x1b[0m`)
        }
        cursor={(width) => ({ row: Math.floor(value.length / width), column: value.length % width, shape: "bar" })}
      />
      <Text dimColor>ctrl+\ leader enter run</Text>
    </>
  )
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
    const height = remote<number>()
    const { lines } = mount(
      <>
        <Surface id="main" flexGrow={1} rows={numbered} />
        <Growing height={height} />
      </>
    )
    expect((await lines())[13]).toBe("row 13 of 14, 60 wide")
    height.set(4)
    await eventually(async () => {
      const shown = await lines()
      expect(shown[0]).toBe("row 0 of 11, 60 wide")
      expect(shown.slice(10)).toEqual(["row 10 of 11, 60 wide", "", "", "", ""])
    })
  })

  it("shows an overlay above surfaces, opaque, with its own surfaces and cursor above it", async () => {
    const { lines, settle, emulator } = mount(
      <>
        <Surface id="main" flexGrow={1} rows={(width, height) => new Array<string>(height).fill("m".repeat(width))} />
        <Text>{"under".repeat(12)}</Text>
        <Overlay
          id="palette"
          z={10}
          marginLeft={20}
          marginTop={11}
          width={20}
          height={4}
          borderStyle="round"
          paddingX={1}
        >
          <Surface id="items" flexGrow={1} rows={() => ["one", "two"]} cursor={() => ({ row: 1, column: 3 })} />
        </Overlay>
      </>
    )
    const shown = await lines()
    expect(shown.slice(10)).toEqual([
      "m".repeat(60),
      `${"m".repeat(20)}╭──────────────────╮${"m".repeat(20)}`,
      `${"m".repeat(20)}│ one              │${"m".repeat(20)}`,
      `${"m".repeat(20)}│ two              │${"m".repeat(20)}`,
      `${"under".repeat(4)}╰──────────────────╯${"under".repeat(4)}`
    ])
    await settle()
    expect(emulator.cursor).toMatchObject({ x: 25, y: 13, visible: true })
  })

  it("lets nothing of Ink's frame shine through an overlay", async () => {
    const { lines } = mount(
      <>
        <Text>{"under".repeat(12)}</Text>
        <Overlay id="dialog" z={1} width={9} height={1}>
          <Text>hi</Text>
        </Overlay>
      </>
    )
    expect((await lines())[0]).toBe(`hi       ${"under".repeat(12).slice(9)}`)
  })

  it("goes when its component goes, and the frame is seen again", async () => {
    const on = remote<boolean>()
    const { lines } = mount(<Swapped on={on} />)
    expect((await lines()).slice(0, 2)).toEqual(["surface", "surface"])
    on.set(false)
    await eventually(async () => expect((await lines()).slice(0, 2)).toEqual(["frame", ""]))
  })

  it("paints what its store tells of without rendering the tree", async () => {
    let count = 0
    let changed: () => void = () => {}
    const subscribe = (notify: () => void) => {
      changed = notify
      return () => {}
    }
    const rows = () => [`count ${count}`]
    const { lines, emulator, presenter } = mount(<Surface id="main" flexGrow={1} rows={rows} subscribe={subscribe} />)
    expect((await lines())[0]).toBe("count 0")
    const setFrame = vi.spyOn(presenter, "setFrame")
    count = 7
    changed()
    // Nobody flushes: the presenter paints by itself.
    await eventually(() => expect(emulator.row(0)).toBe("count 7"))
    expect(setFrame).not.toHaveBeenCalled()
  })
})

describe("renderInk", () => {
  it("lays out anew on resize, and the whole screen is right", async () => {
    const { lines, emulator, ink } = mount(<Sized />)
    expect((await lines())[14]).toBe("last")
    for (const [columns, rows] of [
      [80, 24],
      [60, 15],
      [100, 20]
    ] as const) {
      emulator.xterm.resize(columns, rows)
      ink.resize(columns, rows)
      await eventually(async () => {
        const shown = await lines()
        expect(shown[0]).toBe(`${columns}×${rows}`)
        expect(shown[1]).toBe(`row 0 of ${rows - 2}, ${columns} wide`)
        expect(shown).toHaveLength(rows)
        expect(shown[rows - 1]).toBe("last")
      })
    }
  })

  it("colours whatever the environment says: the presenter decides what the terminal can show", async () => {
    const colored = (
      <Text color="red" bold>
        x
      </Text>
    )
    const truecolor = mount(colored)
    await truecolor.settle()
    expect(truecolor.emulator.cell(0, 0)).toMatchObject({ char: "x", bold: true, fg: 1 })
    const none = mount(colored, { columns: 60, rows: 15, colorDepth: "none" })
    await none.settle()
    expect(none.emulator.cell(0, 0)).toMatchObject({ char: "x", bold: true, fg: "default" })
  })

  it("leaves no signal listener of Ink's and no frame after unmount", async () => {
    const signals = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const
    const before = signals.map((signal) => process.listenerCount(signal))
    const { lines, ink } = mount(<Text>here</Text>)
    expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before)
    expect((await lines())[0]).toBe("here")
    ink.unmount()
    expect((await lines())[0]).toBe("here")
  })

  it("tells when the tree has ended by an error", async () => {
    const screen = screenWith({ columns: 60, rows: 15 })
    const quiet = vi.spyOn(console, "error").mockImplementation(() => {})
    const ended = new Promise<unknown>((resolve) => {
      renderInk(<Broken />, { presenter: screen.presenter, columns: 60, rows: 15, onExit: resolve })
    })
    expect(await ended).toEqual(new Error("broken tree"))
    screen.presenter.stop()
    quiet.mockRestore()
  })

  it("draws while CI is set, which Ink itself does not", async () => {
    const { outputFiles } = await build({
      stdin: { contents: CI_PROGRAM, resolveDir: dirname(fileURLToPath(import.meta.url)), loader: "tsx" },
      bundle: true,
      write: false,
      packages: "external",
      platform: "node",
      format: "esm",
      jsx: "automatic"
    })
    const ran = spawnSync(process.execPath, ["--input-type=module"], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      input: outputFiles[0]!.text,
      env: { ...process.env, CI: "1" },
      encoding: "utf8"
    })
    expect(ran.stderr).toBe("")
    expect(JSON.parse(ran.stdout)).toEqual({ before: "60×15", after: "70×16", last: "surface 70×15" })
  })
})

/** Renders, resizes and prints what the screen showed: run in a process of its own, as Ink reads CI when it is loaded. */
const CI_PROGRAM = `
import { Text } from "ink"
import { Surface } from "../../src/ui/components/Surface.tsx"
import { useTerminalSize } from "../../src/ui/contexts/TerminalSize.ts"
import { renderInk } from "../../src/ui/renderInk.ts"
import { eventually } from "../harness/eventually.ts"
import { screenWith } from "../terminal/screenWith.ts"
import { eventually } from "../harness/eventually.ts"
const App = () => {
  const { columns, rows } = useTerminalSize()
  return <>
    <Text>{columns}×{rows}</Text>
    <Surface id="s" flexGrow={1} rows={(w, h) => Array(h).fill(\`surface \${w}×\${h}\`)} />
  </>
}
const screen = screenWith({ columns: 60, rows: 15 })
const ink = renderInk(<App />, { presenter: screen.presenter, columns: 60, rows: 15 })
const until = async (text) => {
  while ((await screen.lines())[0] !== text) await new Promise((resolve) => setImmediate(resolve))
  return text
}
const before = await until("60×15")
screen.emulator.xterm.resize(70, 16)
ink.resize(70, 16)
const after = await until("70×16")
const last = (await screen.lines())[15]
console.log(JSON.stringify({ before, after, last }))
ink.unmount()
`

describe("typing on a 120×40 screen", () => {
  it("writes at most 256 bytes per key", async () => {
    let text = ""
    const typed = remote<string>()
    const { lines, writes } = mount(<EditorScreen text={typed} />, { columns: 120, rows: 40 })
    await lines()
    const sizes: Array<number> = []
    for (const char of "echo héllo 你好 | grep -n 'some thing' > ~/out.txt; ".repeat(5)) {
      writes.length = 0
      text += char
      typed.set(text)
      await eventually(async () => {
        const shown = (await lines()).slice(-1 - Math.floor(text.length / 120) - 1, -1).join("")
        expect(shown).toContain(text.trimEnd().slice(-20).split(" ").at(-1))
        expect(writes.length).toBeGreaterThan(0)
      })
      sizes.push(Buffer.byteLength(writes.join("")))
    }
    sizes.sort((a, b) => a - b)
    expect(sizes[Math.floor(sizes.length * 0.95)]).toBeLessThanOrEqual(256)
    expect(sizes[sizes.length >> 1]).toBeLessThanOrEqual(64)
  })
})

describe("Surface without a presenter", () => {
  it("shows its rows as text of the width and height that layout gives", () => {
    const { lastFrame, unmount } = renderAlone(
      <Box width={40} height={6} flexDirection="column">
        <Text>head</Text>
        <Surface id="main" flexGrow={1} rows={numbered} />
        <Text>foot</Text>
      </Box>
    )
    expect(lastFrame()?.split("\n")).toEqual([
      "head",
      "row 0 of 4, 40 wide",
      "row 1 of 4, 40 wide",
      "row 2 of 4, 40 wide",
      "row 3 of 4, 40 wide",
      "foot"
    ])
    unmount()
  })

  it("cuts rows at its width and shows a whole block where layout sets no height", () => {
    const rows = () => ["0123456789", "\x1b[31mred\x1b[0m", "third"]
    const { lastFrame, unmount } = renderAlone(
      <Box width={6} flexDirection="column">
        <Surface id="main" rows={rows} fallbackHeight={3} />
      </Box>
    )
    expect(stripAnsi(lastFrame() ?? "").split("\n")).toEqual(["012345", "red", "third"])
    unmount()
  })

  it("renders again when its store tells of a change", async () => {
    let count = 0
    let changed: () => void = () => {}
    const subscribe = (notify: () => void) => {
      changed = notify
      return () => {}
    }
    const rows = () => [`count ${count}`]
    const { lastFrame, unmount } = renderAlone(<Surface id="main" height={1} rows={rows} subscribe={subscribe} />)
    expect(lastFrame()).toBe("count 0")
    count = 1
    changed()
    await eventually(() => expect(lastFrame()).toBe("count 1"))
    unmount()
  })
})
