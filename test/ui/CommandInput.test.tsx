import { Box } from "ink"
import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { afterEach, describe, expect, it } from "vitest"
import { InputDecoder } from "../../src/terminal/InputDecoder.ts"
import { CommandInput, type CommandInputProps } from "../../src/ui/components/CommandInput.tsx"
import { Surface } from "../../src/ui/components/Surface.tsx"
import { makeTextBuffer } from "../../src/ui/editor/TextBuffer.ts"
import { type EditorHandle, type UseEditorOptions, useEditor } from "../../src/ui/editor/useEditor.ts"
import { renderInk } from "../../src/ui/renderInk.ts"
import { eventually } from "../harness/eventually.ts"
import { screenWith } from "../terminal/screenWith.ts"
import { bytesOf } from "./editor/keys.ts"

const cleanups: Array<() => void> = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

const COLUMNS = 40
const ROWS = 10

/** Everything an editor told the outside, in order. */
const recorder = (): { readonly told: Array<string> } & Omit<UseEditorOptions, "past"> => {
  const told: Array<string> = []
  return {
    told,
    onSubmit: (text) => told.push(`submit ${text}`),
    onEmptyEof: () => told.push("eof"),
    onInterrupt: (hadText) => told.push(`interrupt ${hadText}`),
    onEscapeEmpty: () => told.push("escape"),
    onClearScreen: () => told.push("clear")
  }
}

interface AppProps {
  readonly handle: { current: EditorHandle | null }
  readonly options: UseEditorOptions & Partial<CommandInputProps>
}

const App = ({ handle, options }: AppProps) => {
  const editor = useEditor(options)
  handle.current = editor
  return (
    <>
      <Surface id="blocks" flexGrow={1} flexShrink={1} rows={(_, height) => new Array<string>(height).fill("block")} />
      <CommandInput
        prompt={"\x1b[32m~/src\x1b[0m\n$ "}
        width={COLUMNS}
        maxRows={5}
        focused
        unicode
        {...options}
        buffer={editor.editor.buffer}
      />
      <Box height={1} flexShrink={0} />
    </>
  )
}

/** An editor below a list of blocks, on a real presenter and an emulated terminal, fed with a terminal's bytes. */
const mount = (options: Partial<CommandInputProps & UseEditorOptions> = {}) => {
  const handle: AppProps["handle"] = { current: null }
  const { told, ...events } = recorder()
  const past = () => ["ls", "make test"]
  const screen = screenWith({ columns: COLUMNS, rows: ROWS })
  const ink = renderInk(<App handle={handle} options={{ past, ...events, ...options }} />, {
    presenter: screen.presenter,
    columns: COLUMNS,
    rows: ROWS
  })
  const used: Array<boolean> = []
  const decoder = new InputDecoder({
    onEvent: (event) => {
      if (event.type === "key" || event.type === "text" || event.type === "paste")
        used.push(handle.current!.onKey(event))
    }
  })
  cleanups.push(() => {
    decoder.dispose()
    ink.unmount()
    screen.presenter.stop()
  })
  return {
    ...screen,
    told,
    /** What the editor said of each key: whether it had a use for it. */
    used,
    editor: () => handle.current!,
    type: (script: string) => {
      decoder.push(Buffer.from(bytesOf(script)))
      decoder.flush()
    },
    send: (bytes: string) => decoder.push(Buffer.from(bytes)),
    /** Waits until the screen's rows and the cursor's cell (null while hidden) are these. */
    shows: (expected: {
      readonly lines?: Readonly<Record<number, string>>
      readonly cursor?: readonly [row: number, column: number] | null
    }) =>
      eventually(async () => {
        const lines = await screen.lines()
        const { visible, x, y } = screen.emulator.cursor
        expect({ lines, cursor: visible ? [y, x] : null }).toMatchObject(expected)
      })
  }
}

describe("the command input", () => {
  it("stands below the blocks with the shell's prompt, the cursor behind it", async () => {
    const { emulator, shows } = mount({ placeholder: "type a command" })
    await shows({ lines: { 6: "block", 7: "~/src", 8: "$ type a command", 9: "" }, cursor: [8, 2] })
    expect(emulator.cell(0, 7)).toMatchObject({ fg: 2 })
    expect(emulator.cell(2, 8)).toMatchObject({ dim: true })
  })

  it("keeps the cursor where typing goes, wide characters and all", async () => {
    const { shows, type } = mount()
    type("echo 漢字 x<left><left>")
    await shows({ lines: { 8: "$ echo 漢字 x" }, cursor: [8, 11] })
    type("!")
    await shows({ lines: { 8: "$ echo 漢字! x" }, cursor: [8, 12] })
  })

  it("follows a key that moves nothing but the cursor", async () => {
    const { shows, type } = mount()
    type("abc")
    await shows({ cursor: [8, 5] })
    type("<ctrl+a>")
    await shows({ cursor: [8, 2] })
  })

  it("grows with its text at the blocks' cost, scrolls at its limit, and shrinks again", async () => {
    const { shows, type } = mount()
    type("one<ctrl+j>two<ctrl+j>three")
    await shows({ lines: { 4: "block", 5: "~/src", 6: "$ one", 7: "│ two", 8: "│ three", 9: "" } })
    type("<ctrl+j>four<ctrl+j>five")
    await shows({
      lines: { 3: "block", 4: "$ one", 5: "│ two", 6: "│ three", 7: "│ four", 8: "│ five", 9: "" },
      cursor: [8, 6]
    })
    type("<ctrl+j>")
    await shows({ lines: { 3: "block", 4: "↑ two", 5: "│ three", 6: "│ four", 7: "│ five", 8: "│" }, cursor: [8, 2] })
    type("<up><up>")
    await shows({ lines: { 4: "↑ two", 5: "│ three", 6: "│ four", 7: "│ five", 8: "│" }, cursor: [6, 2] })
    type("<ctrl+c>")
    await shows({ lines: { 6: "block", 7: "~/src", 8: "$", 9: "" }, cursor: [8, 2] })
  })

  it("takes a paste as it is and runs nothing of it", async () => {
    const { editor, shows, told, type, send } = mount()
    send("\x1b[200~make\r\techo hi\rrm -rf /\x03\x04\r\x1b[201~")
    await shows({ lines: { 4: "~/src", 5: "$ make", 6: "│         echo hi", 7: "│ rm -rf /", 8: "│" }, cursor: [8, 2] })
    expect(editor().editor.buffer.text).toBe("make\n\techo hi\nrm -rf /\n")
    expect(told).toEqual([])
    type("<ctrl+_>")
    await shows({ lines: { 7: "~/src", 8: "$" } })
  })

  it("has no cursor while the keyboard belongs to something else", async () => {
    await mount({ focused: false, initialText: "unsent" }).shows({ lines: { 8: "$ unsent" }, cursor: null })
  })

  it("is marked in ASCII where there is nothing else", async () => {
    await mount({ unicode: false, initialText: "a\nb" }).shows({ lines: { 8: "| b" } })
  })

  it("shows whole rows to a test without a presenter", () => {
    const { lastFrame, unmount } = render(
      <CommandInput buffer={makeTextBuffer("a\nb")} prompt="$ " width={20} maxRows={5} focused unicode />
    )
    const shown = stripAnsi(lastFrame() ?? "").split("\n")
    expect(shown.map((line) => line.trimEnd())).toEqual(["$ a", "│ b"])
    unmount()
  })
})

describe("the editor's hook", () => {
  it("sees in every key what the one before it did, though they came together", () => {
    const { editor, told, type } = mount()
    type("echo one<enter>two<ctrl+w>x<ctrl+y><enter>")
    expect(told).toEqual(["submit echo one", "submit xtwo"])
    expect(editor().editor.buffer.text).toBe("")
  })

  it("tells the outside what it asks for, and which keys it has no use for", () => {
    const { told, type, used } = mount()
    for (const key of ["<escape>", "<ctrl+d>", "<ctrl+c>", "x", "<ctrl+c>", "<ctrl+l>", "<f5>"]) type(key)
    expect(used).toEqual([true, true, true, true, true, true, false])
    expect(told).toEqual(["escape", "eof", "interrupt false", "interrupt true", "clear"])
  })

  it("walks through the commands there are when the walk begins", async () => {
    const { shows, type } = mount()
    type("<up><up>")
    await shows({ lines: { 8: "$ ls" }, cursor: [8, 4] })
  })

  it("goes on with an unfinished line, and takes in what was typed ahead", async () => {
    const { editor, shows, type } = mount()
    type("echo 'a<enter>")
    editor().continueLine()
    await shows({ lines: { 7: "$ echo 'a", 8: "│" }, cursor: [8, 2] })
    type("<ctrl+c>")
    editor().insertTypeAhead("typed ahead")
    await shows({ lines: { 8: "$ typed ahead" }, cursor: [8, 13] })
    editor().replaceText("make")
    await shows({ lines: { 8: "$ make" }, cursor: [8, 6] })
  })
})
