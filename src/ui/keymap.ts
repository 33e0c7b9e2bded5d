/**
 * Every key EffectTalk answers to outside the editor's own (readline) bindings. The help overlay, the status line and
 * docs/keys.md are printed from this table.
 */

/**
 * Where a binding holds: after the leader, while navigating, or in the editor; `reader`: while navigating in a session that
 * is only read, before the keys of navigating.
 */
export type KeyScope = "leader" | "navigate" | "editor" | "reader"

/** What a binding does; `App` has one case for each. */
export type UiAction =
  | "navigate"
  | "edit"
  | "back"
  | "help"
  | "leave"
  | "redraw"
  | "sendLeader"
  | "cancel"
  | "runBeside"
  | "plainShell"
  | "sessions"
  | "toggleSidebar"
  | "attach"
  | "takeOver"
  | "closeReader"
  | "stop"
  | "previousBlock"
  | "nextBlock"
  | "walkUp"
  | "walkDown"
  | "previousFailed"
  | "nextFailed"
  | "blockTop"
  | "blockBottom"
  | "clearView"
  | "toggleMouse"
  | "rowUp"
  | "rowDown"
  | "pageUp"
  | "pageDown"
  | "top"
  | "bottom"
  | "toggleFold"
  | "foldAll"
  | "unfoldAll"
  | "copyOutput"
  | "copyCommand"
  | "noteBlock"
  | "nameBlock"
  | "pinBlock"
  | "nextPinned"
  | "deleteBlock"
  | "undo"
  | "redo"
  | "copyBoth"
  | "copyMarkdown"
  | "saveBlock"
  | "saveSession"
  | "find"
  | "findOlder"
  | "findNewer"
  | "filterLines"
  | "runAgain"
  | "editAgain"
  | "runInPlace"
  | "signal"
  | "openPager"
  | "openEditor"
  | "compare"
  | "useOutput"
  | "searchSessions"
  | "storeAsPrinted"
  | "copyOnce"
  | "refuseCopy"
  | "copyAlways"
  | "historySearch"
  | "selectCharacters"
  | "selectLines"
  | "hints"
  | "openLink"

/** One row of the key table. */
export interface KeyBinding {
  readonly scope: KeyScope
  /** Key names as `InputDecoder` spells them; the first is the one that is shown. */
  readonly keys: ReadonlyArray<string>
  readonly action: UiAction
  /** What it does, for the help overlay. */
  readonly help: string
  /** One or two words for the status line; absent when the line does not show it. */
  readonly hint?: string
}

/** The table. Within a scope an earlier row is more important: narrow screens drop hints from the end. */
export const KEY_BINDINGS: ReadonlyArray<KeyBinding> = [
  { scope: "leader", keys: ["n"], action: "navigate", help: "walk through the blocks", hint: "navigate" },
  {
    scope: "leader",
    keys: ["e"],
    action: "edit",
    help: "write the next command; the program runs on",
    hint: "next command"
  },
  { scope: "leader", keys: ["/"], action: "find", help: "find in commands and outputs", hint: "find" },
  {
    scope: "leader",
    keys: ["h"],
    action: "hints",
    help: "copy or insert a path, address or number by its letter",
    hint: "pick"
  },
  { scope: "leader", keys: ["s"], action: "sessions", help: "sessions: switch, begin, name, pin", hint: "sessions" },
  { scope: "leader", keys: ["?"], action: "help", help: "show this help", hint: "help" },
  {
    scope: "leader",
    keys: ["enter"],
    action: "runBeside",
    help: "run the editor's text beside what runs, in another shell",
    hint: "run beside"
  },
  {
    scope: "leader",
    keys: ["S"],
    action: "searchSessions",
    help: "search all sessions and the archive",
    hint: "search all"
  },
  {
    scope: "leader",
    keys: ["r"],
    action: "historySearch",
    help: "search the commands that were run",
    hint: "history"
  },
  {
    scope: "leader",
    keys: ["!"],
    action: "plainShell",
    help: "a plain shell here, with its own line editor and completion",
    hint: "plain shell"
  },
  { scope: "leader", keys: ["q"], action: "leave", help: "leave EffectTalk", hint: "leave" },
  { scope: "leader", keys: ["b"], action: "toggleSidebar", help: "open or close the sidebar", hint: "sidebar" },
  { scope: "leader", keys: ["o"], action: "openLink", help: "open an address or a file by its letter" },
  {
    scope: "leader",
    keys: ["w"],
    action: "saveSession",
    help: "save the session to a file: text, Markdown, HTML or JSON"
  },
  { scope: "leader", keys: ["f"], action: "foldAll", help: "fold every block", hint: "fold all" },
  { scope: "leader", keys: ["u"], action: "unfoldAll", help: "unfold every block", hint: "unfold all" },
  { scope: "leader", keys: ["l"], action: "redraw", help: "draw the screen anew", hint: "redraw" },
  {
    scope: "leader",
    keys: ["m"],
    action: "toggleMouse",
    help: "leave the mouse to the terminal, or take it back",
    hint: "mouse"
  },
  { scope: "leader", keys: ["escape"], action: "cancel", help: "back to the program, or to the editor" },
  { scope: "leader", keys: ["y"], action: "copyOnce", help: "let a program copy what it asks to", hint: "copy" },
  { scope: "leader", keys: ["N"], action: "refuseCopy", help: "do not let it", hint: "no" },
  {
    scope: "leader",
    keys: ["Y"],
    action: "copyAlways",
    help: "let every program copy until EffectTalk ends",
    hint: "always"
  },

  {
    scope: "navigate",
    keys: ["enter", "space", "f"],
    action: "toggleFold",
    help: "fold or unfold the block"
  },
  { scope: "navigate", keys: ["c"], action: "copyOutput", help: "copy the block's output" },
  {
    scope: "navigate",
    keys: ["r"],
    action: "runAgain",
    help: "run the block's command again, in the session's shell"
  },
  { scope: "navigate", keys: ["/"], action: "find", help: "find in commands and outputs" },
  { scope: "navigate", keys: ["?"], action: "help", help: "show this help" },
  {
    scope: "navigate",
    keys: ["escape", "q", "i"],
    action: "back",
    help: "back to the editor or the program"
  },
  {
    scope: "navigate",
    keys: ["x"],
    action: "stop",
    help: "interrupt the block's command, or take it out of the queue"
  },
  {
    scope: "navigate",
    keys: ["a"],
    action: "attach",
    help: "give the keyboard to a program that runs beside"
  },
  { scope: "navigate", keys: ["n"], action: "findOlder", help: "the next hit above" },
  { scope: "navigate", keys: ["N"], action: "findNewer", help: "the next hit below" },
  { scope: "navigate", keys: ["&"], action: "filterLines", help: "show only lines of the block that match" },
  { scope: "navigate", keys: ["up", "k", "alt+up"], action: "previousBlock", help: "previous block" },
  { scope: "navigate", keys: ["down", "j", "alt+down"], action: "nextBlock", help: "next block" },
  { scope: "navigate", keys: ["["], action: "previousFailed", help: "previous block that failed" },
  { scope: "navigate", keys: ["]"], action: "nextFailed", help: "next block that failed" },
  { scope: "navigate", keys: ["t"], action: "blockTop", help: "top of the block" },
  { scope: "navigate", keys: ["b"], action: "blockBottom", help: "bottom of the block" },
  { scope: "navigate", keys: ["C"], action: "copyCommand", help: "copy the block's command" },
  {
    scope: "navigate",
    keys: ["v"],
    action: "selectCharacters",
    help: "select text of the block's output"
  },
  {
    scope: "navigate",
    keys: ["h"],
    action: "hints",
    help: "copy or insert a path, address or number by its letter"
  },
  { scope: "navigate", keys: ["o"], action: "openLink", help: "open an address or a file by its letter" },
  { scope: "navigate", keys: ["V"], action: "selectLines", help: "select lines of the block's output" },
  { scope: "navigate", keys: ["m"], action: "noteBlock", help: "note a line about the block, shown under its header" },
  { scope: "navigate", keys: ["@"], action: "nameBlock", help: "name the block, or take its name away" },
  { scope: "navigate", keys: ["p"], action: "pinBlock", help: "pin the block, or unpin it" },
  { scope: "navigate", keys: ["P"], action: "nextPinned", help: "next pinned block" },
  { scope: "navigate", keys: ["d", "delete"], action: "deleteBlock", help: "delete the block" },
  {
    scope: "navigate",
    keys: ["u"],
    action: "undo",
    help: "undo deleting, clearing, folding all, a name, a note, a pin"
  },
  { scope: "navigate", keys: ["ctrl+r"], action: "redo", help: "do again what was undone last" },
  { scope: "navigate", keys: ["y"], action: "copyBoth", help: "copy command and output" },
  {
    scope: "navigate",
    keys: ["w"],
    action: "saveBlock",
    help: "save the block to a file: text, Markdown, HTML or JSON"
  },
  { scope: "navigate", keys: ["Y"], action: "copyMarkdown", help: "copy command and output as Markdown" },
  {
    scope: "navigate",
    keys: ["e"],
    action: "editAgain",
    help: "edit the block's command, to run it again"
  },
  {
    scope: "navigate",
    keys: ["R"],
    action: "runInPlace",
    help: "run it again beside, with the directory and variables it had"
  },
  {
    scope: "navigate",
    keys: ["|"],
    action: "useOutput",
    help: "use its output: put the block's @name into the editor"
  },
  { scope: "navigate", keys: ["X"], action: "signal", help: "choose a signal for the program that runs in the block" },
  { scope: "navigate", keys: ["l"], action: "openPager", help: "read the block's output in your pager" },
  { scope: "navigate", keys: ["E"], action: "openEditor", help: "open the block's output in your editor" },
  { scope: "navigate", keys: ["D"], action: "compare", help: "what has changed since the same command ran before" },
  {
    scope: "navigate",
    keys: ["*"],
    action: "storeAsPrinted",
    help: "save the block as it was printed: nothing in it is a secret"
  },
  { scope: "navigate", keys: ["pageup", "ctrl+u"], action: "pageUp", help: "one page up" },
  { scope: "navigate", keys: ["pagedown", "ctrl+d"], action: "pageDown", help: "one page down" },
  { scope: "navigate", keys: ["ctrl+y"], action: "rowUp", help: "one row up" },
  { scope: "navigate", keys: ["ctrl+e"], action: "rowDown", help: "one row down" },
  { scope: "navigate", keys: ["home", "g"], action: "top", help: "first block" },
  { scope: "navigate", keys: ["end", "G"], action: "bottom", help: "last block, and follow new output" },
  { scope: "navigate", keys: ["S"], action: "searchSessions", help: "search all sessions and the archive" },
  { scope: "navigate", keys: ["F"], action: "foldAll", help: "fold every block" },
  { scope: "navigate", keys: ["U"], action: "unfoldAll", help: "unfold every block" },

  {
    scope: "reader",
    keys: ["T"],
    action: "takeOver",
    help: "take over from the process that has it; open it if none has",
    hint: "take over"
  },
  {
    scope: "reader",
    keys: ["q"],
    action: "closeReader",
    help: "close the session, or leave with the last",
    hint: "close"
  },

  { scope: "editor", keys: ["ctrl+r"], action: "historySearch", help: "search the commands that were run" },
  { scope: "editor", keys: ["alt+up"], action: "walkUp", help: "walk to the previous block" },
  { scope: "editor", keys: ["alt+down"], action: "walkDown", help: "walk to the next block" },
  { scope: "editor", keys: ["pageup"], action: "pageUp", help: "scroll one page up" },
  { scope: "editor", keys: ["pagedown"], action: "pageDown", help: "scroll one page down" }
]

/** What is done while navigating, by what it is about and in the order of the help: the table's order is of importance. */
export const NAVIGATE_TOPICS: ReadonlyArray<{ readonly title: string; readonly actions: ReadonlyArray<UiAction> }> = [
  {
    title: "moving",
    actions: [
      "previousBlock",
      "nextBlock",
      "previousFailed",
      "nextFailed",
      "nextPinned",
      "blockTop",
      "blockBottom",
      "top",
      "bottom",
      "pageUp",
      "pageDown",
      "rowUp",
      "rowDown",
      "help",
      "back"
    ]
  },
  {
    title: "folding and finding",
    actions: ["toggleFold", "foldAll", "unfoldAll", "find", "findOlder", "findNewer", "filterLines", "searchSessions"]
  },
  {
    title: "copying and opening",
    actions: [
      "copyOutput",
      "copyCommand",
      "copyBoth",
      "copyMarkdown",
      "selectCharacters",
      "selectLines",
      "hints",
      "openLink",
      "openPager",
      "openEditor"
    ]
  },
  {
    title: "running",
    actions: ["runAgain", "editAgain", "runInPlace", "useOutput", "compare", "stop", "signal", "attach"]
  },
  {
    title: "keeping",
    actions: ["noteBlock", "nameBlock", "pinBlock", "deleteBlock", "undo", "redo", "saveBlock", "storeAsPrinted"]
  }
]

/**
 * When the status line shows a key of navigating: the selected block runs, it runs or waits (`unfinished`), a search has
 * left its marks.
 */
export type NavigateMoment = "running" | "unfinished" | "marked"

/**
 * The keys that the status line shows while navigating, most important first: a narrow line drops them from the end. At 80
 * columns those up to the help are there.
 */
export const NAVIGATE_HINTS: ReadonlyArray<{
  readonly action: UiAction
  readonly hint: string
  readonly when?: NavigateMoment
}> = [
  { action: "stop", hint: "stop", when: "unfinished" },
  { action: "attach", hint: "type into it", when: "running" },
  { action: "findOlder", hint: "next hit", when: "marked" },
  { action: "toggleFold", hint: "fold" },
  { action: "copyOutput", hint: "copy" },
  { action: "selectCharacters", hint: "select" },
  { action: "hints", hint: "pick" },
  { action: "runAgain", hint: "again" },
  { action: "find", hint: "find" },
  { action: "help", hint: "help" },
  { action: "back", hint: "back" },
  { action: "editAgain", hint: "edit" },
  { action: "filterLines", hint: "filter" },
  { action: "blockTop", hint: "top" },
  { action: "blockBottom", hint: "end" },
  { action: "deleteBlock", hint: "delete" },
  { action: "useOutput", hint: "use output" },
  { action: "compare", hint: "diff" },
  { action: "noteBlock", hint: "note" }
]

/** The action a key has in a scope, or null. */
export const actionFor = (scope: KeyScope, key: string): UiAction | null =>
  KEY_BINDINGS.find((binding) => binding.scope === scope && binding.keys.includes(key))?.action ?? null
