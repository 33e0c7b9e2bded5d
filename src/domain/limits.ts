/** Smallest outer terminal the screen is laid out for, in columns. */
export const MIN_COLUMNS = 60
/** Smallest outer terminal the screen is laid out for, in rows. */
export const MIN_ROWS = 15
/** Longest command text accepted from the editor, in UTF-16 units. */
export const MAX_COMMAND_LENGTH = 1_000_000
/** Output kept per block, in bytes of stored text: half as head, half as tail (the seeds' MAX_BLOCK_OUTPUT_SIZE). */
export const MAX_BLOCK_OUTPUT_BYTES = 10_485_760
/** One session's files before its oldest blocks move to the archive, in bytes (the seeds' MAX_SESSION_SIZE). */
export const MAX_SESSION_BYTES = 104_857_600
/** Longest name of a session, in characters. */
export const MAX_SESSION_NAME_LENGTH = 64
/** Longest name of a block, in characters. */
export const MAX_BLOCK_NAME_LENGTH = 64
/** Longest note about a block, in characters. */
export const MAX_NOTE_LENGTH = 500
/** Lines of output that a folded block shows unless the configuration says otherwise. */
export const DEFAULT_FOLD_LINES = { first: 2, last: 3 } as const
/** How long a program has to end after SIGTERM before it is killed, in milliseconds. */
export const KILL_GRACE_MS = 2000
