// biome-ignore-all lint/suspicious/noTemplateCurlyInString: zsh is full of ${…}

import { MARK_OSC } from "../MarkParser.ts"
import {
  type EnvironmentChange,
  type InitOptions,
  type JobNoticeSyntax,
  type LoadFlags,
  PAGER_VARIABLES,
  SHELL_FILES,
  type ShellIntegration
} from "./ShellIntegration.ts"
import { changeLines, numbered, quote, referenceWords } from "./shellWords.ts"
import { WAITS, WAITS_MARK } from "./waiting.ts"
import { zle } from "./zle.ts"
import { parseHistory, parsePast } from "./zshHistory.ts"
import { isSurelyComplete, parseNames, parseStatus, unquote } from "./zshSyntax.ts"

/**
 * How zsh is driven (5.3 and newer; seen with 5.9).
 *
 * What runs in the user's shell must not be disturbed by the user's options, aliases and functions, and not be seen by
 * DEBUG and ERR traps or `set -x`. So our functions are defined before the user's files are read, by `emulate -c`: zsh
 * enters them with these options and restores the user's afterwards, whatever happens inside (zshbuiltins(1), emulate).
 * Among the options is `nodebugbeforecmd`: a DEBUG trap runs after a command, and the first one of each function removes
 * the trap for as long as the function runs (`localtraps`).
 *
 * docs/shells.md tells users what is changed in their shell.
 */

/** A private key: a control sequence that no terminal sends. */
const key = (number: number): string => `\x1b[${MARK_OSC};${number}~`
/** The same as bindkey reads it. */
const bound = (number: number): string => `\\e[${MARK_OSC};${number}~`

const CLEAR = 0
const TAKE = 1
const FILE = 2
const ACCEPT = 3
const PROBE = 4
const CHECK = 5
const REPAIR = 6
const ABORT = 7
const SPLIT = 8
const JOIN = 9
const HIDE = 10

/** Ends what `bracketed-paste` reads. */
const PASTE_END = "\x1b[201~"

const mark = (payload: string): string => `$'\\e]${MARK_OSC};'${payload}$'\\a'`

/** Options that `emulate zsh` leaves to the user, and ours must not have. */
const OPTIONS = "-o noxtrace -o noverbose -o nodebugbeforecmd -o localtraps -o extendedglob -o noerrexit -o noerrreturn"

/**
 * How each of our functions begins: notes `$?`, and has the function not be seen by traps. One list of commands, so that
 * a DEBUG trap is gone before it would see the first. A function called `builtin` is put aside until the end.
 */
const BEGIN = "((__et_s=$?,!$+functions[builtin]))||__et_aside&&builtin trap - DEBUG ZERR"
const END = "[[ -z $__et_own ]]||__et_back"

const method = (name: string, body: string): string => `${name}() {\n${BEGIN}\n${body}\n${END}\n}\n`

/** The lines that make a difference between two environments. */
const exportLines = (changes: EnvironmentChange): string =>
  changeLines(
    changes,
    (name, value) => `builtin export ${name}=${quote(value)}`,
    (name) => `builtin unset ${name}`
  )

/** `cd` tells the user's `chpwd` hooks, since a prompt hook (direnv) may have run before the directory was known. */
const prepareFile = (directory: string, changes: EnvironmentChange): string =>
  `builtin cd -- ${quote(directory)}\n${exportLines(changes)}\n`

/** A pooled shell waits here. It keeps no history: the list is emptied, and nothing is saved of it. */
const waitFor = `
typeset -g SAVEHIST=0
builtin fc -p $__et_d/${SHELL_FILES.ownHistory} $HISTSIZE 0
__et_say "${WAITS};$__et_n"
while [[ ! -e $__et_d/${SHELL_FILES.go} ]]; do IFS= builtin read -rs __et_i || builtin exit; done
builtin . $__et_d/${SHELL_FILES.prepare}`

/** Functions that only ours call: they run without traps already. */
const HELPERS = `
__et_aside() {
  __et_own=$functions[builtin]
  functions[builtin]='"$@"'
  # One of these may be a function, too.
  builtin unfunction builtin || builtin unset -f builtin || builtin unhash -f builtin
} >/dev/null 2>&1
__et_back() { functions[builtin]=$__et_own; __et_own=; }
__et_say() { builtin print -rn -- ${mark('"$1"')} >/dev/tty; } 2>/dev/null
# The directory may be gone, and its name somebody else's.
__et_mine() { [[ -O $__et_d && ! -h $__et_d ]]; }
__et_status() {
  __et_mine || return 0
  local __et_i
  {
    for __et_i in $jobstates; do builtin print -rl -- \${\${(s.:.)\${__et_i#*:*:}}%%=*}; done
    builtin print -r -- --
    for __et_i in \${(k)parameters[(R)*export*]}; do builtin print -rN -- "$__et_i=\${(P)__et_i}"; done
  } >| $__et_d/$1
} 2>/dev/null
# Told to both terminals while stderr has one of its own.
__et_tell() {
  __et_say "$1"
  if ((__et_x)) && [[ -w $__et_d/${SHELL_FILES.stderr} ]]; then builtin print -rn -- ${mark('"$1"')} >$__et_d/${SHELL_FILES.stderr}; fi
} 2>/dev/null
__et_page() {
  local __et_i
  __et_v=()
  for __et_i in ${PAGER_VARIABLES.join(" ")}; do
    __et_v+=("$parameters[$__et_i]" "\${(P)__et_i}")
    [[ $parameters[$__et_i] == *readonly* ]] || typeset -gx $__et_i=cat
  done
}
__et_unpage() {
  local __et_i
  (($#__et_v)) && for __et_i in ${PAGER_VARIABLES.join(" ")}; do
    if [[ $parameters[$__et_i] == *export* && \${(P)__et_i} == cat && $__et_v[1] != *readonly* ]]; then
      if [[ -z $__et_v[1] ]]; then
        unset $__et_i
      else
        typeset -g $__et_i="$__et_v[2]"
        [[ $__et_v[1] == *export* ]] || typeset -g +x $__et_i
      fi
    fi
    builtin shift 2 __et_v
  done
} 2>/dev/null
__et_names() {
  __et_mine && builtin print -rN -- \${\${(k)functions}:#__et_*} '' "\${(@kv)galiases}" "\${(@kv)aliases}" >| $__et_d/$1
} 2>/dev/null
__et_loaded() {
  __et_n=\${\${1%% *}[1,-2]} __et_m=\${\${1%% *}[-1]}
  __et_forget
  __et_show
  ((__et_m < 2)) || __et_refer
  ((__et_m %= 2))
  __et_ahead
  BUFFER=$2 CURSOR=$#2 __et_t=$2
}
# Words that stand for files are global aliases while their command runs: so zsh itself reads what was typed.
__et_refer() {
  local __et_i __et_l
  for __et_i __et_l in "\${(@0)mapfile[$__et_d/${SHELL_FILES.references}]%$'\\0'}"; do
    __et_g+=($__et_i $+galiases[$__et_i] "$galiases[$__et_i]")
    builtin alias -g -- $__et_i=$__et_l
  done
}
__et_forget() {
  local __et_i __et_l __et_r
  for __et_i __et_l __et_r in "\${(@)__et_g}"; do
    if ((__et_l)); then builtin alias -g -- $__et_i=$__et_r; else builtin unalias -- $__et_i; fi
  done
  __et_g=()
} 2>/dev/null
# An incognito command is no entry of the history. Hooks that would be asked whether it is one may keep it themselves: they are
# not there until it has been read.
__et_show() {
  ((__et_y)) || return 0
  ((__et_y < 2)) || builtin enable -f zshaddhistory
  zshaddhistory_functions=("\${(@)__et_h}")
  __et_y=0
} 2>/dev/null
# The continuation prompt, the question about a misspelt word and what marks an unfinished last line belong to the command
# that is read now.
__et_ahead() {
  if [[ -o promptpercent ]]; then
    PS2="%{"${mark('"2;$__et_n"')}"%}\${PS2//$~__et_p}" SPROMPT="%{"${mark('"A;$__et_n"')}"%}\${SPROMPT//$~__et_p}"
  fi
  PROMPT_EOL_MARK="%{"${mark('"P;$__et_n"')}"%}\${\${PROMPT_EOL_MARK-%B%S%#%s%b}//$~__et_p}"
}
__et_incomplete() {
  unset 'functions[__et_f]'
  functions[__et_f]=$BUFFER
  if (($+functions[__et_f])); then
    # What another command behind it is no command of its own for.
    local __et_i=$functions[__et_f]
    if [[ $__et_i == $'\\t' ]]; then __et_i=; else __et_i+=$'\\n'; fi
    functions[__et_f]=$BUFFER$'\\n'$__et_last_command
    [[ $functions[__et_f] != "$__et_i"$'\\t'$__et_last_command ]]
  else
    local match mbegin mend
    functions[__et_f]=$BUFFER$'\\n)'
    (($+functions[__et_f])) && return
    # Where the text itself is wrong the error is on one of its lines.
    __et_i=$({ functions[__et_f]=$BUFFER$'\\n)'; } 2>&1)
    [[ $BUFFER == *'()'[[:blank:]]# ]] || {
      [[ \${__et_i%%$'\\n'*} == (#b)[^:]#:(<->):\\ * && \${__et_i%%$'\\n'*} != *('near \`\\n'|'near \`]]')* ]] &&
        ((match[1]>\${#BUFFER//[^$'\\n']}+1))
    }
  fi
} 2>/dev/null
`

/** Every function that the shell itself calls: hooks, and widgets of the line editor. */
const METHODS = [
  // The first prompt hook, or what `sched` calls after all of them: whichever comes first installs, the latter wraps.
  method(
    "__et_first",
    `if [[ $zsh_eval_context == *file* ]]; then builtin sched +1 __et_begin; ${END}; builtin return 0; fi
((__et_k)) || __et_install
if [[ $zsh_eval_context == *sched* ]]; then __et_hooks; else builtin sched +0 __et_begin; fi`
  ),
  method(
    "__et_end",
    `local __et_i= __et_l
__et_forget
__et_show
[[ -o zle ]] || __et_i=n
# Only taking it tells whether there is a text for the edit line.
if IFS= builtin read -rzd '' __et_l; then __et_i+=t; builtin print -rz -- "$__et_l"; fi
[[ $__et_e == *e* ]] && __et_i+=e
[[ -o promptpercent ]] || __et_i+=p
__et_tell "E;$__et_n;$__et_s;$__et_i;\${(qqqq)PWD};"$'\\n'
((__et_x)) && __et_unpage
__et_status ${SHELL_FILES.status}
__et_names ${SHELL_FILES.names}`
  ),
  method(
    "__et_start",
    `__et_show
if [[ -z $1 || $1 == "$__et_t" ]]; then __et_tell "C;$__et_n"; else __et_tell "C;$__et_n;\${(qqqq)1}"; fi
((__et_x)) && __et_page
[[ $3 != (#i)*(err(_|)exit|set*[-+]*e|emulate)* ]] || precmd_functions=(__et_errors $precmd_functions)
((__et_m)) && command stty icanon isig iexten echo echoe echok opost onlcr icrnl -inlcr -igncr brkint </dev/tty 2>/dev/null
__et_m=0`
  ),
  method("__et_last", "__et_hooks"),
  method("__et_take", 'local __et_i\nbuiltin zle .bracketed-paste __et_i\n__et_loaded "$__et_i" "${__et_i#* }"'),
  method(
    "__et_file",
    `local __et_i
builtin zle .bracketed-paste __et_i
__et_loaded "$__et_i" "$mapfile[$__et_d/${SHELL_FILES.command}]"`
  ),
  method("__et_accept", "builtin zle .accept-line"),
  // Nothing that was typed ahead may run; elsewhere (vared, select) the key does what it always did.
  method("__et_enter", "if [[ $CONTEXT == start ]]; then LBUFFER+=$'\\n'; else builtin zle accept-line; fi"),
  method("__et_clear", "BUFFER=\n[[ $KEYMAP == vicmd ]] && builtin zle -K main"),
  method("__et_nothing", ":"),
  method(
    "__et_probe",
    `local __et_i=
[[ $CONTEXT == (vared|select) ]] && __et_i='vared '
__et_say "T;$__et_n;$__et_s;\${(qqqq)PWD}"$'\\n'"\${(qqqq)__et_i}"$'\\n'"\${(qqqq)BUFFER//$'\\e['${MARK_OSC};<->\\~}"`
  ),
  // What has been sent elsewhere stays there. A widget's own stdin is /dev/null.
  method(
    "__et_split",
    `if [[ ( /dev/fd/2 -ef $TTY || /dev/fd/2 -ef /dev/tty ) && -w $__et_d/${SHELL_FILES.stderr} ]]; then
  builtin exec 2<>$__et_d/${SHELL_FILES.stderr}
  __et_x=1
fi`
  ),
  method(
    "__et_join",
    `if [[ -w $__et_d/${SHELL_FILES.stderr} ]]; then
  builtin print -rn -- ${mark('"J;$__et_n"')} >$__et_d/${SHELL_FILES.stderr}
  [[ /dev/fd/2 -ef $__et_d/${SHELL_FILES.stderr} ]] && builtin exec 2<>$TTY
fi
__et_x=0`
  ),
  method(
    "__et_hide",
    `if ((!__et_y)); then
  __et_h=("\${(@)zshaddhistory_functions}") __et_y=1
  if (($+functions[zshaddhistory])); then builtin disable -f zshaddhistory; __et_y=2; fi
  zshaddhistory_functions=(__et_kept_out)
fi`
  ),
  `__et_kept_out() {\n${BEGIN}\n${END}\n[[ -z $1 ]]\n}\n`,
  method("__et_check", 'if __et_incomplete; then __et_say "K;$__et_n;1"; else __et_say "K;$__et_n;0"; fi'),
  method("__et_repair", "__et_hooks"),
  // While the line editor is off: the line that sources the command file is no entry of the history, its text is.
  `__et_history() {\n${BEGIN}\n[[ $1 != " . "*"'$__et_d/${SHELL_FILES.command}'"* ]]\n}\n`,
  method(
    "__et_source",
    `__et_n=$1
__et_ahead
[[ -z $2 ]] || builtin print -sr -- "$2"
__et_say "C;$__et_n"`
  )
].join("")

const WIDGETS = {
  take: TAKE,
  file: FILE,
  accept: ACCEPT,
  probe: PROBE,
  check: CHECK,
  repair: REPAIR,
  clear: CLEAR,
  split: SPLIT,
  join: JOIN,
  hide: HIDE
}

/** Puts the hooks where they belong and the marks into the prompts: at every prompt, since anything may have moved them. */
const HOOKS = `
__et_hooks() {
  precmd_functions=(__et_end \${precmd_functions:#__et_(begin|errors|end|last)} __et_last)
  preexec_functions=(__et_start \${preexec_functions:#__et_start})
  # One of the two names is unset, although they are the same variable.
  local __et_r=\${\${RPS1:-$RPROMPT}//$~__et_p}
  PS1=\${PS1//$~__et_p} PS2=\${PS2//$~__et_p} SPROMPT=\${SPROMPT//$~__et_p}
  [[ -z $RPS1$RPROMPT ]] || RPS1=$__et_r
  # Without % the marks could not be told from text.
  if [[ -o promptpercent ]]; then
    PS1="%{"${mark('"D;$__et_n;%?;1;"')}"%}$PS1%{"${mark('"Q;$__et_n"')}"%}"
    [[ -z $__et_r ]] || RPS1="%{"${mark('"G;$__et_n"')}"%}$__et_r%{"${mark('"H;$__et_n"')}"%}"
  fi
  __et_ahead
  zshaddhistory_functions=(\${zshaddhistory_functions:#__et_history})
  if [[ ! -o zle ]]; then zshaddhistory_functions+=(__et_history); builtin return 0; fi
  local __et_i
  for __et_i in ${Object.keys(WIDGETS).join(" ")} enter nothing; do builtin zle -N __et_$__et_i; done
  # Another keymap may be linked to the main one at any time.
  for __et_i in \${keymaps:#(.safe|isearch|command|listscroll|menuselect|viopp|visual)}; do
    builtin bindkey -M $__et_i ${Object.entries(WIDGETS)
      .map(([name, number]) => `'${bound(number)}' __et_${name}`)
      .join(" ")} '${bound(ABORT)}' __et_nothing '^M' __et_enter '^J' __et_enter
  done
  builtin bindkey -M emacs '^O' __et_enter '\\ea' __et_enter '\\eA' __et_enter
  builtin bindkey -M vicmd '#' __et_enter
  for __et_i in \${(M)keymaps:#(isearch|command|listscroll|menuselect)}; do
    builtin bindkey -M $__et_i '${bound(ABORT)}' send-break
  done
}
`

const installation = ({ changes, pooled }: InitOptions): string => `
__et_install() {
  __et_k=1
  builtin zmodload zsh/parameter zsh/zleparameter zsh/mapfile
  typeset -ga precmd_functions preexec_functions zshaddhistory_functions
  __et_mine && {
    __et_status ${SHELL_FILES.start}
    __et_names ${SHELL_FILES.startNames}
    builtin print -rn -- "$HISTFILE" >| $__et_d/${SHELL_FILES.history}
  }
${exportLines(changes)}${pooled ? waitFor : ""}
  __et_s=0
  __et_end
}
`

/** Name of the start file: zsh reads it from ZDOTDIR, which is set back first. */
const INIT = ".zshenv"

const initFile = (options: InitOptions): string => {
  const { directory, nonce, environment } = options
  const own = environment.ZDOTDIR
  return `# Start file of a zsh driven by EffectTalk; see docs/shells.md.
${own === undefined ? "\\builtin unset ZDOTDIR" : `\\builtin export ZDOTDIR=${quote(own)}`}
if [[ -o interactive ]]; then
  typeset -g __et_d=${quote(directory)} __et_own= __et_e= __et_t=
  typeset -gi __et_n=${nonce} __et_m=0 __et_s=0 __et_k=0 __et_x=0 __et_y=0
  typeset -ga __et_v __et_g __et_h
  # Our part of a prompt, whether it was expanded or not.
  typeset -g __et_p='(%[{]|)'$'\\e'']${MARK_OSC};[^'$'\\a'']#'$'\\a''(%[}]|)' __et_last_command='\\: __et_'
  PROMPT_EOL_MARK="%{"${mark('"P;$__et_n"')}"%}%B%S%#%s%b"
  \\builtin emulate zsh ${OPTIONS} -c ${quote(HELPERS + HOOKS + installation(options) + METHODS)}
  # With the user's options, to see whether errors shall end the shell.
  __et_errors() { __et_e=$-; }
  __et_begin() { __et_e=$-; __et_first; return 0; }
  precmd_functions+=(__et_begin)
  \\builtin sched +0 __et_begin
fi
if [[ -r \${ZDOTDIR-$HOME}/.zshenv ]]; then \\builtin . "\${ZDOTDIR-$HOME}/.zshenv"; fi
`
}

/** zshbuiltins(1). */
const CHANGING = new Set(
  (
    "cd chdir pushd popd dirs export declare typeset local readonly integer float unset alias unalias unhash unfunction " +
    "source . set setopt unsetopt emulate shift umask ulimit limit unlimit trap exec eval exit bye logout return break " +
    "continue fg bg jobs wait disown suspend history fc r hash rehash read vared let getopts getln pushln bindkey zle zmodload " +
    "autoload functions enable disable sched compdef times ttyctl log zstyle zformat zparseopts print"
  ).split(" ")
)

/**
 * Number, mark, a state padded to 10 columns, the command (printjob in jobs.c); LONG_LIST_JOBS adds process ids. Stops
 * are left out: they answer the user's Ctrl+Z.
 */
const JOB_NOTICES: JobNoticeSyntax = {
  notice: /^\[\d+\] {2}[-+ ] (?:\d+ )?(?!suspended|running|continued)[a-z][^\r\n]*\r?\n$/,
  continued: /^ {7}[^\r\n]*\r?\n$/,
  beginning: /^\[(\d*|\d+\]( {0,2}| {2}[-+ ][^\r\n]*)\r?)$/
}

const load = (widget: number, nonce: number, flags: LoadFlags, text: string): string =>
  `${key(widget)}${numbered(nonce, flags)}${text}${PASTE_END}`

/** See the file's comment. */
export const zsh: ShellIntegration = {
  name: "zsh",
  start: (options) => ({
    files: { [INIT]: initFile(options) },
    arguments: ["-i"],
    environment: { ZDOTDIR: options.directory }
  }),
  lineEditor: zle,
  jobNotices: JOB_NOTICES,
  changingBuiltins: CHANGING,
  prepareFile,
  waits: WAITS_MARK,
  isSurelyComplete,
  load: (text, nonce, flags) => load(TAKE, nonce, flags, ` ${text}`),
  loadFile: (nonce, flags) => load(FILE, nonce, flags, ""),
  references: { line: ({ typed }) => typed, file: ({ references }) => referenceWords(references) },
  check: key(CHECK),
  accept: key(ACCEPT),
  // Twice: the first may be swallowed by a pending quoted-insert.
  clear: key(CLEAR) + key(CLEAR),
  probe: key(PROBE),
  abort: key(ABORT),
  repair: key(REPAIR),
  split: { begin: key(SPLIT), end: key(JOIN) },
  hide: key(HIDE),
  // Without its editor zsh notices Ctrl+C when the line ends.
  giveUp: "\x03\n",
  source: (file) => ` . ${quote(file)}\n`,
  sourceFile: (text, nonce, _mend, typed) => `__et_source ${nonce} ${quote(typed)}\n${text}\n`,
  unquote,
  parseStatus,
  parseNames,
  parseHistory,
  parsePast
}
