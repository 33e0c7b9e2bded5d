/** Programs that take the alternate screen as soon as they start, by the names they are run by. */
const SCREEN_PROGRAMS: ReadonlySet<string> = new Set(
  (
    "vi vim vimdiff view nvim nano pico emacs mg micro hx helix kak joe mcedit less man info " +
    "htop btop btm atop iotop nvtop watch ncdu tmux screen byobu zellij mc ranger nnn lf vifm yazi " +
    "tig lazygit gitui k9s mutt neomutt weechat irssi fzf fg"
  ).split(" ")
)

/** Options that keep them from it. */
const STAYING: Readonly<Record<string, RegExp>> = { less: /\s(-\w*X|--no-init)/, fzf: /\s--height/ }

/** Words that run the words behind them. */
const WRAPPERS: ReadonlySet<string> = new Set(["sudo", "doas", "env", "command", "exec", "nice", "time", "nohup"])

/** The name of the program that a simple command runs; `""` when there is none. */
const programOf = (simple: string): string => {
  const words = simple.trim().split(/\s+/)
  const word = words.find((word) => !/^(\w+=|-|!)/.test(word) && !WRAPPERS.has(word)) ?? ""
  // A backslash keeps an alias away.
  return word.replace(/^\\|^.*\//, "")
}

/**
 * The program that a command line is known to give the alternate screen to, or null. A guess: what has an alias, or is run
 * by another program, is not seen.
 */
export const screenProgram = (command: string): string | null => {
  for (const simple of command.split(/[|&;\n(){}]+/)) {
    const program = programOf(simple)
    if (SCREEN_PROGRAMS.has(program) && STAYING[program]?.test(simple) !== true) return program
  }
  return null
}
