import type { BlockStatus } from "../domain/Block.ts"
import type { KeyboardOwner } from "./components/StatusLine.tsx"
import { HELP_HINTS, LEAVE_HINTS, navigateMoments, readerHints, statusHints } from "./hints.ts"
import type { KeyHint } from "./keyHint.ts"
import { NAME_HINTS } from "./sidebar/sidebarKeys.ts"
import type { UiState } from "./uiState.ts"

/** What decides which keys the status line shows. */
export interface HintMoment {
  readonly ui: Pick<UiState, "help" | "leader"> & { readonly sidebar: Pick<UiState["sidebar"], "rename"> }
  /** It is asked whether to leave. */
  readonly isLeaving: boolean
  /** The keys of what lies over the screen's own, null where nothing does. */
  readonly layer: ReadonlyArray<KeyHint> | null
  /** The keys that answer a question of the clipboard. */
  readonly answers: ReadonlyArray<KeyHint>
  readonly owner: KeyboardOwner
  /** Name of the leader key. */
  readonly leader: string
  /** See `statusHints`. */
  readonly enter: "runs" | "queues" | "types"
  /** How the selected block is doing; null for none. */
  readonly selected: BlockStatus | null
  /** A search has left its marks. */
  readonly marked: boolean
  /** Whether a process has the session that is only read here; null for a session of our own. */
  readonly readOnly: { readonly isOwned: boolean } | null
}

/** The keys that the status line shows: of what asks or lies uppermost, else those that work on the screen itself. */
export const shownHints = (moment: HintMoment): ReadonlyArray<KeyHint> => {
  const { ui, layer, owner, selected, marked, readOnly } = moment
  if (moment.isLeaving) return LEAVE_HINTS
  if (ui.help !== null) return HELP_HINTS
  if (layer !== null && !ui.leader) return layer
  if (ui.sidebar.rename !== null) return NAME_HINTS
  const isReader = readOnly !== null && owner === "navigate" && !ui.leader
  const own = isReader
    ? readerHints(marked, readOnly.isOwned)
    : statusHints(owner, ui.leader, moment.leader, moment.enter, navigateMoments(selected, marked))
  return [...moment.answers, ...own]
}
