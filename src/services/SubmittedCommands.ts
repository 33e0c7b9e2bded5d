import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { BlockId } from "../domain/ids.ts"
import type { BlockFiles, CutWord } from "./BlockFiles.ts"
import type { BlockEnd } from "./BlockService.ts"
import type { ShellError } from "./ShellError.ts"
import type { RunOptions } from "./ShellState.ts"

/** A command on its way. */
export interface SubmittedCommand {
  /** Who waits for the end is told by this. */
  readonly end: Deferred.Deferred<BlockEnd, ShellError>
  readonly options: RunOptions
  /** What it is given less than whole. */
  readonly cut: ReadonlyArray<CutWord>
}

/** The commands that a shell was given and has not ended yet, by block; each holds the files of its block words until then. */
export class SubmittedCommands {
  readonly #files: Pick<typeof BlockFiles.Service, "release">
  readonly #commands = new Map<BlockId, SubmittedCommand>()

  constructor(files: Pick<typeof BlockFiles.Service, "release">) {
    this.#files = files
  }

  add(id: BlockId, command: SubmittedCommand): void {
    this.#commands.set(id, command)
  }

  get(id: BlockId): SubmittedCommand | undefined {
    return this.#commands.get(id)
  }

  /** The shell did not take it after all: nobody waits yet. */
  withdraw(id: BlockId): void {
    this.#commands.delete(id)
    this.#files.release(id)
  }

  /** Tells how a command ended, or why it did not run; what nobody waits for lets its files go all the same. */
  settle(id: BlockId, result: Effect.Effect<BlockEnd, ShellError>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const command = this.#commands.get(id)
      this.withdraw(id)
      return command === undefined ? Effect.void : Effect.asVoid(Deferred.complete(command.end, result))
    })
  }

  /** Tells the same of all that are left. */
  settleAll(resultOf: (id: BlockId) => Effect.Effect<BlockEnd, ShellError>): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach([...this.#commands.keys()], (id) => this.settle(id, resultOf(id)), { discard: true })
    )
  }
}
