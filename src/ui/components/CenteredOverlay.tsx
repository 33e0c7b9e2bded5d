import type { ReactNode } from "react"
import type { Theme } from "../theme.ts"
import { Overlay } from "./Surface.tsx"

/** Cells that border and padding take from the width, and rows that the border takes from the height. */
export const FRAME_COLUMNS = 4
export const FRAME_ROWS = 2

export interface CenteredOverlayProps {
  readonly id: string
  readonly z: number
  /** Size with the frame, in cells. */
  readonly width: number
  readonly height: number
  /** Size of what it is centred in, in cells. */
  readonly columns: number
  readonly rows: number
  readonly theme: Theme
  readonly children: ReactNode
}

/** A framed box in the middle of the screen, above surfaces: rows of text under each other. */
export const CenteredOverlay = (props: CenteredOverlayProps) => (
  <Overlay
    id={props.id}
    z={props.z}
    width={props.width}
    height={props.height}
    marginLeft={Math.max(0, Math.floor((props.columns - props.width) / 2))}
    marginTop={Math.max(0, Math.floor((props.rows - props.height) / 2))}
    borderStyle={props.theme.border}
    borderDimColor
    paddingX={1}
    flexDirection="column"
  >
    {props.children}
  </Overlay>
)
