import { describe, expect, it } from "vitest"
import { SessionId } from "../../src/domain/ids.ts"
import { HELP_HINTS, LEAVE_HINTS, readerHints, statusHints } from "../../src/ui/hints.ts"
import { type HintMoment, shownHints } from "../../src/ui/shownHints.ts"
import { makeNameEditor } from "../../src/ui/sidebar/sessionName.ts"
import { NAME_HINTS } from "../../src/ui/sidebar/sidebarKeys.ts"
import { initialUiState } from "../../src/ui/uiState.ts"

const LAYER = [{ keys: "Tab", meaning: "of the layer" }]
const ANSWERS = [{ keys: "y", meaning: "copy once" }]

/** Everything that can be over the screen is. */
const ALL: HintMoment = {
  ui: {
    ...initialUiState,
    help: 0,
    sidebar: { ...initialUiState.sidebar, rename: { id: SessionId.make("s1"), editor: makeNameEditor("") } }
  },
  isLeaving: true,
  layer: LAYER,
  answers: ANSWERS,
  owner: "navigate",
  leader: "ctrl+\\",
  enter: "runs",
  selected: "running",
  marked: true,
  readOnly: { isOwned: true }
}

describe("the keys in the status line", () => {
  it("are of the uppermost thing that takes them, down to the screen's own", () => {
    expect(shownHints(ALL)).toEqual(LEAVE_HINTS)
    const help = { ...ALL, isLeaving: false }
    expect(shownHints(help)).toEqual(HELP_HINTS)
    const layer = { ...help, ui: { ...ALL.ui, help: null } }
    expect(shownHints(layer)).toEqual(LAYER)
    const name = { ...layer, layer: null }
    expect(shownHints(name)).toEqual(NAME_HINTS)
    const reader = { ...name, ui: initialUiState }
    expect(shownHints(reader)).toEqual([...ANSWERS, ...readerHints(true, true)])
    const own = { ...reader, readOnly: null, answers: [], owner: "editor" as const, enter: "queues" as const }
    expect(shownHints(own)).toEqual(statusHints("editor", false, "ctrl+\\", "queues"))
  })

  it("are the leader's once it was pressed, over a layer and in a session that is only read too", () => {
    const pressed = { ...ALL, isLeaving: false, ui: { ...initialUiState, leader: true }, answers: [] }
    expect(shownHints(pressed)).toEqual(statusHints("navigate", true, "ctrl+\\"))
  })
})
