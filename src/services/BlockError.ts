import * as Schema from "effect/Schema"
import { BlockStatus } from "../domain/Block.ts"
import { BlockId } from "../domain/ids.ts"
import { MAX_BLOCK_NAME_LENGTH, MAX_NOTE_LENGTH } from "../domain/limits.ts"

/** A change that a block cannot make. */
export class BlockError extends Schema.TaggedError<BlockError>()("BlockError", {
  /**
   * `IllegalTransition`: `idle` → `running` → final, or `idle` → `interrupted`. `NotRunning`: only running ones print.
   * `NotFinished`: what runs or waits is not deleted. `BadName`: it is no name; `ReservedName`: it means a block already;
   * `NameTaken`: another block has it. `BadNote`: it is no line of `MAX_NOTE_LENGTH` characters. `NothingRedacted`: it is
   * stored as it was printed. `NotInMemory`: what was printed is not known any more.
   */
  reason: Schema.Literal(
    "IllegalTransition",
    "NotRunning",
    "NotFinished",
    "BadName",
    "ReservedName",
    "NameTaken",
    "BadNote",
    "NothingRedacted",
    "NotInMemory"
  ),
  block: BlockId,
  from: Schema.optionalWith(BlockStatus, { exact: true }),
  to: Schema.optionalWith(BlockStatus, { exact: true }),
  /** The number of the block that is in the way. */
  number: Schema.optionalWith(Schema.Int, { exact: true }),
  name: Schema.optionalWith(Schema.String, { exact: true })
}) {
  override get message(): string {
    return MESSAGES[this.reason](this)
  }
}

const MESSAGES: Readonly<Record<BlockError["reason"], (error: BlockError) => string>> = {
  IllegalTransition: ({ block, from, to }) => `Block ${block} is ${from} and cannot become ${to}`,
  NotRunning: ({ block, from }) => `Block ${block} is ${from}: only a running block takes output`,
  NotFinished: ({ number, from }) => `b${number} ${from === "idle" ? "waits" : "runs"}: stop it first`,
  BadName: () => `A name is a letter, then letters, digits, _ or -: ${MAX_BLOCK_NAME_LENGTH} characters at most`,
  ReservedName: ({ name }) => `@${name} means a block already: choose another name`,
  NameTaken: ({ name, number }) => `b${number} is called @${name} already`,
  NothingRedacted: ({ number }) => `Nothing of b${number} is left out of what is saved`,
  NotInMemory: ({ number }) => `What was left out of b${number} was never saved, and cannot come back`,
  BadNote: () => `A note is one line of ${MAX_NOTE_LENGTH} characters at most`
}
