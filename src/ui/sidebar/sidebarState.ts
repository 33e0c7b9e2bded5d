import type { SessionId } from "../../domain/ids.ts"
import type { Editor, EditorKey } from "../editor/Editor.ts"
import type { SidebarModel, SidebarSession } from "./SidebarModel.ts"
import { makeNameEditor, pressInName } from "./sessionName.ts"
import { groupOf, orderSessions, placesOf, type SessionPlace } from "./sessionOrder.ts"
import { type SidebarAction, sidebarActionFor } from "./sidebarKeys.ts"

/** What the sidebar keeps between keys. */
export interface SidebarState {
  /** The sidebar has the keyboard. */
  readonly focused: boolean
  /** The session that keys act on; null without the keyboard. */
  readonly selected: SessionId | null
  /** Where each session stood when the keyboard came: the list stands still while one walks through it. */
  readonly frozen: ReadonlyArray<SessionPlace> | null
  /** A name that is being written. */
  readonly rename: { readonly id: SessionId; readonly editor: Editor } | null
}

/** What the outside has to do after a key. */
export type SidebarCommand =
  | { readonly type: "switch"; readonly id: SessionId }
  | { readonly type: "create" }
  /** Null takes the name away. */
  | { readonly type: "rename"; readonly id: SessionId; readonly name: string | null }
  | { readonly type: "pin"; readonly id: SessionId; readonly pinned: boolean }
  | { readonly type: "archive"; readonly id: SessionId }
  /** The keyboard goes back to where it was; the sidebar stays open. */
  | { readonly type: "back" }

/** What a key press gives. */
export interface SidebarPressed {
  readonly state: SidebarState
  readonly command: SidebarCommand | null
}

/** The sidebar without the keyboard. */
export const quietSidebar: SidebarState = { focused: false, selected: null, frozen: null, rename: null }

/** The sidebar with the keyboard: the session on the screen is selected. */
export const focusSidebar = (model: SidebarModel): SidebarState => ({
  focused: true,
  selected: model.sessions.find(({ state }) => state.kind === "here")?.id ?? null,
  frozen: placesOf(orderSessions(model.sessions, null)),
  rename: null
})

/** The sessions in the order in which they are shown. */
const shownSessions = (state: SidebarState, model: SidebarModel): ReadonlyArray<SidebarSession> =>
  orderSessions(model.sessions, state.frozen).flatMap(({ sessions }) => sessions)

/** The session that keys act on: where the selected one is gone, the nearest that stood after or before it. */
export const selectedSession = (state: SidebarState, model: SidebarModel): SidebarSession | null => {
  if (!state.focused) return null
  const shown = shownSessions(state, model)
  const places = state.frozen ?? []
  const stood = places.findIndex(({ id }) => id === state.selected)
  const candidates = stood < 0 ? [] : [...places.slice(stood), ...places.slice(0, stood).reverse()]
  return (
    shown.find(({ id }) => id === state.selected) ??
    candidates.map((place) => shown.find(({ id }) => id === place.id)).find((session) => session !== undefined) ??
    shown[0] ??
    null
  )
}

/**
 * Pinning is asked for, so it is shown at once: the session goes to the end of the pinned ones, or to the beginning of
 * the group that it belongs to without its pin, and the selection with it.
 */
const afterPin = (state: SidebarState, session: SidebarSession, pinned: boolean): SidebarState => {
  const others = state.frozen?.filter(({ id }) => id !== session.id) ?? []
  const place = { id: session.id, group: groupOf({ ...session, pinned }) }
  return { ...state, selected: session.id, frozen: pinned ? [...others, place] : [place, ...others] }
}

const stay = (state: SidebarState): SidebarPressed => ({ state, command: null })

const act = (state: SidebarState, action: SidebarAction, model: SidebarModel): SidebarPressed => {
  const shown = shownSessions(state, model)
  const session = selectedSession(state, model)
  const select = (index: number): SidebarPressed =>
    stay({ ...state, selected: shown[Math.max(0, Math.min(index, shown.length - 1))]?.id ?? null })
  const at = session === null ? -1 : shown.indexOf(session)
  switch (action) {
    case "previousSession":
      return select(at - 1)
    case "nextSession":
      return select(at + 1)
    case "firstSession":
      return select(0)
    case "lastSession":
      return select(shown.length - 1)
    case "newSession":
      return { state: quietSidebar, command: { type: "create" } }
    case "leaveSidebar":
      return { state: quietSidebar, command: { type: "back" } }
    case "switchSession":
      if (session === null) return stay(state)
      return {
        state: quietSidebar,
        command: session.state.kind === "here" ? { type: "back" } : { type: "switch", id: session.id }
      }
    case "renameSession":
      if (session === null) return stay(state)
      return stay({
        ...state,
        selected: session.id,
        rename: { id: session.id, editor: makeNameEditor(session.name) }
      })
    case "archiveSession":
      return session === null ? stay(state) : { state, command: { type: "archive", id: session.id } }
    case "pinSession": {
      if (session === null) return stay(state)
      // What is shown counts: a pin that is still on its way can be taken back.
      const pinned = state.frozen?.find(({ id }) => id === session.id)?.group !== "pinned"
      return { state: afterPin(state, session, pinned), command: { type: "pin", id: session.id, pinned } }
    }
  }
}

/** One key while the sidebar has the keyboard; text comes one character at a time, as for every key table. Pure. */
export const reduceSidebar = (state: SidebarState, key: EditorKey, model: SidebarModel): SidebarPressed => {
  const { rename } = state
  if (rename !== null) {
    const pressed = pressInName(rename.editor, key)
    if (pressed.type === "editing") return stay({ ...state, rename: { ...rename, editor: pressed.editor } })
    const done = { ...state, rename: null }
    const before = model.sessions.find(({ id }) => id === rename.id)?.name ?? null
    if (pressed.type === "cancelled" || pressed.name === before) return stay(done)
    return { state: done, command: { type: "rename", id: rename.id, name: pressed.name } }
  }
  if (key.type === "paste") return stay(state)
  const action = sidebarActionFor(key.type === "key" ? key.name : key.text)
  return action === null ? stay(state) : act(state, action, model)
}
