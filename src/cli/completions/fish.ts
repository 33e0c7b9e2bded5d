import type { CommandDoc, OptionDoc } from "../commandDocs.ts"
import { argumentOf, choicesOf, kindOf, type ValueKind, WRAPPER } from "./values.ts"

/** What follows an option that takes a value. */
const VALUES: Readonly<Record<ValueKind, string>> = {
  session: "-x -a '(__effecttalk_sessions)'",
  backup: "-r -F -k -a '(__effecttalk_backups)'",
  file: "-r -F",
  directory: "-x -a '(__fish_complete_directories)'",
  program: "-x -a '(__fish_complete_command)'",
  other: "-x"
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`

const valueFlags = (value: string): string => {
  const choices = choicesOf(value)
  return choices.length > 0 ? `-x -a ${quoted(choices.join(" "))}` : VALUES[kindOf(value)]
}

const optionLine = (condition: string, { name, value, summary }: OptionDoc): string =>
  `complete -c effecttalk -n '${condition}' -l ${name.slice(2)}${value === null ? "" : ` ${valueFlags(value)}`} -d ${quoted(summary)}`

const commandLines = (command: CommandDoc): ReadonlyArray<string> => {
  const condition = `__effecttalk_in ${command.name}`
  const argument = argumentOf(command)
  const values =
    argument === null
      ? []
      : argument.choices.length > 0
        ? [`-n '${condition}' -a ${quoted(argument.choices.join(" "))}`]
        : argumentFlags(condition, argument.kind)
  return [
    ...command.options.map((option) => optionLine(condition, option)),
    ...values.map((flags) => `complete -c effecttalk ${flags}`)
  ]
}

/** What completes an argument that could be anything of its kind. */
const argumentFlags = (condition: string, kind: ValueKind): ReadonlyArray<string> => {
  if (kind === "session") return [`-n '${condition}' -a '(__effecttalk_sessions)'`]
  if (kind !== "backup") return []
  return [
    `-n '${condition}' -k -a '(__effecttalk_backups)'`,
    // A path only where no backup begins so.
    `-n '${condition}; and not __effecttalk_begins_backup' -F`
  ]
}

/** A script for fish: ~/.config/fish/completions/effecttalk.fish, or sourced. */
export const fishCompletions = (
  root: CommandDoc,
  commands: ReadonlyArray<CommandDoc>
): string => `# Completions of effecttalk for fish.
function __effecttalk_sessions
  effecttalk sessions 2>/dev/null | string match -r '^[0-9A-Za-z_-]{8} .*' | string replace -r ' +' \\t
end

function __effecttalk_backups
  effecttalk backups 2>/dev/null | string match -r '^\\S+\\.tar\\.gz .*' | string replace -r ' +' \\t
end

function __effecttalk_begins_backup
  set -l word (commandline -ct)
  contains -- "$word" (__effecttalk_backups | string sub -l (string length -- "$word"))
end

# Whether the command line is that of a command of effecttalk, before any --.
function __effecttalk_in
  set -l words (commandline -opc)
  contains -- -- $words; and return 1
  contains -- $argv[1] $words
end

function __effecttalk_command
  not contains -- -- (commandline -opc); and __fish_use_subcommand
end

function __effecttalk_wrapped
  set -l words (commandline -opc)
  contains -- ${WRAPPER} $words; and contains -- -- $words
end

# What follows -- completes as a command of its own.
function __effecttalk_complete_wrapped
  set -l words (commandline -opc)
  set -l dashes (contains -i -- -- $words)
  set -l rest (string escape -- $words[(math $dashes + 1)..-1])
  complete -C (string join ' ' -- $rest (commandline -ct))
end

complete -c effecttalk -f
complete -c effecttalk -n __effecttalk_wrapped -a '(__effecttalk_complete_wrapped)'
${commands.map(({ name, description }) => `complete -c effecttalk -n __effecttalk_command -a ${name} -d ${quoted(description[0] ?? "")}`).join("\n")}
complete -c effecttalk -n __effecttalk_command -a help -d 'Print help.'
complete -c effecttalk -n '__effecttalk_in help' -a ${quoted(commands.map(({ name }) => name).join(" "))}
complete -c effecttalk -n 'not contains -- -- (commandline -opc)' -l help -d 'Print help.'
${root.options.map((option) => optionLine("__effecttalk_command", option)).join("\n")}
${commands.flatMap(commandLines).join("\n")}
`
