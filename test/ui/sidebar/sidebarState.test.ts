import { describe, expect, it } from "vitest"
import type { SessionId } from "../../../src/domain/ids.ts"
import type { SidebarModel, SidebarSession } from "../../../src/ui/sidebar/SidebarModel.ts"
import { orderSessions } from "../../../src/ui/sidebar/sessionOrder.ts"
import { SIDEBAR_BINDINGS } from "../../../src/ui/sidebar/sidebarKeys.ts"
import {
  focusSidebar,
  quietSidebar,
  reduceSidebar,
  type SidebarCommand,
  type SidebarState,
  selectedSession
} from "../../../src/ui/sidebar/sidebarState.ts"
import { parseKeys } from "../editor/keys.ts"
import { busyModel, emptyModel, NOW, sketchSession } from "./models.ts"

/** The state after a script of keys (see `parseKeys`), and what they asked for. */
const press = (state: SidebarState, script: string, model: SidebarModel = busyModel) => {
  const commands: Array<SidebarCommand> = []
  let current = state
  for (const key of parseKeys(script)) {
    const pressed = reduceSidebar(current, key, model)
    current = pressed.state
    if (pressed.command !== null) commands.push(pressed.command)
  }
  return { state: current, commands, selected: selectedSession(current, model)?.id ?? null }
}

const focused = focusSidebar(busyModel)

/** As shown: notes | k3v9 (here) deploy tmp idle | logs | nasty deep wide. */
const change = (id: string, to: Partial<SidebarSession>): SidebarModel => ({
  ...busyModel,
  sessions: busyModel.sessions.map((session) => (session.id === id ? { ...session, ...to } : session))
})

describe("walking through the sessions", () => {
  it("begins at the one on the screen and ends at both ends", () => {
    expect(selectedSession(focused, busyModel)?.id).toBe("k3v9")
    expect(press(focused, "j").selected).toBe("deploy")
    expect(press(focused, "<down><down>k").selected).toBe("deploy")
    expect(press(focused, "kkk<up>").selected).toBe("notes")
    expect(press(focused, "G").selected).toBe("wide")
    expect(press(focused, "<end>jj").selected).toBe("wide")
    expect(press(focused, "Gg").selected).toBe("notes")
    expect(press(focused, "<home>").selected).toBe("notes")
  })

  it("selects nothing without the keyboard", () => {
    expect(selectedSession(quietSidebar, busyModel)).toBeNull()
  })

  it("goes on in the same order whatever happens meanwhile", () => {
    const at = press(focused, "<end>kk").state
    expect(selectedSession(at, busyModel)?.id).toBe("nasty")
    const moved = change("wide", { lastModified: NOW + 1, pinned: true, state: { kind: "elsewhere", pid: 3 } })
    expect(press(at, "jj", moved).selected).toBe("wide")
    expect(press(at, "kk", moved).selected).toBe("idle")
  })

  it("falls to the next session when the selected one is gone, and to the one before at the end", () => {
    const without = (...gone: ReadonlyArray<string>): SidebarModel => ({
      ...busyModel,
      sessions: busyModel.sessions.filter(({ id }) => !gone.includes(id))
    })
    const at = press(focused, "jj").state
    expect(selectedSession(at, without("tmp"))?.id).toBe("idle")
    expect(selectedSession(at, without("tmp", "idle"))?.id).toBe("logs")
    expect(press(at, "k", without("tmp")).selected).toBe("deploy")
    expect(selectedSession(press(focused, "G").state, without("wide"))?.id).toBe("deep")
    expect(selectedSession(at, without(...busyModel.sessions.map(({ id }) => id)))).toBeNull()
    expect(press(at, "<enter>rpjk", { ...busyModel, sessions: [] }).commands).toEqual([])
  })
})

describe("what keys ask for", () => {
  it("switches, and gives the keyboard back", () => {
    expect(press(focused, "j<enter>")).toMatchObject({
      state: quietSidebar,
      commands: [{ type: "switch", id: "deploy" }]
    })
    expect(press(focused, "G<enter>").commands).toEqual([{ type: "switch", id: "wide" }])
  })

  it("goes back, also by choosing what is on the screen already", () => {
    for (const key of ["<escape>", "q", "<enter>"]) {
      expect(press(focused, key)).toMatchObject({ state: quietSidebar, commands: [{ type: "back" }] })
    }
  })

  it("begins a session", () => {
    expect(press(focused, "n")).toMatchObject({ state: quietSidebar, commands: [{ type: "create" }] })
  })

  it("ignores every other key, and pastes", () => {
    expect(press(focused, "xNRP1<tab><f5><ctrl+a>")).toEqual({ state: focused, commands: [], selected: "k3v9" })
    expect(reduceSidebar(focused, { type: "paste", text: "n" }, busyModel)).toEqual({ state: focused, command: null })
  })

  it("has no key twice in its table", () => {
    const keys = SIDEBAR_BINDINGS.flatMap((binding) => binding.keys)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe("pinning", () => {
  const groups = ({ state }: { readonly state: SidebarState }, model: SidebarModel) =>
    orderSessions(model.sessions, state.frozen).map(({ name, sessions }) => [name, ...sessions.map(({ id }) => id)])

  it("shows at once where the session will stand, and takes it back before the answer has come", () => {
    const pinned = press(focused, "jp")
    expect(pinned.commands).toEqual([{ type: "pin", id: "deploy", pinned: true }])
    expect(pinned.selected).toBe("deploy")
    expect(groups(pinned, busyModel)[0]).toEqual(["pinned", "notes", "deploy"])
    expect(groups(pinned, change("deploy", { pinned: true }))).toEqual(groups(pinned, busyModel))
    const back = press(pinned.state, "p")
    expect(back.commands).toEqual([{ type: "pin", id: "deploy", pinned: false }])
    expect(groups(back, busyModel)[1]).toEqual(["open", "deploy", "k3v9", "tmp", "idle"])
  })

  it("lets a pinned one go to the top of where it belongs", () => {
    const unpinned = press(focused, "gp")
    expect(unpinned.commands).toEqual([{ type: "pin", id: "notes", pinned: false }])
    expect(groups(unpinned, busyModel).at(-1)).toEqual(["recent", "notes", "nasty", "deep", "wide"])
  })
})

describe("naming", () => {
  it("begins with the name there is and keeps the keys for itself", () => {
    const naming = press(focused, "jr")
    expect(naming.state.rename?.editor.buffer.text).toBe("deploy scripts")
    const named = press(naming.state, "<ctrl+u>jqnp<enter>")
    expect(named.commands).toEqual([{ type: "rename", id: "deploy", name: "jqnp" }])
    expect(named.state).toMatchObject({ focused: true, selected: "deploy", rename: null })
  })

  it("takes the name away when nothing is left of it", () => {
    expect(press(focused, "jr<ctrl+u>  <enter>").commands).toEqual([{ type: "rename", id: "deploy", name: null }])
  })

  it("asks for nothing when the name stays, or the user leaves", () => {
    for (const script of ["jr<enter>", "jr<escape>", "jrabc<escape>", "jrabc<ctrl+c>", "r<enter>", "r  <enter>"]) {
      const { commands, state } = press(focused, script)
      expect(commands).toEqual([])
      expect(state).toMatchObject({ focused: true, rename: null })
    }
  })

  it("names the session it began with, though another has taken the selection", () => {
    const gone = { ...busyModel, sessions: busyModel.sessions.filter(({ id }) => id !== "deploy") }
    expect(press(press(focused, "jr").state, "!<enter>", gone).commands).toEqual([
      { type: "rename", id: "deploy" as SessionId, name: "deploy scripts!" }
    ])
  })

  it("works on a session alone", () => {
    const alone = focusSidebar(emptyModel)
    expect(press(alone, "jjkrlab<enter>", emptyModel).commands).toEqual([{ type: "rename", id: "work", name: "lab" }])
    expect(sketchSession("work").name).toBeNull()
  })
})
