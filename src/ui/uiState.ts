import type { BlockId } from "../domain/ids.ts"
import type { Job } from "../shell/ShellDriver.ts"
import type { KeyboardOwner } from "./components/StatusLine.tsx"
import { quietSidebar, type SidebarState } from "./sidebar/sidebarState.ts"

/** What the screen keeps beside the session: who has the keyboard and what lies above the blocks. */
export interface UiState {
  /** `auto` follows the programs: the attached one, the running one, else the editor. The others hold until left. */
  readonly focus: "auto" | "edit" | "navigate"
  /** A block beside the session's shell whose program was given the keyboard; null for none. */
  readonly attached: BlockId | null
  readonly sidebar: SidebarState
  /** The leader was pressed: the next key is an action. */
  readonly leader: boolean
  /** First row of the help in view; null while the help is closed. */
  readonly help: number | null
  /** Programs that leaving everything, or ending this session, would end: while the user is asked about them. */
  readonly leaving: { readonly jobs: ReadonlyArray<Job>; readonly for: "all" | "session" } | null
  /** What just happened, until the next key. */
  readonly message: string | null
}

/** How the screen begins. */
export const initialUiState: UiState = {
  focus: "auto",
  attached: null,
  sidebar: quietSidebar,
  leader: false,
  help: null,
  leaving: null,
  message: null
}

/** What can happen to it. */
export type UiEvent =
  | { readonly type: "focus"; readonly focus: UiState["focus"] }
  | { readonly type: "attach"; readonly block: BlockId | null }
  | { readonly type: "sidebar"; readonly state: SidebarState }
  | { readonly type: "leader"; readonly pressed: boolean }
  | { readonly type: "help"; readonly scroll: number | null }
  | { readonly type: "ask"; readonly jobs: ReadonlyArray<Job> | null; readonly for: "all" | "session" }
  | { readonly type: "message"; readonly text: string | null }

/** The state after an event. Pure; an event that changes nothing gives the same object. */
export const reduceUi = (state: UiState, event: UiEvent): UiState => {
  switch (event.type) {
    case "focus":
      return state.focus === event.focus ? state : { ...state, focus: event.focus }
    case "attach":
      if (event.block === null) return state.attached === null ? state : { ...state, attached: null }
      return { ...state, attached: event.block, focus: "auto" }
    case "sidebar":
      return state.sidebar === event.state ? state : { ...state, sidebar: event.state }
    case "leader":
      return state.leader === event.pressed ? state : { ...state, leader: event.pressed }
    case "help":
      return state.help === event.scroll ? state : { ...state, help: event.scroll }
    case "ask":
      return { ...state, leaving: event.jobs === null ? null : { jobs: event.jobs, for: event.for } }
    case "message":
      return state.message === event.text ? state : { ...state, message: event.text }
  }
}

/**
 * Who gets what is typed.
 *
 * @param programRuns a command has the terminal of the session's shell
 * @param hasLayer a layer is open (layers/Layer.ts)
 * @param readOnly the session is only read: there is nothing to write in
 */
export const keyboardOwner = (
  state: UiState,
  programRuns: boolean,
  hasLayer = false,
  readOnly = false
): KeyboardOwner => {
  if (hasLayer) return "layer"
  if (state.sidebar.focused) return "sidebar"
  if (state.focus === "navigate" || readOnly) return "navigate"
  return (programRuns || state.attached !== null) && state.focus === "auto" ? "program" : "editor"
}

/**
 * True when bytes go to the program untouched: it owns the keyboard and nothing of ours asks for a key.
 *
 * @param asking a dialog is open
 */
export const passesThrough = (state: UiState, programRuns: boolean, asking: boolean): boolean =>
  keyboardOwner(state, programRuns) === "program" && !state.leader && state.help === null && !asking
