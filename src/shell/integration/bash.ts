// biome-ignore-all lint/suspicious/noTemplateCurlyInString: bash is full of ${…}
import { join } from "node:path"
import { MARK_OSC } from "../MarkParser.ts"
import { parseHistory, parsePast } from "./bashHistory.ts"
import { isSurelyComplete, parseNames, parseStatus, unquote } from "./bashSyntax.ts"
import { readline } from "./readline.ts"
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

/**
 * How bash is driven (4.4 and newer; seen with 5.2).
 *
 * What runs in the user's shell must not be seen by DEBUG, ERR and RETURN traps, by `set -x`, or by bash-preexec. Bash
 * runs the DEBUG trap before every simple command, so our hooks have none: a `for` loop over no words runs nothing, but
 * its words are expanded, and expansions assign numbers, call functions in a subshell, and fill READLINE_LINE. The
 * words are written `${__et_z:$((…)):0}`: a piece of length 0 of an empty variable, which is no word at all.
 * (starship puts arithmetic into PS0 by the same means.) Text is assigned in `${__et_u#["u…"]}`: "u" without a "u".
 *
 * docs/shells.md tells users what is changed in their shell.
 */

/** A private key: a control sequence that no terminal sends. */
const key = (number: number): string => `\x1b[${MARK_OSC};${number}~`
/** The same as readline writes it. */
const bound = (number: number): string => `"\\e[${MARK_OSC};${number}~"`

const CLEAR = 0
const NONCE = 1
const ACCEPT = 2
const PROBE = 3
const FILE = 4
const PASTE = 5
const ENTER = 6
const ENTER_END = 7
const CHECK = 8
const REPAIR = 9
const KILL_LINE = 10
const INSERT_MODE = 11
const SPLIT = 12
const JOIN = 13
const HIDE = 14

/** Runs expansions and nothing else. `body` is arithmetic. */
const silently = (body: string): string => `for __et_i in \${__et_z:$((${body})):0};do :;done`

/**
 * Calls a function in a subshell and takes its output as a number. There DEBUG and ERR traps are not inherited; what
 * `set -x` would print goes to /dev/null, or BASH_XTRACEFD (which is ours to change there) with it.
 */
const inSubshell = (call: string): string => `$({ ${silently("__et_s=$?,BASH_XTRACEFD=2")};${call};} 3>&2 2>/dev/null)`

const mark = (payload: string): string => `\\e]${MARK_OSC};${payload}\\a`

/**
 * The prompt hook that prints the end mark. Its output says whether stderr is redirected; `set -e` is asked for here
 * because a subshell does not have it, and in an expansion of its own, which comes before the subshell's.
 */
const FIRST_WORDS = `__et_h=1,$((__et_e=0x\${-//[!e]/0})),__et_r=0${inSubshell("__et_end")}`
const FIRST_HOOK =
  silently(FIRST_WORDS) +
  // Before the user's hooks, which may write the history to its file.
  ";for __et_i in ${__et_b[!__et_j]};do __et_remember;done 2>/dev/null"

/** A word "u" when an expansion gives anything, no word when it gives nothing: a prompt's text may be a pattern of files. */
const ifAny = (expansion: string): string => `\${__et_u#"u\${${expansion}}"}`

/** The last prompt hook: calls a function only when something has taken our parts out of the prompts. */
const LAST_HOOK =
  `for __et_i in ${ifAny('PS1[@]##"$__et_A"*"$__et_Z"')} ${ifAny('PS0[@]##"$__et_C"*')} ${ifAny('PS2[@]##"$__et_B"*')}` +
  ` ${ifAny('PROMPT_COMMAND[0]##"$__et_F"*')} ${ifAny("BASHOPTS##*promptvars*")}` +
  " ${__et_b[0${PS1[@]:+1}*0${PS0[@]:+1}*0${PS2[@]:+1}*(${#PROMPT_COMMAND[@]}==__et_k)]};do __et_repair;done 2>/dev/null"

/** Makes what the user may have redefined callable again; only used in subshells. Posix mode finds `unset` first. */
const OWN_BUILTINS =
  "POSIXLY_CORRECT=1;set +eux;unset -f builtin printf read declare jobs kill eval history bind set alias compgen unset;set +o posix"

/** The lines that make a difference between two environments. */
const exportLines = (changes: EnvironmentChange): string =>
  changeLines(
    changes,
    (name, value) => `builtin export ${name}=${quote(value)}`,
    (name) => `builtin unset -v ${name}`
  )

const prepareFile = (directory: string, changes: EnvironmentChange): string =>
  `builtin cd -- ${quote(directory)}\n${exportLines(changes)}\n`

/**
 * A pooled shell's start waits here, so that the prompt hooks (direnv) run first in the directory of its command. It keeps
 * no history: bash reads and writes none while `history` is off, and HISTFILE is for hooks that name it.
 */
const waitFor = `
__et_i=$__et_d/${SHELL_FILES.ownHistory}
builtin declare -g HISTFILE="$__et_i"
builtin set +o history
builtin history -c
builtin printf '${mark(`${WAITS};%s`)}' "$__et_n" >/dev/tty
while [[ ! -e $__et_d/${SHELL_FILES.go} ]]; do IFS= builtin read -rs __et_i || builtin exit; done
builtin . "$__et_d/${SHELL_FILES.prepare}"`

const initFile = ({ directory, nonce, changes, pooled }: InitOptions): string => {
  const keymaps = "emacs vi-insert vi-command"
  return `# Start file of a bash driven by EffectTalk; see docs/shells.md.
if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
{ __et_o=$-;\\builtin set +euxv; } 2>/dev/null
if \\builtin shopt -q expand_aliases; then __et_o+=A; fi
\\builtin shopt -u expand_aliases
{
__et_d=${quote(directory)} __et_z= __et_u=u __et_n=${nonce} __et_t=0 __et_h=1 __et_r=0 __et_m=0 __et_l=0 __et_s=0 __et_k=0 __et_e=0 __et_j=0 __et_x=0
__et_H='*:__et_*'
__et_b=(changed '')
__et_F=${quote(FIRST_HOOK)}
__et_L=${quote(LAST_HOOK)}
# Parts of the prompts. Index 1 is for a redirected stderr, where readline prints: a subshell writes to the terminal.
# Index 2 is for one that is kept apart: what starts a command is told to both terminals.
__et_A='\\[\${__et_a[0]+\${__et_a[__et_r]@P}}\\]' __et_Z='\\[\${__et_q[0]+\${__et_q[__et_r]@P}}\\]'
__et_X=${quote(`\${__et_d+\${__et_z:$((${FIRST_WORDS})):0}}`)}
__et_B='\\[\${__et_w[0]+\${__et_w[__et_r]@P}}\\]' __et_C='\${__et_c[0]+\${__et_c[__et_r]@P}}'
__et_a=(${quote(mark("D;$__et_n;$?;$__et_h;${PWD@Q}"))} ${quote(inSubshell('__et_say D "$__et_s;$__et_h;${PWD@Q}";__et_say Q'))})
__et_q=(${quote(mark("Q;$__et_n"))} '')
__et_w=(${quote(mark("2;$__et_n"))} ${quote(inSubshell("__et_say 2"))})
__et_y=('' ${quote(inSubshell("__et_mend"))} ${quote(inSubshell("__et_stop"))})
__et_c=(${quote(`\${__et_z:$((__et_h=0,__et_m=__et_l++?2:__et_m)):0}\${__et_y[__et_m]@P}${mark("C;$__et_n")}`)} \\
 ${quote(`\${__et_z:$((__et_h=0,__et_m=__et_l++?2:__et_m)):0}\${__et_y[__et_m]@P}${inSubshell("__et_say C")}`)})
__et_a[2]=$__et_a __et_q[2]=$__et_q __et_w[2]=$__et_w __et_c[2]=${quote(`\${__et_c[1]@P}${mark("C;$__et_n")}`)}
__et_P=(${PAGER_VARIABLES.join(" ")})

# These run in subshells only.
__et_say() {
  ${OWN_BUILTINS}
  printf '\\e]${MARK_OSC};%s\\a' "$1;$__et_n\${2+;$2}" >/dev/tty
}
__et_end() {
  ${OWN_BUILTINS}
  __et_i=
  [[ :$SHELLOPTS: == *:emacs:* || :$SHELLOPTS: == *:vi:* ]] || __et_i=n
  ((__et_e)) && __et_i+=e
  [[ $BASHOPTS == *promptvars* ]] || __et_i+=p
  set -- '\\e]${MARK_OSC};E;%s;%s;%s;%s;\\n\\a' "$__et_n" "$__et_s" "$__et_i" "\${PWD@Q}"
  printf "$@" >/dev/tty
  ((__et_t)) && { [[ -w $__et_d/${SHELL_FILES.stderr} ]] && printf "$@" >"$__et_d/${SHELL_FILES.stderr}"; __et_unpage; }
  __et_status status
  __et_names ${SHELL_FILES.names}
  if [[ ! -t 3 ]]; then printf 1; elif ((__et_t)); then printf 2; fi
}
# The directory may be gone, and its name somebody else's.
__et_status() { [[ -O $__et_d && ! -L $__et_d ]] && { jobs -p; printf -- '--\\n'; declare -px; } >| "$__et_d/$1"; }
__et_names() { [[ -O $__et_d && ! -L $__et_d ]] && { compgen -A function; printf -- '--\\n'; alias -p; } >| "$__et_d/$1"; }
__et_stop() {
  ${OWN_BUILTINS}
  ((__et_s==130)) && [[ -e $__et_d/${SHELL_FILES.interrupted} ]] && { __et_say S; kill -INT $$; }
}
__et_mend() { stty icanon isig iexten echo echoe echok opost onlcr icrnl -inlcr -igncr brkint </dev/tty; }
__et_read() {
  # Not $(<file): in a bound command that makes bash 5.2 read the next line's blanks as newlines.
  ${OWN_BUILTINS}
  IFS= read -r -d '' __et_i <"$__et_d/${SHELL_FILES.command}"
  printf %s "$__et_i"
}
__et_line() {
  ${OWN_BUILTINS}
  printf '\\e]${MARK_OSC};T;%s;%s;%s\\037%s\\037%s\\a' "$__et_n" "$__et_s" "\${PWD@Q}" "\${__et_g@Q}" "\${READLINE_LINE@Q}" >/dev/tty
}
__et_check() {
  ${OWN_BUILTINS}
  LC_ALL=C
  __et_i=$(eval "__et_f() {"$'\\n'"$READLINE_LINE"$'\\n'"}" 2>&1)
  case $__et_i in
  *"}'"*|*'end of file'*|*EOF*|*newline*)
    __et_i=$(eval "__et_f() if :;then"$'\\n'"$READLINE_LINE"$'\\n'"fi" 2>&1)
    case $__et_i in
    *"fi'"*|*'end of file'*|*EOF*|*newline*)
      # A text of comments only is an empty body, which the grammar refuses.
      (eval "__et_f() { :"$'\\n'"$READLINE_LINE"$'\\n'"}") || { __et_say K 1; return; };;
    esac;;
  esac
  __et_say K 0
}

# These run in the shell itself, and only when they must. While readline waits, only the hooks may be put back: bash
# keeps pointers to the prompts' texts.
__et_enter() {
  { builtin local - __et_i; builtin set +eux; } 2>/dev/null
  if ((__et_h)); then
    READLINE_LINE=\${READLINE_LINE:0:READLINE_POINT}$'\\n'\${READLINE_LINE:READLINE_POINT}
    builtin let READLINE_POINT+=1
    builtin set -- '""'
  else
    builtin set -- accept-line
  fi
  for __et_i in ${keymaps}; do builtin bind -m "$__et_i" '${bound(ENTER_END)}: '"$1"; done
}
# stderr on a terminal of its own. What has been sent elsewhere stays there; a closed stdin is about to end the shell.
__et_split() {
  { builtin local - __et_i; builtin set +eux; builtin declare -F exec && builtin set -o posix; } >/dev/null 2>&1
  if [[ ( /dev/fd/2 -ef /dev/fd/0 || /dev/fd/2 -ef /dev/tty ) && -w $__et_d/${SHELL_FILES.stderr} ]]; then
    exec 2<>"$__et_d/${SHELL_FILES.stderr}"
    __et_t=1 __et_r=2 __et_v=()
    for __et_i in "\${__et_P[@]}"; do
      __et_v+=("\${!__et_i@a}" "\${!__et_i+x}" "\${!__et_i-}")
      [[ \${!__et_i@a} == *r* ]] || builtin export "$__et_i=cat"
    done
  fi
}
__et_unpage() {
  builtin set -- "\${__et_v[@]}"
  for __et_i in "\${__et_P[@]}"; do
    if [[ \${!__et_i-} == cat && \${!__et_i@a} == *x* && $1 != *r* ]]; then
      if [[ $2 ]]; then builtin printf -v "$__et_i" %s "$3"; else builtin unset -v "$__et_i"; fi
      if [[ $2 && $1 != *x* ]]; then builtin export -n "$__et_i"; fi
    fi
    builtin shift 3
  done
}
__et_join() {
  { builtin local - __et_i; builtin set +eux; builtin declare -F exec && builtin set -o posix; } >/dev/null 2>&1
  if ((__et_t)); then __et_unpage; fi
  if [[ -w $__et_d/${SHELL_FILES.stderr} ]]; then
    builtin printf '${mark("J;%s")}' "$__et_n" >"$__et_d/${SHELL_FILES.stderr}"
    if [[ /dev/fd/2 -ef $__et_d/${SHELL_FILES.stderr} ]]; then
      if [[ -t 0 ]]; then exec 2>&0; else exec 2<>/dev/tty; fi
    fi
  fi
  __et_t=0
  # 1: it has been sent elsewhere meanwhile.
  if ((__et_r == 2)); then __et_r=0; fi
}
# Puts what was typed in the place of the command with its files' paths: each of its lines may be an entry of the history,
# which begins behind its number and a sign of ours. Those behind the first that changes are entered anew.
__et_remember() {
  { builtin local - IFS=$' \\t\\n' __et_i __et_l __et_p __et_z; builtin set +eux; } 2>/dev/null
  builtin local -a __et_v __et_w
  __et_j=0
  if ((__et_x)); then
    # Nothing of it is there.
    __et_show
  elif [[ :$SHELLOPTS: == *:history:* ]]; then
    builtin mapfile -d '' -t __et_w <"$__et_d/${SHELL_FILES.references}"
    builtin mapfile -d $'\\36' -t __et_v <<<"$(HISTTIMEFORMAT=$'\\36' builtin history "$__et_w")"
    builtin set -- "\${__et_v//[!0-9]}"
    for ((__et_i = 1, __et_z = 0; __et_i < \${#__et_v[@]}; __et_i++)); do
      __et_l=\${__et_v[__et_i]%$'\\n'*} __et_v[__et_i]=$__et_l
      for ((__et_p = 1; __et_p < \${#__et_w[@]}; __et_p += 2)); do
        __et_v[__et_i]=\${__et_v[__et_i]//"\${__et_w[__et_p + 1]}"/"\${__et_w[__et_p]}"}
      done
      [[ $__et_z != 0 || \${__et_v[__et_i]} == "$__et_l" ]] || __et_z=$__et_i
    done
    if ((__et_z)); then
      for ((__et_i = \${#__et_v[@]} - 1; __et_i >= __et_z; __et_i--)); do builtin history -d "$(($1 + __et_i - 1))"; done
      for __et_l in "\${__et_v[@]:__et_z}"; do builtin history -s -- "$__et_l"; done
    fi
  fi
}
# Of an incognito command no line goes into the history, however many it has: each is asked for in HISTIGNORE, and it is as it
# was at the next prompt, before the user's hooks.
__et_hide() {
  { builtin local -; builtin set +eux; } 2>/dev/null
  if ((__et_x)); then builtin return; fi
  if (HISTIGNORE=); then
    __et_I=()
    if [[ -v HISTIGNORE ]]; then __et_I=("$HISTIGNORE"); fi
    HISTIGNORE=$__et_H __et_x=1 __et_j=1
  else
    READLINE_LINE=' __et_kept'
  fi
}
__et_show() {
  { builtin local -; builtin set +eux; } 2>/dev/null
  __et_x=0
  if [[ \${HISTIGNORE-} != "$__et_H" ]]; then
    # The command has set it.
    builtin return
  elif ((\${#__et_I[@]})); then
    HISTIGNORE=$__et_I
  else
    builtin unset -v HISTIGNORE
  fi
  __et_I=()
}
__et_kept() {
  builtin echo 'not run: HISTIGNORE is read-only here, so bash would keep the command in its history' >&2
  builtin return 1
}
__et_repair() {
  { builtin local -; builtin set +eux; } 2>/dev/null
  PS1=\${PS1-} PS2=\${PS2-} PS0=\${PS0-}
  PS1=\${PS1//"$__et_A"} PS1=\${PS1//"$__et_Z"} PS1=\${PS1//"$__et_X"}
  PS2=\${PS2//"$__et_B"} PS0=\${PS0//"$__et_C"}
  # With promptvars off our parts would be shown instead of expanded; the prompt hooks alone have to do.
  if [[ $BASHOPTS == *promptvars* ]]; then PS1=$__et_A$PS1$__et_Z PS2=$__et_B$PS2 PS0=$__et_C$PS0; fi
  # Exported: children would inherit our hook, and an array cannot be exported. The end mark comes from PS1 instead.
  if [[ \${PROMPT_COMMAND@a} == *x* ]]; then PS1=$__et_X$PS1; else __et_hooks; fi
}
__et_hooks() {
  { builtin local - __et_p __et_i; builtin set +eux; } 2>/dev/null
  if [[ \${PROMPT_COMMAND@a} == *x* ]]; then builtin return; fi
  __et_p=()
  for __et_i in "\${PROMPT_COMMAND[@]}"; do
    case $__et_i in '' | "$__et_F" | "$__et_L") ;; *) __et_p+=("$__et_i") ;; esac
  done
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 501)); then
    __et_i=$(builtin printf '%s\n' "$__et_F" "\${__et_p[@]}")
    builtin unset -v PROMPT_COMMAND
    PROMPT_COMMAND=$__et_i$'\n'$__et_L
  elif [[ \${__et_p[@]: -1} == __bp_interactive_mode ]]; then
    # bash-preexec's last hook has to stay the last one.
    builtin unset -v '__et_p[-1]'
    PROMPT_COMMAND=("$__et_F" "\${__et_p[@]}" "$__et_L" __bp_interactive_mode)
  else
    PROMPT_COMMAND=("$__et_F" "\${__et_p[@]}" "$__et_L")
  fi
  __et_k=\${#PROMPT_COMMAND[@]}
}
__et_source() {
  # The line that sources the command file is taken out of the history, the command itself goes in.
  builtin set -- "$?" "$1" "$2"
  __et_n=$2 __et_h=0 __et_l=0
  if [[ :$SHELLOPTS: == *:history:* ]]; then
    __et_i=$(HISTTIMEFORMAT= builtin history 1)
    case $__et_i in *" . '$__et_d/${SHELL_FILES.command}'")
      __et_i=\${__et_i#"\${__et_i%%[0-9]*}"}
      builtin history -d "\${__et_i%%[!0-9]*}" ;;
    esac
    if [[ $3 ]]; then builtin history -s -- "$3"; fi
  fi
  builtin printf '${mark("C;%s")}' "$__et_n" >/dev/tty
  builtin return "$1"
}

builtin bind 'set enable-bracketed-paste on'
__et_i=$(builtin bind -v)
for __et_p in 'emacs @' 'vi-ins (ins)' 'vi-cmd (cmd)'; do
  __et_s=
  if [[ $__et_i == *'set show-mode-in-prompt on'* ]]; then
    __et_s=\${__et_i#*set \${__et_p% *}-mode-string }
    __et_s=\${__et_s%%$'\\n'*}
    __et_s=\${__et_s//\\\\/\\\\\\\\} __et_s=\${__et_s//\\"/\\\\\\"} __et_s=\${__et_s//$'\\e'/\\\\e}
    __et_s=\${__et_s//$'\\1'/\\\\1} __et_s=\${__et_s//$'\\2'/\\\\2}
  fi
  builtin bind "set \${__et_p% *}-mode-string \\"\\\\1\\\\e]${MARK_OSC};R\\\\a\\\\2$__et_s\\""
done
builtin bind 'set show-mode-in-prompt on'
for __et_i in ${keymaps}; do
  # Nothing that was typed ahead may run: every key that accepts the line is ours.
  for __et_p in accept-line operate-and-get-next edit-and-execute-command vi-edit-and-execute-command insert-comment; do
    builtin bind -m "$__et_i" -u "$__et_p"
  done
  builtin bind -m "$__et_i" '"\\C-m": ${bound(ENTER).slice(0, -1)}${bound(ENTER_END).slice(1)}'
  builtin bind -m "$__et_i" '"\\C-j": ${bound(ENTER).slice(0, -1)}${bound(ENTER_END).slice(1)}'
  builtin bind -m "$__et_i" '${bound(ENTER_END)}: accept-line'
  builtin bind -m "$__et_i" -x '${bound(ENTER)}: { __et_enter "$_";} 2>/dev/null'
  builtin bind -m "$__et_i" '${bound(KILL_LINE)}: kill-whole-line'
  builtin bind -m "$__et_i" '${bound(INSERT_MODE)}: vi-insertion-mode'
  builtin bind -m "$__et_i" '${bound(CLEAR)}: kill-whole-line'
  builtin bind -m "$__et_i" '${bound(PASTE)}: bracketed-paste-begin'
  builtin bind -m "$__et_i" '${bound(ACCEPT)}: accept-line'
  builtin bind -m "$__et_i" -x ${quote(`${bound(NONCE)}: ${silently("__et_v=10#0${READLINE_LINE//[!0-9]/},__et_n=__et_v/10,__et_m=__et_v%10%2,__et_j=__et_v%10/2,__et_l=0")};for __et_i in \${__et_b[!__et_x]};do __et_show "$_";done 2>/dev/null`)}
  builtin bind -m "$__et_i" -x ${quote(`${bound(FILE)}: for __et_i in \${__et_u#["u\${READLINE_LINE:=${inSubshell("__et_read")}}"]};do :;done`)}
  builtin bind -m "$__et_i" -x ${quote(`${bound(PROBE)}: ${silently(`0${inSubshell(`for __et_i in \${__et_u#["u\${__et_g:=$BASH_COMMAND}"]};do :;done;__et_line`)}`)}`)}
  builtin bind -m "$__et_i" -x ${quote(`${bound(CHECK)}: ${silently(`0${inSubshell("__et_check")}`)}`)}
  builtin bind -m "$__et_i" -x '${bound(SPLIT)}: __et_split "$_"'
  builtin bind -m "$__et_i" -x '${bound(JOIN)}: __et_join "$_"'
  builtin bind -m "$__et_i" -x '${bound(HIDE)}: { __et_hide "$_";} 2>/dev/null'
  builtin bind -m "$__et_i" -x '${bound(REPAIR)}: { __et_hooks "$_";} 2>/dev/null'
done
builtin bind -m vi-command '${bound(CLEAR)}: ${bound(KILL_LINE).slice(0, -1)}${bound(INSERT_MODE).slice(1)}'
__et_status ${SHELL_FILES.start}
__et_names ${SHELL_FILES.startNames}
builtin printf %s "\${HISTFILE-}" >| "$__et_d/${SHELL_FILES.history}"
${exportLines(changes)}${pooled ? waitFor : ""}
__et_repair
__et_s=0
builtin unset -v __et_p __et_i
case $__et_o in *A*) builtin shopt -s expand_aliases ;; esac
case $__et_o in *u*) builtin set -u ;; esac
case $__et_o in *v*) builtin set -v ;; esac
case $__et_o in *e*) builtin set -e ;; esac
case $__et_o in *x*) builtin set -x ;; esac
} 2>/dev/null
`
}

/** Name of the start file. */
const INIT = "init"

/** bash(1), BUILTINS. */
const CHANGING = new Set(
  (
    "cd pushd popd dirs export declare typeset local readonly unset alias unalias source . set shift shopt umask ulimit trap " +
    "exec eval exit logout return break continue fg bg jobs wait disown suspend history fc hash read mapfile readarray let " +
    "getopts bind complete compopt enable times"
  ).split(" ")
)

/**
 * Number, mark, a state padded to 24 columns, the command (pretty_print_job in jobs.c). Stops are left out: they answer
 * the user's Ctrl+Z. Compound commands have several lines.
 */
const JOB_NOTICES: JobNoticeSyntax = {
  notice: /^\[\d+\][-+ ] {2}(?!Stopped|Running)(?=[A-Z])(?=.{24}).{23} \S.*\r?\n$/,
  continued: /^( {4}.*|(done|fi|esac|\}|\)).*)\r?\n$/,
  beginning: /^\[(\d*|\d+\]([-+ ]( | {2}([A-Z].*)?)?)?)$/
}

const take = (nonce: number, flags: LoadFlags): string => key(CLEAR) + numbered(nonce, flags) + key(NONCE) + key(CLEAR)

/** See the file's comment. */
export const bash: ShellIntegration = {
  name: "bash",
  start: (options) => ({
    files: { [INIT]: initFile(options) },
    arguments: ["--init-file", join(options.directory, INIT), "-i"],
    environment: {}
  }),
  lineEditor: readline,
  jobNotices: JOB_NOTICES,
  changingBuiltins: CHANGING,
  prepareFile,
  waits: WAITS_MARK,
  isSurelyComplete,
  load: (text, nonce, flags) => `${take(nonce, flags)}${key(PASTE)}${text}\x1b[201~`,
  loadFile: (nonce, flags) => take(nonce, flags) + key(FILE),
  references: {
    line: ({ runs }) => runs,
    file: ({ typed, references }) => `${typed.split("\n").length}\0${referenceWords(references)}`
  },
  check: key(CHECK),
  accept: key(ACCEPT),
  // Twice: the first may be swallowed by a pending quoted-insert.
  clear: key(CLEAR) + key(CLEAR),
  probe: key(PROBE),
  abort: "\x07",
  repair: key(REPAIR),
  split: { begin: key(SPLIT), end: key(JOIN) },
  hide: key(HIDE),
  source: (file) => ` . ${quote(file)}\n`,
  sourceFile: (text, nonce, _mend, typed) => `__et_source ${nonce} ${quote(typed)}\n${text}\n`,
  unquote,
  parseStatus,
  parseNames,
  parseHistory,
  parsePast
}
