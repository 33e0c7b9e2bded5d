import type { BlockList } from "./blocks/BlockList.ts"
import type { KeyboardOwner } from "./components/StatusLine.tsx"
import type { CommandLine } from "./hooks/useCommandLine.ts"
import type { Program } from "./hooks/useProgram.ts"
import type { UiAction } from "./keymap.ts"
import { spellKey } from "./keyNames.ts"
import type { MouseSwitch } from "./MouseSwitch.ts"
import type { SidebarModel } from "./sidebar/SidebarModel.ts"
import { focusSidebar, quietSidebar } from "./sidebar/sidebarState.ts"
import type { UiEvent } from "./uiState.ts"

/** What is done with the selected block: where none is, that is said. */
const WITH_BLOCK: ReadonlySet<UiAction> = new Set([
  ...(["toggleFold", "blockTop", "blockBottom", "filterLines", "selectCharacters", "selectLines"] as const),
  ...(["copyOutput", "copyCommand", "copyBoth", "copyMarkdown", "saveBlock", "openPager", "openEditor"] as const),
  ...(["runAgain", "editAgain", "runInPlace", "compare", "stop", "signal", "attach"] as const),
  ...(["noteBlock", "nameBlock", "pinBlock", "deleteBlock"] as const)
])

/** What the actions of the screen itself have to work with. */
export interface ScreenActionsOptions {
  readonly owner: KeyboardOwner
  readonly programRuns: boolean
  readonly leader: { readonly name: string; readonly bytes: Uint8Array }
  readonly list: BlockList
  readonly editor: Pick<CommandLine, "runBeside">
  readonly program: Pick<Program, "write">
  readonly sidebar: SidebarModel
  readonly sidebarOpen: boolean
  readonly setSidebarOpen: (open: boolean) => void
  readonly mouse: Pick<MouseSwitch, "toggle">
  /** GNU screen stands between us and the terminal: see `isInsideScreen`. */
  readonly insideScreen: boolean
  readonly leave: () => void
  readonly repaint: () => void
  readonly openPlainShell: () => void
  readonly dispatch: (event: UiEvent) => void
  readonly say: (text: string) => void
  /** Why the session lets this be done by nobody here; null for everything else. */
  readonly refuses: (action: UiAction) => string | null
  /** The actions of the screen's parts, asked in this order for what is not the screen's own; false for another's. */
  readonly others: ReadonlyArray<(action: UiAction) => boolean>
}

/** Does what a key asks for: what concerns the screen itself here, everything else in the part that it belongs to. */
export const screenActions = (screen: ScreenActionsOptions): ((action: UiAction) => void) => {
  const { owner, leader, list, editor, dispatch, say } = screen

  const act = (action: UiAction): void => {
    const refusal = screen.refuses(action)
    if (refusal !== null) return say(refusal)
    // These give the keyboard to somebody else; the sidebar would keep it.
    if (["navigate", "edit", "back", "cancel", "plainShell", "walkUp", "walkDown"].includes(action))
      dispatch({ type: "sidebar", state: quietSidebar })
    switch (action) {
      case "navigate":
        dispatch({ type: "focus", focus: "navigate" })
        if (list.selected === null) list.selectRead()
        return
      case "edit":
        dispatch({ type: "attach", block: null })
        dispatch({ type: "focus", focus: screen.programRuns ? "edit" : "auto" })
        return list.select(null)
      case "back":
        dispatch({ type: "focus", focus: "auto" })
        return list.select(null)
      case "help":
        return dispatch({ type: "help", scroll: 0 })
      case "leave":
        return screen.leave()
      case "redraw":
        return screen.repaint()
      case "clearView":
        list.clear()
        return say("A new page: what was there is above, scroll up to it")
      case "toggleMouse":
        return say(
          screen.mouse.toggle()
            ? screen.insideScreen
              ? "The mouse is EffectTalk's; screen keeps Esc back until the next key"
              : "The mouse is EffectTalk's; with Shift the terminal selects"
            : `The mouse is the terminal's, which selects; ${spellKey(leader.name)} m takes it back`
        )
      case "sendLeader":
        return screen.program.write(leader.bytes)
      case "cancel":
        return dispatch({ type: "focus", focus: "auto" })
      case "runBeside":
        // Who comes from a program has yet to write what is to run beside it.
        if (owner === "program") return act("edit")
        return editor.runBeside()
      case "plainShell":
        list.select(null)
        list.toBottom()
        return screen.openPlainShell()
      case "sessions":
        return dispatch({ type: "sidebar", state: focusSidebar(screen.sidebar) })
      case "toggleSidebar":
        if (screen.sidebarOpen) dispatch({ type: "sidebar", state: quietSidebar })
        return screen.setSidebarOpen(!screen.sidebarOpen)
      default:
        if (WITH_BLOCK.has(action) && list.selected === null) return say("No block is selected")
        screen.others.some((other) => other(action))
    }
  }
  return act
}
