import { createContext } from "react"
import type { Presenter } from "../../terminal/Presenter.ts"

/** The presenter that paints this tree; null in component tests, where Ink's own frame is what is looked at. */
export const PresenterContext = createContext<Presenter | null>(null)

/** The `z` that a layer without one of its own gets here: just above the overlay it stands in. */
export const LayerContext = createContext(0)
