import { join } from "node:path"
import { MARK_OSC } from "../MarkParser.ts"
import { fishEditor } from "./fishEditor.ts"
import { parseHistory, parsePast } from "./fishHistory.ts"
import { isSurelyComplete, parseNames, parseStatus, quote, unquote } from "./fishSyntax.ts"
import {
  type EnvironmentChange,
  type InitOptions,
  type JobNoticeSyntax,
  PAGER_VARIABLES,
  SHELL_FILES,
  type ShellIntegration
} from "./ShellIntegration.ts"
import { changeLines } from "./shellWords.ts"
import { WAITS, WAITS_MARK } from "./waiting.ts"

/**
 * How fish is driven (seen with 3.6; written for 3.1 and newer).
 *
 * fish fires events around commands and saves `$status` and `$pipestatus` around their handlers, prompts and key bindings,
 * so hooks can be plain functions. Three things are not events: the prompt's two ends, which `fish_prompt` and
 * `fish_mode_prompt` are wrapped for, and what fish says to a text that it refuses. The wrappers are there only while fish
 * reads its edit line: a command finds the user's own prompt, whatever it does with it (`funcsave`, virtualenv's activate).
 *
 * Every text is handed over in a file: fish's paste bindings change what is pasted.
 *
 * docs/shells.md tells users what is changed in their shell.
 */

/**
 * Private keys: `ESC [ <code point> u`, where the code point is none of Unicode's characters. fish 3 binds the sequence, fish
 * 4 the key that it stands for.
 */
const FIRST_KEY = 0xf_7710
const key = (number: number): string => `\x1b[${FIRST_KEY + number}u`

const LOAD = 1
const CHECK = 2
const ACCEPT = 3
const CLEAR = 4
const PROBE = 5
const ABORT = 6
const REPAIR = 7
const SPLIT = 8
const HIDE = 9

/** Calls a function of ours, which somebody may have removed. */
const call = (name: string): string => `builtin functions -q ${name}; or builtin eval $__et_c; ${name}`

const FUNCTIONS: ReadonlyArray<readonly [key: number, command: string]> = [
  [LOAD, call("__et_load")],
  [CHECK, call("__et_check")],
  [ACCEPT, call("__et_accept")],
  [CLEAR, call("__et_clear")],
  [PROBE, call("__et_line")],
  [ABORT, "builtin commandline -f cancel"],
  [REPAIR, "builtin eval $__et_c; __et_repair"],
  [SPLIT, call("__et_split")],
  [HIDE, call("__et_hide")]
]

const KEYS = FUNCTIONS.map(([number]) => number)

/** Keys that accept the edit line: Enter, and what terminals send for it with modifiers. */
const ENTER_KEYS = ["\\r", "\\n", "\\e\\[27\\;5\\;13~", "\\e\\[13\\;5u", "\\e\\[27\\;2\\;13~", "\\e\\[13\\;2u"]

const binding = ([number, command]: readonly [number, string]): string =>
  `        builtin bind -M $__et_m $__et_k[${number}] ${quote(command)}`

/** Prints a mark; `words` are for printf. */
const say = (payload: string, words = ""): string =>
  `builtin printf '\\e]${MARK_OSC};${payload}\\a'${words === "" ? "" : ` ${words}`}`

const escaped = (word: string): string => `(builtin string escape --style=url -- ${word})`

/** What is put back when somebody has removed it. */
const HOOKS = `
# The nonce of the printed prompt (__et_n is the edit line's); whether an end mark is due, \`read\` has the edit line, and a
# prompt is being made; what was loaded.
set -q __et_t
or set -g __et_p $__et_n
and set -g __et_t
set -g __et_h 1
set -g __et_r 0
set -g __et_i 0
# Written at once, and only when they differ from what is there.
function __et_status
    set -l t (builtin jobs -g) --
    for n in (set -xn)
        set -a t $n="$$n"
    end
    test "$t" = "$__et_v" -a -s $__et_d/$argv[1]
    and return
    builtin printf '%s\\0' $t >$__et_d/$argv[1]
    set -g __et_v $t
end
function __et_names
    set -l t (builtin functions -n)
    test "$t" = "$__et_f" -a -s $__et_d/$argv[1]
    and return
    builtin printf '%s\\n' $t -- $__et_o >$__et_d/$argv[1]
    set -g __et_f $t
end
function __et_end
    ${say("E;%s;%s;%s;%s;\\n", `$__et_n $argv[1] "$argv[2]" ${escaped("$PWD")}`)}
    if set -q __et_x
        test -w $__et_d/${SHELL_FILES.stderr}
        and ${say(`E;%s;%s;;\\a\\e]${MARK_OSC};J;%s`, "$__et_n $argv[1] $__et_n")} >$__et_d/${SHELL_FILES.stderr}
        set -e __et_x
    end
    set -g __et_h 0
    # The directory may be gone, and its name somebody else's.
    if test -O $__et_d; and not test -L $__et_d
        __et_status ${SHELL_FILES.status} 2>/dev/null
        __et_names ${SHELL_FILES.names} 2>/dev/null
    end
end
function __et_after --on-event fish_postexec
    set -l s $status
    set -l t (builtin commandline)
    test -n "$t"; and set t t
    __et_end $s $t
end
function __et_before --on-event fish_preexec
    __et_unwrap
    __et_show
    set -g __et_h 1
    set -l t "$argv[1]"
    set -q __et_x; and set t "$__et_x"
    # Nothing starts with a text of comments, and $status stays.
    string match -qrv '^\\s*(#|$)' -- (string split \\n -- $t)
    or return
    if test "$t" = "$__et_t"
        ${say("C;%s", "$__et_n")}
    else
        ${say("C;%s;%s", `$__et_n ${escaped('"$t"')}`)}
    end
    set -q __et_x; and test -w $__et_d/${SHELL_FILES.stderr}
    and ${say("C;%s", "$__et_n")} >$__et_d/${SHELL_FILES.stderr}
end
# fish cannot send its own stderr elsewhere: the text becomes a block that does. Begun by a blank, it is kept out of the history.
function __et_split
    test -w $__et_d/${SHELL_FILES.stderr}
    or return
    # What fish is about to refuse it is to show as it was written.
    builtin commandline --is-valid 2>/dev/null
    test $status -eq 1; and return
    set -g __et_x (builtin commandline | builtin string collect)
    builtin commandline -r -- ' begin; ${PAGER_VARIABLES.map((name) => `set -lx ${name} cat; `).join("")}'\\n"$__et_x"\\n'end 2>$__et_d/${SHELL_FILES.stderr}'
end
# What begins with a blank is not kept, and in private mode nothing is, should a function of the user's keep it all the same.
function __et_hide
    set -l t (builtin commandline | builtin string collect)
    if not string match -q ' *' -- "$t"
        builtin commandline -r -- " $t"
        test "$t" = "$__et_t"; and set -g __et_t " $t"
    end
    set -q fish_private_mode; or set -g fish_private_mode __et
end
function __et_show
    test "$fish_private_mode" = __et; and set -eg fish_private_mode
end
function __et_at_prompt --on-event fish_prompt
    set -l s $status
    __et_show
    test $__et_h = 1; and __et_end $s
    set -g __et_p $__et_n
    set -g __et_h 1
    set -g __et_r 0
    builtin functions -q __et_after __et_before __et_refused __et_reading
    and builtin functions -q __et_load __et_check __et_accept __et_line
    or builtin eval $__et_c
    __et_wrap
    __et_bind
end
function __et_reading --on-event fish_read
    set -g __et_r 1
end
function __et_refused --on-event fish_posterror
    set -l s $status
    __et_waits; or return
    __et_end $s
    __et_again
end
# Whether the edit line is the prompt's, and not that of \`read\`.
function __et_waits
    test (builtin status current-command) = fish -a $__et_r = 0
end
function __et_again
    set -g __et_p $__et_n
    set -g __et_h 1
    builtin commandline -f repaint
end
function __et_repair
    __et_wrap
    __et_bind
    __et_again
end

# Around the prompt.
function __et_wrap
    for n in prompt mode_prompt right_prompt
        builtin functions -q fish_$n
        and string match -q '*__et_user*' -- (builtin functions fish_$n)
        and continue
        builtin functions -e __et_user_$n
        builtin functions -q fish_$n
        and builtin functions -c fish_$n __et_user_$n
    end
    function fish_prompt
        set -g __et_i 1
        __et_user_prompt
        set -g __et_i 0
        ${say("Q;%s", "$__et_p")}
    end
    function fish_mode_prompt
        set -l s $status
        if test $__et_i = 1
            builtin functions -q __et_user_mode_prompt
            and __et_user_mode_prompt
            return
        end
        # Another handler of the event may have made a new prompt.
        string match -q '*__et_user*' -- (builtin functions fish_prompt)
        or __et_wrap
        ${say("D;%s;%s;1;%s", `$__et_p $s ${escaped("$PWD")}`)}
    end
    if builtin functions -q __et_user_right_prompt
        function fish_right_prompt
            set -l t (__et_user_right_prompt | builtin string collect)
            ${say(`G;%s\\a%s\\e]${MARK_OSC};H;%s`, '$__et_p "$t" $__et_p')}
        end
    end
    builtin functions -q __et_user_prompt
    or function __et_user_prompt
        builtin printf '%s@%s %s> ' "$USER" $hostname $PWD
    end
end
function __et_unwrap
    for n in prompt mode_prompt right_prompt
        builtin functions -q fish_$n
        and string match -q '*__et_user*' -- (builtin functions fish_$n)
        or continue
        builtin functions -e fish_$n
        builtin functions -q __et_user_$n
        and builtin functions -c __et_user_$n fish_$n
    end
end

# In the line editor.
function __et_bind
    # User bindings outlive a change of fish_key_bindings, but not \`bind --erase --all\`.
    string match -q '*__et_enter*' -- (builtin bind -M insert \\r 2>/dev/null)
    and string match -q '*__et_enter*' -- (builtin bind -M default \\r 2>/dev/null)
    and return
    for __et_m in default insert visual replace replace_one paste (builtin bind -L)
${FUNCTIONS.map(binding).join("\n")}
        for k in ${ENTER_KEYS.join(" ")}
            builtin bind -M $__et_m $k __et_enter
        end
        builtin bind -M $__et_m \\cc __et_interrupt
    end
end
function __et_mode
    # The mode that a new edit line begins in.
    set -l m default
    builtin bind --preset -M insert '' >/dev/null 2>&1
    and set m insert
    test "$fish_bind_mode" = $m
    or set fish_bind_mode $m
end
function __et_enter
    if __et_waits
        builtin commandline -i \\n
    else
        builtin commandline -f execute
    end
end
function __et_interrupt
    set -l s $status
    if not __et_waits
        if builtin functions -q __fish_cancel_commandline
            __fish_cancel_commandline
        else
            builtin commandline -f cancel-commandline
        end
    else if test $__et_n = $__et_p
        # The kernel may have thrown away what was typed: a new prompt tells.
        __et_end $s
        builtin commandline -r ''
        __et_again
    end
end
function __et_clear
    __et_mode
    builtin commandline -f cancel
    builtin commandline -r ''
end
function __et_load
    __et_mode
    __et_show
    set -l t (builtin string split0 <$__et_d/${SHELL_FILES.command})
    set -g __et_n $t[1]
    set -g __et_t "$t[2]"
    builtin commandline -r -- $__et_t
    # An abbreviation that the text begins with is expanded as by the blank that was typed behind it.
    if set t (string match -r '^[ \\t]*[^ \\t\\n;|&<>()]+(?=[ \\t])' -- $__et_t)
        builtin commandline -C (string length -- $t[1])
        builtin commandline -f expand-abbr
    end
end
function __et_check
    set -l more 0
    if string match -qr '(^|[^\\x5c])(\\x5c\\x5c)*\\x5c$' -- (builtin commandline)[-1]
        set more 1
    else if not string match -q '3.[0-3].*' $version
        builtin commandline --is-valid
        test $status -eq 2; and set more 1
    end
    ${say("K;%s;%s", "$__et_n $more")}
end
function __et_accept
    builtin commandline -C 2147483647
    builtin commandline -f execute
end
function __et_line
    set -l s $status
    set -l r
    __et_waits; or set r 'read '
    # The last newline is not of the edit line.
    set -l t (builtin string escape --style=url -- (builtin commandline | builtin string collect -N) | builtin string replace -r '%0A$' '')
    ${say("T;%s;%s;%s\\n%s\\n%s", `$__et_n $s ${escaped("$PWD")} ${escaped('"$r"')} "$t"`)}
end
`

/** The lines that make a difference between two environments. */
const exportLines = (changes: EnvironmentChange): string =>
  changeLines(
    changes,
    (name, value) => `set -gx ${name} ${quote(value)}`,
    (name) => `set -eg ${name}`
  )

const prepareFile = (directory: string, changes: EnvironmentChange): string =>
  `builtin cd -- ${quote(directory)}\n${exportLines(changes)}\n`

/**
 * A pooled shell's start waits here, so that the prompt hooks (direnv) run first in the directory of its command. Another
 * program reads: \`read\` would draw a prompt. With an empty name fish keeps its history in memory only.
 */
const waitFor = `
set -g fish_history ''
while not test -e $__et_d/${SHELL_FILES.go}
    command sh -c 'stty -echo; printf "\\033]${MARK_OSC};${WAITS};\\007"; read line; code=$?; stty echo; exit $code' </dev/tty >/dev/tty
    or exit
end
builtin source $__et_d/${SHELL_FILES.prepare}`

/** Names of the start files. */
const INIT = "init"
const HOOKS_FILE = "hooks"

const initFile = ({ directory, nonce, changes, pooled }: InitOptions): string => `\
# Start file of a fish driven by EffectTalk; see docs/shells.md.
set -g __et_d ${quote(directory)}
set -g __et_n ${nonce}
set -g __et_c (builtin string collect <$__et_d/${HOOKS_FILE})
# Functions that come with fish.
set -g __et_o (string replace -rf '.*/([^_/][^/]*)\\.fish$' '$1' -- $__fish_data_dir/functions/*.fish)
# Keys.
switch $version
    case '3.*'
        set -g __et_k ${KEYS.map((number) => `\\e\\[${FIRST_KEY + number}u`).join(" ")}
    case '*'
        set -g __et_k ${KEYS.map((number) => `\\U${(FIRST_KEY + number).toString(16).padStart(8, "0")}`).join(" ")}
end
builtin eval $__et_c
__et_status ${SHELL_FILES.start}
__et_names ${SHELL_FILES.startNames}
if not set -q fish_private_mode
    set -l n fish
    set -q fish_history; and set n "$fish_history"
    test "$n" = default; and set n fish
    test -n "$n"; and builtin printf %s $__fish_user_data_dir/$n'_history' >$__et_d/${SHELL_FILES.history}
end
${exportLines(changes)}${pooled ? waitFor : ""}
true
`

/** Builtins and functions of fish that change the shell they run in, or concern what it alone has. */
const CHANGING = new Set(
  (
    "cd pushd popd dirs prevd nextd cdh set set_color export setenv alias abbr bind source . eval exec exit return break " +
    "continue fg bg jobs wait disown suspend trap umask ulimit history read functions function funced funcsave block emit " +
    "complete commandline argparse and or not begin if for while switch fish_add_path fish_config fish_vi_key_bindings " +
    "fish_default_key_bindings fish_hybrid_key_bindings vared fish_update_completions"
  ).split(" ")
)

/** `fish_job_summary` of fish 3.2 and newer: an empty line before the notice. */
const JOB_NOTICES: JobNoticeSyntax = {
  before: /^\r?\n$/,
  notice: /^fish: (Job|Process) \d+, .* has ended\r?\n$/,
  continued: /^(?!)$/,
  beginning: /^(\r?\n|\r|f|fi|fis|fish|fish:.*)$/
}

/** See the file's comment. */
export const fish: ShellIntegration = {
  name: "fish",
  start: (options) => ({
    files: { [INIT]: initFile(options), [HOOKS_FILE]: HOOKS },
    arguments: ["-i", "-C", `source ${quote(join(options.directory, INIT))}`],
    environment: {}
  }),
  lineEditor: fishEditor,
  jobNotices: JOB_NOTICES,
  changingBuiltins: CHANGING,
  prepareFile,
  waits: WAITS_MARK,
  isSurelyComplete,
  commandFile: (text, nonce) => `${nonce}\0${text}`,
  load: () => key(LOAD),
  loadFile: () => key(LOAD),
  // What begins with a blank is not kept in fish's history, and nothing can put another text there.
  references: { line: ({ runs }) => ` ${runs}` },
  check: key(CHECK),
  accept: key(ACCEPT),
  clear: key(CLEAR),
  probe: key(PROBE),
  abort: key(ABORT),
  repair: key(REPAIR),
  // The end of the text is the end of it.
  split: { begin: key(SPLIT), end: "" },
  hide: key(HIDE),
  // fish always edits its line.
  source: () => "",
  sourceFile: (text) => text,
  unquote,
  parseStatus,
  parseNames,
  parseHistory,
  parsePast
}
