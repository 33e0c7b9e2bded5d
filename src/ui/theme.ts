import { tint } from "../terminal/tint.ts"

/** Puts a style around plain text; empty text stays empty. */
export type Paint = (text: string) => string

/** The signs of the screen, one cell each. They carry the meaning, so that the screen reads without any colour. */
export interface Signs {
  readonly idle: string
  readonly running: string
  readonly success: string
  readonly failure: string
  readonly interrupted: string
  /** Stands between status and number of the selected block. */
  readonly selected: string
  /** Something is left out here: folded lines, further command lines. */
  readonly more: string
  /** A line break inside a command. */
  readonly newline: string
  /** Text goes on past its room. */
  readonly ellipsis: string
  /** Leads what a hook, the shell or EffectTalk said about a block. */
  readonly notice: string
  /** Leads what the user has noted about a block. */
  readonly note: string
  /** The user has pinned the block. */
  readonly pinned: string
  /** The rule on both sides of what the output limit cut. */
  readonly cut: string
  /** The rule on both sides of what names the rows below it. */
  readonly rule: string
  /** There is more below. */
  readonly below: string
  /** There is more above. */
  readonly above: string
  /** Between fields of one line. */
  readonly separator: string
  /** Before the name of a git branch. */
  readonly branch: string
  readonly warning: string
  /** Before the text of the editor, where the shell shows no prompt. */
  readonly prompt: string
}

const UNICODE: Signs = {
  idle: "○",
  running: "●",
  success: "✓",
  failure: "✗",
  interrupted: "⊘",
  selected: "▸",
  more: "⋯",
  newline: "⏎",
  ellipsis: "…",
  notice: "└",
  note: "✎",
  pinned: "⚑",
  cut: "┄",
  rule: "─",
  below: "↓",
  above: "↑",
  separator: "·",
  branch: "⎇",
  warning: "!",
  prompt: "❯"
}

/** For a console font or a locale that has nothing but ASCII. */
const ASCII: Signs = {
  idle: ".",
  running: "*",
  success: "+",
  failure: "x",
  interrupted: "/",
  selected: ">",
  more: ":",
  newline: "\\",
  ellipsis: "~",
  notice: "-",
  note: '"',
  pinned: "#",
  cut: "-",
  rule: "-",
  below: "v",
  above: "^",
  separator: "|",
  branch: "@",
  warning: "!",
  prompt: ">"
}

/** What a style is for; components name the purpose and the theme chooses the look. */
export interface Theme {
  /** Commands and titles. */
  readonly strong: Paint
  /** What may be overlooked: numbers, times, rules, hints. */
  readonly quiet: Paint
  readonly success: Paint
  readonly failure: Paint
  readonly interrupted: Paint
  readonly running: Paint
  /** Directories and branches. */
  readonly place: Paint
  /** A program's stderr that is kept apart from its stdout; the text may carry SGR, its own colours stay. */
  readonly stderr: Paint
  /** What the user has put on a block: its name, its pin, the sign of its note. */
  readonly own: Paint
  /** Key names. */
  readonly key: Paint
  /** What needs attention though nothing failed: "not saved". */
  readonly warning: Paint
  /** A whole selected row; the text inside must be plain. */
  readonly selected: Paint
  /** What a search has found; the text inside must be plain, as in the next two. */
  readonly match: Paint
  /** The one of them that is being looked at. */
  readonly current: Paint
  /** The letter that names something on the screen. */
  readonly label: Paint
  /** The badge that names the owner of the keyboard; the text inside must be plain. */
  readonly badge: Paint
  readonly signs: Signs
  /** Ink's name of the frame around overlays. */
  readonly border: "round" | "classic"
  /** False when every sign and rule must be ASCII. */
  readonly unicode: boolean
}

/** What the outer terminal and the user's environment allow. */
export interface ThemeOptions {
  /** False with NO_COLOR: bold, dim and inverse stay, colours go (https://no-color.org speaks of colour alone). */
  readonly colors: boolean
  /** False with TERM=dumb: no SGR at all. */
  readonly attributes: boolean
  /** False when the locale or the console font has ASCII only. */
  readonly unicode: boolean
}

const plain: Paint = (text) => text

/** SGR numbers of ECMA-48 8.3.117; only the terminal's own 16 colours, so that the user's palette decides. */
const sgr =
  (open: string, close: string): Paint =>
  (text) =>
    text === "" ? "" : `\x1b[${open}m${text}\x1b[${close}m`

/**
 * Magenta: of the 16 colours the one that stands out alike from a black and from a white background (in xterm's palette
 * 4.5 : 1 from either), and no outcome has it; stderr is no failure.
 */
const STDERR_COLOR = "35"

/** The styles and signs that these circumstances allow. */
export const makeTheme = (options: ThemeOptions): Theme => {
  const attribute = (open: string, close: string) => (options.attributes ? sgr(open, close) : plain)
  const color = (open: string, fallback: Paint) => (options.attributes && options.colors ? sgr(open, "0") : fallback)
  const bold = attribute("1", "22")
  const inverse = attribute("7", "27")
  return {
    strong: bold,
    quiet: attribute("2", "22"),
    success: color("32", plain),
    failure: color("31", bold),
    interrupted: color("33", plain),
    running: color("36", bold),
    place: color("36", plain),
    stderr: options.attributes && options.colors ? (text) => tint(text, STDERR_COLOR) : plain,
    own: color("1;36", bold),
    key: color("36", bold),
    warning: color("1;33", bold),
    selected: inverse,
    match: color("30;43", attribute("4", "24")),
    current: color("1;30;46", attribute("1;7", "0")),
    label: color("1;97;44", attribute("1;7", "0")),
    badge: attribute("1;7", "0"),
    signs: options.unicode ? UNICODE : ASCII,
    border: options.unicode ? "round" : "classic",
    unicode: options.unicode
  }
}

/** The theme of a terminal that can show everything. */
export const fullTheme: Theme = makeTheme({ colors: true, attributes: true, unicode: true })

/** Signs and words alone: what NO_COLOR with TERM=dumb leaves. */
export const plainTheme: Theme = makeTheme({ colors: false, attributes: false, unicode: true })
