import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"

const session = Args.text({ name: "id" }).pipe(
  Args.withDescription("The session to archive: its id or a unique beginning of it."),
  Args.optional
)
const olderThan = Options.text("older-than").pipe(
  Options.withPseudoName("age"),
  Options.withDescription("Archive all sessions that were last used so long ago: 7d, 2w, 36h."),
  Options.optional
)
const list = Options.boolean("list").pipe(Options.withDescription("Print what is in the archive, newest first."))
const json = Options.boolean("json").pipe(Options.withDescription("With --list: print one JSON array."))
const restore = Options.text("restore").pipe(
  Options.withPseudoName("id or name"),
  Options.withDescription("Bring something back as a session; a snapshot stays in the archive too."),
  Options.optional
)

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Move sessions to the archive, list what is there, or bring it back."),
  HelpDoc.p("Pinned sessions and those that are open stay with --older-than, and are named.")
])

/** `effecttalk archive <id>`, `--older-than <age>`, `--list` and `--restore <id or name>`. */
export const archiveCommand = Command.make("archive", { session, olderThan, list, json, restore }, (options) =>
  Effect.flatMap(
    Effect.promise(() => import("./archive/runArchive.ts")),
    ({ runArchive }) => runArchive(options)
  )
).pipe(Command.withDescription(DESCRIPTION))
