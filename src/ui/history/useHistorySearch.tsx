import * as Effect from "effect/Effect"
import { useEffect, useReducer, useRef, useSyncExternalStore } from "react"
import { FuzzySearch } from "../../domain/fuzzy.ts"
import { HistoryStore } from "../../services/HistoryStore.ts"
import { HISTORY_FILTERS, type HistoryFilter, type IndexedEntry } from "../../services/history/HistoryIndex.ts"
import type { InputEvent } from "../../terminal/inputEvents.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useTerminalSize } from "../contexts/TerminalSize.ts"
import { layoutEditor } from "../editor/editorLayout.ts"
import { useSession, useShellState } from "../hooks/useSession.ts"
import { maxInputRows } from "../inputRows.ts"
import type { Layer } from "../layers/Layer.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { useLineInput } from "../layers/useLineInput.ts"
import { PickerPanel } from "../picker/PickerPanel.tsx"
import { fitPlace, movePlace, PICKER_START, type PickerPlace } from "../picker/pickerList.ts"
import { type HistoryView, historyHeight, historyListHeight, historyRows } from "./historyRows.ts"
import { useHistorySeed } from "./useHistorySeed.ts"

/** How long searching may keep the event loop from keys and frames, in milliseconds. */
const SLICE_MS = 4
/** Most cells of a command in a question. */
const MAX_ASKED_CELLS = 40

/** The search while it is open. */
interface Open {
  readonly filter: HistoryFilter
  readonly search: FuzzySearch<IndexedEntry>
  readonly place: PickerPlace
  /** The history is still being read. */
  readonly reading: boolean
  /** Everything was looked at for the query and the filter as they are. */
  readonly settled: boolean
  /** What came before that and is about what is found. */
  readonly waiting: ReadonlyArray<InputEvent>
  /** The command that the next such key forgets. */
  readonly forgetting: string | null
}

const NOTHING = new FuzzySearch<IndexedEntry>([])
const LEAVE_KEYS: ReadonlySet<string> = new Set(["escape", "ctrl+c", "ctrl+g"])
const FORGET_KEYS: ReadonlySet<string> = new Set(["ctrl+d", "delete"])

/** Searches the commands that were run, by Ctrl+R: the list stands above the line, its best match next to it. */
export const useHistorySearch = (tools: FeatureTools): Feature => {
  const { theme, home, editor, say } = tools
  const history = useService(HistoryStore)
  const run = useRun()
  const session = useSession()
  const { phase } = useShellState()
  const size = useTerminalSize()
  const input = useLineInput()
  const version = useSyncExternalStore(history.subscribe, history.version, history.version)
  const [frame, show] = useReducer((count: number) => count + 1, 0)
  // One read may bring many keys: each must see what the one before it did.
  const open = useRef<Open | null>(null)
  const seed = useHistorySeed()
  const isReady = phase === "ready"

  const update = (change: Partial<Open>) => {
    if (open.current !== null) open.current = { ...open.current, ...change }
    show()
  }

  const prompt = `${theme.strong("history")}: `
  const inputRows = layoutEditor({
    text: input.buffer.text,
    cursor: input.buffer.cursor,
    prompt,
    width: size.columns,
    maxRows: maxInputRows(size.rows, 1)
  }).rows.length
  const room = Math.max(1, size.rows - 2 - inputRows)
  const height = historyHeight(size.rows, room)

  const viewOf = ({ search, place, filter, reading }: Open): HistoryView => ({
    at: (rank) => search.at(rank),
    count: search.count,
    size: search.size,
    query: search.query,
    place,
    filter,
    reading
  })
  const listHeight = (now: Open) => historyListHeight(viewOf(now), theme, size.columns, height)

  /** Searches on, a slice at a time, and shows what there is when all was looked at. */
  const work = () => {
    const now = open.current
    if (now === null) return
    const until = performance.now() + SLICE_MS
    if (now.search.work(() => performance.now() > until)) {
      update({ place: fitPlace(now.place, now.search.count, listHeight(now)), settled: true })
      catchUp()
    } else setImmediate(() => open.current?.search === now.search && work())
  }

  const ask = (place: PickerPlace = PICKER_START) => {
    const now = open.current
    if (now === null) return
    now.search.ask(input.text())
    update({ place, forgetting: null, settled: false })
    work()
  }

  /** Looks through the entries of a filter, as they are now. */
  const look = (filter: HistoryFilter, place: PickerPlace) => {
    // At once: the next key of the same read leads on from here.
    if (open.current !== null) open.current = { ...open.current, filter, settled: false }
    run(
      Effect.map(history.open, (index) => {
        if (open.current?.filter !== filter) return
        const here = { session: session.id, directory: session.workingDirectory }
        const search = new FuzzySearch(index.newest(filter, here))
        update({ search, reading: false })
        ask(place)
      })
    )
  }

  // Another window, or the shell's own history that was taken over, has changed what is known.
  const known = useRef(version)
  const refresh = useRef(() => {})
  refresh.current = () => {
    const now = open.current
    if (now !== null && !now.reading) look(now.filter, now.place)
  }
  useEffect(() => {
    if (known.current === version) return
    known.current = version
    refresh.current()
  }, [version])

  const failure = history.failure()
  const latestSay = useRef(say)
  latestSay.current = say
  useEffect(() => {
    if (failure !== null) latestSay.current(`The history is kept in memory only: ${failure}`)
  }, [failure])

  const close = () => {
    open.current = null
    show()
  }

  /** Puts a command into the editor, and runs it where that was asked for and the shell waits. */
  const take = (runs: boolean) => {
    const command = open.current?.search.at(open.current.place.at)?.command
    if (command === undefined) return
    close()
    // To the editor, wherever the keyboard was; while a program runs it would go back to that.
    tools.act("edit")
    tools.dispatch({ type: "focus", focus: isReady ? "auto" : "edit" })
    editor.replaceText(command)
    if (runs && isReady) editor.onKey({ type: "key", name: "enter", sequence: "\r" })
  }

  const forget = () => {
    const now = open.current
    const command = now?.search.at(now.place.at)?.command
    if (now === null || command === undefined) return
    if (now.forgetting !== command) return update({ forgetting: command })
    update({ forgetting: null })
    run(
      Effect.match(
        history.forget((entry) => entry.command === command),
        {
          onSuccess: () => refresh.current(),
          onFailure: (error) => latestSay.current(`Not forgotten: ${error.message}`)
        }
      )
    )
  }

  /** Does what came while a search was under way, up to the next search. */
  const catchUp = () => {
    while (open.current?.settled === true) {
      const [first, ...waiting] = open.current.waiting
      if (first === undefined) return
      update({ waiting })
      answer(first)
    }
  }

  const onEvent = (event: InputEvent) => {
    const now = open.current
    if (now === null) return
    if (event.type === "key" && LEAVE_KEYS.has(event.name)) return close()
    // A query may grow while it is searched; every other key is about what is found.
    const waits = now.waiting.length > 0 || (!now.settled && event.type !== "text" && event.type !== "paste")
    if (waits) update({ waiting: [...now.waiting, event] })
    else answer(event)
  }

  const answer = (event: InputEvent) => {
    const now = open.current
    if (now === null) return
    if (event.type === "mouse") {
      if (event.action !== "wheel") return
      const place = movePlace(now.place, event.button === "up" ? "up" : "down", now.search.count, listHeight(now), "up")
      return place === null ? undefined : update({ place, forgetting: null })
    }
    const name = event.type === "key" ? event.name : ""
    const moved = movePlace(now.place, name, now.search.count, listHeight(now), "up")
    if (moved !== null) return update({ place: moved, forgetting: null })
    const atEnd = input.atEnd()
    if (name === "tab" || (name === "right" && atEnd)) return take(false)
    if (FORGET_KEYS.has(name) && atEnd) return forget()
    if (name === "ctrl+r") {
      const next = HISTORY_FILTERS[(HISTORY_FILTERS.indexOf(now.filter) + 1) % HISTORY_FILTERS.length]!
      return look(next, PICKER_START)
    }
    const did = input.onEvent(event)
    if (did === "enter") return take(true)
    if (did === "edited") return ask()
    if (now.forgetting !== null) update({ forgetting: null })
  }

  const current = open.current
  const asked = current?.forgetting ?? null
  const layer: Layer | null =
    current === null
      ? null
      : {
          badge: "HISTORY",
          hints: [
            { keys: "Enter", meaning: isReady ? "run" : "put into the editor" },
            { keys: "Tab", meaning: "edit" },
            { keys: "Esc", meaning: "back" },
            { keys: "Ctrl+R", meaning: "next filter" },
            { keys: "Ctrl+D", meaning: "forget" }
          ],
          message:
            asked === null
              ? null
              : `Ctrl+D again forgets every ${truncateText(visibleText(asked), MAX_ASKED_CELLS, theme.signs.ellipsis)}`,
          onEvent,
          line: { prompt, buffer: input.buffer },
          overlay: (
            <PickerPanel
              id="history"
              width={size.columns}
              height={height}
              top={size.rows - 1 - inputRows - height}
              version={frame}
              rows={(width, most) => historyRows(viewOf(current), { theme, home, now: Date.now() }, width, most)}
            />
          )
        }

  return {
    layer,
    act: (action) => {
      if (action !== "historySearch") return false
      // What is written already is what is looked for.
      input.reset(editor.editor.buffer.text.split("\n")[0])
      open.current = {
        filter: "everywhere",
        search: NOTHING,
        place: PICKER_START,
        reading: true,
        settled: false,
        waiting: [],
        forgetting: null
      }
      show()
      look("everywhere", PICKER_START)
      seed()
      return true
    }
  }
}
