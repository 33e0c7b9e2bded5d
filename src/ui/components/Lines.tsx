import { Surface } from "./Surface.tsx"

export interface LinesProps {
  /** Names the layer in error reports. */
  readonly id: string
  /** Styled text, one string per row; what is wider than the layout is cut. */
  readonly rows: ReadonlyArray<string>
}

/**
 * Rows of text under each other, in the width that layout gives them. Whatever may hold text from outside stands here and
 * not in Ink's `<Text>`: Ink counts cells by a table of its own, and a name that it counts otherwise would shift the row.
 */
export const Lines = ({ id, rows }: LinesProps) => (
  <Surface id={id} height={rows.length} flexShrink={0} rows={() => rows} />
)
