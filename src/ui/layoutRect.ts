import type { DOMElement } from "ink"
import type { Rect } from "../terminal/Presenter.ts"

/**
 * Where Yoga has put a box on the screen, null while it is not displayed. Read at paint time: a layout effect would miss
 * a sibling's growth.
 */
export const layoutRect = (node: DOMElement | null): Rect | null => {
  if (node?.yogaNode === undefined) return null
  let x = 0
  let y = 0
  for (let at: DOMElement | undefined = node; at?.yogaNode !== undefined; at = at.parentNode) {
    if (at.style.display === "none") return null
    x += at.yogaNode.getComputedLeft()
    y += at.yogaNode.getComputedTop()
  }
  return { x, y, width: node.yogaNode.getComputedWidth(), height: node.yogaNode.getComputedHeight() }
}
