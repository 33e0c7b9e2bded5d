import * as Schema from "effect/Schema"
import type { SessionId } from "../domain/ids.ts"
import type { Session } from "../domain/Session.ts"
import type { BlocksArchived, SessionEvent } from "../domain/SessionEvent.ts"
import { type AppliedStep, applyStep, type UndoStep, undoStep } from "../domain/undo.ts"

/**
 * What the steps of a session may weigh together, in blocks: a step weighs those that its events name, and one. Folding
 * all of 10,000 blocks can be taken back a hundred times, which is some 8 MB.
 */
export const MAX_UNDO_WEIGHT = 1_000_000

/** Which way through what the user did. */
export type UndoDirection = "undo" | "redo"

/** Why nothing was undone or redone. */
export class UndoError extends Schema.TaggedError<UndoError>()("UndoError", {
  /**
   * `Nothing`: nothing is left, or was done. `BlockGone`: its block has left the session meanwhile. `NameTaken`: the name
   * means another block by now.
   */
  reason: Schema.Literal("Nothing", "BlockGone", "NameTaken"),
  direction: Schema.Literal("undo", "redo"),
  /** The block's number where it is about one. */
  number: Schema.optionalWith(Schema.NullOr(Schema.Int), { exact: true }),
  name: Schema.optionalWith(Schema.String, { exact: true }),
  /** Number of the block that has the name. */
  other: Schema.optionalWith(Schema.Int, { exact: true })
}) {
  override get message(): string {
    return MESSAGES[this.reason](this)
  }
}

const MESSAGES: Readonly<Record<UndoError["reason"], (error: UndoError) => string>> = {
  Nothing: ({ direction }) =>
    direction === "undo" ? "Nothing to undo since the session was opened" : "Nothing to redo",
  BlockGone: ({ direction, number }) =>
    `Cannot ${direction} that: ${number == null ? "the blocks have" : `b${number} has`} left the session meanwhile`,
  NameTaken: ({ direction, number, name, other }) =>
    `Cannot ${direction} that: b${number} would be @${name}, as b${other} is called by now`
}

/**
 * What the user did to one session while it is open, newest last, and what of it was undone. In memory alone. What cannot
 * be taken back is forgotten when it is tried: the next try reaches what came before it.
 */
export class UndoStack {
  #done: Array<UndoStep> = []
  #undone: Array<UndoStep> = []
  #weight = 0
  readonly #maxWeight: number

  constructor(maxWeight = MAX_UNDO_WEIGHT) {
    this.#maxWeight = maxWeight
  }

  /** To be told of each event with the session before it. Something new ends what could be done again. */
  note(before: Session, event: SessionEvent): void {
    const step = undoStep(before, event)
    if (step === null) return
    for (const undone of this.#undone) this.#weight -= weightOf(undone)
    this.#undone = []
    this.#push(this.#done, step)
  }

  /** The blocks that the next step in this direction clears, with the document that they were cleared into; null for none. */
  clearing(direction: UndoDirection): typeof BlocksArchived.Type | null {
    const step = (direction === "undo" ? this.#done : this.#undone).at(-1)
    return step?.events.find((event) => event._tag === "BlocksArchived") ?? null
  }

  /**
   * Takes the last step back, or does again what was taken back last; the caller folds the events.
   *
   * @param at milliseconds since the epoch
   * @param archive the document that holds by now what the step clears, unless it is the one it was cleared into
   */
  apply(direction: UndoDirection, session: Session, at: number, archive?: SessionId): AppliedStep | UndoError {
    const [from, to] = direction === "undo" ? [this.#done, this.#undone] : [this.#undone, this.#done]
    const step = from.pop()
    if (step === undefined) return new UndoError({ reason: "Nothing", direction })
    this.#weight -= weightOf(step)
    const applied = applyStep(session, archive === undefined ? step : clearedInto(archive, step), at)
    if ("reason" in applied) return new UndoError({ ...applied, direction })
    if (applied.reverse.events.length > 0) this.#push(to, applied.reverse)
    return applied
  }

  #push(to: Array<UndoStep>, step: UndoStep): void {
    to.push(step)
    this.#weight += weightOf(step)
    // The last one stays whatever it weighs.
    while (this.#weight > this.#maxWeight && this.#done.length > 1) this.#weight -= weightOf(this.#done.shift()!)
  }
}

const clearedInto = (archive: SessionId, { events, number }: UndoStep): UndoStep => ({
  events: events.map((event) => (event._tag === "BlocksArchived" ? { ...event, archive } : event)),
  number
})

const weightOf = ({ events }: UndoStep): number =>
  events.reduce((weight, event) => weight + ("blocks" in event ? event.blocks.length : 0), 1)
