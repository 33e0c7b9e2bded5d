import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { useCallback, useEffect, useRef, useState } from "react"
import { MAX_FOUND_BLOCKS, type SearchNews, SessionSearch } from "../../services/SessionSearch.ts"
import type { FoundBlock } from "../../services/search/searchSessions.ts"
import { type InputEvent, keyNamesOf } from "../../terminal/inputEvents.ts"
import { formatCount } from "../blocks/format.ts"
import { truncateText } from "../blocks/visibleText.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useTerminalSize } from "../contexts/TerminalSize.ts"
import type { Find } from "../find/useFind.ts"
import { meaningOf, NO_PATTERN, PATTERN_HINTS, usePatternLine } from "../find/usePatternLine.ts"
import { useGoTo } from "../hooks/useGoTo.ts"
import { useSession } from "../hooks/useSession.ts"
import type { Layer } from "../layers/Layer.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { storedText } from "../outside/outputLines.ts"
import { endMessage, pagerCommand, pagerProgram } from "../outside/userPrograms.ts"
import { PickerPanel } from "../picker/PickerPanel.tsx"
import { movePlace } from "../picker/pickerList.ts"
import { type FoundRow, foundRow, isPlace, rowsOf } from "./foundRows.ts"

/** What is typed in one go is searched for once it rests this long, in ms: each search reads everything. */
const REST_MS = 120
/** Rows of the screen that the list leaves: header, input, status line. */
const OTHER_ROWS = 3

/** Stands in the empty list. */
const WELCOME = "Commands and output of every session, the archive too; the newest first."

/** How far a search has come. */
interface Progress {
  readonly state: "idle" | "searching" | "done" | "stopped"
  readonly looked: number
  /** Why there is no result; null while there is none. */
  readonly problem: string | null
  /** Sessions and blocks that could not be read. */
  readonly refused: number
}

const IDLE: Progress = { state: "idle", looked: 0, problem: null, refused: 0 }

const countText = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`

/** `12 blocks, 31 lines`, and how the search is doing. */
const statusText = (found: ReadonlyArray<FoundBlock>, { state, problem, refused, looked }: Progress): string | null => {
  if (problem !== null) return problem
  if (state === "idle") return null
  const lines = found.reduce((sum, each) => sum + each.lines.length + each.more, 0)
  const what = found.length === 0 ? "" : `${countText(found.length, "block")}, ${countText(lines, "line")}`
  const unread = refused === 0 ? "" : `; ${countText(refused, "file")} cannot be read`
  if (state === "searching") return `${what === "" ? "searching" : what} …${unread}`
  if (state === "stopped") return `the first ${formatCount(MAX_FOUND_BLOCKS)} blocks: write more of it${unread}`
  return (what === "" ? `nothing in ${countText(looked, "block")}` : what) + unread
}

/** Search over all sessions and the archive: a list above the line that is being written. */
export const useSessionSearch = (tools: FeatureTools, find: Find["adopt"]): Feature => {
  const { list, theme, home, dispatch, say, lend, environment } = tools
  const service = useService(SessionSearch)
  const session = useSession()
  const size = useTerminalSize()
  const run = useRun()
  const goTo = useGoTo({ list, dispatch, say, find })
  const line = usePatternLine()
  const [open, setOpen] = useState(false)
  const [found, setFound] = useState<ReadonlyArray<FoundBlock>>([])
  const [progress, setProgress] = useState(IDLE)
  const [at, setAt] = useState(0)
  // Keys of one read must meet what the key before has chosen.
  const rows = useRef<ReadonlyArray<FoundRow>>([])
  const chosen = useRef(0)
  /** What was searched for last: Enter or Up on an empty line takes it again. */
  const last = useRef(NO_PATTERN)
  const written = line.written()
  const { text, caseSensitive, regex, words } = written

  const choose = useCallback((row: number) => {
    chosen.current = row
    setAt(row)
  }, [])

  /** Moves from place to place, over the rows that are none; false for a key that does not move. */
  const move = (key: string): boolean => {
    const places = rows.current.flatMap((row, index) => (isPlace(row) ? [index] : []))
    const here = { at: places.indexOf(chosen.current), top: 0 }
    const moved = movePlace(here, key, places.length, size.rows - OTHER_ROWS, "down")
    if (moved !== null) choose(places[moved.at] ?? 0)
    return moved !== null
  }

  useEffect(() => {
    if (!open) return
    let all: ReadonlyArray<FoundBlock> = []
    const show = (next: ReadonlyArray<FoundBlock>) => {
      all = next
      rows.current = rowsOf(next)
      setFound(next)
      if (!isPlace(rows.current[chosen.current])) choose(Math.max(0, rows.current.findIndex(isPlace)))
    }
    const hear = (news: SearchNews) => {
      if (news.type === "refused") setProgress((now) => ({ ...now, refused: now.refused + 1 }))
      else if (news.type === "news") {
        show([...all, ...news.found])
        setProgress((now) => ({ ...now, looked: news.looked }))
      } else {
        if (all.length === 0) show([])
        setProgress((now) => ({ ...now, looked: news.looked, state: news.stopped ? "stopped" : "done" }))
      }
    }
    if (text === "") {
      choose(0)
      show([])
      return setProgress(IDLE)
    }
    const searching = Effect.sync(() => {
      choose(0)
      setProgress({ ...IDLE, state: "searching" })
    }).pipe(
      Effect.zipRight(
        Stream.runForEach(service.search({ pattern: text, caseSensitive, regex, words }), (news) =>
          Effect.sync(() => hear(news))
        )
      ),
      Effect.catchAll((error) =>
        Effect.sync(() => {
          show([])
          setProgress({ ...IDLE, state: "done", problem: error.message })
        })
      )
    )
    const fiber = run(Effect.delay(searching, REST_MS))
    return () => void run(Fiber.interruptFork(fiber))
  }, [open, text, caseSensitive, regex, words, service, run, choose])

  const close = () => setOpen(false)

  /** What is archived cannot be put on the screen: its output is read in the pager. */
  const page = (chosen: FoundBlock) => {
    const read = Effect.match(service.read(chosen), {
      onFailure: ({ message }) => say(message),
      onSuccess: (text) => {
        const env = environment()
        void lend(pagerProgram(env, "/", storedText(text, "colors"))).then((end) => {
          const message = endMessage(pagerCommand(env), end)
          if (message !== null) say(message)
        })
      }
    })
    run(read)
  }

  const enter = () => {
    const row = rows.current[chosen.current]
    if (!isPlace(row)) return
    if (row.found.archived !== null) return page(row.found)
    close()
    const { session: id, block } = row.found
    const printed = row.type === "line" ? { stream: row.line.stream, number: row.line.number } : null
    goTo({ session: id, block: block.id, line: printed, pattern: written })
  }

  const onEvent = (event: InputEvent) => {
    if (event.type === "mouse" && event.action === "wheel") return void move(event.button === "up" ? "up" : "down")
    const [name = ""] = event.type === "key" ? keyNamesOf(event) : []
    if (last.current.text !== "" && line.written().text === "" && (name === "up" || name === "enter"))
      return line.reset(last.current)
    if (move(name)) return
    const did = line.onEvent(event)
    if (did === "edited" && line.written().text !== "") last.current = line.written()
    if (did === "cancel") close()
    if (did === "enter") enter()
  }

  const height = Math.max(0, size.rows - OTHER_ROWS)
  const layer: Layer | null = !open
    ? null
    : {
        badge: "SEARCH",
        hints: [
          { keys: "Enter", meaning: "go there" },
          { keys: "Esc", meaning: "back" },
          { keys: "Up/Down", meaning: "move" },
          ...PATTERN_HINTS
        ],
        message: [statusText(found, progress), meaningOf(written)].filter(Boolean).join(` ${theme.signs.separator} `),
        onEvent,
        line: {
          prompt: "search all sessions: ",
          buffer: line.input.buffer,
          ...(last.current.text !== "" && { placeholder: last.current.text })
        },
        overlay: (
          <PickerPanel
            id="search"
            width={size.columns}
            height={height}
            top={1}
            version={`${found.length} ${at} ${progress.state} ${text}`}
            rows={(width, most) => {
              if (rows.current.length === 0) return text === "" ? [theme.quiet(truncateText(WELCOME, width))] : []
              const context = { theme, width, home, now: Date.now(), session: session.id }
              // The chosen one stays in view, with the row above it, which may name its session.
              const from = Math.max(0, Math.min(at - Math.floor(most / 2), rows.current.length - most))
              return rows.current
                .slice(from, from + most)
                .map((row, index) => foundRow(row, from + index === at, context))
            }}
          />
        )
      }

  return {
    layer,
    act: (action) => {
      if (action !== "searchSessions") return false
      line.reset()
      rows.current = []
      setFound([])
      choose(0)
      setOpen(true)
      return true
    }
  }
}
