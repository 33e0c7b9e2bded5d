import { Box, type BoxProps, type DOMElement, Text, Transform } from "ink"
import { type ReactNode, useContext, useEffect, useLayoutEffect, useReducer, useRef } from "react"
import { fitCells } from "../../terminal/cells.ts"
import type { LayerCursor } from "../../terminal/Presenter.ts"
import { LayerContext, PresenterContext } from "../contexts/PresenterContext.ts"
import { layoutRect } from "../layoutRect.ts"

/** Height of a surface without a presenter where layout leaves it open, in rows. */
const DEFAULT_FALLBACK_HEIGHT = 24
/** Without a presenter a surface that may shrink wants some height; where height is limited it gives way first. */
const FALLBACK_SHRINK = 10_000
/** Rows that a surface without a presenter can show at most. */
const MAX_FALLBACK_ROWS = 500
/**
 * Fills an overlay with blanks, so that what lies under it in Ink's frame does not shine through. Ink paints any colour
 * name it does not know as plain blanks; its types allow any string.
 */
const OPAQUE = "opaque"

interface LayerProps {
  /** Names the layer in error reports. */
  readonly id: string
  /** Higher lies above. Default: above the overlay it stands in, else 0. */
  readonly z?: number
  /** Where the terminal's cursor goes, from the layer's top left; null or absent for nowhere. */
  readonly cursor?: (width: number, height: number) => LayerCursor | null
}

/** Layout of a surface: `BoxProps` without what would paint. */
type SurfaceLayout = Pick<
  BoxProps,
  | "width"
  | "height"
  | "minWidth"
  | "minHeight"
  | "flexGrow"
  | "flexShrink"
  | "flexBasis"
  | "alignSelf"
  | "position"
  | "margin"
  | "marginX"
  | "marginY"
  | "marginTop"
  | "marginBottom"
  | "marginLeft"
  | "marginRight"
>

export interface SurfaceProps extends LayerProps, SurfaceLayout {
  /** Up to `height` rows of up to `width` cells, with SGR and http(s) OSC 8. Pure: asked for at every paint. */
  readonly rows: (width: number, height: number) => ReadonlyArray<string>
  /** Changes when `rows` would answer differently though nothing else of the tree changed. */
  readonly version?: number | string
  /** Tells of changes without rendering the tree: calls back at each, returns how to stop. Keep it stable. */
  readonly subscribe?: (changed: () => void) => () => void
  /** Height without a presenter where layout leaves it open, in rows. */
  readonly fallbackHeight?: number
}

/** Keeps a layer with the presenter while mounted; the layer reads the newest props. */
const useLayer = (props: LayerProps & { readonly rows?: SurfaceProps["rows"] }) => {
  const presenter = useContext(PresenterContext)
  const inherited = useContext(LayerContext)
  const node = useRef<DOMElement>(null)
  const latest = useRef(props)
  // Before the paint that this commit asks for, not during render: a render may be thrown away.
  useLayoutEffect(() => {
    latest.current = props
  })
  const { id } = props
  const z = props.z ?? inherited
  const hasRows = props.rows !== undefined
  useLayoutEffect(
    () =>
      presenter?.add({
        id,
        z,
        rect: () => layoutRect(node.current),
        ...(hasRows && { rows: (width: number, height: number) => latest.current.rows?.(width, height) ?? [] }),
        cursor: (width, height) => latest.current.cursor?.(width, height) ?? null
      }),
    [presenter, id, z, hasRows]
  )
  return { presenter, node, z }
}

/**
 * A rectangle of the screen whose rows the presenter paints from a pure function, past React and Ink: for everything
 * that shows many lines. Layout gives its place; it reserves no more than that in Ink's frame. Without a presenter
 * (component tests) its rows are shown as text of the same place.
 */
export const Surface = ({ id, rows, z, cursor, version, subscribe, fallbackHeight, ...layout }: SurfaceProps) => {
  const { presenter, node } = useLayer({ id, rows, ...(z !== undefined && { z }), ...(cursor && { cursor }) })
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is the reason to paint
  useEffect(() => presenter?.invalidate(), [presenter, version])
  useEffect(() => subscribe?.(() => (presenter === null ? rerender() : presenter.invalidate())), [presenter, subscribe])
  if (presenter !== null) return <Box ref={node} {...layout} />
  return (
    <Box ref={node} overflow="hidden" {...layout} flexShrink={layout.flexShrink === 0 ? 0 : FALLBACK_SHRINK}>
      <Box height={layout.height ?? fallbackHeight ?? DEFAULT_FALLBACK_HEIGHT} />
      <FallbackRows node={node} rows={rows} />
    </Box>
  )
}

/**
 * The rows as Ink text. A transform runs when Ink writes its frame, after layout: so the size is always the one that
 * layout has given, as it is with a presenter.
 */
const FallbackRows = ({
  node,
  rows
}: { readonly node: { current: DOMElement | null } } & Pick<SurfaceProps, "rows">) => {
  // Ink writes the first frame before it sets refs: a second one finds the box.
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  useLayoutEffect(rerender, [])
  const painted = (line: string, index: number): string => {
    const rect = layoutRect(node.current)
    if (rect === null || index >= rect.height) return line
    return fitCells(rows(rect.width, rect.height)[index] ?? "", rect.width)
  }
  return (
    <Box position="absolute" flexShrink={0}>
      <Transform transform={painted}>
        <Text>{" \n".repeat(MAX_FALLBACK_ROWS)}</Text>
      </Transform>
    </Box>
  )
}

export interface OverlayProps extends LayerProps, Omit<BoxProps, "position" | "backgroundColor"> {
  readonly z: number
  readonly children?: ReactNode
}

/**
 * A box of Ink's own that lies above surfaces: palette, help, dialogs. It is placed absolutely (margins move it) and
 * hides what is under it. Where overlays cross, the one later in the tree must have the higher `z`. Surfaces inside it
 * lie above it.
 */
export const Overlay = ({ id, z, cursor, children, ...box }: OverlayProps) => {
  const { node } = useLayer({ id, z, ...(cursor && { cursor }) })
  return (
    <Box ref={node} {...box} position="absolute" backgroundColor={OPAQUE}>
      <LayerContext.Provider value={z + 0.5}>{children}</LayerContext.Provider>
    </Box>
  )
}
