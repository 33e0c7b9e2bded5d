import * as Effect from "effect/Effect"
import { useReducer, useRef } from "react"
import type { ArchivedSummary } from "../../services/archive/archivedList.ts"
import { OpenSessions } from "../../services/OpenSessions.ts"
import { SessionArchive } from "../../services/SessionArchive.ts"
import { type InputEvent, keyNamesOf } from "../../terminal/inputEvents.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useKeyInput } from "../contexts/KeyInput.tsx"
import { useTerminalSize } from "../contexts/TerminalSize.ts"
import type { Layer } from "../layers/Layer.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { PickerPanel } from "../picker/PickerPanel.tsx"
import { fitPlace, movePlace, PICKER_START, type PickerPlace, pickerRows } from "../picker/pickerList.ts"
import { savedRow } from "./savedRows.ts"

/** Rows of the screen that the list leaves: header, status line. */
const OTHER_ROWS = 2

const LEAVE_KEYS: ReadonlySet<string> = new Set(["escape", "ctrl+c", "ctrl+g", "q"])

/** Most cells of a name in a question: the keys that answer it stand behind it. */
const MAX_ASKED_CELLS = 20

const askedName = ({ name, file }: ArchivedSummary, ellipsis: string): string =>
  truncateText(visibleText(name ?? file), MAX_ASKED_CELLS, ellipsis)

/** The list while it is open. */
interface Open {
  readonly saved: ReadonlyArray<ArchivedSummary>
  readonly place: PickerPlace
  /** The one that is deleted if the next key says so. */
  readonly deleting: ArchivedSummary | null
}

/** `/saved`: the snapshots of sessions, newest first, to be restored as sessions of their own, or deleted. */
export const useSaved = ({ theme, say }: FeatureTools): Feature => {
  const archive = useService(SessionArchive)
  const sessions = useService(OpenSessions)
  const input = useKeyInput()
  const run = useRun()
  const size = useTerminalSize()
  const [frame, show] = useReducer((count: number) => count + 1, 0)
  // One read may bring many keys: each must see what the one before it did.
  const open = useRef<Open | null>(null)
  const height = Math.max(1, size.rows - OTHER_ROWS)

  const set = (next: Open | null) => {
    open.current = next
    show()
  }

  /** Reads the list, and shows it where there is something in it. */
  const read = (at: PickerPlace, empty: string) =>
    run(
      Effect.match(archive.list, {
        onFailure: ({ message }) => say(message),
        onSuccess: ({ archived }) => {
          const saved = archived.filter(({ kind }) => kind === "save")
          if (saved.length === 0) {
            set(null)
            return say(empty)
          }
          set({ saved, place: fitPlace(at, saved.length, height), deleting: null })
        }
      })
    )

  const restore = (entry: ArchivedSummary) => {
    set(null)
    // What is typed behind Enter is meant for the session that comes.
    input.hold()
    run(
      Effect.match(
        Effect.flatMap(archive.restore(entry.file), ({ id }) => sessions.switchTo(id)),
        {
          onFailure: ({ message }) => {
            input.forget()
            say(message)
          },
          onSuccess: () => {}
        }
      )
    )
  }

  const remove = (entry: ArchivedSummary, place: PickerPlace) =>
    run(
      Effect.match(archive.remove(entry), {
        onFailure: ({ message }) => say(message),
        onSuccess: () => {
          say(`Deleted the snapshot ${visibleText(entry.name ?? entry.file)}`)
          read(place, `Deleted the snapshot ${visibleText(entry.name ?? entry.file)}: there is none left`)
        }
      })
    )

  const onEvent = (event: InputEvent) => {
    const now = open.current
    const [key = ""] = event.type === "mouse" ? [] : keyNamesOf(event)
    if (now === null || key === "") return
    if (now.deleting !== null) {
      set({ ...now, deleting: null })
      if (key === "y") remove(now.deleting, now.place)
      return
    }
    if (LEAVE_KEYS.has(key)) return set(null)
    const moved = movePlace(now.place, key, now.saved.length, height, "down")
    if (moved !== null) return set({ ...now, place: moved })
    const chosen = now.saved[now.place.at]
    if (chosen === undefined) return
    if (key === "enter") restore(chosen)
    if (key === "d" || key === "delete") set({ ...now, deleting: chosen })
  }

  const current = open.current
  const layer: Layer | null =
    current === null
      ? null
      : {
          badge: "SAVED",
          hints:
            current.deleting === null
              ? [
                  { keys: "Enter", meaning: "open it as a session" },
                  { keys: "d", meaning: "delete" },
                  { keys: "Esc", meaning: "back" },
                  { keys: "Up/Down", meaning: "move" }
                ]
              : [
                  { keys: "y", meaning: "delete" },
                  { keys: "n", meaning: "keep" }
                ],
          message:
            current.deleting === null
              ? null
              : `Delete the snapshot ${askedName(current.deleting, theme.signs.ellipsis)}?`,
          onEvent,
          overlay: (
            <PickerPanel
              id="saved"
              width={size.columns}
              height={height}
              top={1}
              version={frame}
              rows={(width, rows) =>
                pickerRows(current.place, current.saved.length, rows, "down", (index, chosen) =>
                  savedRow(current.saved[index]!, chosen, width, theme)
                )
              }
            />
          )
        }

  return {
    layer,
    act: () => false,
    word: ({ word }) => {
      if (word !== "saved") return false
      read(PICKER_START, "Nothing is saved: /save name keeps this session as it is now")
      return true
    }
  }
}
