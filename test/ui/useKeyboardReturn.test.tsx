import { render } from "ink-testing-library"
import { useReducer } from "react"
import { describe, expect, it } from "vitest"
import { useKeyboardReturn } from "../../src/ui/hooks/useKeyboardReturn.ts"
import { initialUiState, reduceUi, type UiState } from "../../src/ui/uiState.ts"
import { eventually } from "../harness/eventually.ts"
import { sketchBlock } from "./blocks/fakes.ts"

interface Moment {
  readonly status?: "running" | "idle" | "success"
  readonly programRuns?: boolean
  readonly isWriting?: boolean
}

const BLOCK = sketchBlock({ command: "vim" })

interface ScreenProps extends Moment {
  readonly begin: Partial<UiState>
  readonly onState: (state: UiState) => void
}

const Screen = ({ begin, onState, status = "running", programRuns = false, isWriting = false }: ScreenProps) => {
  const [ui, dispatch] = useReducer(reduceUi, { ...initialUiState, ...begin })
  onState(ui)
  useKeyboardReturn({ ui, blocks: [{ ...BLOCK, status }], programRuns, isWriting, dispatch })
  return null
}

/** The screen's state from `begin` on, as the hook changes it. */
const mount = (begin: Partial<UiState>, first: Moment) => {
  let now: UiState = initialUiState
  const tree = (moment: Moment) => (
    <Screen
      begin={begin}
      onState={(state) => {
        now = state
      }}
      {...moment}
    />
  )
  const ink = render(tree(first))
  return {
    becomes: (moment: Moment) => ink.rerender(tree(moment)),
    has: (expected: Partial<UiState>) => eventually(() => expect(now).toMatchObject(expected)),
    now: () => now
  }
}

describe("the keyboard", () => {
  it("comes back to the editor when the command has ended", async () => {
    const screen = mount({ focus: "edit" }, { programRuns: true })
    expect(screen.now().focus).toBe("edit")
    screen.becomes({ programRuns: false, status: "success" })
    await screen.has({ focus: "auto" })
  })

  it("stays with a line that is written while the next command waits, until that is sent", async () => {
    const screen = mount({ focus: "edit" }, { programRuns: true, isWriting: true, status: "idle" })
    screen.becomes({ isWriting: true, status: "idle" })
    expect(screen.now().focus).toBe("edit")
    screen.becomes({ status: "idle" })
    await screen.has({ focus: "auto" })
  })

  it("stays where the user reads, but comes back from a block that has ended", async () => {
    const screen = mount({ focus: "navigate", attached: BLOCK.id }, { status: "running" })
    expect(screen.now().attached).toBe(BLOCK.id)
    screen.becomes({ status: "success" })
    await screen.has({ focus: "navigate", attached: null })
  })
})
