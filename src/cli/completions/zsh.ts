import type { CommandDoc, OptionDoc } from "../commandDocs.ts"
import { argumentOf, choicesOf, kindOf, type ValueKind, WRAPPER } from "./values.ts"

const ACTIONS: Readonly<Record<ValueKind, string>> = {
  session: "_effecttalk_sessions",
  backup: "_effecttalk_backups",
  file: "_files",
  directory: "_files -/",
  program: "_command_names -e",
  other: " "
}

/** Inside single quotes; brackets and colons have a meaning to _arguments. */
const safe = (text: string): string => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, "\\$&")

const actionOf = (value: string): string => {
  const choices = choicesOf(value)
  return choices.length > 0 ? `(${choices.join(" ")})` : ACTIONS[kindOf(value)]
}

const optionSpec = ({ name, value, summary }: OptionDoc): string =>
  value === null ? `'${name}[${safe(summary)}]'` : `'${name}=[${safe(summary)}]:${safe(value)}:${actionOf(value)}'`

const specsOf = (command: CommandDoc): ReadonlyArray<string> => {
  const argument = argumentOf(command)
  const options = [...command.options.map(optionSpec), "'--help[Print help.]'"]
  if (argument === null) return options
  const action = argument.choices.length > 0 ? `(${argument.choices.join(" ")})` : ACTIONS[argument.kind]
  return [...options, `'1:${safe(argument.name)}:${action}'`]
}

const branch = (command: CommandDoc): string =>
  `      ${command.name}) _arguments -S ${specsOf(command).join(" ")} && ret=0 ;;`

/** A script for zsh with compinit: a file _effecttalk on fpath, or sourced. */
export const zshCompletions = (root: CommandDoc, commands: ReadonlyArray<CommandDoc>): string => `#compdef effecttalk
# Completions of effecttalk for zsh.
_effecttalk_sessions() {
  local -a sessions
  local line
  for line in "\${(@f)$(effecttalk sessions 2>/dev/null)}"; do
    [[ $line =~ '^[0-9A-Za-z_-]{8} ' ]] && sessions+=("\${line%% *}:\${\${line#* }## #}")
  done
  _describe -V session sessions
}

# A path only where no backup begins so.
_effecttalk_backups() {
  local -a backups
  local line
  for line in "\${(@f)$(effecttalk backups 2>/dev/null)}"; do
    [[ \${line%% *} == *.tar.gz ]] && backups+=("\${line%% *}:\${\${line#* }## #}")
  done
  _describe -V backup backups || _files
}

_effecttalk_commands() {
  local -a commands=(
${commands.map(({ name, description }) => `    '${name}:${(description[0] ?? "").replaceAll("'", "'\\''")}'`).join("\n")}
    'help:Print help.'
  )
  _describe command commands
}

_effecttalk() {
  local curcontext=$curcontext state ret=1
  local -a line
  local -i dashes=\${words[(i)--]}
  # What follows is a command of its own.
  if (( dashes < CURRENT )); then
    [[ \${words[(r)${WRAPPER}]} == ${WRAPPER} ]] || return 1
    words=("\${(@)words[dashes+1,-1]}")
    (( CURRENT -= dashes ))
    _normal
    return
  fi
  _arguments -C ${specsOf(root).join(" ")} \\
    '1:command:_effecttalk_commands' '*::argument:->arguments' && ret=0
  if [[ $state == arguments ]]; then
    curcontext=\${curcontext%:*:*}:effecttalk-$line[1]:
    case $line[1] in
${commands.map(branch).join("\n")}
      help) _arguments '1:command:_effecttalk_commands' && ret=0 ;;
    esac
  fi
  return ret
}

if [[ $funcstack[1] == _effecttalk ]]; then
  _effecttalk "$@"
else
  compdef _effecttalk effecttalk
fi
`
