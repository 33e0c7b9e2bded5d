import * as Schema from "effect/Schema"
import { BlockId, SessionId } from "../../domain/ids.ts"

/** What is to be forgotten: a session, or one of its blocks. It holds no text, so that it can be written down meanwhile. */
export const ForgetTarget = Schema.Struct({
  session: SessionId,
  block: Schema.NullOr(
    Schema.Struct({
      id: BlockId,
      /** As in its header. */
      number: Schema.Int,
      /** When its command started, in milliseconds since the epoch: by that the history knows it. Null when it never did. */
      startTime: Schema.NullOr(Schema.Number)
    })
  )
})
export type ForgetTarget = typeof ForgetTarget.Type

/** True when both mean the same. */
export const isSameTarget = (one: ForgetTarget, other: ForgetTarget): boolean =>
  one.session === other.session && one.block?.id === other.block?.id

/** Characters of an id that tell a session from the others of a person. */
const SHORT_ID = 8

/** `b3 of session 3k9d0x2m`, for a message. */
export const targetName = ({ session, block }: ForgetTarget): string => {
  const name = `session ${session.slice(0, SHORT_ID)}`
  return block === null ? name : `b${block.number} of ${name}`
}
