import type { CommandDoc } from "../commandDocs.ts"
import { argumentOf, choicesOf, kindOf, type ValueKind, WRAPPER } from "./values.ts"

/** Statements that complete to a kind of value. */
const COMPLETE: Readonly<Record<ValueKind, string>> = {
  session: 'COMPREPLY=($(compgen -W "$(_effecttalk_sessions "$1")" -- "$cur"))',
  // A path only where no backup begins so.
  backup:
    'COMPREPLY=($(compgen -W "$(_effecttalk_backups "$1")" -- "$cur")); ' +
    `((\${#COMPREPLY[@]})) || { compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); }`,
  file: 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))',
  directory: 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))',
  program: 'COMPREPLY=($(compgen -c -- "$cur"))',
  other: ":"
}

const words = (list: ReadonlyArray<string>) => `COMPREPLY=($(compgen -W "${list.join(" ")}" -- "$cur"))`

const completeValue = (value: string): string => {
  const choices = choicesOf(value)
  return choices.length > 0 ? words(choices) : COMPLETE[kindOf(value)]
}

/** `case` branches on the command and the option before the cursor. */
const valueBranches = ({ options }: CommandDoc, command: string): ReadonlyArray<string> =>
  options.flatMap(({ name, value }) =>
    value === null ? [] : [`    "${command} ${name}") ${completeValue(value)}; return ;;`]
  )

const argumentBranch = (command: CommandDoc): string => {
  const argument = argumentOf(command)
  const complete =
    argument === null ? ":" : argument.choices.length > 0 ? words(argument.choices) : COMPLETE[argument.kind]
  return `    ${command.name}) ${complete} ;;`
}

/** A script for bash 4 and later; with bash-completion, what follows `exec --` completes as by itself. */
export const bashCompletions = (root: CommandDoc, commands: ReadonlyArray<CommandDoc>): string => {
  const names = [...commands.map(({ name }) => name), "help"]
  const optionsOf = ({ options }: CommandDoc) => words([...options.map(({ name }) => name), "--help"])
  return `# Completions of effecttalk for bash.
_effecttalk_sessions() {
  "$1" sessions 2>/dev/null | while read -r id rest; do [[ \${#id} -eq 8 ]] && printf '%s\\n' "$id"; done
}

_effecttalk_backups() {
  "$1" backups 2>/dev/null | while read -r name rest; do [[ $name == *.tar.gz ]] && printf '%s\\n' "$name"; done
}

_effecttalk() {
  local cur=\${COMP_WORDS[COMP_CWORD]} option=\${COMP_WORDS[COMP_CWORD-1]} command= word i
  COMPREPLY=()
  # Readline takes --option=value for three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $option == = ]]; then option=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -- ]]; then
      [[ $command == ${WRAPPER} ]] || return
      if declare -F _command_offset >/dev/null; then _command_offset $((i + 1))
      elif ((i + 1 == COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$cur"))
      else compopt -o bashdefault -o default
      fi
      return
    fi
    if [[ -z $command ]]; then
      case $word in ${names.join("|")}) command=$word ;; esac
    fi
  done
  case "$command $option" in
${[...valueBranches(root, ""), ...commands.flatMap((command) => valueBranches(command, command.name))].join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case $command in
    "") ${optionsOf(root)} ;;
${commands.map((command) => `    ${command.name}) ${optionsOf(command)} ;;`).join("\n")}
    esac
    return
  fi
  case $command in
    ""|help) ${words(names)} ;;
${commands.map(argumentBranch).join("\n")}
  esac
}

complete -F _effecttalk effecttalk
`
}
