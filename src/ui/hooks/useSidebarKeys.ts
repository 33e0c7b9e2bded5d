import type { Dispatch } from "react"
import type { InputEvent } from "../../terminal/inputEvents.ts"
import { useKeyInput } from "../contexts/KeyInput.tsx"
import type { SidebarModel } from "../sidebar/SidebarModel.ts"
import { reduceSidebar, type SidebarCommand, type SidebarState } from "../sidebar/sidebarState.ts"
import type { UiEvent } from "../uiState.ts"
import { useSessions } from "./useSessions.ts"

export interface UseSidebarKeysOptions {
  readonly state: SidebarState
  readonly model: SidebarModel
  readonly dispatch: Dispatch<UiEvent>
  readonly say: (text: string) => void
}

/** What a key does while the list of sessions has the keyboard: it moves there, and what it asks for is carried out. */
export const useSidebarKeys = ({
  state,
  model,
  dispatch,
  say
}: UseSidebarKeysOptions): ((event: InputEvent) => void) => {
  const sessions = useSessions()
  const input = useKeyInput()

  const carryOut = (command: SidebarCommand) => {
    switch (command.type) {
      case "switch":
        return sessions.switchTo(command.id)
      case "create":
        return sessions.create()
      case "rename":
        return sessions.rename(command.id, command.name)
      case "pin":
        return sessions.pin(command.id, command.pinned)
      case "archive":
        return sessions.archive(command.id)
      case "back":
        return null
    }
  }

  const obey = async (command: SidebarCommand): Promise<void> => {
    // What is typed behind the choice of a session is meant for that one.
    if (command.type === "switch" || command.type === "create") input.hold()
    const error = await carryOut(command)
    if (error === null) return
    input.forget()
    say(error.message)
  }

  return (event) => {
    if (event.type !== "key" && event.type !== "text" && event.type !== "paste") return
    const pressed = reduceSidebar(state, event, model)
    dispatch({ type: "sidebar", state: pressed.state })
    if (pressed.command !== null) void obey(pressed.command)
  }
}
