/**
 * The words of a variable such as EDITOR (`code --wait`, `'/opt/my editor/bin/ed' -x`): parted at blanks, quotes and
 * backslashes taken away as a shell would. Nothing is expanded, and no shell sees it.
 */
export const commandWords = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/(?:'[^']*'?|"(?:\\.|[^"\\])*"?|\\.|[^\s'"\\])+/gs)].map(([word]) =>
    word.replaceAll(
      /'([^']*)'?|"((?:\\.|[^"\\])*)"?|\\(.)/gs,
      (_, single?: string, double?: string, escaped?: string) =>
        single ?? double?.replaceAll(/\\([\\"$`])/g, "$1") ?? escaped ?? ""
    )
  )
