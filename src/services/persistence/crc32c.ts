/** CRC-32C (Castagnoli), reflected polynomial, as in RFC 3720 appendix B.4; `node:zlib` only has CRC-32. */
const POLYNOMIAL = 0x82f63b78

/** Eight tables of 256 words ("slicing by 8"), so that eight bytes cost eight look-ups and no branch. */
const tables = new Int32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  tables[byte] = crc
}
for (let index = 256; index < tables.length; index++) {
  const previous = tables[index - 256]!
  tables[index] = (previous >>> 8) ^ tables[previous & 255]!
}

/**
 * The CRC-32C of `bytes[start, end)` as an unsigned 32-bit number.
 *
 * @param seed the result for the bytes before, so that pieces can be checked without being joined
 */
export const crc32c = (bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number => {
  // Plain indexing over typed arrays: every journaled byte passes here.
  const t = tables
  let crc = ~seed
  let at = start
  for (const stop = end - 7; at < stop; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc =
      t[1792 + (low & 255)]! ^
      t[1536 + ((low >>> 8) & 255)]! ^
      t[1280 + ((low >>> 16) & 255)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 255]!
  return ~crc >>> 0
}
