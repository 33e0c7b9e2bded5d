import * as fc from "fast-check"
import { Box } from "ink"
import { describe, expect, it } from "vitest"
import { Header } from "../../src/ui/components/Header.tsx"
import { LeaveDialog } from "../../src/ui/components/LeaveDialog.tsx"
import { Sidebar } from "../../src/ui/components/Sidebar.tsx"
import { StatusLine } from "../../src/ui/components/StatusLine.tsx"
import { renderInk } from "../../src/ui/renderInk.ts"
import { quietSidebar } from "../../src/ui/sidebar/sidebarState.ts"
import { fullTheme } from "../../src/ui/theme.ts"
import { cluster } from "../terminal/clusters.ts"
import { screenWith } from "../terminal/screenWith.ts"
import { HOME, NOW, peaceful, plainContext, sketchSession } from "./sidebar/models.ts"

const COLUMNS = 80
const ROWS = 16
const SIDEBAR = 28

/** Where names from outside stand, and beside each a sign whose column says whether the row has kept its sum. */
const screen = (names: ReadonlyArray<string>) => {
  const [session = "", directory = "", branch = "", message = "", job = ""] = names
  const context = { ...plainContext, directory: `${HOME}/${directory}`, branch: { ...peaceful, name: branch } }
  const sessions = [
    sketchSession("one", { name: session, state: { kind: "here", running: 3, waiting: 0 } }),
    sketchSession("two", { name: job, directory: `${HOME}/${directory}`, lastCommand: message })
  ]
  return (
    <Box width={COLUMNS} height={ROWS} flexDirection="column">
      <Header
        session={session}
        directory={`${HOME}/${directory}`}
        home={HOME}
        branch={branch}
        warning="not saved"
        theme={fullTheme}
        width={COLUMNS}
      />
      <Box flexGrow={1}>
        <Box flexGrow={1} />
        <Sidebar
          model={{ sessions, context, blocks: [], home: HOME }}
          state={quietSidebar}
          theme={fullTheme}
          width={SIDEBAR}
          now={() => NOW}
        />
      </Box>
      <StatusLine
        owner="editor"
        hints={[{ keys: "Enter", meaning: "run" }]}
        message={message}
        theme={fullTheme}
        width={COLUMNS}
      />
      <LeaveDialog
        jobs={[{ pid: 4711, name: job } as never]}
        problem={null}
        failure={null}
        shellEnded={false}
        all
        theme={fullTheme}
        columns={COLUMNS - SIDEBAR}
        rows={ROWS}
      />
    </Box>
  )
}

const name = fc.array(fc.oneof(cluster, fc.constantFrom("a", "work", " ", "议", "é")), { minLength: 1, maxLength: 9 })
const names = fc.array(
  name.map((parts) => parts.join("")),
  { minLength: 5, maxLength: 5 }
)

describe("names of any characters", () => {
  it.each(["6", "11"])(
    "leave frames, edges and what follows in their columns, with Unicode %s outside",
    async (table) => {
      await fc.assert(
        fc.asyncProperty(names, async (given) => {
          const { emulator, presenter, settle, errors } = screenWith({ columns: COLUMNS, rows: ROWS })
          emulator.xterm.unicode.activeVersion = table
          const ink = renderInk(screen(given), { presenter, columns: COLUMNS, rows: ROWS })
          await settle()
          const at = (column: number, row: number) => emulator.cell(column, row).char
          const word = (column: number, row: number, length: number) =>
            Array.from({ length }, (_, i) => at(column + i, row)).join("")
          expect(word(COLUMNS - "not saved".length, 0, "not saved".length)).toBe("not saved")
          for (let row = 1; row < ROWS - 1; row++) expect(at(COLUMNS - SIDEBAR, row)).toBe("│")
          expect(word(0, ROWS - 1, " EDITOR ".length)).toBe(" EDITOR ")
          // The dialog is as wide as what it is centred in, and has a frame.
          const top = Array.from({ length: ROWS }, (_, row) => row).find((row) => at(0, row) === "╭")!
          let row = top + 1
          for (; at(0, row) === "│"; row++) expect([row, at(COLUMNS - SIDEBAR - 1, row)]).toEqual([row, "│"])
          expect(row - top).toBeGreaterThan(3)
          expect([at(0, row), at(COLUMNS - SIDEBAR - 1, row)]).toEqual(["╰", "╯"])
          ink.unmount()
          presenter.stop()
          emulator[Symbol.dispose]()
          expect(errors).toEqual([])
        }),
        { numRuns: 60 }
      )
    }
  )
})
