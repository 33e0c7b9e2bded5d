import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { SessionId } from "../../domain/ids.ts"

/*
 * How a session is asked for, over a Unix socket that only its user can reach. Lines of JSON, each once:
 *
 *   owner  {"effecttalk":1,"pid":4711}        it is there: one that is stopped says nothing, and is asked for nothing
 *   asker  {"take":"<session id>","pid":815}
 *   owner  {"given":true} | {"given":false,"why":"…"}
 *
 * `given` is said once the session's lock is released. Who asks goes away when it waits no longer; an owner that finds the
 * asker gone gives nothing.
 */

/** Version of the protocol. */
export const PROTOCOL_VERSION = 1
/** Longest line, in bytes. */
export const MAX_LINE_BYTES = 4096
/** Longest reason that is repeated, in UTF-16 units. */
export const MAX_WHY_LENGTH = 200

/** What the owner says first. */
export const Greeting = Schema.Struct({ effecttalk: Schema.Literal(PROTOCOL_VERSION), pid: Schema.Int })

/** What is asked. */
export const TakeRequest = Schema.Struct({ take: SessionId, pid: Schema.Int })
export type TakeRequest = typeof TakeRequest.Type

/** What the owner answers. */
export const Answer = Schema.Struct({ given: Schema.Boolean, why: Schema.optionalWith(Schema.String, { exact: true }) })

/** A line's value, null for what does not fit. */
export const parseLine = <A, I>(schema: Schema.Schema<A, I>, line: string): A | null =>
  Either.getOrNull(Schema.decodeUnknownEither(Schema.parseJson(schema))(line))

/** Gathers bytes until the first line is there; null while it is not, and undefined once it is too long to be one. */
export class LineReader {
  #bytes = Buffer.alloc(0)

  push(bytes: Buffer): string | null | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    const end = this.#bytes.indexOf(10)
    if (end > MAX_LINE_BYTES || (end < 0 && this.#bytes.length > MAX_LINE_BYTES)) return undefined
    if (end < 0) return null
    const line = this.#bytes.toString("utf8", 0, end)
    this.#bytes = this.#bytes.subarray(end + 1)
    return line
  }
}
