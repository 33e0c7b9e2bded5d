import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { EXPORT_FORMATS } from "../export/ExportFormat.ts"
import { toCliError } from "./CliError.ts"
import type { Surroundings } from "./open.ts"

const id = Args.text({ name: "id" }).pipe(Args.withDescription("The session's id, or a unique beginning of it."))

const block = Options.text("block").pipe(
  Options.withPseudoName("number or @name"),
  Options.withDescription("Only this block: the number in its header, or the name you gave it."),
  Options.optional
)
const format = Options.choice("format", EXPORT_FORMATS).pipe(
  Options.withPseudoName("format"),
  Options.withDescription("As text, markdown, html or json; else as the file's name says, or text."),
  Options.optional
)
const output = Options.text("output").pipe(
  Options.withPseudoName("file"),
  Options.withDescription("Write this file, for you alone, instead of standard output."),
  Options.optional
)
const raw = Options.boolean("raw").pipe(Options.withDescription("Leave in what looks like a secret."))

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Write a session or a block as text, Markdown, HTML or JSON."),
  HelpDoc.p("What looks like a secret is taken out, and how often is said on standard error.")
])

/** `effecttalk export <id>`: a session or a block of it, without its secrets, in a form for others. */
export const exportCommand = ({ environment }: Surroundings) =>
  Command.make("export", { id, block, format, output, raw }, (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./export/printExport.ts")),
      ({ printExport }) =>
        Effect.mapError(
          printExport({
            session: options.id,
            block: Option.getOrNull(options.block),
            format: Option.getOrNull(options.format),
            output: Option.getOrNull(options.output),
            raw: options.raw,
            home: environment.HOME ?? "/"
          }),
          toCliError
        )
    )
  ).pipe(Command.withDescription(DESCRIPTION))
