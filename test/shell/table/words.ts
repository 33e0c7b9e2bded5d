// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import type { ShellName } from "../TestShell.ts"

/** What differs in the grammar of the shells. */
export interface Words {
  /** The shell's own process id. */
  readonly pid: string
  /** Ends the latest background job. */
  readonly killJob: string
  /** Status of the command before. */
  readonly status: string
  /** Statuses of the pipeline before. */
  readonly statuses: string
  /** Declares a variable where it stands. */
  readonly declare: (name: string, value: string) => string
  readonly set: (name: string, value: string) => string
  readonly export: (name: string, value: string) => string
  readonly unset: (name: string) => string
  /** A variable's value, or `gone` where it is not set. */
  readonly orGone: (name: string) => string
  /** A word that stands for a text. */
  readonly quote: (text: string) => string
  /** Does something for each `$i` of 1, 2 and 3, in one line. */
  readonly rounds: (body: string) => string
  /** A function that prints its first argument in brackets. */
  readonly define: (name: string) => string
  /** A loop of two rounds in several lines that prints "one" and "two". */
  readonly loop: string
  /** A loop that never ends and starts no program. */
  readonly busy: string
  /** The statuses it may have when Ctrl+C ends it. */
  readonly busyStatus: ReadonlyArray<number>
  /** What stands in the output from a Ctrl+C on that ends a program; the same in a loop. */
  readonly interrupted: string
  readonly loopInterrupted: RegExp
  /** What the shell says of a program that ended by SIGTERM, SIGKILL, and Ctrl+\. */
  readonly terminated: RegExp
  readonly killed: RegExp
  readonly quit: RegExp
  /** Status of a program that Ctrl+Z stops. */
  readonly stopStatus: number
  /** Texts that are not finished, besides those that are so in every shell. */
  readonly unfinished: ReadonlyArray<string>
  /** A text that no shell can parse. */
  readonly wrong: string
  /** Reads a line into x and shows it in brackets; the same without echo, after the prompt "password: ". */
  readonly read: string
  readonly readSecret: string
  /** Runs a nested one that shows the prompt "inner> ". */
  readonly nested: string
  /** What the shell says when it does not find the command `nosuch`. */
  readonly notFound: RegExp
  /** Puts a text into the next edit line; null where no command can. */
  readonly prepare: ((text: string) => string) | null
  /** Prints the history's newest commands; all of them. */
  readonly history: string
  readonly wholeHistory: string
  /** Keys typed ahead that are the shell's own, and what comes back. */
  readonly typedAhead: ReadonlyArray<readonly [typed: string, expected: string | RegExp]>
  /** What `exit` prints. */
  readonly goodbye: string
  /** Prints "bye" and ends a shell in its start file with status 3. */
  readonly exitEarly: string
  /** What it says of a background job when that has ended. */
  readonly jobDone: RegExp
}

const LOOP = "for i in one two\ndo\n  echo $i # comment\ndone"

/** A word of bash's and zsh's that stands for the text. */
const ansiC = (text: string) =>
  `$'${text.replace(/[\\'\x00-\x1f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)}'`

const rounds = (body: string) => `for i in 1 2 3; do ${body}; done`

/** Texts that neither bash nor zsh takes for finished. */
const UNFINISHED = [
  "if true; then",
  "if true; then echo a; else",
  "case x in",
  "case x in a) echo;;",
  "f() {",
  "( echo",
  "echo ${x",
  "cat <<X\nhi",
  "for i in 1 2; do",
  "echo `ls",
  "echo $((1+",
  "a=(1 2",
  "{ echo"
]

/** By shell. */
export const WORDS: Readonly<Record<ShellName, Words>> = {
  bash: {
    pid: "$$",
    killJob: "kill %%",
    status: "$?",
    statuses: '"${PIPESTATUS[@]}"',
    set: (name, value) => `${name}=${value}`,
    export: (name, value) => `export ${name}=${value}`,
    unset: (name) => `unset ${name}`,
    declare: (name, value) => `declare ${name}=${value}`,
    orGone: (name) => `"\${${name}-gone}"`,
    quote: ansiC,
    rounds,
    define: (name) => `${name}() {\n  echo "[$1]"\n}`,
    loop: LOOP,
    // In a function, where no DEBUG trap runs: bash itself loses a Ctrl+C in one (3 of 150, measured without EffectTalk).
    busy: "spin() { while :; do :; done; }; spin",
    busyStatus: [130],
    interrupted: "^C\n",
    loopInterrupted: /^\^C\n$/,
    terminated: /Terminated/,
    killed: /Killed/,
    quit: /\^\\.*Quit/s,
    stopStatus: 148,
    unfinished: UNFINISHED,
    wrong: "echo )",
    read: 'read x; echo "[$x]"',
    readSecret: 'read -s -p "password: " x; echo "[${#x}]"',
    nested: "PS1='inner> ' bash --norc -i",
    prepare: null,
    notFound: /nosuch: command not found/,
    history: "HISTTIMEFORMAT= history 4 | cut -c8-",
    wholeHistory: "history",
    typedAhead: [
      ["\x16", ""],
      ["\x1b[A", /^sh -c/]
    ],
    goodbye: "exit\n",
    exitEarly: "echo bye; exit 3",
    jobDone: /Done/
  },
  zsh: {
    pid: "$$",
    killJob: "kill %%",
    status: "$?",
    statuses: "$pipestatus",
    set: (name, value) => `${name}=${value}`,
    export: (name, value) => `export ${name}=${value}`,
    unset: (name) => `unset ${name}`,
    declare: (name, value) => `typeset ${name}=${value}`,
    orGone: (name) => `"\${${name}-gone}"`,
    quote: ansiC,
    rounds,
    define: (name) => `${name}() {\n  echo "[$1]"\n}`,
    loop: LOOP,
    busy: "while :; do :; done",
    // Of the builtin that was interrupted, or of the interrupt: a bare zsh 5.9 gives either, too.
    busyStatus: [0, 130],
    interrupted: "^C\n",
    loopInterrupted: /^\^C\n?$/,
    terminated: /terminated/,
    killed: /killed/,
    quit: /\^\\.*quit/s,
    stopStatus: 148,
    unfinished: [
      ...UNFINISHED,
      "f()",
      "foreach i (1 2)",
      "repeat 3",
      "{ echo } always {",
      "[[ a ==",
      "select x in a b"
    ],
    wrong: "echo )",
    read: 'read x; echo "[$x]"',
    readSecret: 'read -s "x?password: "; echo "[${#x}]"',
    nested: "PS1='inner> ' zsh -f -i",
    prepare: (text) => `builtin print -z "${text}"`,
    notFound: /command not found: nosuch/,
    history: "fc -ln -4",
    wholeHistory: "fc -ln 1",
    typedAhead: [
      ["\x16", ""],
      ["\x1bx", ""],
      ["\x1b[A", /^sh -c/],
      ["echo HELD\x1ba", "echo HELD\n"]
    ],
    goodbye: "",
    exitEarly: "echo bye; exit 3",
    jobDone: /done/
  },
  fish: {
    pid: "$fish_pid",
    killJob: "kill (jobs -lp)",
    status: "$status",
    statuses: "$pipestatus",
    set: (name, value) => `set ${name} ${value}`,
    export: (name, value) => `set -gx ${name} ${value}`,
    unset: (name) => `set -e ${name}`,
    declare: (name, value) => `set ${name} ${value}`,
    orGone: (name) => `(set -q ${name}; or echo gone)`,
    quote: (text) => `'${text.replace(/[\\']/g, "\\$&")}'`,
    rounds: (body) => `for i in 1 2 3; ${body}; end`,
    define: (name) => `function ${name}\n  echo "[$argv[1]]"\nend`,
    loop: "for i in one two\n  echo $i # comment\nend",
    busy: "while true\nend",
    busyStatus: [0],
    interrupted: "^C",
    loopInterrupted: /^\^C$/,
    terminated: /terminated by signal SIGTERM/,
    killed: /SIGKILL/,
    quit: /^on\n\^\\/,
    stopStatus: 0,
    unfinished: [
      "if true",
      "if true; echo a; else",
      "switch x",
      "function f",
      "begin",
      "begin; echo",
      "echo (ls",
      "for i in 1 2"
    ],
    wrong: "echo )",
    read: 'read -P "" x; echo "[$x]"',
    readSecret: 'read -s -P "password: " x; echo "["(string length -- $x)"]"',
    nested: "fish -N -i -C 'function fish_prompt; echo -n \"inner> \"; end'",
    prepare: (text) => `commandline "${text}"`,
    notFound: /nosuch/,
    history: "builtin history search --max 4",
    wholeHistory: "builtin history search",
    typedAhead: [
      ["\x1b[200~pasted\r", "pasted\n"],
      ["'it's", "'it's"],
      ["\x1b[A", /^(sh -c.*)?$/]
    ],
    goodbye: "",
    exitEarly: "exec sh -c 'echo bye; exit 3'",
    jobDone: /ended/
  }
}
