import { fitCells, styledWidth, textWidth } from "../../terminal/cells.ts"
import { shortenPath, tildePath } from "../blocks/format.ts"
import { truncateMiddle, truncateText, visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import { Lines } from "./Lines.tsx"

export interface HeaderProps {
  /** The session's short id or its name. */
  readonly session: string
  /** Absolute path of the shell's directory. */
  readonly directory: string
  /** Absolute home directory, written `~`. */
  readonly home: string
  /** Git branch of the directory, null outside a repository. */
  readonly branch: string | null
  /** What the shell is doing when it is not simply there: "starting". */
  readonly state?: string | null
  /** The title that the running program has set; untrusted. */
  readonly title?: string
  /** What the user must know: "not saved: no space left". */
  readonly warning?: string | null
  readonly theme: Theme
  /** Columns of the screen. */
  readonly width: number
}

const NAME = "EffectTalk"
/** A directory is shortened to this many cells before another field is dropped for it. */
const MIN_DIRECTORY_CELLS = 16
/** Most cells for a branch name. */
const MAX_BRANCH_CELLS = 30
/** Cells of the separator between two fields, blanks included. */
const GAP = 3
/** What goes first when the row is too narrow; the directory and a warning stay. */
const DROP_ORDER = ["name", "session", "state", "branch"] as const
/** Fewest cells for a program's title, and most: less says nothing, more would hide where the shell stands. */
const MIN_TITLE_CELLS = 8
const MAX_TITLE_CELLS = 40

/** One row of at most `width` cells: name, session, directory, branch; at the right what the user must know. */
export const headerRow = (props: HeaderProps): string => {
  const { theme, width } = props
  const { signs } = theme
  const warning = truncateText(
    props.warning ? `${signs.warning} ${visibleText(props.warning)}` : "",
    width,
    signs.ellipsis
  )
  const branch =
    props.branch === null ? "" : truncateMiddle(visibleText(props.branch), MAX_BRANCH_CELLS, signs.ellipsis)
  const texts = {
    name: NAME,
    session: visibleText(props.session),
    state: visibleText(props.state ?? ""),
    branch: branch === "" ? "" : `${signs.branch} ${branch}`
  }
  const paints = { name: theme.strong, session: theme.quiet, state: theme.running, branch: theme.place }
  const path = tildePath(props.directory, props.home)
  const wanted = Math.min(textWidth(path), MIN_DIRECTORY_CELLS)
  const room = () =>
    width -
    DROP_ORDER.reduce((sum, key) => sum + (texts[key] === "" ? 0 : textWidth(texts[key]) + GAP), 0) -
    (warning === "" ? 0 : textWidth(warning) + GAP)
  for (const key of DROP_ORDER) {
    if (room() >= wanted) break
    texts[key] = ""
  }
  // The title gives way to everything else: it is the program's word, not ours.
  const spare = room() - Math.min(textWidth(path), Math.max(wanted, room())) - GAP
  const title =
    spare < MIN_TITLE_CELLS
      ? ""
      : truncateText(visibleText(props.title ?? "").trim(), Math.min(spare, MAX_TITLE_CELLS), signs.ellipsis)

  const directory = room() > 0 ? shortenPath(path, room(), signs.ellipsis) : ""

  const separator = theme.quiet(` ${signs.separator} `)
  const left = [
    paints.name(texts.name),
    paints.session(texts.session),
    theme.place(directory),
    paints.branch(texts.branch)
  ]
    .filter((field) => field !== "")
    .join(separator)
  const right = [theme.quiet(title), paints.state(texts.state), theme.warning(warning)]
    .filter((field) => field !== "")
    .join(separator)
  if (right === "") return left
  return fitCells(left, Math.max(0, width - styledWidth(right))) + right
}

/** The first line of the screen: which session this is, where its shell stands, and what is wrong. */
export const Header = (props: HeaderProps) => <Lines id="header" rows={[headerRow(props)]} />
