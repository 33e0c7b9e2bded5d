import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { bytesOfId, idFromBytes, SessionId } from "../domain/ids.ts"
import { ConfigService } from "./ConfigService.ts"
import { PersistenceService } from "./PersistenceService.ts"

/** What a session begins with. */
export interface NewSession {
  /** Absolute. */
  readonly directory: string
  /** Absolute path of its shell. */
  readonly shell: string
  /** `effecttalk exec` makes it for a command. */
  readonly exec?: true
}

/** Begins a session under an id of SESSION_ID_LENGTH characters, of 5 random bits each; closed with the scope. */
export const newSession = Effect.fn("newSession")(function* ({ directory, shell, exec }: NewSession) {
  const { sessionIdLength: length } = yield* ConfigService
  const persistence = yield* PersistenceService
  const at = yield* Clock.currentTimeMillis
  const session = yield* Effect.sync(() => SessionId.make(idFromBytes(randomBytes(bytesOfId(length)), length)))
  return yield* persistence.createSession({
    _tag: "SessionCreated",
    at,
    session,
    workingDirectory: directory,
    shell,
    ...(exec && { exec })
  })
})
