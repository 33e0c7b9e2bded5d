import { findProgram } from "../../shell/findProgram.ts"
import type { LentProgram } from "../../terminal/TerminalLender.ts"
import { commandWords } from "./commandWords.ts"

/** Opens what it is given with the user's own choice of programs; macOS has `open`. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: "open" }
const DEFAULT_OPENER = "xdg-open"

/**
 * What to run to open an address: the first of `$BROWSER` (programs parted by `:`, `%s` stands for the address) that is there,
 * else the desktop's own. Null where nobody could see it: on another host or without a desktop, and where nothing is found.
 *
 * @param url http or https
 */
export const browserCall = (
  env: Readonly<Record<string, string>>,
  platform: NodeJS.Platform,
  url: string
): Pick<LentProgram, "file" | "args"> | null => {
  const hasDesktop = platform === "darwin" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  const isRemote = Boolean(env.SSH_CONNECTION || env.SSH_TTY)
  if (isRemote && !(env.DISPLAY || env.WAYLAND_DISPLAY)) return null
  for (const entry of (env.BROWSER ?? "").split(":")) {
    const [file, ...given] = commandWords(entry)
    if (file === undefined || findProgram(file, env.PATH) === null) continue
    const args = given.map((word) => word.replaceAll("%s", url))
    return { file, args: given.some((word) => word.includes("%s")) ? args : [...args, url] }
  }
  const opener = OPENERS[platform] ?? DEFAULT_OPENER
  return hasDesktop && findProgram(opener, env.PATH) !== null ? { file: opener, args: [url] } : null
}
