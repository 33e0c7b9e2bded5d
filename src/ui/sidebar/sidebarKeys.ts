/** What a key does while the sidebar has the keyboard and no name is being written. */
export type SidebarAction =
  | "previousSession"
  | "nextSession"
  | "firstSession"
  | "lastSession"
  | "switchSession"
  | "newSession"
  | "renameSession"
  | "pinSession"
  | "archiveSession"
  | "leaveSidebar"

/** One row of the sidebar's key table, in the form of `KeyBinding`. */
export interface SidebarBinding {
  readonly keys: ReadonlyArray<string>
  readonly action: SidebarAction
  readonly help: string
  readonly hint?: string
}

/** The table; an earlier row is more important. */
export const SIDEBAR_BINDINGS: ReadonlyArray<SidebarBinding> = [
  { keys: ["up", "k"], action: "previousSession", help: "previous session", hint: "session" },
  { keys: ["down", "j"], action: "nextSession", help: "next session" },
  { keys: ["enter"], action: "switchSession", help: "put the session on the screen", hint: "switch" },
  { keys: ["escape", "q"], action: "leaveSidebar", help: "back to the editor or the program", hint: "back" },
  { keys: ["n"], action: "newSession", help: "begin a session in this directory", hint: "new" },
  { keys: ["r"], action: "renameSession", help: "name the session, or take its name away", hint: "name" },
  { keys: ["p"], action: "pinSession", help: "pin the session above the others, or unpin it", hint: "pin" },
  { keys: ["A"], action: "archiveSession", help: "move a session that nobody has open to the archive" },
  { keys: ["home", "g"], action: "firstSession", help: "first session" },
  { keys: ["end", "G"], action: "lastSession", help: "last session" }
]

/** Keys while a name is being written, for the status line; all others are the editor's. */
export const NAME_HINTS = [
  { keys: "Enter", meaning: "keep the name" },
  { keys: "Esc", meaning: "leave it as it was" }
] as const

const ACTIONS = new Map(SIDEBAR_BINDINGS.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)))

/** The action of a key, or null. */
export const sidebarActionFor = (key: string): SidebarAction | null => ACTIONS.get(key) ?? null
