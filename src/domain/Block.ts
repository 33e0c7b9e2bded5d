import * as Schema from "effect/Schema"
import { BlockId, SessionId } from "./ids.ts"

/** `idle` waits, `running` has a process, the other three are final. */
export const BlockStatus = Schema.Literal("idle", "running", "success", "failure", "interrupted")
export type BlockStatus = typeof BlockStatus.Type

/** Where output without a command came from: the shell's start files, or jobs in the background at the prompt. */
export const BlockOrigin = Schema.Literal("start", "background")
export type BlockOrigin = typeof BlockOrigin.Type

/** Which of a command's two streams a line came from, where they are kept apart. */
export const OutputStream = Schema.Literal("stdout", "stderr")
export type OutputStream = typeof OutputStream.Type

/** The command that output in the background most likely comes from: the last one that left a job running. */
export const JobSource = Schema.Struct({
  /** Its block, which may have left the session since. */
  block: BlockId,
  /** The first line of its command, at most `MAX_SOURCE_LENGTH` characters of it. */
  command: Schema.String
})
export type JobSource = typeof JobSource.Type

/** Characters that are kept of a command of which only the name is wanted: a header is no wider. */
export const MAX_SOURCE_LENGTH = 500

/** Names a command as the source of what is printed in the background. */
export const jobSource = (block: BlockId, command: string): JobSource => ({
  block,
  command:
    command
      .trimStart()
      .slice(0, MAX_SOURCE_LENGTH)
      .split(/[\r\n]/, 1)[0] ?? ""
})

/** How much of one stream was printed, and what of it is kept. */
export const OutputAccount = Schema.Struct({
  /** Logical lines printed, kept or not. */
  lines: Schema.Int,
  /** Bytes of stored text that the output limit left out of the middle. */
  hiddenBytes: Schema.Int,
  /** Logical lines that the output limit left out of the middle; they come after the first `headLines`. */
  hiddenLines: Schema.Int,
  /** Lines kept before the gap; all of them when nothing is hidden. */
  headLines: Schema.Int
})
export type OutputAccount = typeof OutputAccount.Type

/** The account of a stream to which nothing was printed. */
export const EMPTY_ACCOUNT: OutputAccount = { lines: 0, hiddenBytes: 0, hiddenLines: 0, headLines: 0 }

/** What EffectTalk knows of a block beyond the seeds' fields. Unknown keys of newer versions are kept. */
export const BlockMetadata = Schema.Struct({
  /** The number in the block's header, counted from 1 within its session. */
  number: Schema.Int,
  /** Absolute directory in which the command started, or is to start. */
  directory: Schema.String,
  /** The account of `stdout`, and of both streams where they were not kept apart. */
  ...OutputAccount.fields,
  /** The account of `stderr` where it was kept apart. */
  stderr: Schema.optionalWith(OutputAccount, { exact: true }),
  folded: Schema.Boolean,
  /** What the user calls it, for `@name` as input: a letter, then letters, digits, `_` and `-`; unique in its session. */
  name: Schema.optionalWith(Schema.String, { exact: true }),
  /** What the user has noted about it, of one line. */
  note: Schema.optionalWith(Schema.String, { exact: true }),
  /** It is easily found again, and nothing but the user takes it away. */
  pinned: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** Of a block that was deleted and can still be brought back: which delete took it, counted from 1. */
  deleted: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Of a block that `/clear` took and that can still be brought back: the archive's document that holds it. */
  archive: Schema.optionalWith(SessionId, { exact: true }),
  /** Set when no command printed this; the block's command is empty then. */
  origin: Schema.optionalWith(BlockOrigin, { exact: true }),
  /** Where output of the origin `background` most likely comes from; absent when no command is known to have left a job. */
  from: Schema.optionalWith(JobSource, { exact: true }),
  /** It ran beside the session's shell, in one of its own: what it changes of directory and variables ends with it. */
  beside: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** It is a shell beside that the user works in, with its own line editor; the block's command is the shell's name. */
  plain: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** Milliseconds after which the command is ended, where the user has set a limit. */
  timeLimit: Schema.optionalWith(Schema.Number, { exact: true }),
  /** Which of its session's environments it ran with; absent when no variable had been changed. */
  environment: Schema.optionalWith(Schema.Int, { exact: true }),
  /** Secrets in its command, output and what is said of it that are not stored; absent for none. See `SecretsRedacted`. */
  redacted: Schema.optionalWith(Schema.Int, { exact: true }),
  /**
   * It is in memory only: neither its command nor its output nor what the user says of it is written to any file, so no
   * stored block has this.
   */
  incognito: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** What the shell or its hooks printed around the prompt, and what EffectTalk has to say, a line each. */
  notices: Schema.Array(Schema.String)
})
export type BlockMetadata = typeof BlockMetadata.Type

/** Everything about a block but its output: what the session folds and the screen's header shows. */
export const BlockHeader = Schema.Struct({
  id: BlockId,
  command: Schema.String,
  status: BlockStatus,
  /** 0–255, or null while running or when a signal ended the command before a code was known. */
  exitCode: Schema.NullOr(Schema.Int),
  /** Signal name such as `SIGKILL` when one ended the command. */
  signal: Schema.NullOr(Schema.String),
  /** Milliseconds since the epoch. */
  startTime: Schema.NullOr(Schema.Number),
  endTime: Schema.NullOr(Schema.Number),
  metadata: BlockMetadata
})
export type BlockHeader = typeof BlockHeader.Type

/** A whole block as it is stored and exported: the seeds' document. Text is sanitised and carries SGR. */
export const Block = Schema.Struct({ ...BlockHeader.fields, stdout: Schema.String, stderr: Schema.String })
export type Block = typeof Block.Type

/** True once the status cannot change any more. */
export const isFinished = (status: BlockStatus): boolean =>
  status === "success" || status === "failure" || status === "interrupted"

/** True for the status a shell gives to what Ctrl+Z or background terminal use has stopped: 128 + SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
export const isStopCode = (exitCode: number): boolean => exitCode >= 147 && exitCode <= 150
