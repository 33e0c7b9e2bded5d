/** Characters that every shell takes as they are, wherever they stand in a word. */
const PLAIN = /^[\p{L}\p{N}\p{M}_@%+:,./-]+$/u

/** Backslashes stand outside of the quotes: fish heeds them inside. */
const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, "'\\$&'")}'`

/** A text as one word of a command line, of bash, zsh and fish alike: quoted where it must be. `~/` stays what it means. */
export const shellWord = (text: string): string => {
  const home = text.startsWith("~/") ? "~/" : ""
  const rest = text.slice(home.length)
  if (rest === "") return home
  return home + (PLAIN.test(rest) ? rest : quote(rest))
}
