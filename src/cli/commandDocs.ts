/** What the help and the shell completions are printed from: what the option parser itself knows of each command. */
import * as CliConfig from "@effect/cli/CliConfig"
import type * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"

/** An option of a command. */
export interface OptionDoc {
  /** `--json`. */
  readonly name: string
  /** What its value is called, null for none. */
  readonly value: string | null
  readonly summary: string
}

/** Something that a command takes beside options. */
export interface ArgumentDoc {
  readonly name: string
  /** It may be left out. */
  readonly optional: boolean
  /** Everything that it may be, empty when that has no end. */
  readonly choices: ReadonlyArray<string>
  readonly summary: string
}

/** A command of `effecttalk`, or `effecttalk` itself. */
export interface CommandDoc {
  readonly name: string
  /** The first sentence about it, then the rest. */
  readonly description: ReadonlyArray<string>
  readonly arguments: ReadonlyArray<ArgumentDoc>
  readonly options: ReadonlyArray<OptionDoc>
}

/** SGR, the only sequence that the parser's documents hold. */
const SGR = /\x1b\[[\d;]*m/g

/** A document in one line without colours. */
export const plainText = (doc: HelpDoc.HelpDoc): string =>
  HelpDoc.toAnsiText(doc).replace(SGR, "").replace(/\s+/g, " ").trim()

/** What the parser writes about what need not be given. */
const OPTIONAL = ["This setting is optional.", "This argument may be repeated zero or more times."]
/** Paragraphs that the parser writes about every option. */
const SAYS_NOTHING = new Set([
  ...OPTIONAL,
  "A user-defined piece of text.",
  "A true or false value.",
  "This option may be repeated zero or more times."
])
const CHOICES = /^One of the following: (.*)$/

const flatten = (doc: HelpDoc.HelpDoc): ReadonlyArray<HelpDoc.HelpDoc> =>
  doc._tag === "Sequence" ? [...flatten(doc.left), ...flatten(doc.right)] : [doc]

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  flatten(doc)
    .map(plainText)
    .filter((text) => text !== "")

const spanText = (span: Parameters<typeof HelpDoc.p>[0]): string => plainText(HelpDoc.p(span))

/** What the parser knows of a command. */
export const documentCommand = <Name extends string, R, E, A>({
  descriptor
}: Command.Command<Name, R, E, A>): CommandDoc => {
  const [name = ""] = CommandDescriptor.getNames(descriptor)
  const description: Array<string> = []
  const args: Array<ArgumentDoc> = []
  const options: Array<OptionDoc> = []
  let section = ""
  for (const part of flatten(CommandDescriptor.getHelp(descriptor, CliConfig.make({ showBuiltIns: false })))) {
    if (part._tag === "Header") section = spanText(part.value)
    else if (part._tag === "Paragraph" && section === "DESCRIPTION") description.push(...paragraphs(part))
    else if (part._tag === "DescriptionList") {
      for (const [term, about] of part.definitions) {
        const said = paragraphs(about)
        const summary = said.filter((text) => !SAYS_NOTHING.has(text) && !CHOICES.test(text)).join(" ")
        if (section === "ARGUMENTS") {
          const choices = said.flatMap((text) => CHOICES.exec(text)?.[1]?.split(", ") ?? [])
          const name = spanText(term).replace(/^<(.*)>.*$/, "$1")
          args.push({ name, choices, summary, optional: said.some((text) => OPTIONAL.includes(text)) })
        } else if (section === "OPTIONS") {
          const [, option = "", value] = /(--[\w-]+)\)?(?: (.*))?$/.exec(spanText(term)) ?? []
          options.push({ name: option, value: value ?? null, summary })
        }
      }
    }
  }
  return { name, description, arguments: args, options }
}
