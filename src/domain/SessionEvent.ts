import * as Schema from "effect/Schema"
import { BlockOrigin, BlockStatus, JobSource, OutputAccount, OutputStream } from "./Block.ts"
import { BlockId, SessionId } from "./ids.ts"

const at = { at: Schema.Number }

/** The first event of every journal. */
export const SessionCreated = Schema.TaggedStruct("SessionCreated", {
  ...at,
  session: SessionId,
  workingDirectory: Schema.String,
  shell: Schema.String,
  /** True for one that `effecttalk exec` has made for a command. */
  exec: Schema.optionalWith(Schema.Boolean, { exact: true })
})

/** A process opened a stored session again; blocks left `running` become `interrupted`, deleted ones are gone for good. */
export const SessionResumed = Schema.TaggedStruct("SessionResumed", {
  ...at,
  /** The last sign of life of the process that left blocks running: they ended then, as far as anybody knows. */
  lastSeen: Schema.optionalWith(Schema.Number, { exact: true }),
  /** True when `effecttalk exec` did, to add a block. */
  exec: Schema.optionalWith(Schema.Boolean, { exact: true })
})

/** A command waits for the one that runs: its block is `idle`. `BlockStarted` runs it, `BlockFinished` cancels it. */
export const BlockQueued = Schema.TaggedStruct("BlockQueued", {
  ...at,
  block: BlockId,
  command: Schema.String,
  directory: Schema.String,
  /** See `BlockMetadata`; such an event is never stored. */
  incognito: Schema.optionalWith(Schema.Boolean, { exact: true })
})

/** A command runs and gets a block; one that was queued has its block already. */
export const BlockStarted = Schema.TaggedStruct("BlockStarted", {
  ...at,
  block: BlockId,
  command: Schema.String,
  directory: Schema.String,
  /** Absent for a command; else where output without one came from. */
  origin: Schema.optionalWith(BlockOrigin, { exact: true }),
  /** True when `BlockQueued` has made its block already. */
  queued: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** See `BlockMetadata`. */
  from: Schema.optionalWith(JobSource, { exact: true }),
  beside: Schema.optionalWith(Schema.Boolean, { exact: true }),
  plain: Schema.optionalWith(Schema.Boolean, { exact: true }),
  timeLimit: Schema.optionalWith(Schema.Number, { exact: true }),
  /** Its stderr is kept apart. */
  split: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** It runs again with the variables of an earlier block (see `BlockMetadata`); absent for the session's own. */
  environment: Schema.optionalWith(Schema.Int, { exact: true }),
  /** See `BlockMetadata`; such an event is never stored. */
  incognito: Schema.optionalWith(Schema.Boolean, { exact: true })
})

/**
 * Stands in the files for the start of a block that is in none of them: its number is taken. When that was is not told.
 */
export const NumberTaken = Schema.TaggedStruct("NumberTaken", {})

/**
 * Sanitised lines left the live screen. `firstLine` counts from 0; a jump over the lines seen so far is a gap that the
 * output limit made (see `placeLines`). Lines hold no newline.
 */
export const OutputFrozen = Schema.TaggedStruct("OutputFrozen", {
  block: BlockId,
  firstLine: Schema.NonNegativeInt,
  lines: Schema.Array(Schema.String),
  /** Absent for `stdout`, which holds both streams where they are not kept apart. Lines are counted per stream. */
  stream: Schema.optionalWith(OutputStream, { exact: true }),
  /** Bytes that the output limit has left out of what was printed so far, where it has; `BlockFinished` has the last word. */
  hiddenBytes: Schema.optionalWith(Schema.Int, { exact: true }),
  /** The last of `lines` has no newline: the output ends inside it, or a later event replaces it by its number. */
  unfinished: Schema.optionalWith(Schema.Boolean, { exact: true })
})

/** The command's end mark was parsed, or its shell is gone: the output is complete. */
export const BlockFinished = Schema.TaggedStruct("BlockFinished", {
  ...at,
  block: BlockId,
  status: BlockStatus,
  exitCode: Schema.NullOr(Schema.Int),
  signal: Schema.NullOr(Schema.String),
  /** Totals over the whole output, kept or not. */
  ...OutputAccount.fields,
  stderr: Schema.optionalWith(OutputAccount, { exact: true })
})

/** Something to read under a block: hook output, a job notice, a word of ours. */
export const NoticeAdded = Schema.TaggedStruct("NoticeAdded", {
  ...at,
  block: BlockId,
  lines: Schema.Array(Schema.String),
  /** The lines may tell of an incognito command (that its job is done): such an event is never stored. */
  incognito: Schema.optionalWith(Schema.Boolean, { exact: true })
})

export const DirectoryChanged = Schema.TaggedStruct("DirectoryChanged", { ...at, directory: Schema.String })

/** Exported variables that differ from those EffectTalk was started with: the whole difference, not a step. */
export const EnvironmentChanged = Schema.TaggedStruct("EnvironmentChanged", {
  ...at,
  set: Schema.Record({ key: Schema.String, value: Schema.String }),
  unset: Schema.Array(Schema.String),
  /** Names left out of `set` because their values look like secrets. */
  redacted: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
})

export const BlockFolded = Schema.TaggedStruct("BlockFolded", { ...at, block: BlockId, folded: Schema.Boolean })

export const AllFolded = Schema.TaggedStruct("AllFolded", { ...at, folded: Schema.Boolean })

/** These blocks are folded, or unfolded, together: what takes an `AllFolded` back, as each had been. */
export const BlocksFolded = Schema.TaggedStruct("BlocksFolded", {
  ...at,
  blocks: Schema.Array(BlockId),
  folded: Schema.Boolean
})

/** What the user calls a block, for `@name`; another block of that name loses it. Null takes it away. */
export const BlockRenamed = Schema.TaggedStruct("BlockRenamed", {
  ...at,
  block: BlockId,
  name: Schema.NullOr(Schema.String)
})

/** What the user has noted about a block; null takes it away. */
export const BlockNoted = Schema.TaggedStruct("BlockNoted", {
  ...at,
  block: BlockId,
  note: Schema.NullOr(Schema.String)
})

export const BlockPinned = Schema.TaggedStruct("BlockPinned", { ...at, block: BlockId, pinned: Schema.Boolean })

/** The user deleted finished blocks, together; `BlocksRestored` brings them back until the session is closed. */
export const BlocksDeleted = Schema.TaggedStruct("BlocksDeleted", { ...at, blocks: Schema.Array(BlockId) })

/**
 * Finished blocks left the session for a document of their own in the archive, which was on disk before this event.
 * `clear`: the user asked for it; they stay aside like deleted ones until the session is closed, and `BlocksRestored`
 * brings them back; the document is taken away when the session is closed then. `size`: the session has outgrown MAX_SESSION_SIZE;
 * nothing but restoring the document brings them back.
 */
export const BlocksArchived = Schema.TaggedStruct("BlocksArchived", {
  ...at,
  blocks: Schema.Array(BlockId),
  /** Id of the document that holds them. */
  archive: SessionId,
  why: Schema.Literal("clear", "size")
})

/** Deleted or cleared blocks are back where they were. One whose name was given to another meanwhile has none. */
export const BlocksRestored = Schema.TaggedStruct("BlocksRestored", { ...at, blocks: Schema.Array(BlockId) })

export const ActiveBlockSet = Schema.TaggedStruct("ActiveBlockSet", { ...at, block: Schema.NullOr(BlockId) })

/** The editor's unsent text, kept for the next resume. */
export const InputKept = Schema.TaggedStruct("InputKept", { ...at, input: Schema.String })

/** The name under which the user finds the session; null takes it away. */
export const SessionRenamed = Schema.TaggedStruct("SessionRenamed", { ...at, name: Schema.NullOr(Schema.String) })

/** A pinned session stands above the others in lists. */
export const SessionPinned = Schema.TaggedStruct("SessionPinned", { ...at, pinned: Schema.Boolean })

/** The user typed into a shell whose commands cannot be told apart. */
export const ShellUsed = Schema.TaggedStruct("ShellUsed", at)

/** The finished blocks left the session for nowhere; those that run, wait or are pinned stay. Older versions wrote it. */
export const BlocksCleared = Schema.TaggedStruct("BlocksCleared", at)

/**
 * How many secrets of a block are `[redacted]` in what is stored: all of them by now, not a step. Written behind the event
 * that they were in.
 */
export const SecretsRedacted = Schema.TaggedStruct("SecretsRedacted", { block: BlockId, count: Schema.NonNegativeInt })

/**
 * The user says that a block holds no secret: it is stored as it was printed from now on. Here is what other events have
 * told of it without; its name, note and output follow once more.
 */
export const SecretsKept = Schema.TaggedStruct("SecretsKept", {
  ...at,
  block: BlockId,
  command: Schema.String,
  notices: Schema.Array(Schema.String),
  from: Schema.optionalWith(JobSource, { exact: true })
})

/** Everything that can happen to a session. Newer versions may add members; a reader skips what it does not know. */
export const SessionEvent = Schema.Union(
  SessionCreated,
  SessionResumed,
  SessionRenamed,
  SessionPinned,
  BlockQueued,
  BlockStarted,
  NumberTaken,
  OutputFrozen,
  BlockFinished,
  NoticeAdded,
  DirectoryChanged,
  EnvironmentChanged,
  BlockFolded,
  AllFolded,
  BlocksFolded,
  BlockRenamed,
  BlockNoted,
  BlockPinned,
  BlocksDeleted,
  BlocksArchived,
  BlocksRestored,
  ActiveBlockSet,
  BlocksCleared,
  InputKept,
  ShellUsed,
  SecretsRedacted,
  SecretsKept
)
export type SessionEvent = typeof SessionEvent.Type

/**
 * Whether an event gives a new session its files: what is typed into its shell or said about the session and its blocks
 * does. What start files print is no reason.
 */
export const isWorthKeeping = (event: SessionEvent): boolean =>
  (event._tag === "BlockStarted" && event.origin === undefined) ||
  event._tag === "BlockQueued" ||
  event._tag === "ShellUsed" ||
  event._tag === "SessionRenamed" ||
  event._tag === "BlockRenamed" ||
  event._tag === "BlockNoted" ||
  event._tag === "BlockPinned" ||
  event._tag === "SessionPinned"
