import { textWidth } from "../../terminal/cells.ts"
import type { Theme } from "../theme.ts"
import { formatCount } from "./format.ts"
import { truncateText } from "./visibleText.ts"

/**
 * `↓ 1,204 rows below, 37 new lines` at the right edge of a held view's last row, `width` cells with SGR.
 *
 * @param below rows below the view
 * @param arrived lines that have come there since the view was held
 */
export const belowSign = (below: number, arrived: number, width: number, theme: Theme): string => {
  const text = `${theme.signs.below} ${formatCount(below)} ${below === 1 ? "row" : "rows"} below`
  const whole = truncateText(
    arrived > 0 ? `${text}, ${formatCount(arrived)} new ${arrived === 1 ? "line" : "lines"}` : text,
    width,
    theme.signs.ellipsis
  )
  const pad = " ".repeat(width - textWidth(whole))
  return pad + (arrived > 0 ? theme.key(whole) : theme.quiet(whole))
}
