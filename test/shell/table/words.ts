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
  readonly set: (name: string, value: string) => string
  readonly export: (name: string, value: string) => string
  readonly unset: (name: string) => string
  /** A function that prints its first argument in brackets. */
  readonly define: (name: string) => string
  /** A loop of two rounds in several lines that prints "one" and "two". */
  readonly loop: string
  /** A loop that never ends and starts no program. */
  readonly busy: string
  /** The statuses it may have when Ctrl+C ends it. */
  readonly busyStatus: ReadonlyArray<number>
  /** Status of a program that Ctrl+Z stops. */
  readonly stopStatus: number
  /** Texts that are not finished. */
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
  /** Prints the history's newest commands. */
  readonly history: string
  /** What it says of a background job when that has ended. */
  readonly jobDone: RegExp
}

const LOOP = "for i in one two\ndo\n  echo $i\ndone"

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
    define: (name) => `${name}() {\n  echo "[$1]"\n}`,
    loop: LOOP,
    // In a function, where no DEBUG trap runs: bash itself loses a Ctrl+C in one (3 of 150, measured without EffectTalk).
    busy: "spin() { while :; do :; done; }; spin",
    busyStatus: [130],
    stopStatus: 148,
    unfinished: ['echo "abc', "if true; then", "echo a |", "f() {", "cat <<X\nhi", "echo $(ls", "for i in 1 2; do"],
    wrong: "echo )",
    read: 'read x; echo "[$x]"',
    readSecret: 'read -s -p "password: " x; echo "[${#x}]"',
    nested: "PS1='inner> ' bash --norc -i",
    prepare: null,
    notFound: /nosuch: command not found/,
    history: "HISTTIMEFORMAT= history 4 | cut -c8-",
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
    define: (name) => `${name}() {\n  echo "[$1]"\n}`,
    loop: LOOP,
    busy: "while :; do :; done",
    // Of the builtin that was interrupted, or of the interrupt: a bare zsh 5.9 gives either, too.
    busyStatus: [0, 130],
    stopStatus: 148,
    unfinished: ['echo "abc', "if true; then", "echo a |", "f() {", "cat <<X\nhi", "echo $(ls", "for i in 1 2; do"],
    wrong: "echo )",
    read: 'read x; echo "[$x]"',
    readSecret: 'read -s "x?password: "; echo "[${#x}]"',
    nested: "PS1='inner> ' zsh -f -i",
    prepare: (text) => `builtin print -z "${text}"`,
    notFound: /command not found: nosuch/,
    history: "fc -ln -4",
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
    define: (name) => `function ${name}\n  echo "[$argv[1]]"\nend`,
    loop: "for i in one two\n  echo $i\nend",
    busy: "while true\nend",
    busyStatus: [0],
    stopStatus: 0,
    unfinished: ['echo "abc', "if true", "echo a |", "function f", "begin", "echo (ls", "for i in 1 2"],
    wrong: "echo )",
    read: 'read -P "" x; echo "[$x]"',
    readSecret: 'read -s -P "password: " x; echo "["(string length -- $x)"]"',
    nested: "fish -N -i -C 'function fish_prompt; echo -n \"inner> \"; end'",
    prepare: (text) => `commandline "${text}"`,
    notFound: /nosuch/,
    history: "builtin history search --max 4",
    jobDone: /ended/
  }
}
