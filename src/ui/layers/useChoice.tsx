import { useRef, useState } from "react"
import { textWidth } from "../../terminal/cells.ts"
import { keyNamesOf } from "../../terminal/inputEvents.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { CenteredOverlay, FRAME_COLUMNS, FRAME_ROWS } from "../components/CenteredOverlay.tsx"
import { Surface } from "../components/Surface.tsx"
import { useTerminalSize } from "../contexts/TerminalSize.ts"
import type { Theme } from "../theme.ts"
import type { Layer } from "./Layer.ts"

/** One thing to choose. */
export interface ChoiceItem {
  /** The key that chooses it at once; one character. */
  readonly key: string
  readonly label: string
  readonly pick: () => void
}

/** A list of few things, one of which is chosen. */
export interface ChoiceQuestion {
  /** One word in capitals for the status line. */
  readonly badge: string
  readonly title: string
  readonly items: ReadonlyArray<ChoiceItem>
}

export interface Choice {
  /** Null while nothing is asked. */
  readonly layer: Layer | null
  readonly choose: (question: ChoiceQuestion) => void
}

/** Above the blocks, below the help. */
const CHOICE_Z = 5
const TITLE_ROWS = 2
/** Cells before a label: selection mark, key, blanks. */
const LABEL_INDENT = 6

/** Lets one of few things be chosen, by its key or with the arrows. */
export const useChoice = (theme: Theme): Choice => {
  const [asked, setAsked] = useState<{ readonly question: ChoiceQuestion; readonly at: number } | null>(null)
  // One read may bring many keys: each must see what the one before it did.
  const latest = useRef(asked)
  const size = useTerminalSize()
  const show = (next: typeof asked) => {
    latest.current = next
    setAsked(next)
  }
  if (asked === null) return { layer: null, choose: (question) => show({ question, at: 0 }) }

  const { items, title, badge } = asked.question
  const widest = Math.max(textWidth(title), ...items.map(({ label }) => LABEL_INDENT + textWidth(label)))
  const width = Math.min(size.columns, widest + FRAME_COLUMNS)
  const height = Math.min(size.rows - 1, items.length + TITLE_ROWS + FRAME_ROWS)
  const room = width - FRAME_COLUMNS
  const rowOf = ({ key, label }: ChoiceItem, index: number): string => {
    const selected = index === asked.at
    const text = truncateText(visibleText(label), room - LABEL_INDENT, theme.signs.ellipsis)
    const lead = `${selected ? theme.signs.selected : " "} `
    if (!selected) return `${lead}${theme.key(key)}   ${text}`
    return theme.selected(`${lead}${key}   ${text}`.padEnd(room))
  }
  const layer: Layer = {
    badge,
    hints: [
      { keys: "Enter", meaning: "choose" },
      { keys: "Esc", meaning: "back" },
      { keys: "Up/Down", meaning: "move" }
    ],
    onEvent: (event) => {
      const now = latest.current
      const [name] = keyNamesOf(event)
      if (now === null || name === undefined) return
      const { length } = now.question.items
      if (["escape", "ctrl+c", "ctrl+g"].includes(name)) return show(null)
      if (name === "up" || name === "ctrl+p") return show({ ...now, at: (now.at + length - 1) % length })
      if (name === "down" || name === "ctrl+n") return show({ ...now, at: (now.at + 1) % length })
      const picked = name === "enter" ? now.question.items[now.at] : now.question.items.find(({ key }) => key === name)
      if (picked === undefined) return
      show(null)
      picked.pick()
    },
    overlay: (
      <CenteredOverlay
        id="choice"
        z={CHOICE_Z}
        width={width}
        height={height}
        columns={size.columns}
        rows={size.rows - 1}
        theme={theme}
      >
        <Surface
          id="choices"
          width={room}
          height={height - FRAME_ROWS}
          rows={(_, rows) => {
            // The chosen one stays in view where the screen is low.
            const from = Math.max(0, asked.at - (rows - TITLE_ROWS) + 1)
            return [theme.strong(truncateText(title, room)), "", ...items.map(rowOf).slice(from)].slice(0, rows)
          }}
          version={`${asked.at} ${title}`}
        />
      </CenteredOverlay>
    )
  }
  return { layer, choose: (question) => show({ question, at: 0 }) }
}
