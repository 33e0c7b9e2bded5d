/** `effecttalk paths`: the directories that EffectTalk reads and writes. */
import { join } from "node:path"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { configDirectory } from "../config/configFiles.ts"
import type { Environment } from "../config/sources.ts"
import { dataDirectory } from "../services/persistence/dataDirectory.ts"
import { METRICS_DIRECTORY } from "../services/telemetry/ProcessCounts.ts"
import { privateParents } from "../shell/privateDirectory.ts"
import { visibleText } from "../ui/blocks/visibleText.ts"
import { warnOf } from "./configProblems.ts"
import type { Surroundings } from "./open.ts"
import { alignColumns } from "./sessionTable.ts"
import { writeOut } from "./writeOut.ts"

/** Absolute paths; none of them need be there. */
export interface Paths {
  readonly data: string
  readonly sessions: string
  readonly archive: string
  /** Originals of what was damaged. */
  readonly quarantine: string
  readonly backups: string
  readonly logs: string
  readonly metrics: string
  readonly configuration: string
  /** Each shell has a directory of its own in it while it runs. Null where no place would take one. */
  readonly runtime: string | null
}

/** The directories by what they hold. */
export const pathsOf = (dataDir: string, environment: Environment): Paths => {
  const { root, active, archived, quarantine, backups } = dataDirectory(dataDir)
  return {
    data: root,
    sessions: active,
    archive: archived,
    quarantine,
    backups,
    logs: join(root, "logs"),
    metrics: join(root, METRICS_DIRECTORY),
    configuration: configDirectory(environment),
    runtime: privateParents(environment.XDG_RUNTIME_DIR)[0] ?? null
  }
}

const run = (json: boolean, { environment, configuration }: Surroundings) =>
  Effect.zipRight(
    warnOf(configuration),
    Effect.suspend(() => {
      const paths = pathsOf(configuration.config.dataDir, environment)
      const rows = Object.entries(paths).map(([name, path]) => [name, visibleText(path ?? "none")])
      return writeOut(json ? `${JSON.stringify(paths, null, 2)}\n` : `${alignColumns(rows).join("\n")}\n`)
    })
  )

/** Exact paths are JSON's; in the table control characters are made visible. */
export const pathsCommand = (surroundings: Surroundings) =>
  Command.make("paths", { json: Options.boolean("json").pipe(Options.withDescription("Print JSON.")) }, ({ json }) =>
    run(json, surroundings)
  ).pipe(Command.withDescription("Print the directories that EffectTalk reads and writes."))
