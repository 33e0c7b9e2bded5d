import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { BlockId } from "../../../src/domain/ids.ts"
import { REDACTED, redact } from "../../../src/domain/redact.ts"
import { emptySession, reduce } from "../../../src/domain/reduce.ts"
import { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { KeptBytes, liveOutput } from "../../../src/services/liveScreen.ts"
import { EventRedactor } from "../../../src/services/persistence/EventRedactor.ts"
import { KeptOutput } from "../../../src/services/persistence/KeptOutput.ts"
import { redactTyped } from "../../../src/services/persistence/redactTexts.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"
import { loadDocument, saveDocument } from "../../../src/services/persistence/sessionDocuments.ts"
import { eventually } from "../../harness/eventually.ts"
import { created, finished, optionsFor, printed, SESSION, started, temporaryDirectory, withFile } from "./sessions.ts"

/** Assembled, so that no scanner takes this file for a leak. */
const token = `ghp_${"Ab3x".repeat(9)}`
const begin = `-----BEGIN RSA PRIVATE ${"KEY"}-----`
const end = `-----END RSA PRIVATE ${"KEY"}-----`
const body = "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi"

const unfinished = (name: string, firstLine: number, ...lines: ReadonlyArray<string>): SessionEvent =>
  ({ ...printed(name, firstLine, lines), unfinished: true }) as SessionEvent

/** Everything that the session's files hold. */
const onDisk = (dataDir: string): string =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n")

/** A value of a schema in which every free text, names of records included, holds a secret. */
const filled = (ast: AST.AST): unknown => {
  switch (ast._tag) {
    case "StringKeyword":
      return `x ${token}`
    case "NumberKeyword":
      return 1
    case "BooleanKeyword":
      return true
    case "Literal":
      return ast.literal
    case "Refinement": {
      const from = filled(ast.from)
      // A brand: an id, which may be anything but has a form.
      return typeof from === "string" ? "b1" : from
    }
    case "Union":
      return filled(ast.types[0]!)
    case "TupleType":
      return [...ast.elements.map(({ type }) => filled(type)), ...ast.rest.map(({ type }) => filled(type))]
    case "TypeLiteral":
      return Object.fromEntries([
        ...ast.propertySignatures.map(({ name, type }) => [name, filled(type)]),
        ...ast.indexSignatures.map(({ type }) => [token, filled(type)])
      ])
    default:
      throw new Error(`a schema of a kind that events did not have: ${ast._tag}`)
  }
}

const union = Schema.typeSchema(SessionEvent).ast as AST.Union

describe("every event", () => {
  const session = [created, started("b1")].reduce(reduce, emptySession(created))

  it.each(union.types.map((ast) => [(filled(ast) as SessionEvent)._tag, filled(ast) as SessionEvent] as const))(
    "%s is stored without what its texts hold, and with its ids",
    (tag, given) => {
      // What is held back is another matter.
      const event = given._tag === "OutputFrozen" ? { ...given, unfinished: false } : given
      const redactor = new EventRedactor()
      const { events, counted } = redactor.storable(event, session)
      // What the user has looked at and found harmless.
      if (tag === "SecretsKept") return assert.deepStrictEqual(events, [event])
      assert.notInclude(JSON.stringify(events), token)
      const [stored] = events
      assert.strictEqual(stored?._tag, tag)
      for (const name of [
        "block",
        "blocks",
        "session",
        "archive",
        "status",
        "origin",
        "stream",
        "why",
        "at"
      ] as const) {
        assert.deepStrictEqual(stored?.[name as never], event[name as never], name)
      }
      const hasText = JSON.stringify(event).includes(token)
      if ("block" in event && hasText) assert.isAbove(counted?.count ?? 0, 0)
      for (const kept of events) assert.doesNotThrow(() => Schema.decodeUnknownSync(SessionEvent)(kept))
    }
  )
})

/** Events as they happened, and as they are stored. */
const stored = (events: ReadonlyArray<SessionEvent>) => {
  const redactor = new EventRedactor()
  let session = emptySession(created)
  const kept: Array<SessionEvent> = []
  for (const event of events) {
    const storable = redactor.storable(event, session).events
    session = storable.reduce(reduce, session)
    kept.push(...storable)
  }
  return { redactor, session, events: kept }
}

const linesOf = (events: ReadonlyArray<SessionEvent>) => {
  const output = KeptOutput.empty()
  for (const event of events) if (event._tag === "OutputFrozen") output.add(event)
  return output
}

describe("output", () => {
  it("is redacted across events, streams apart, and counted once however often a line is printed anew", () => {
    const events = [
      started("a", `curl -H 'Authorization: Bearer ${token}'`),
      printed("a", 0, ["one", begin, body]),
      printed("a", 0, [body], "stderr"),
      printed("a", 3, [body, end, `t ${token}`]),
      printed("a", 5, [`t \x1b[1m${token.slice(0, 9)}\x1b[0m${token.slice(9)} x`, "two"]),
      finished("a", 7)
    ]
    const { session, events: kept } = stored(events)
    assert.deepStrictEqual(
      linesOf(kept.filter((event) => event._tag === "OutputFrozen" && event.stream === undefined)).lines,
      ["one", begin, REDACTED, REDACTED, end, `t \x1b[1m${REDACTED}\x1b[0m x`, "two"]
    )
    assert.include(JSON.stringify(kept), `"lines":["${body}"]`)
    assert.strictEqual(session.blocks[0]?.metadata.redacted, 3)
    assert.include(session.blocks[0]?.command, REDACTED)
  })

  it("holds the end of an unfinished line back until it is finished", () => {
    const events = [started("a"), unfinished("a", 0, "key", `it is ${token.slice(0, 12)}`)]
    const half = stored(events)
    assert.deepStrictEqual(linesOf(half.events).lines, ["key", "it is "])
    assert.isTrue(half.redactor.holds)
    const whole = stored([...events, printed("a", 1, [`it is ${token}`, "done"])])
    assert.deepStrictEqual(linesOf(whole.events).lines, ["key", `it is ${REDACTED}`, "done"])
    assert.isFalse(whole.redactor.holds)
    const ended = stored([...events, finished("a", 2)])
    assert.deepStrictEqual(linesOf(ended.events).lines, ["key", `it is ${token.slice(0, 12)}`])
    assert.isTrue(linesOf(ended.events).unfinished)
    assert.isFalse(ended.redactor.holds)
  })

  it("comes to the same, however it is cut into events and printed anew", () => {
    const line = fc.constantFrom(
      begin,
      body,
      body,
      body,
      end,
      "",
      "$ ls",
      `x ${token} y`,
      "Proc-Type: 4,ENCRYPTED",
      "PASSWORD=geheim "
    )
    const step = fc.record({
      back: fc.constantFrom(0, 0, 0, 1, 2, 5, 1000),
      lines: fc.array(line, { maxLength: 5 }),
      cut: fc.option(fc.nat(60))
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const events: Array<SessionEvent> = [started("a")]
        let next = 0
        for (const { back, lines, cut } of steps) {
          const firstLine = Math.max(0, next - back)
          const last = lines.at(-1)?.slice(0, cut ?? undefined)
          const open = cut !== null && last !== undefined && last !== ""
          events.push(open ? unfinished("a", firstLine, ...lines.slice(0, -1), last) : printed("a", firstLine, lines))
          // What follows an unfinished line replaces it.
          next = firstLine + lines.length - (open ? 1 : 0)
        }
        const raw = linesOf(events)
        const { events: kept, session } = stored([...events, finished("a", 0)])
        const { text, count } = redact(`${raw.lines.join("\n")}\n`)
        assert.deepStrictEqual(linesOf(kept).lines, raw.lines.length === 0 ? [] : text.slice(0, -1).split("\n"))
        assert.strictEqual(session.blocks[0]?.metadata.redacted ?? 0, count)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("a block that the user has cleared of suspicion", () => {
  it("is stored as it was printed from then on, and its count is gone", () => {
    const { session, events } = stored([
      started("a", `echo ${token}`),
      printed("a", 0, [token]),
      { _tag: "SecretsKept", at: 9, block: BlockId.make("a"), command: `echo ${token}`, notices: [] },
      printed("a", 0, [token, token]),
      finished("a", 2)
    ])
    assert.deepStrictEqual(linesOf(events).lines, [token, token])
    assert.strictEqual(session.blocks[0]?.command, `echo ${token}`)
    assert.isUndefined(session.blocks[0]?.metadata.redacted)
  })
})

describe("text that is being typed", () => {
  it.each([
    ["git status", "git status"],
    [`curl -u ada:${token.slice(0, 10)}`, `curl -u ada:${REDACTED}`],
    [`export T=${token} x`, `export T=${REDACTED} x`],
    ["psql postgres://ada:hunter2", `psql postgres://ada:${REDACTED}`],
    ['x\nexport DB_PASSWORD="correct horse bat', `x\nexport DB_PASSWORD=${REDACTED}`],
    ["curl -H 'Authorization: Basic dXNlcj", `curl -H 'Authorization: Basic ${REDACTED}`],
    ["TOKEN=abc", `TOKEN=${REDACTED}`],
    ["TOKEN=$TOK", "TOKEN=$TOK"],
    [`TOKEN=${token}`, `TOKEN=${REDACTED}`],
    ["curl http://localhost:3000", "curl http://localhost:3000"],
    ["git commit -m 'key: value", "git commit -m 'key: value"],
    ["cat ~/.ssh/id_ed25519 task-runner", "cat ~/.ssh/id_ed25519 task-runner"],
    ["curl https://example.org", "curl https://example.org"]
  ])("%s", (typed, kept) => assert.strictEqual(redactTyped(typed), kept))
})

describe("a session's files", () => {
  it("never hold a secret, nor half of one that is printed in two writes, and the session says how many there were", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir)
    const file = SessionFile.create(created, options)
    const seen: Array<SessionEvent> = []
    const half = token.slice(0, 20)
    file.append(started("a", `login ${token}`), (event) => seen.push(event))
    file.append(unfinished("a", 0, `token: ${half}`))
    const { appended, durable } = await file.flush()
    assert.strictEqual(appended, durable + 1, "what is held back is not saved")
    assert.notInclude(onDisk(dataDir), half)
    assert.deepStrictEqual(file.output(BlockId.make("a"))?.lines, ["token: "])
    await file.compact()
    file.append(printed("a", 0, [`token: ${token}`]), (event) => seen.push(event))
    for (const event of [
      { _tag: "BlockNoted", at: 1, block: BlockId.make("a"), note: token },
      { _tag: "BlockRenamed", at: 1, block: BlockId.make("a"), name: token },
      { _tag: "SessionRenamed", at: 1, name: `mine ${token}` },
      { _tag: "InputKept", at: 1, input: `echo ${token}` },
      unfinished("a", 1, `again ${half}`)
    ] as const)
      file.append(event, (added) => seen.push(added))
    await file.flush()
    assert.notInclude(onDisk(dataDir), half)
    assert.deepStrictEqual(
      seen.map((event) => event._tag === "SecretsRedacted" && event.count),
      [1, 2, 3, 4]
    )
    await file.close()
    assert.notInclude(onDisk(dataDir), token)
    await withFile(options, (again) => {
      assert.deepStrictEqual(again.output(BlockId.make("a"))?.lines, [`token: ${REDACTED}`, `again ${half}`])
      const { metadata } = again.session.blocks[0]!
      assert.deepStrictEqual([metadata.redacted, metadata.note, metadata.name], [4, REDACTED, undefined])
      assert.strictEqual(again.session.metadata.name, `mine ${REDACTED}`)
      assert.strictEqual(again.session.metadata.input, `echo ${REDACTED}`)
    })
  })

  it("count what was in a line that nobody has ended when the session was closed", async () => {
    const options = optionsFor(temporaryDirectory())
    const file = SessionFile.create(created, options)
    for (const event of [started("a"), printed("a", 0, [token]), unfinished("a", 1, `x ${token}`)]) file.append(event)
    await file.close()
    const [block] = loadDocument(options.directory, SESSION).blocks
    assert.deepStrictEqual([block?.stdout, block?.metadata.redacted], [`${REDACTED}\nx ${REDACTED}`, 2])
  })

  it("count what was on the live screen of a terminal that was killed", async () => {
    const dataDir = temporaryDirectory()
    const options = optionsFor(dataDir)
    const file = SessionFile.create(created, options)
    file.append(started("a"))
    file.append(printed("a", 0, [`x ${token}`, begin]))
    const lines = [body, body, end, `y ${token} ${REDACTED}`, `z ${token.slice(0, 20)}`]
    const runs = [{ firstLine: 2, lines }]
    file.keepScreens([{ block: BlockId.make("a"), stream: "stdout", runs, unfinished: true, hiddenBytes: 0 }])
    await eventually(() => assert.include(onDisk(dataDir), "z "))
    // Beside the living process another reads what one that was killed would leave.
    assert.notInclude(onDisk(dataDir), token.slice(0, 20))
    const [block] = loadDocument(options.directory, SESSION).blocks
    assert.strictEqual(
      block?.stdout,
      [`x ${REDACTED}`, begin, REDACTED, REDACTED, end, `y ${REDACTED} ${REDACTED}`, "z "].join("\n")
    )
    assert.strictEqual(block?.metadata.redacted, 3)
    await file.close()
  })

  it("hold no private key that begins before the lines that the output limit has taken from a live screen", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    file.append(started("a"))
    const runs = [
      { firstLine: 0, lines: [begin] },
      { firstLine: 9, lines: [body, end, "over"] }
    ]
    file.keepScreens([{ block: BlockId.make("a"), stream: "stdout", runs, unfinished: false, hiddenBytes: 9 }])
    await eventually(() => assert.include(onDisk(dataDir), "over"))
    assert.notInclude(onDisk(dataDir), body)
    await file.close()
  })

  it("hold no private key that begins in lines that there was no room for on a live screen", async () => {
    const dataDir = temporaryDirectory()
    const file = SessionFile.create(created, optionsFor(dataDir))
    file.append(started("a"))
    const lines = [begin, "x".repeat(50), body, end, `over ${"y ".repeat(100)}`]
    const untaken = { runs: [{ firstLine: 0, lines }], open: false, before: 0 }
    const output = liveOutput(BlockId.make("a"), "stdout", untaken, new KeptBytes(), 300)
    assert.deepStrictEqual([output.above, output.runs[0]?.lines[0]], [lines.slice(0, 2), body])
    file.keepScreens([output])
    await eventually(() => assert.include(onDisk(dataDir), "over"))
    assert.notInclude(onDisk(dataDir), body)
    assert.notInclude(onDisk(dataDir), "above")
    await file.close()
  })

  it("hold none of a whole document that is stored, and counts what it left out on top of what was", async () => {
    const dataDir = temporaryDirectory()
    const { directory, processes } = optionsFor(dataDir)
    const file = SessionFile.create(created, optionsFor(dataDir))
    for (const event of [started("a"), printed("a", 0, [token]), finished("a", 1)]) file.append(event)
    await file.close()
    const document = loadDocument(directory, SESSION)
    const [block] = document.blocks
    const key = [begin, body, body, end, ...Array.from({ length: 9000 }, () => `x ${token}`), ""].join("\n")
    const metadata = { ...block!.metadata, note: token }
    await saveDocument(
      directory,
      {
        ...document,
        environment: { EDITOR: "vi", REMOTE: `https://ada:${token}@example.org` },
        blocks: [{ ...block!, command: `echo ${token}`, stdout: key, stderr: `${token}\n`, metadata }]
      },
      processes
    )
    assert.notInclude(onDisk(dataDir), token)
    const again = loadDocument(directory, SESSION)
    assert.deepStrictEqual(again.metadata.redacted, ["REMOTE"])
    assert.strictEqual(again.blocks[0]?.stderr, `${REDACTED}\n`)
    assert.notInclude(again.blocks[0]!.stdout, body)
    // One of before, a key and 9000 tokens, one each in stderr, command and note.
    assert.strictEqual(again.blocks[0]!.metadata.redacted, 1 + 9001 + 3)
  })
})
