import * as Schema from "effect/Schema"
import { Block, BlockHeader } from "./Block.ts"
import { BlockId, SessionId } from "./ids.ts"

/** Format of the documents on disk; a reader refuses to write what is newer. */
export const SESSION_VERSION = 1

/** The whole difference between the exported variables of commands and those EffectTalk was started with. */
export const RecordedEnvironment = Schema.Struct({
  /** What blocks call it: rising numbers, in the order in which they were first met. */
  id: Schema.Int,
  set: Schema.Record({ key: Schema.String, value: Schema.String }),
  unset: Schema.Array(Schema.String),
  /** Names left out of `set` because their values look like secrets. */
  redacted: Schema.Array(Schema.String)
})
export type RecordedEnvironment = typeof RecordedEnvironment.Type

/** Where a document of the archive comes from that is no session moved there as a whole. */
export const ArchivedFrom = Schema.Struct({
  session: SessionId,
  /** The name that session had. */
  sessionName: Schema.optionalWith(Schema.String, { exact: true }),
  /** When it was made, in milliseconds since the epoch. */
  at: Schema.Number,
  /** `clear` and `size`: blocks that left the session. `save`: a snapshot of all of it. */
  why: Schema.Literal("clear", "size", "save"),
  /** What the user called the snapshot. */
  name: Schema.optionalWith(Schema.String, { exact: true })
})
export type ArchivedFrom = typeof ArchivedFrom.Type

/** What EffectTalk knows of a session beyond the seeds' fields. */
export const SessionMetadata = Schema.Struct({
  /** Absolute path of the shell that runs the session's commands. */
  shell: Schema.String,
  /** Text left in the editor, brought back on resume. */
  input: Schema.String,
  /** Exported variables that the user removed since the session began. */
  unset: Schema.Array(Schema.String),
  /** True for one that `effecttalk exec` has made: nobody has worked in it. */
  exec: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** The name the user gave it. */
  name: Schema.optionalWith(Schema.String, { exact: true }),
  /** True when it stands above the others in lists. */
  pinned: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** The highest number of a block, once blocks have left the session: no number is given twice. */
  lastNumber: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Names of exported variables whose values look like secrets and were not stored: unset after a resume. */
  redacted: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
  /** Blocks that have left for the archive because the session had outgrown MAX_SESSION_SIZE. */
  archivedBlocks: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Of a document in the archive that is no whole session. */
  archived: Schema.optionalWith(ArchivedFrom, { exact: true }),
  /** The environments its blocks ran with, each once; see `environments.ts`. */
  environments: Schema.optionalWith(Schema.Array(RecordedEnvironment), { exact: true })
})
export type SessionMetadata = typeof SessionMetadata.Type

const common = {
  id: SessionId,
  workingDirectory: Schema.String,
  /** Exported variables that the user set or changed since the session began, by name. */
  environment: Schema.Record({ key: Schema.String, value: Schema.String }),
  activeBlockId: Schema.NullOr(BlockId),
  /** Milliseconds since the epoch. */
  createdAt: Schema.Number,
  lastModified: Schema.Number,
  metadata: SessionMetadata
}

/** A session in memory: block headers; output lives in the block store. */
export const Session = Schema.Struct({
  ...common,
  blocks: Schema.Array(BlockHeader),
  /**
   * Blocks that were deleted or cleared and can be brought back, until the session is closed: in the order in which that happened,
   * with `metadata.deleted`. Absent when there are none. They are no part of a document.
   */
  deleted: Schema.optionalWith(Schema.Array(BlockHeader), { exact: true })
})
export type Session = typeof Session.Type

/** A session as it is stored: the seeds' document with whole blocks, a version and the last event it holds. */
export const SessionDocument = Schema.Struct({
  version: Schema.Int,
  /** Sequence number of the last event folded into this document; the journal's later events come on top. */
  sequence: Schema.Int,
  ...common,
  blocks: Schema.Array(Block)
})
export type SessionDocument = typeof SessionDocument.Type
