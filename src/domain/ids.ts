import * as Schema from "effect/Schema"

/** Characters of a random id: 128 bits in base 32 without vowels' look-alikes (Crockford's alphabet, lower case). */
const ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
/** Bits that a character holds. */
const CHARACTER_BITS = 5
/** 26 characters hold the 128 random bits. */
const ID_LENGTH = 26
/** What an id from outside may look like: no path, no option, no control byte. */
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** The name of a session, also of its files. */
export const SessionId = Schema.String.pipe(Schema.pattern(ID_PATTERN), Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

/** The name of a block, unique within every session. */
export const BlockId = Schema.String.pipe(Schema.pattern(ID_PATTERN), Schema.brand("BlockId"))
export type BlockId = typeof BlockId.Type

/** Random bytes that an id of `length` characters is spelled from. */
export const bytesOfId = (length: number = ID_LENGTH): number => Math.ceil((length * CHARACTER_BITS) / 8)

/**
 * Spells random bytes as an id.
 *
 * @param bytes at least `bytesOfId(length)` random bytes
 */
export const idFromBytes = (bytes: Uint8Array, length: number = ID_LENGTH): string => {
  let id = ""
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    held += 8
    while (held >= CHARACTER_BITS && id.length < length) {
      held -= CHARACTER_BITS
      id += ID_ALPHABET[(bits >> held) & 31]
    }
    bits &= (1 << held) - 1
  }
  return id
}
