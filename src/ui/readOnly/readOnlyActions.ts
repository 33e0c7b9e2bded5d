import type { CommandLine } from "../hooks/useCommandLine.ts"
import type { UiAction } from "../keymap.ts"

/** What keys do on the screen of a session that is only read: nothing of it changes the session, or needs its shell. */
const ALLOWED: ReadonlySet<UiAction> = new Set([
  ...(["takeOver", "closeReader", "leave", "back", "cancel", "navigate", "help", "redraw", "clearView"] as const),
  ...(["sessions", "toggleSidebar", "toggleMouse", "copyOnce", "refuseCopy", "copyAlways"] as const),
  ...(["previousBlock", "nextBlock", "previousFailed", "nextFailed", "nextPinned", "walkUp", "walkDown"] as const),
  ...(["blockTop", "blockBottom", "rowUp", "rowDown", "pageUp", "pageDown", "top", "bottom"] as const),
  ...(["toggleFold", "foldAll", "unfoldAll", "find", "findOlder", "findNewer", "filterLines"] as const),
  ...(["searchSessions", "selectCharacters", "selectLines", "hints", "openLink", "compare"] as const),
  ...(["copyOutput", "copyCommand", "copyBoth", "copyMarkdown", "saveBlock", "saveSession"] as const),
  ...(["openPager", "openEditor"] as const)
])

/** Whether an action does its work where a session is only read; what is not known to does not. */
export const isForReaders = (action: UiAction): boolean => ALLOWED.has(action)

/** A command line that takes nothing, for features that put text into it: it says why. */
export const refusingCommandLine = (editor: CommandLine, refuse: () => void): CommandLine => ({
  ...editor,
  onKey: () => {
    refuse()
    return true
  },
  replaceText: refuse,
  insertTypeAhead: refuse,
  moveTo: () => {},
  enter: refuse,
  runBeside: refuse
})
