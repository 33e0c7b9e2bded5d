import { Overlay, Surface } from "../components/Surface.tsx"

/** Above the blocks, below the help. */
const PICKER_Z = 5

export interface PickerPanelProps {
  readonly id: string
  /** Cells. */
  readonly width: number
  /** Rows of the panel. */
  readonly height: number
  /** Rows between the screen's top and the panel's. */
  readonly top: number
  /** Its rows; asked for at every paint, with the size it has. */
  readonly rows: (width: number, height: number) => ReadonlyArray<string>
  /** Changes when `rows` would answer differently though nothing else of the tree changed. */
  readonly version: number | string
}

/** A list over the blocks, for instance right above the line that it is searched with. */
export const PickerPanel = ({ id, width, height, top, rows, version }: PickerPanelProps) => (
  <Overlay id={id} z={PICKER_Z} width={width} height={height} marginTop={top} flexDirection="column">
    <Surface id={`${id}-rows`} width={width} height={height} rows={rows} version={version} />
  </Overlay>
)
