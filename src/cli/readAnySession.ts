import { join } from "node:path"
import * as Effect from "effect/Effect"
import { ConfigService } from "../services/ConfigService.ts"
import { PersistenceService } from "../services/PersistenceService.ts"
import { dataDirectory } from "../services/persistence/dataDirectory.ts"
import { PersistenceError } from "../services/persistence/PersistenceError.ts"
import { openSessionFiles } from "../services/persistence/SessionReader.ts"

/** The archive's lists are loaded when no active session is meant. */
const openArchived = Effect.fn("cli.openArchived")(function* (text: string) {
  const directory = dataDirectory((yield* ConfigService).dataDir)
  const { chooseArchived, listArchived } = yield* Effect.promise(() => import("../services/archive/archivedList.ts"))
  return yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        const { id, file, month } = chooseArchived(listArchived(directory), text)
        return openSessionFiles(join(directory.archived, month), id, file)
      },
      catch: (cause) => PersistenceError.from(cause, text)
    }),
    (reader) => Effect.sync(reader.close)
  )
})

/**
 * Opens the session that `text` names for reading until the scope ends: an active one by its id or a unique beginning of it,
 * else something of the archive by these or its name. Fails as `resolveSession` and `readSession` do.
 */
export const readAnySession = Effect.fn("cli.readAnySession")(function* (text: string) {
  const persistence = yield* PersistenceService
  return yield* Effect.flatMap(persistence.resolveSession(text), persistence.readSession).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "Unknown" || reason === "Malformed",
      // What neither knows is no session.
      (unknown) => Effect.mapError(openArchived(text), (error) => (error.reason === "Unknown" ? unknown : error))
    )
  )
})
