import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { crc32c } from "../../../src/services/persistence/crc32c.ts"
import {
  encodeJournalHeader,
  encodeRecord,
  recordPayload,
  scanJournal
} from "../../../src/services/persistence/journalCodec.ts"

const payloads = ["{}", '{"_tag":"x"}', "漢字 🙂", "", `"${"long ".repeat(20)}"`]
const header = encodeJournalHeader("s1")
const records = payloads.map((payload, index) => encodeRecord(index + 7, payload))
const journal = Buffer.concat([header, ...records])
/** Where each record ends. */
const ends = records.map((_, index) => header.length + Buffer.concat(records.slice(0, index + 1)).length)

const contents = (bytes: Buffer) =>
  scanJournal(bytes).records.map((record) => ({ sequence: record.sequence, payload: recordPayload(bytes, record) }))
const original = contents(journal)

describe("crc32c", () => {
  it("gives the check value of the catalogue and the vectors of RFC 3720", () => {
    assert.strictEqual(crc32c(Buffer.from("123456789")), 0xe3069283)
    assert.strictEqual(crc32c(Buffer.alloc(32)), 0x8a9136aa)
    assert.strictEqual(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
    assert.strictEqual(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index))), 0x46dd794e)
  })

  it("is the same over pieces", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(64), (bytes, at) => {
        const cut = Math.min(at, bytes.length)
        assert.strictEqual(crc32c(bytes, cut, bytes.length, crc32c(bytes, 0, cut)), crc32c(bytes))
      })
    )
  })
})

describe("scanJournal", () => {
  it("reads back what was written", () => {
    const scan = scanJournal(journal)
    assert.deepStrictEqual(scan.header, { version: 1, sessionId: "s1", length: header.length })
    assert.deepStrictEqual(
      original.map(({ payload }) => payload),
      payloads
    )
    assert.deepStrictEqual(scan.gaps, [])
    assert.strictEqual(scan.end, journal.length)
    assert.strictEqual(scan.tornBytes, 0)
  })

  it("keeps every complete record of a journal cut at any byte, and calls the rest a torn tail", () => {
    for (let length = 0; length <= journal.length; length++) {
      const cut = journal.subarray(0, length)
      const whole = ends.filter((end) => end <= length).length
      assert.deepStrictEqual(contents(cut), original.slice(0, whole), `cut at ${length}`)
      const scan = scanJournal(cut)
      assert.strictEqual(scan.end + scan.tornBytes, length)
      assert.deepStrictEqual(scan.gaps, [])
    }
  })

  it("loses only the record that a damaged byte is in, and says where", () => {
    for (let at = 0; at < journal.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(journal)
        damaged[at]! ^= flip
        const hit = ends.findIndex((end) => at < end)
        const expected = at < header.length ? original : original.filter((_, index) => index !== hit)
        assert.deepStrictEqual(contents(damaged), expected, `byte ${at} ^ ${flip}`)
        const scan = scanJournal(damaged)
        if (at < header.length) assert.isNull(scan.header)
        else if (hit === records.length - 1) assert.strictEqual(scan.tornBytes, records.at(-1)!.length)
        else assert.deepStrictEqual(scan.gaps, [hit])
      }
    }
  })

  it("never takes a record that does not follow, whole as it may be", () => {
    const stale = Buffer.concat([header, records[0]!, records[1]!, records[0]!, records[2]!])
    assert.deepStrictEqual(contents(stale), original.slice(0, 3))
    assert.deepStrictEqual(scanJournal(stale).gaps, [2])
    const ahead = Buffer.concat([header, records[0]!, encodeRecord(1_000_000, "{}"), records[1]!])
    assert.deepStrictEqual(contents(ahead), original.slice(0, 2))
    const missing = Buffer.concat([header, records[0]!, records[2]!])
    assert.deepStrictEqual(scanJournal(missing).gaps, [1])
  })

  it("finds nothing in noise, at once", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
        assert.deepStrictEqual(scanJournal(Buffer.from(bytes)).records, [])
      })
    )
  })
})
