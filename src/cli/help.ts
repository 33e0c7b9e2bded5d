import type { CommandDoc, OptionDoc } from "./commandDocs.ts"

/** Width that the help is laid out for, in columns: the narrowest terminal that is common. */
const HELP_COLUMNS = 80
/** Widest first column, in columns; what is longer has its description below. */
const MAX_TERM_COLUMNS = 24

/** What follows a command's options and is not the parser's to know. */
const USAGE_TAILS: Readonly<Record<string, string>> = { exec: "-- <command...>" }

/** Words in rows of at most `columns`; a word that is longer has a row of its own. */
const wrapWords = (words: ReadonlyArray<string>, columns: number): ReadonlyArray<string> => {
  const rows: Array<string> = []
  for (const word of words) {
    const last = rows.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) rows[rows.length - 1] = `${last} ${word}`
    else rows.push(word)
  }
  return rows
}

const wrap = (text: string, columns: number) => wrapWords(text.split(" "), columns)

/** Terms with what they mean beside them. */
const definitions = (rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const width = Math.min(MAX_TERM_COLUMNS, Math.max(...rows.map(([term]) => term.length)))
  const indent = " ".repeat(width + 4)
  return rows.flatMap(([term, meaning]) => {
    const [first = "", ...rest] = wrap(meaning, HELP_COLUMNS - indent.length)
    const head = term.length > width ? [`  ${term}`, indent + first] : [`  ${term.padEnd(width)}  ${first}`]
    return [...head, ...rest.map((row) => indent + row)].map((row) => row.trimEnd())
  })
}

const optionTerm = ({ name, value }: OptionDoc): string => (value === null ? name : `${name} <${value}>`)

const usage = (command: string, doc: CommandDoc): ReadonlyArray<string> => {
  const tail = USAGE_TAILS[doc.name]
  const words = [
    ...doc.options.map((option) => `[${optionTerm(option)}]`),
    ...doc.arguments.map(({ name, optional }) => (optional ? `[<${name}>]` : `<${name}>`)),
    ...(tail === undefined ? [] : [tail])
  ]
  const [first = "", ...rest] = wrapWords(words, HELP_COLUMNS - command.length - 3)
  return [`  ${command} ${first}`.trimEnd(), ...rest.map((row) => " ".repeat(command.length + 3) + row)]
}

/** How headings look. */
export interface HelpLook {
  readonly bold: (text: string) => string
}

/** The help without colours. */
export const PLAIN: HelpLook = { bold: (text) => text }
/** The help for a terminal. */
export const STYLED: HelpLook = { bold: (text) => `\x1b[1m${text}\x1b[0m` }

const section = (look: HelpLook, title: string, rows: ReadonlyArray<string>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", look.bold(`${title}:`), ...rows]

const about = (description: ReadonlyArray<string>): ReadonlyArray<string> =>
  description.flatMap((paragraph) => ["", ...wrap(paragraph, HELP_COLUMNS)]).slice(1)

const optionRows = (options: ReadonlyArray<OptionDoc>): ReadonlyArray<string> =>
  options.length === 0 ? [] : definitions(options.map((option) => [optionTerm(option), option.summary]))

/** The help of `effecttalk` itself: what it does without a command, and the commands. */
export const rootHelp = (
  root: CommandDoc,
  commands: ReadonlyArray<CommandDoc>,
  version: string,
  look: HelpLook
): string =>
  [
    look.bold(`EffectTalk ${version}`),
    ...about(root.description),
    ...section(look, "Usage", [`  ${root.name} [options]`, `  ${root.name} <command> [options]`]),
    ...section(look, "Commands", definitions(commands.map(({ name, description }) => [name, description[0] ?? ""]))),
    ...section(look, "Options", optionRows(root.options)),
    "",
    `${root.name} help <command> tells more about a command.`,
    ""
  ].join("\n")

/** The help of one command. */
export const commandHelp = (root: CommandDoc, doc: CommandDoc, look: HelpLook): string =>
  [
    ...about(doc.description),
    ...section(look, "Usage", usage(`${root.name} ${doc.name}`, doc)),
    ...section(
      look,
      "Arguments",
      doc.arguments.length === 0
        ? []
        : definitions(
            doc.arguments.map(({ name, choices, summary }) => [
              `<${name}>`,
              choices.length === 0 ? summary : `${summary} One of ${choices.join(", ")}.`
            ])
          )
    ),
    ...section(look, "Options", optionRows(doc.options)),
    ""
  ].join("\n")
