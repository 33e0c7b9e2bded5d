import type { BlockStatus } from "../domain/Block.ts"
import type { HelpGroup } from "./components/HelpOverlay.tsx"
import type { KeyboardOwner } from "./components/StatusLine.tsx"
import { EDITOR_BINDING_GROUPS } from "./editor/editorActions.ts"
import type { KeyHint } from "./keyHint.ts"
import {
  KEY_BINDINGS,
  type KeyScope,
  NAVIGATE_HINTS,
  NAVIGATE_TOPICS,
  type NavigateMoment,
  type UiAction
} from "./keymap.ts"
import { spellKey } from "./keyNames.ts"
import { isForReaders } from "./readOnly/readOnlyActions.ts"
import { SELECTION_BINDINGS } from "./select/selectionKeys.ts"
import { SIDEBAR_BINDINGS } from "./sidebar/sidebarKeys.ts"
import { SLASH_WORDS, type SlashArgument } from "./slashCommands.ts"

/** Key names of one binding that the help shows at most. */
const SHOWN_KEYS = 3

const inScope = (scope: KeyScope) => KEY_BINDINGS.filter((binding) => binding.scope === scope)

/** Keys that answer a question: the status line shows them with it. */
const ANSWERS: ReadonlySet<UiAction> = new Set(["copyOnce", "refuseCopy", "copyAlways"])

/**
 * What holds while navigating.
 *
 * @param selected how the selected block is doing; null for none
 * @param marked a search has left its marks
 */
export const navigateMoments = (selected: BlockStatus | null, marked: boolean): ReadonlySet<NavigateMoment> => {
  const moments = new Set<NavigateMoment>()
  if (selected === "running") moments.add("running")
  if (selected === "running" || selected === "idle") moments.add("unfinished")
  if (marked) moments.add("marked")
  return moments
}

/**
 * The keys that work now, most important first, for the status line.
 *
 * @param enter what Enter does in the editor: runs the command, has it wait for the one that runs, or types it into a shell
 *   that cannot be driven
 * @param moments see `navigateMoments`
 */
export const statusHints = (
  owner: KeyboardOwner,
  leaderPressed: boolean,
  leader: string,
  enter: "runs" | "queues" | "types" = "runs",
  moments: ReadonlySet<NavigateMoment> = new Set()
): ReadonlyArray<KeyHint> => {
  const leaderName = spellKey(leader)
  const hinted = (scope: KeyScope): ReadonlyArray<KeyHint> =>
    inScope(scope).flatMap((binding) =>
      binding.hint === undefined || ANSWERS.has(binding.action)
        ? []
        : [{ keys: spellKey(binding.keys[0]!), meaning: binding.hint }]
    )
  if (leaderPressed) return [...hinted("leader"), { keys: leaderName, meaning: "send it" }]
  if (owner === "navigate") {
    return NAVIGATE_HINTS.filter(({ when }) => when === undefined || moments.has(when)).map(({ action, hint }) => ({
      keys: spellKey(inScope("navigate").find((binding) => binding.action === action)!.keys[0]!),
      meaning: hint
    }))
  }
  if (owner === "sidebar") {
    return SIDEBAR_BINDINGS.flatMap(({ keys, hint }) =>
      hint === undefined ? [] : [{ keys: spellKey(keys[0]!), meaning: hint }]
    )
  }
  if (owner === "program") {
    return [
      { keys: leaderName, meaning: "leader, then" },
      { keys: "e", meaning: "next command" },
      { keys: "n", meaning: "navigate" },
      { keys: "?", meaning: "help" }
    ]
  }
  if (enter === "types") {
    return [
      { keys: "Enter", meaning: "type it into the shell" },
      { keys: `${leaderName} Esc`, meaning: "back to the shell" }
    ]
  }
  if (enter === "queues") {
    return [
      { keys: "Enter", meaning: "run after it" },
      { keys: `${leaderName} Enter`, meaning: "run beside it" },
      { keys: `${leaderName} Esc`, meaning: "back to the program" }
    ]
  }
  return [
    { keys: "Enter", meaning: "run" },
    { keys: "Esc", meaning: "navigate" },
    { keys: `${leaderName} ?`, meaning: "help" },
    { keys: "Alt+Enter", meaning: "new line" }
  ]
}

/**
 * The keys that work in a session that is only read, most important first.
 *
 * @param marked a search has left its marks
 * @param owned a process has the session
 */
export const readerHints = (marked: boolean, owned: boolean): ReadonlyArray<KeyHint> => {
  const own = inScope("reader").map(({ keys, action, hint = "" }) => ({
    keys: spellKey(keys[0]!),
    meaning: action === "takeOver" && !owned ? "open" : hint
  }))
  const moments = navigateMoments(null, marked)
  const others = NAVIGATE_HINTS.filter(
    ({ when, action }) => isForReaders(action) && (when === undefined || moments.has(when))
  )
  const shown = others.flatMap(({ action, hint }) =>
    action === "back"
      ? []
      : [{ keys: spellKey(inScope("navigate").find((binding) => binding.action === action)!.keys[0]!), meaning: hint }]
  )
  return [...own, ...shown]
}

/** What is said of a key that other editors have a use for; null for the rest. */
export const missingKey = (name: string, leader: string): string | null => {
  const plain = `${spellKey(leader)} !`
  if (name === "tab") return `This editor does not complete: ${plain} goes on in a plain shell, which does`
  // Reached only with something written: from an empty editor it navigates.
  if (name === "escape") return `Your text stays: ${spellKey(leader)} n navigates from here`
  return null
}

/** What is said of a key that means nothing while navigating. */
export const uselessKey = (name: string): string => `${spellKey(name)} does nothing here: ? shows every key`

/** What is said of a key that means nothing behind the leader. */
export const unboundKey = (name: string, leader: string): string =>
  `${spellKey(leader)} ${spellKey(name)} does nothing: ${spellKey(leader)} ? shows every key`

/** What stands on the empty screen, most important first. */
export const welcomeHints = (leader: string): ReadonlyArray<KeyHint> => [
  { keys: "Esc", meaning: "walk through the blocks: fold, copy, select, find, run again" },
  { keys: spellKey(leader), meaning: "the leader: takes the keyboard from a running program" },
  { keys: "Ctrl+R", meaning: "search the commands that were run, in every session" },
  { keys: "@last", meaning: "in a command: a file with the last output (diff @prev @last)" },
  { keys: `${spellKey(leader)} s`, meaning: `the sessions before this one; ${spellKey(leader)} S searches them all` },
  { keys: `${spellKey(leader)} !`, meaning: "a plain shell: Tab completion" },
  { keys: `${spellKey(leader)} ?`, meaning: "every key" },
  { keys: "Ctrl+D", meaning: "leave" }
]

const bindingHints = (bindings: ReadonlyArray<{ keys: ReadonlyArray<string>; help: string }>): ReadonlyArray<KeyHint> =>
  bindings.map(({ keys, help }) => ({
    keys: keys
      .slice(0, SHOWN_KEYS)
      .map((key) => spellKey(key))
      .join(", "),
    meaning: help
  }))

const navigateGroups = (works: (action: UiAction) => boolean): ReadonlyArray<HelpGroup> =>
  NAVIGATE_TOPICS.map(({ title, actions }) => ({
    title: `Navigating: ${title}`,
    keys: bindingHints(
      actions.filter(works).flatMap((action) => inScope("navigate").filter((row) => row.action === action))
    )
  })).filter(({ keys }) => keys.length > 0)

/** Keys of the lists and lines that have the keyboard for a while, which say the most important ones themselves. */
const LAYER_GROUPS: ReadonlyArray<HelpGroup> = [
  {
    title: "Finding and filtering",
    keys: [
      { keys: "Enter", meaning: "keep what is found, or the filter" },
      { keys: "Esc", meaning: "back to how it was" },
      { keys: "Up, Down", meaning: "the hit above, the hit below" },
      { keys: "Alt+C", meaning: "capitals count, or do not" },
      { keys: "Alt+R", meaning: "a regular expression, or plain text" },
      { keys: "Alt+W", meaning: "whole words, or parts of them too" },
      { keys: "Alt+I", meaning: "filter: the lines that do not match, as ! before the text" },
      { keys: "Alt+N", meaning: "filter: some lines around each" }
    ]
  },
  {
    title: "Searching the history",
    keys: [
      { keys: "Enter", meaning: "run the command; while another runs, put it into the editor" },
      { keys: "Tab, Right", meaning: "put the command into the editor" },
      { keys: "Ctrl+R", meaning: "this session, this directory, everywhere, failed" },
      { keys: "Ctrl+D, Delete", meaning: "forget the command; asks once" }
    ]
  },
  {
    title: "Comparing with the run before",
    keys: [
      { keys: "n, N", meaning: "next change, previous change" },
      { keys: "Left, Right", meaning: "along long lines" },
      { keys: "Esc, q", meaning: "back" }
    ]
  }
]

/** What stands behind a word for EffectTalk. */
const ARGUMENTS: Readonly<Record<SlashArgument, string>> = { none: "", optional: " [name]", required: " name" }

const SELECTING: HelpGroup = { title: "Selecting in a block's output", keys: bindingHints(SELECTION_BINDINGS) }
const SESSIONS: HelpGroup = { title: "Sessions", keys: bindingHints(SIDEBAR_BINDINGS) }
const READING: HelpGroup = { title: "A session that another process has", keys: bindingHints(inScope("reader")) }

const OTHER_GROUPS: ReadonlyArray<HelpGroup> = [
  SELECTING,
  ...LAYER_GROUPS,
  SESSIONS,
  READING,
  ...EDITOR_BINDING_GROUPS.map(({ title, bindings }) => ({
    title: `Editor: ${title.toLowerCase()}`,
    keys: bindingHints(bindings)
  })),
  {
    title: "Editor: EffectTalk's own words",
    keys: [
      { keys: "/timeout 30s make", meaning: "end the command when it takes longer" },
      { keys: "/split make", meaning: "show what it prints to stderr apart" },
      {
        keys: "/incognito cmd, a leading space",
        meaning: "keep it out of every file, the shell's history too"
      },
      { keys: "diff @prev @last", meaning: "@last, @prev, @b12, @name: a file with that block's output" },
      ...Object.entries(SLASH_WORDS).map(([word, { argument, does }]) => ({
        keys: `/${word}${ARGUMENTS[argument]}`,
        meaning: does
      }))
    ]
  },
  {
    title: "Editor: the screen",
    keys: [...bindingHints(inScope("editor")), { keys: "Esc", meaning: "in an empty editor: navigate" }]
  }
]

/**
 * Every key by where it works, for the help overlay and docs/keys.md.
 *
 * @param place while navigating, that comes first; in a session that is only read, what works there is all there is
 */
export const helpGroups = (
  leader: string,
  place: "anywhere" | "navigate" | "reader" = "anywhere"
): ReadonlyArray<HelpGroup> => {
  const title = `Anywhere, after the leader (${spellKey(leader)})`
  const behind = inScope("leader")
  if (place === "reader") {
    const keys = bindingHints(behind.filter(({ action }) => isForReaders(action)))
    const walking = navigateGroups((action) => isForReaders(action) && action !== "back")
    return [READING, ...walking, { title, keys }, SELECTING, ...LAYER_GROUPS, SESSIONS]
  }
  const sent = { keys: spellKey(leader), meaning: "send the leader itself to the program" }
  const anywhere: HelpGroup = { title, keys: [...bindingHints(behind), sent] }
  const walking = navigateGroups(() => true)
  return [...(place === "navigate" ? [...walking, anywhere] : [anywhere, ...walking]), ...OTHER_GROUPS]
}

/** Keys of the help overlay itself. */
export const HELP_HINTS: ReadonlyArray<KeyHint> = [
  { keys: "Esc", meaning: "close" },
  { keys: "Up/Down", meaning: "scroll" }
]

/** Keys of the dialog that asks before leaving. */
export const LEAVE_HINTS: ReadonlyArray<KeyHint> = [
  { keys: "y", meaning: "leave" },
  { keys: "n", meaning: "stay" }
]
