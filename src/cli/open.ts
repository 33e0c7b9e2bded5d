/** `effecttalk`, `effecttalk --continue` and `effecttalk --resume`: opens a session on the screen, or lists them. */
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ConfigProblem } from "../config.ts"
import { type BlockId, idFromBytes, SessionId } from "../domain/ids.ts"
import type { Early } from "../Early.ts"
import { BlockService } from "../services/BlockService.ts"
import { CommandExecutor } from "../services/CommandExecutor.ts"
import { ConfigService } from "../services/ConfigService.ts"
import { PersistenceService } from "../services/PersistenceService.ts"
import { PersistenceError } from "../services/persistence/PersistenceError.ts"
import type { SessionFile } from "../services/persistence/SessionFile.ts"
import { SessionShell } from "../services/SessionShell.ts"
import { SessionStore } from "../services/SessionStore.ts"
import { bashPath } from "../shell/bashPath.ts"
import { BlockStore, type StoredOutput } from "../terminal/BlockStore.ts"
import { processTerminal } from "../terminal/processTerminal.ts"
import { plain } from "../terminal/sanitise.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { showScreen } from "../ui/showScreen.tsx"
import { CliError, toCliError } from "./CliError.ts"
import { printSessions } from "./sessionTable.ts"
import type { TuiRequest } from "./tuiArguments.ts"

/** The shortest beginning of an id that the resume line prints, in characters. */
const MIN_PREFIX = 6

/** Most lines that are repeated of what start files printed before they ended their shell. */
const MAX_LAST_LINES = 10
/** Longest of them, in cells. */
const MAX_LAST_LINE_CELLS = 200

/** What `effecttalk` was started with. */
export interface Surroundings {
  /** The environment, copied before anything changes it. */
  readonly environment: Readonly<Record<string, string>>
  readonly problems: ReadonlyArray<ConfigProblem>
  /** What the launcher has begun already. */
  readonly early: Early | null
}

/** Why there is no screen here, and what to do instead. */
const NO_TERMINAL =
  "a terminal is needed on standard input and output; over ssh use `ssh -t host effecttalk`, and in a script run the command itself"

/** A finished block's output from disk; a block that cannot be read says so in its place and costs no other. */
const restoreOutput = (file: SessionFile, id: BlockId): StoredOutput | null => {
  try {
    return file.output(id)
  } catch (cause) {
    const hidden = { lines: 0, bytes: 0, headLines: 0 }
    return { lines: [PersistenceError.from(cause, id).message], unfinished: false, hidden }
  }
}

const newSession = Effect.fn("open.newSession")(function* (workingDirectory: string, shell: string) {
  const persistence = yield* PersistenceService
  const at = yield* Clock.currentTimeMillis
  const session = yield* Effect.sync(() => SessionId.make(idFromBytes(randomBytes(17))))
  return yield* persistence.createSession({ _tag: "SessionCreated", at, session, workingDirectory, shell })
})

const storedSession = Effect.fn("open.storedSession")(function* (
  request: TuiRequest & { _tag: "Continue" | "Resume" }
) {
  const persistence = yield* PersistenceService
  const id = yield* Effect.mapError(
    request._tag === "Resume"
      ? persistence.resolveSession(request.session)
      : Effect.map(persistence.listSessions(), ({ sessions }) => sessions[0]?.id ?? null),
    toCliError
  )
  if (id === null) return yield* new CliError({ exitCode: 2, line: "there is no session to continue" })
  const file = yield* Effect.mapError(persistence.openSession(id), toCliError)
  file.append({ _tag: "SessionResumed", at: yield* Clock.currentTimeMillis })
  return file
})

/** The shortest beginning of `id` that names no other session. */
const uniquePrefix = (id: string, others: ReadonlyArray<string>): string => {
  for (let length = MIN_PREFIX; length < id.length; length++) {
    const prefix = id.slice(0, length)
    if (!others.some((other) => other !== id && other.startsWith(prefix))) return prefix
  }
  return id
}

/**
 * What leaving prints on the primary screen: that the session was not saved, and the line that resumes it. Nothing for a
 * session that left no file because it had nothing to keep.
 */
const farewell = Effect.fn("open.farewell")(function* (file: SessionFile) {
  const persistence = yield* PersistenceService
  const { failure } = file.status
  if (failure !== null && file.session.blocks.length > 0) {
    process.stderr.write(`effecttalk: this session was ${failure}\n`)
  }
  const { sessions } = yield* persistence.listSessions()
  const ids = sessions.map((session) => session.id)
  if (ids.includes(file.id)) process.stdout.write(`effecttalk --resume ${uniquePrefix(file.id, ids)}\n`)
})

/**
 * Fails when no command could be given to the shell because its start files have ended it, with what they printed last:
 * the screen was gone before anybody could read it.
 */
const checkStart = Effect.fn("open.checkStart")(function* (outputs: BlockStore) {
  const { state } = yield* SessionShell
  const { blocks } = yield* (yield* SessionStore).get
  const { ending } = yield* state.get
  if (ending === null || !ending.beforePrompt) return
  const start = blocks.findLast((block) => block.metadata.origin === "start")
  const text = start === undefined ? "" : (outputs.get(start.id)?.text() ?? "")
  const lines = plain(text).trimEnd().split("\n").slice(-MAX_LAST_LINES)
  const line = ending.problem ?? `the shell ended before its first prompt (status ${ending.exitCode})`
  const before = text === "" ? [] : lines.map((each) => truncateText(visibleText(each), MAX_LAST_LINE_CELLS))
  yield* new CliError({ exitCode: 1, line: visibleText(line), before })
})

/** Gives the session's file, closed by then, and how the screen ended. */
const showSession = Effect.fn("open.showSession")(function* (
  request: TuiRequest & { _tag: "New" | "Continue" | "Resume" },
  surroundings: Surroundings
) {
  const { environment, problems, early } = surroundings
  const config = yield* ConfigService
  const directory = early?.directory ?? process.cwd()
  const shellPath = bashPath(environment)
  const file = yield* request._tag === "New" ? newSession(directory, shellPath) : storedSession(request)
  const terminal = early?.terminal ?? processTerminal()
  const outputs = new BlockStore({ maxBytes: config.maxBlockOutputSize, restore: (id) => restoreOutput(file, id) })
  const session = SessionStore.layer(file.session, file)
  const shell = SessionShell.layer(
    {
      shell: shellPath,
      environment,
      term: config.ptyTermType,
      columns: terminal.size.columns,
      rows: terminal.size.rows
    },
    early?.shell ?? null
  )
  const services = CommandExecutor.layer.pipe(
    Layer.provideMerge(shell),
    Layer.provideMerge(BlockService.layer(outputs)),
    Layer.provideMerge(session)
  )
  const context = yield* Layer.build(services)
  const screen = showScreen({
    environment,
    terminal,
    saving: { failure: () => file.status.failure, subscribe: (changed) => file.subscribe(changed) },
    greeting: [...problems.map((problem) => problem.message), ...file.notes].join("; ") || null
  })
  const shown = yield* screen.pipe(Effect.zipRight(checkStart(outputs)), Effect.provide(context), Effect.exit)
  return { file, shown }
})

/** Opens the screen, or prints the list of sessions. Fails with the line to print and the exit code. */
export const open = Effect.fn("open")(function* (request: TuiRequest, surroundings: Surroundings) {
  if (request._tag === "List") return yield* Effect.mapError(printSessions(), toCliError)
  if (!process.stdin.isTTY || !process.stdout.isTTY) return yield* new CliError({ exitCode: 2, line: NO_TERMINAL })
  const { file, shown } = yield* Effect.scoped(showSession(request, surroundings))
  yield* Effect.ignore(farewell(file))
  yield* shown
})
