import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { bytesOfId, idFromBytes, SessionId } from "../domain/ids.ts"

/**
 * An id that no other session has.
 *
 * @param length in characters of 5 random bits each, 26 to 64 (SESSION_ID_LENGTH)
 */
export const newSessionId = (length: number): Effect.Effect<SessionId> =>
  Effect.sync(() => SessionId.make(idFromBytes(randomBytes(bytesOfId(length)), length)))
