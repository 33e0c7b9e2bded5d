// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell's text is full of ${…}
import { join } from "node:path"
import { MARK_OSC } from "../MarkParser.ts"
import { NEVER_PRINTED, NO_KEYS } from "./none.ts"
import {
  type EnvironmentChange,
  type InitOptions,
  type JobNoticeSyntax,
  type LineEditor,
  SHELL_FILES,
  type ShellIntegration,
  type ShellNames,
  type ShellStatus
} from "./ShellIntegration.ts"
import { changeLines, quote, saidLines } from "./shellWords.ts"
import { WAITS, WAITS_MARK } from "./waiting.ts"

/**
 * How dash is driven (seen with 0.5.12). It has neither hooks nor a line editor: the marks come from PS1 and PS2, whose
 * parameters and command substitutions it expands anew each time, and a command is a line that is typed into the terminal.
 * So the nonce changes only with commands that are handed over in a file, and nothing tells a command's start but the end
 * of its echo.
 *
 * docs/shells.md tells users what is changed in their shell.
 */

const INIT = "init"

const mark = (payload: string): string => `\x1b]${MARK_OSC};${payload}\x07`

/** Empty where it would break the mark; the kernel is asked then. */
const DIRECTORY = "${PWD##*[[:cntrl:]]*}"

/** `$?` is first what it was, and then what the function makes of it again. */
const BEFORE_PROMPT =
  mark(`E;$__et_n;$?;$({ __et_status ${SHELL_FILES.status}; } 2>/dev/null);${DIRECTORY};\n`) +
  mark(`D;$__et_n;$?;1;${DIRECTORY}`)
const AFTER_PROMPT = mark("Q;$__et_n")
const BEFORE_MORE = mark("2;$__et_n")

const exportLines = (changes: EnvironmentChange): string =>
  changeLines(
    changes,
    (name, value) => `\\export ${name}=${quote(value)}`,
    (name) => `\\unset -v ${name}`
  )

const prepareFile = (directory: string, changes: EnvironmentChange): string =>
  `\\cd -- ${quote(directory)}\n${exportLines(changes)}\n`

const waitFor = `
\\printf '\\033]${MARK_OSC};${WAITS};%s\\007' "$__et_n" >/dev/tty
while [ ! -e "$__et_d/${SHELL_FILES.go}" ]; do IFS= \\read -r __et_i || \\exit; done
. "$__et_d/${SHELL_FILES.prepare}"`

/** The user's own start file, which dash finds by expanding ENV as it does text between double quotes. */
const ownStart = (ENV: string | undefined): string =>
  ENV === undefined || ENV === ""
    ? `${ENV === undefined ? "\\unset -v ENV" : "ENV="}\n`
    : `ENV=${quote(ENV)}
\\eval ${quote(`__et_i="${ENV.replaceAll('"', '\\"')}"`)}
case $__et_i in */*) ;; *) __et_i=./$__et_i ;; esac
if [ -r "$__et_i" ]; then . "$__et_i"; fi
`

const initFile = ({ directory, nonce, changes, pooled, environment }: InitOptions): string =>
  `# Start file of a dash driven by EffectTalk; see docs/shells.md.
${ownStart(environment.ENV)}__et_o=$-
{ \\set +eux; } 2>/dev/null
__et_d=${quote(directory)} __et_n=${nonce}
# Runs in a subshell: what it sets is gone with it. Prints what the end mark says of the shell's options.
__et_status() {
  __et_s=$? __et_i=n
  case $- in *e*) __et_i=ne ;; esac
  \\set +eux
  [ -O "$__et_d" ] && [ ! -L "$__et_d" ] && {
    { \\printf -- '--\\n'; \\export -p; } >|"$__et_d/$1"
    { \\printf -- '--\\n'; \\alias; } >|"$__et_d/\${2-${SHELL_FILES.names}}"
  }
  \\printf %s $__et_i
  \\return $__et_s
}
# Begins a command that is read from a file, unless its text is unfinished: its first line calls this.
__et_go() {
  __et_s=$? __et_n=$1
  \\set -- "$2" "$("$0" -n "$__et_d/${SHELL_FILES.command}" 2>&1)"
  case $2 in *'end of file'* | *'Unterminated quoted'*)
    \\printf '\\033]${MARK_OSC};2;%s\\007' "$__et_n" >/dev/tty
    \\return 1 ;;
  esac
  [ "$1" = 0 ] || stty icanon isig iexten echo echoe echok opost onlcr icrnl -inlcr -igncr brkint </dev/tty
  \\printf '\\033]${MARK_OSC};C;%s\\007' "$__et_n" >/dev/tty
}
__et_last() { \\return $__et_s; }
(__et_status ${SHELL_FILES.start} ${SHELL_FILES.startNames}) >/dev/null
${exportLines(changes)}${pooled ? waitFor : ""}
PS1=${quote(BEFORE_PROMPT)}$PS1${quote(AFTER_PROMPT)}
PS2=${quote(BEFORE_MORE)}$PS2
case $__et_o in *u*) \\set -u ;; esac
case $__et_o in *e*) \\set -e ;; esac
case $__et_o in *x*) \\set -x ;; esac
`

/** dash(1), Builtins. */
const CHANGING = new Set(
  (
    "cd chdir export readonly unset alias unalias . set shift umask ulimit trap exec eval exit return break continue fg bg " +
    "jobs wait hash read getopts local times"
  ).split(" ")
)

/** Number, mark, the state padded to 33 columns, the command (showjob in jobs.c). Stops answer the user's Ctrl+Z. */
const JOB_NOTICES: JobNoticeSyntax = {
  notice: /^\[\d+\] [-+ ] (?!Stopped|Running)(?=[A-Z].{26}).*\S\r?\n$/,
  continued: /^\b$/,
  beginning: /^\[(\d*|\d+\]( ([-+ ]( ([A-Z].*)?)?)?)?)$/
}

/** What the shell itself printed behind the echoed line. */
const afterAccept = (echo: Buffer): string => {
  const text = echo.toString("utf8")
  const at = text.indexOf("\n")
  return at === -1 ? "" : saidLines(text.slice(at + 1))
}

/** The terminal's own, which only echoes. */
const noEditor: LineEditor = {
  entered: NEVER_PRINTED,
  afterAccept,
  outputAfterAccept: () => null,
  isNoise: () => false,
  withoutEditor: (bytes) => (bytes.toString("latin1").trim() === "" ? Buffer.alloc(0) : bytes),
  withoutGoodbye: (bytes) => bytes
}

/** Reads a word of pieces in single and double quotes, as dash writes it, from `from`. */
const readQuoted = (text: string, from: number): { readonly word: string; readonly end: number } => {
  let word = ""
  let at = from
  while (text[at] === "'" || text[at] === '"') {
    const close = text.indexOf(text[at]!, at + 1)
    if (close === -1) break
    word += text.slice(at + 1, close)
    at = close + 1
  }
  return { word, end: at }
}

/** Lines of `<prefix>NAME='value'` behind the line `--`. */
const parseAssignments = (file: string, head: RegExp): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  if (!file.startsWith("--\n")) return found
  for (let at = 3; at < file.length; ) {
    head.lastIndex = at
    const name = head.exec(file)
    if (name !== null) {
      const { word, end } = readQuoted(file, head.lastIndex)
      // One without quotes is exported and has no value.
      if (end > head.lastIndex) found.set(name[1]!, word)
      at = end
    }
    const newline = file.indexOf("\n", at)
    at = newline === -1 ? file.length : newline + 1
  }
  return found
}

/** Reads what `__et_status` writes: `--`, then the output of `export -p`. dash tells a subshell nothing of its jobs. */
export const parseStatus = (file: string): ShellStatus => ({
  jobs: [],
  environment: parseAssignments(file, /export ([A-Za-z_]\w*)=?/y)
})

/** The same for `alias`; dash lists no functions. */
export const parseNames = (file: string): ShellNames => ({
  functions: new Set(),
  aliases: parseAssignments(file, /([^\s=']+)=/y)
})

/** See the file's comment. */
export const posix: ShellIntegration = {
  name: "dash",
  start: (options) => ({
    files: { [INIT]: initFile(options) },
    arguments: ["-i"],
    environment: { ENV: join(options.directory, INIT) }
  }),
  lineEditor: noEditor,
  jobNotices: JOB_NOTICES,
  startsUnmarked: true,
  tellsNoJobs: true,
  changingBuiltins: CHANGING,
  prepareFile,
  waits: WAITS_MARK,
  // Each end mark says that there is no line editor.
  ...NO_KEYS,
  source: (file) => ` . ${quote(file)}\n`,
  // A line of its own: what begins on it would be read to its end first.
  sourceFile: (text, nonce, mend = false) =>
    `__et_go ${nonce} ${mend ? 1 : 0} || \\return $__et_s; __et_last\n${text}\n`,
  unquote: (word) => word,
  parseStatus,
  parseNames,
  parseHistory: () => [],
  parsePast: () => []
}
