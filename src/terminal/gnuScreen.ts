import type { Environment } from "../config/sources.ts"

/**
 * Whether GNU screen stands between us and the terminal, by the environment. While a program in it has asked for the mouse,
 * screen (4.0 to 4.9) keeps an ESC that comes alone until the next key, whatever its `maptimeout`: then Escape is no key.
 *
 * Its STY does not pass an ssh, and its TERM is one that tmux can have as well: where nothing tells them apart it is screen.
 */
export const isInsideScreen = ({ STY, TMUX, TERM = "" }: Environment): boolean =>
  TERM.startsWith("tmux") ? false : STY ? true : TMUX ? false : /^screen\b/.test(TERM)
