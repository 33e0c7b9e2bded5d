import type { Environment } from "../config.ts"
import { type ColorDepth, colorDepthOf } from "../terminal/colorDepth.ts"
import { makeTheme, type Theme } from "./theme.ts"

/** How the outer terminal can be painted. */
export interface OuterLook {
  readonly theme: Theme
  readonly colorDepth: ColorDepth
  /** Whether it may be given links: it ignores them at least. */
  readonly links: boolean
}

/** Terminals that may print the text of a sequence that they do not know: consoles, and those of which nothing is known. */
const WITHOUT_LINKS = new Set(["linux", "dumb"])

/** True when the locale's encoding is UTF-8; POSIX's order of the variables (locale(7)). */
const isUtf8 = (environment: Environment): boolean =>
  /utf-?8/i.test(environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "")

/** What the environment promises of the terminal. A locale that says nothing gets Unicode: most terminals have it. */
export const outerLook = (environment: Environment): OuterLook => {
  const colorDepth = colorDepthOf(environment)
  const named = environment.LC_ALL || environment.LC_CTYPE || environment.LANG
  return {
    colorDepth,
    links: !WITHOUT_LINKS.has(environment.TERM ?? "dumb"),
    theme: makeTheme({
      colors: colorDepth !== "none",
      attributes: environment.TERM !== "dumb",
      unicode: environment.TERM !== "linux" && (!named || isUtf8(environment))
    })
  }
}
