import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SessionId } from "../../domain/ids.ts"
import type { TextRange } from "../../domain/textPattern.ts"
import { headerText, type TextLook } from "../../export/blockText.ts"
import { ConfigService } from "../../services/ConfigService.ts"
import { dataDirectory } from "../../services/persistence/dataDirectory.ts"
import { PersistenceError } from "../../services/persistence/PersistenceError.ts"
import {
  type FoundBlock,
  type FoundLine,
  type SearchQuery,
  searchSessions
} from "../../services/search/searchSessions.ts"
import { sessionNamed } from "../../services/search/storedFiles.ts"
import { sanitise } from "../../terminal/sanitise.ts"
import { visibleText } from "../../ui/blocks/visibleText.ts"
import { CliError, toCliError } from "../CliError.ts"
import { writeOut } from "../writeOut.ts"

/** What `effecttalk search` was told. */
export interface SearchOptions {
  readonly pattern: string
  readonly regex: boolean
  readonly word: boolean
  readonly caseSensitive: boolean
  readonly ignoreCase: boolean
  readonly commands: boolean
  readonly failed: boolean
  /** A session's id or a unique beginning of it. */
  readonly session: Option.Option<string>
  readonly limit: Option.Option<string>
  readonly json: boolean
}

/** Characters of a session's id in front of its blocks. */
const SHORT_ID = 8

const usage = (line: string) => new CliError({ exitCode: 2, line })

const problemOf = ({ pattern, caseSensitive, ignoreCase, limit }: SearchOptions): string | null => {
  if (pattern === "") return "search needs something to look for"
  if (caseSensitive && ignoreCase) return "--case-sensitive and --ignore-case exclude each other"
  return Option.exists(limit, (count) => !/^[1-9]\d*$/.test(count)) ? "--limit takes a number from 1 on" : null
}

const queryOf = (options: SearchOptions, session: SessionId | null): SearchQuery => ({
  pattern: options.pattern,
  regex: options.regex,
  words: options.word,
  caseSensitive: options.caseSensitive ? true : options.ignoreCase ? false : "smart",
  commandsOnly: options.commands,
  failedOnly: options.failed,
  ...(session !== null && { session })
})

/** The text with its matches bold. */
const emphasised = (text: string, ranges: ReadonlyArray<TextRange>): string => {
  let shown = ""
  let at = 0
  for (const { from, to } of ranges) {
    shown += `${sanitise(text.slice(at, from))}\x1b[1;33m${sanitise(text.slice(from, to))}\x1b[0m`
    at = to
  }
  return shown + sanitise(text.slice(at))
}

const lineText = ({ stream, number, text, ranges }: FoundLine, look: TextLook): string => {
  const shown = look.colors ? emphasised(text, ranges) : look.forTerminal ? sanitise(text) : text
  return `    ${stream === "stderr" ? "stderr " : ""}${number}: ${shown}\n`
}

const sessionText = ({ session, sessionName, archived }: FoundBlock): string => {
  const name = sessionName === null ? "" : `  ${visibleText(sessionName)}`
  return `session ${session.slice(0, SHORT_ID)}${name}${archived === null ? "" : `  (archived ${archived})`}\n`
}

const moreText = ({ more }: FoundBlock): string =>
  more === 0 ? "" : `    … ${more} more ${more === 1 ? "line" : "lines"}\n`

const blockText = (found: FoundBlock, look: TextLook): string =>
  headerText(found.block, look) + found.lines.map((line) => lineText(line, look)).join("") + moreText(found)

/** A block as programs read it: docs/cli.md promises these names. */
const asJson = ({ session, sessionName, archived, block, lines, more }: FoundBlock) => ({
  session,
  sessionName,
  archived,
  block: block.id,
  number: block.metadata.number,
  command: block.command,
  status: block.status,
  exitCode: block.exitCode,
  startTime: block.startTime,
  directory: block.metadata.directory,
  lines: lines.map(({ stream, number, text }) => ({ stream, number, text })),
  more
})

/**
 * Prints the blocks that match, session by session, as they are found. Fails with exit code 1 when none does, and with 3,
 * after all that could be read, when something could not.
 */
export const printFound = Effect.fn("search.printFound")(function* (options: SearchOptions, look: TextLook) {
  const problem = problemOf(options)
  if (problem !== null) return yield* usage(problem)
  const directory = dataDirectory((yield* ConfigService).dataDir)
  const session = yield* Option.match(options.session, {
    onNone: () => Effect.succeed(null),
    onSome: (text) =>
      Effect.try({
        try: () => sessionNamed(directory, text),
        catch: (cause) => toCliError(PersistenceError.from(cause, text))
      })
  })
  const events = searchSessions(directory, queryOf(options, session))
  if ("problem" in events) return yield* usage(events.problem)
  const limit = Option.match(options.limit, { onNone: () => Number.POSITIVE_INFINITY, onSome: Number })
  let last: string | null = null
  let count = 0
  const refused: Array<string> = []
  for (const event of events) {
    if (event.type === "refused") refused.push(event.error.message)
    if (event.type !== "found") continue
    const { found } = event
    const place = `${found.session} ${found.archived}`
    const title = place === last ? "" : `${last === null ? "" : "\n"}${sessionText(found)}`
    last = place
    const text = options.json ? `${JSON.stringify(asJson(found))}\n` : title + blockText(found, look)
    if (!(yield* writeOut(text))) return
    if (++count >= limit) break
  }
  const [line, ...before] = refused.toReversed()
  if (line !== undefined) return yield* new CliError({ exitCode: 3, line, before: before.toReversed() })
  if (count === 0)
    return yield* new CliError({ exitCode: 1, line: `nothing found for ${JSON.stringify(options.pattern)}` })
})
