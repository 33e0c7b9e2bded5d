import { randomBytes } from "node:crypto"
import { resolve } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BlockId, idFromBytes } from "../domain/ids.ts"
import { changesShell } from "../shell/changesShell.ts"
import type { EnvironmentChange } from "../shell/integration/ShellIntegration.ts"
import { type BesideError, BesideShells } from "./BesideShells.ts"
import type { BlockEnd } from "./BlockService.ts"
import { CommandError } from "./CommandError.ts"
import { makeCommandQueue, tooManyProcesses } from "./CommandQueue.ts"
import { ConfigService } from "./ConfigService.ts"
import { ProcessSlots } from "./ProcessSlots.ts"
import { SessionShell } from "./SessionShell.ts"
import { SessionStore } from "./SessionStore.ts"
import { StructuredLoggingService } from "./StructuredLoggingService.ts"

export { CommandError } from "./CommandError.ts"

/** A command, and how it shall run. */
export interface CommandRequest {
  readonly command: string
  /** Runs it in a shell of its own there; relative to the session's directory. */
  readonly cwd?: string
  /** Runs it in a shell of its own with these variables on top of the session's; those as outside are left as they are. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Runs it in a shell of its own, from the session's directory and with its exported variables. */
  readonly beside?: boolean
  /** Runs it in a shell of its own, from another block's directory and with the variables that one ran with. */
  readonly place?: CommandPlace
  /** Keeps its stderr apart, in the order of each stream alone. */
  readonly split?: boolean
  /** Keeps it out of every file: session, history, log, the shell's own history. */
  readonly incognito?: boolean
  /** Milliseconds after which it is ended. MAX_PROCESS_TIMEOUT with `cwd` or `environment`, none otherwise. */
  readonly timeLimit?: number
}

/** Where a block's command ran. */
export interface CommandPlace {
  /** Absolute. */
  readonly directory: string
  /** Exported variables on top of what start files make, in place of the session's. */
  readonly changes: EnvironmentChange
  /** What the session knows them by, see `BlockMetadata`; absent for none. */
  readonly environment?: number
}

/** How a command went. */
export interface CommandResult {
  readonly success: boolean
  /** 0–255, or null when a signal ended the command before a code was known. */
  readonly exitCode: number | null
}

/** Runs commands: the way from the editor to a block. */
export class CommandExecutor extends Context.Tag("effecttalk/CommandExecutor")<
  CommandExecutor,
  {
    /**
     * Runs a command in a block of its own and waits for its end. In the session's shell, where it waits for its turn in an
     * `idle` block; with `beside`, `place`, `cwd` or `environment` in a shell of its own, at once. Fails with `CommandError` when it
     * does not run. To interrupt cancels what waits and ends what runs beside; what runs in the session's shell goes on.
     */
    readonly executeCommand: (request: CommandRequest) => Effect.Effect<CommandResult, CommandError>
    /**
     * Opens a plain copy of the user's shell in the block `id`, beside the session's and whatever state that is in: in its
     * directory, with the variables it has changed. Waits for its end; to interrupt ends it. From the call on it can be typed
     * into (`BesideShells.write`). Fails with `CommandError` when it cannot start.
     */
    readonly openShell: (id: BlockId) => Effect.Effect<CommandResult, CommandError>
    /** Cancels a command that waits: its block is `interrupted`. False when it does not wait. */
    readonly cancel: (id: BlockId) => Effect.Effect<boolean>
    /** Cancels all that wait. */
    readonly cancelAll: Effect.Effect<void>
    /** Whether a command given to the session's shell now would wait for another. Plain: the keyboard depends on it. */
    readonly willQueue: () => boolean
  }
>() {
  /** Over the session's shell and those beside it. What waits is cancelled with the layer. */
  static readonly layer = Layer.scoped(
    this,
    Effect.suspend(() => make)
  )
}

const resultOf = ({ status, exitCode }: BlockEnd): CommandResult => ({ success: status === "success", exitCode })

/** Variables that a shell keeps itself, or that its terminal tells. */
const OWN_VARIABLES = new Set(["_", "PWD", "OLDPWD", "SHLVL", "LINES", "COLUMNS"])

/**
 * What a session has changed, and on top of it `environment`. A variable that has the value it has outside is not changed:
 * a whole `process.env` would undo what start files make of PATH, and say that the terminal is the outer one.
 */
const withVariables = (
  changes: EnvironmentChange,
  environment: Readonly<Record<string, string | undefined>>,
  outside: Readonly<Record<string, string | undefined>>
): EnvironmentChange => {
  const given = Object.entries(environment).filter(([name, value]) => value !== undefined && !OWN_VARIABLES.has(name))
  const names = new Set(given.map(([name]) => name))
  const set: Record<string, string> = {}
  for (const [name, value] of Object.entries(changes.set)) if (!names.has(name)) set[name] = value
  for (const [name, value] of given) if (value !== undefined && value !== outside[name]) set[name] = value
  return { set, unset: changes.unset.filter((name) => !names.has(name)) }
}

const make = Effect.gen(function* () {
  const shell = yield* SessionShell
  const beside = yield* BesideShells
  const slots = yield* ProcessSlots
  const config = yield* ConfigService
  const logging = yield* StructuredLoggingService
  const { id: sessionId } = yield* (yield* SessionStore).get
  const queue = yield* makeCommandQueue

  /** What runs beside, as one of the commands that may run at a time. */
  const inSlot = (result: Effect.Effect<BlockEnd, BesideError>) =>
    Effect.acquireUseRelease(
      Effect.suspend(() => (slots.take() ? Effect.void : tooManyProcesses(slots))),
      () => Effect.mapError(result, ({ reason, message }) => new CommandError({ reason, detail: message })),
      () => Effect.sync(() => slots.release())
    )

  const runBeside = Effect.fn("CommandExecutor.runBeside")(function* (id: BlockId, request: CommandRequest) {
    const surroundings = yield* shell.surroundings
    const { directory, changes } = request.place ?? surroundings
    const { command, cwd, environment = {} } = request
    const isScripted = cwd !== undefined || request.environment !== undefined
    const word = isScripted ? null : changesShell(command, surroundings.names)
    if (word !== null) {
      return yield* new CommandError({
        reason: "ChangesShell",
        detail: `${word} belongs in the session's own shell`
      })
    }
    const timeLimit = request.timeLimit ?? (isScripted ? config.maxProcessTimeout : undefined)
    return yield* inSlot(
      beside.run(id, {
        command,
        directory: cwd === undefined ? directory : resolve(directory, cwd),
        changes: withVariables(changes, environment, beside.environment),
        ...(timeLimit !== undefined && { timeLimit }),
        ...(request.split === true && { split: true }),
        ...(request.incognito === true && { incognito: true }),
        ...(request.place?.environment !== undefined && { environment: request.place.environment })
      })
    )
  })

  const openShell = Effect.fn("CommandExecutor.openShell")(function* (id: BlockId) {
    const { directory, changes } = yield* shell.surroundings
    return yield* inSlot(beside.openShell(id, { directory, changes }))
  })

  return CommandExecutor.of({
    executeCommand: Effect.fn("CommandExecutor.executeCommand")(function* (request) {
      const id = yield* newBlockId
      const { command, cwd, environment, timeLimit, split, place, incognito } = request
      const options = {
        ...(timeLimit !== undefined && { timeLimit }),
        ...(split === true && { split }),
        ...(incognito === true && { incognito })
      }
      const isBeside = request.beside === true || place !== undefined || cwd !== undefined || environment !== undefined
      const result = Effect.map(isBeside ? runBeside(id, request) : queue.run(id, command, options), resultOf)
      if (incognito === true) return yield* result
      const metadata = { commandLength: command.length, blockId: id, beside: isBeside }
      return yield* logging.withRequest("executeCommand", result, metadata).pipe(Effect.annotateLogs({ sessionId }))
    }),
    openShell: (id) =>
      logging
        .withRequest("openShell", Effect.map(openShell(id), resultOf), { blockId: id })
        .pipe(Effect.annotateLogs({ sessionId })),
    cancel: queue.cancel,
    cancelAll: queue.cancelAll,
    willQueue: queue.isBusy
  })
})

const newBlockId = Effect.sync(() => BlockId.make(idFromBytes(randomBytes(17))))
