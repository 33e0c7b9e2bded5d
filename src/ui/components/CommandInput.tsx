import { type RefObject, useLayoutEffect, useMemo, useRef } from "react"
import { asciiGutter, layoutEditor, type TextPart, unicodeGutter } from "../editor/editorLayout.ts"
import { offsetAtCell } from "../editor/offsetAtCell.ts"
import type { TextBuffer } from "../editor/TextBuffer.ts"
import type { InputPlace } from "../hooks/useMouse.ts"
import { Surface } from "./Surface.tsx"

export interface CommandInputProps {
  /** What is being written. */
  readonly buffer: Pick<TextBuffer, "text" | "cursor">
  /** Parts of the text that are underlined. */
  readonly underlined?: ReadonlyArray<TextPart>
  /** Sanitised text with SGR, of one or several lines: the text begins behind its last one. */
  readonly prompt: string
  /** Likewise, of one line: shown at the right edge while the text leaves room for it. */
  readonly rightPrompt?: string
  /** Cells. */
  readonly width: number
  /** Rows that it may take, prompt included; longer text scrolls inside. */
  readonly maxRows: number
  /** Whether typing goes here: then the terminal's cursor stands here. */
  readonly focused: boolean
  /** Shown dim while there is no text. */
  readonly placeholder?: string
  /** What may follow, shown dim behind the text: see `EditorLayoutInput`. */
  readonly suggestion?: string
  /** Told where the editor stands, for clicks into its text. */
  readonly place?: RefObject<InputPlace | null>
  /** False when the locale or the console font has ASCII only. */
  readonly unicode: boolean
}

/** The prompt and the command being written, as tall as it needs to be; the terminal's cursor stands where typing goes. */
export const CommandInput = ({
  buffer: { cursor, text },
  focused,
  maxRows,
  place,
  placeholder,
  prompt,
  rightPrompt,
  underlined,
  suggestion,
  unicode,
  width
}: CommandInputProps) => {
  const top = useRef<number | undefined>(undefined)
  const layout = useMemo(() => {
    const signs = unicode ? unicodeGutter : asciiGutter
    const shown = { text, cursor, prompt, rightPrompt, width, maxRows, placeholder, underlined, suggestion, signs }
    return layoutEditor({ ...shown, top: top.current })
  }, [text, cursor, prompt, rightPrompt, width, maxRows, placeholder, underlined, suggestion, unicode])
  // Only what was shown counts as the view before: a render may be thrown away.
  useLayoutEffect(() => {
    top.current = layout.top
    if (place === undefined) return
    const laidOut = { text, prompt, rightPrompt, width, maxRows, placeholder, top: layout.top }
    place.current = {
      rows: layout.rows.length,
      offsetAt: (row, column) => offsetAtCell(laidOut, { row, column })
    }
  })
  return (
    <Surface
      id="input"
      width={width}
      height={layout.rows.length}
      flexShrink={0}
      rows={() => layout.rows}
      cursor={() => (focused ? layout.cursor : null)}
    />
  )
}
