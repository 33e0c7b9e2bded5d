import { type InputEvent, keyNamesOf, type MouseEvent } from "../../terminal/inputEvents.ts"
import type { BlockList } from "../blocks/BlockList.ts"
import { helpStep } from "../components/HelpOverlay.tsx"
import type { KeyboardOwner } from "../components/StatusLine.tsx"
import { useKeyInput } from "../contexts/KeyInput.tsx"
import type { EditorHandle } from "../editor/useEditor.ts"
import { missingKey, unboundKey, uselessKey } from "../hints.ts"
import { actionFor, type UiAction } from "../keymap.ts"
import type { Layer } from "../layers/Layer.ts"
import type { UiEvent, UiState } from "../uiState.ts"
import { useKeys } from "./useKeys.ts"
import type { Leaving } from "./useLeaving.ts"
import { WHEEL_ROWS } from "./useMouse.ts"
import type { Program } from "./useProgram.ts"

/** What the leader does beside an open layer; anything else leaves the layer first: it may open another, or move what it shows. */
const BESIDE_A_LAYER: ReadonlySet<UiAction> = new Set([
  "help",
  "leave",
  "redraw",
  "sendLeader",
  "toggleMouse",
  "toggleSidebar",
  "copyOnce",
  "refuseCopy",
  "copyAlways"
])
/** Leaves every layer at once, see `Layer.onEvent`. */
const LEAVE_LAYER: InputEvent = { type: "key", name: "ctrl+g", sequence: "\x07" }

export interface UseScreenEventsOptions {
  readonly ui: UiState
  readonly owner: KeyboardOwner
  readonly layer: Layer | null
  readonly leaving: Leaving
  /** Name of the leader key. */
  readonly leader: string
  /** The session is only read. */
  readonly readOnly: boolean
  /** Rows of the screen. */
  readonly rows: number
  /** The nearest row from which the help fills its page, so that no key scrolls past its end. */
  readonly helpRow: (row: number) => number
  readonly tooSmall: boolean
  /** A program has the whole screen but the status line. */
  readonly fullScreen: boolean
  readonly list: BlockList
  readonly editor: EditorHandle
  readonly program: Pick<Program, "write" | "paste">
  readonly dispatch: (event: UiEvent) => void
  readonly say: (text: string | null) => void
  readonly act: (action: UiAction) => void
  readonly pressInSidebar: (event: InputEvent) => void
  /** Takes a mouse event over the blocks, the editor or the sidebar. */
  readonly point: (event: MouseEvent) => void
}

/** Hands every key, text, paste and mouse event of the screen to whoever it is for, see `keyboardOwner`. */
export const useScreenEvents = (options: UseScreenEventsOptions): void => {
  const { ui, owner, layer, leaving, leader, list, editor, program, dispatch, say, act } = options
  const input = useKeyInput()

  const pressInDialog = (name: string) => {
    if (name === "y" || name === "Y") leaving.answer(true)
    else if (["n", "N", "escape", "ctrl+c"].includes(name)) leaving.answer(false)
  }

  const scrollHelp = (from: number, by: number) => dispatch({ type: "help", scroll: options.helpRow(from + by) })

  const pressInHelp = (name: string, scroll: number) => {
    const step = helpStep(name, options.rows - 1)
    if (step === null) dispatch({ type: "help", scroll: null })
    else if (step !== undefined) scrollHelp(scroll, step)
  }

  const pressAfterLeader = (name: string) => {
    dispatch({ type: "leader", pressed: false })
    const action = name === leader ? "sendLeader" : actionFor("leader", name)
    if (action !== null && layer !== null && !BESIDE_A_LAYER.has(action)) layer.onEvent(LEAVE_LAYER)
    if (action !== null) act(action)
    else say(unboundKey(name, leader))
  }

  const pressWhileNavigating = (event: InputEvent, name: string | undefined) => {
    if (event.type === "paste") {
      act("edit")
      if (!options.readOnly) editor.onKey(event)
      return
    }
    if (name === undefined) return
    const action = (options.readOnly ? actionFor("reader", name) : null) ?? actionFor("navigate", name)
    if (action !== null) act(action)
    else say(uselessKey(name))
  }

  /** For what came in one read with the key that gave the keyboard back. */
  const pressInProgram = (event: InputEvent) => {
    if (event.type === "text") program.write(Buffer.from(event.text))
    else if (event.type === "key") program.write(Buffer.from(event.sequence, "latin1"))
    else if (event.type === "paste") program.paste(event.text)
  }

  const pressInEditor = (event: InputEvent, name: string | undefined) => {
    if (event.type !== "key" && event.type !== "text" && event.type !== "paste") return
    if (event.type !== "key" && !list.following) list.toBottom()
    if (editor.onKey(event) || name === undefined) return
    const action = actionFor("editor", name)
    if (action !== null) act(action)
    else say(missingKey(name, leader))
  }

  const point = (event: MouseEvent) => {
    const wheel = event.action !== "wheel" ? null : event.button === "up" ? "up" : "down"
    if (leaving.asked !== null || ui.leader) return
    if (ui.help !== null) {
      if (wheel !== null) scrollHelp(ui.help, wheel === "up" ? -WHEEL_ROWS : WHEEL_ROWS)
    } else if (layer !== null) layer.onEvent(event)
    else if (!options.fullScreen) {
      if (event.action === "press" && ui.message !== null) say(null)
      options.point(event)
    }
  }

  /** True for what a line takes as it is: each of many characters has the same meaning there. */
  const isWriting = () =>
    (owner === "editor" || (owner === "layer" && layer?.line !== undefined)) &&
    leaving.asked === null &&
    ui.help === null &&
    !ui.leader

  useKeys((event: InputEvent) => {
    // Nothing may run that cannot be seen.
    if (options.tooSmall && owner !== "program") return true
    if (event.type === "mouse") {
      point(event)
      return true
    }
    if (event.type === "text" && !isWriting()) {
      // Each character may give the keyboard to somebody else: the rest meets the screen that the first has made.
      const [first = "", ...rest] = [...event.text]
      if (rest.length > 0) {
        input.emit({ type: "text", text: first })
        input.emit({ type: "text", text: rest.join("") })
        return true
      }
    }
    if (ui.message !== null) say(null)
    const [name] = keyNamesOf(event)
    if (leaving.asked !== null) {
      if (name !== undefined) pressInDialog(name)
    } else if (ui.help !== null) {
      if (name !== undefined) pressInHelp(name, ui.help)
    } else if (ui.leader) {
      if (name !== undefined) pressAfterLeader(name)
    } else if (name === leader) dispatch({ type: "leader", pressed: true })
    else if (layer !== null) layer.onEvent(event)
    else if (owner === "sidebar") options.pressInSidebar(event)
    else if (owner === "navigate") pressWhileNavigating(event, name)
    else if (owner === "program") pressInProgram(event)
    else pressInEditor(event, name)
    return true
  })
}
