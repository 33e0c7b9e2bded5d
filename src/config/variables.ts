/**
 * The one table of the configuration: every variable that EffectTalk reads, its kind, default and documentation. The help
 * of `effecttalk config --explain` and docs/configuration.md are printed from it.
 */
import { join } from "node:path"
import { DEFAULT_FOLD_LINES, MAX_BLOCK_OUTPUT_BYTES, MAX_SESSION_BYTES } from "../domain/limits.ts"
import { NODE_ENV, PROMPT, PTY_TERM_TYPE, SHELL } from "../earlyVariables.ts"
import { isInsideScreen } from "../terminal/gnuScreen.ts"
import type { Config } from "./Config.ts"
import { homeDirectory } from "./configFiles.ts"
import {
  absolutePath,
  alwaysTrue,
  choice,
  early,
  earlyChoice,
  fixedMode,
  type Kind,
  networks,
  trueOrFalse,
  wholeNumber
} from "./kinds.ts"
import { LEADERS, type Leader } from "./leaders.ts"
import type { Environment, VariableName } from "./sources.ts"

/** What a variable belongs to, in the order in which groups are printed. */
export type Group =
  | "Application"
  | "Storage"
  | "Processes"
  | "Limits"
  | "Error recovery"
  | "Monitoring"
  | "Security"
  | "Screen"

/** A variable: its names, what it can be, and what is said of it. */
export interface Variable<A> extends VariableName {
  readonly group: Group
  readonly kind: Kind<A>
  readonly fallback: (environment: Environment) => A
  /** What it sets, in one sentence. */
  readonly documentation: string
  /** The part of the program that goes by it; null while there is none. test/docs.test.ts holds it against the sources. */
  readonly usedBy: string | null
}

/** The longest that Node's timers wait, ms: what is longer fires at once. */
const MAX_TIMER_MS = 2_147_483_647
const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Pseudo-terminals of a Linux system (kernel.pty.max). */
const MAX_PTYS = 4096
/** Smallest limit of stored output, in bytes: a screenful. */
const MIN_OUTPUT_BYTES = 4096
const GIB = 1024 ** 3
const MAX_AUTO_FOLD_LINES = 1_000_000_000
/** Fewer bytes would hold no session. */
const MIN_BACKUP_BYTES = 1024 * 1024
/** More lines than this are no fold any more. */
const MAX_FOLD_LINES = 100
/** Characters of a session's id: 26 hold 128 bits, 64 is the longest name that is opened. */
const SESSION_ID_LENGTHS = [26, 64] as const

const PRIVATE = "what is stored is private, and no setting changes that"

/** Every variable, by the field of `Config` it fills, in the order in which they are printed. */
export const VARIABLES: { readonly [K in keyof Config]: Variable<Config[K]> } = {
  nodeEnv: {
    name: "NODE_ENV",
    bare: true,
    group: "Application",
    kind: earlyChoice(NODE_ENV, "development", "production", "test"),
    fallback: () => NODE_ENV.default,
    documentation: "Which .env.<NODE_ENV> of the configuration directory is read.",
    usedBy: "the configuration"
  },
  logLevel: {
    name: "LOG_LEVEL",
    bare: true,
    group: "Application",
    kind: choice("debug", "info", "warn", "error"),
    fallback: () => "info",
    documentation: "The least that is written to the log.",
    usedBy: "the log"
  },
  port: {
    name: "PORT",
    bare: true,
    group: "Application",
    kind: wholeNumber("", 1, 65_535),
    fallback: () => 3000,
    documentation: "The port of the health and metrics endpoints.",
    usedBy: "effecttalk serve-metrics and --metrics"
  },
  dataDir: {
    name: "DATA_DIR",
    bare: true,
    group: "Storage",
    kind: absolutePath,
    fallback: (environment) =>
      environment.XDG_STATE_HOME?.startsWith("/")
        ? join(environment.XDG_STATE_HOME, "effecttalk")
        : join(homeDirectory(environment), ".local/state/effecttalk"),
    documentation: "Directory of sessions, archive, backups and logs.",
    usedBy: "every session"
  },
  backupInterval: {
    name: "BACKUP_INTERVAL",
    bare: true,
    group: "Storage",
    kind: wholeNumber("milliseconds", MINUTE_MS, MAX_TIMER_MS),
    fallback: () => HOUR_MS,
    documentation: "Time from one backup of the sessions to the next.",
    usedBy: "every process that has a session open"
  },
  backupRetention: {
    name: "BACKUP_RETENTION",
    bare: true,
    group: "Storage",
    kind: wholeNumber("milliseconds", HOUR_MS, 3650 * DAY_MS),
    fallback: () => 7 * DAY_MS,
    documentation: "How long a backup is kept; the last good one is kept for ever.",
    usedBy: "every backup"
  },
  backupMaxBytes: {
    name: "BACKUP_MAX_BYTES",
    bare: false,
    group: "Storage",
    kind: wholeNumber("bytes", MIN_BACKUP_BYTES, 64 * GIB),
    fallback: () => GIB,
    documentation: "Size of all backups together: the oldest go first, and one that alone is larger is not made.",
    usedBy: "every backup"
  },
  archiveAfter: {
    name: "ARCHIVE_AFTER",
    bare: false,
    group: "Storage",
    kind: wholeNumber("milliseconds", 0, 3650 * DAY_MS),
    fallback: () => 30 * DAY_MS,
    documentation: "How long a session is unused before it moves to the archive; 0 for never. Pinned ones stay.",
    usedBy: "the screen, soon after its start and once a day"
  },
  maxProcessTimeout: {
    name: "MAX_PROCESS_TIMEOUT",
    bare: true,
    group: "Processes",
    kind: wholeNumber("milliseconds", 100, MAX_TIMER_MS),
    fallback: () => 30 * SECOND_MS,
    documentation: "How long a command without a screen may run; what is typed in the terminal is not bound.",
    usedBy: "effecttalk exec and commands of callers without a screen"
  },
  splitStderr: {
    name: "SPLIT_STDERR",
    bare: false,
    group: "Processes",
    kind: trueOrFalse,
    fallback: () => false,
    documentation: "Whether `effecttalk exec` keeps standard error apart without --split-stderr.",
    usedBy: "effecttalk exec"
  },
  processSpawnTimeout: {
    name: "PROCESS_SPAWN_TIMEOUT",
    bare: true,
    group: "Processes",
    kind: wholeNumber("milliseconds", 100, 10 * MINUTE_MS),
    fallback: () => 5 * SECOND_MS,
    documentation: "How long a process may take to start.",
    usedBy: "every process beside the shells"
  },
  shell: {
    name: "SHELL",
    bare: false,
    group: "Processes",
    kind: early(SHELL, "a shell's name or path"),
    fallback: () => SHELL.default,
    documentation: "The shell of the screen, in place of the one that the environment's SHELL names.",
    usedBy: "every session"
  },
  ptyTermType: {
    name: "PTY_TERM_TYPE",
    bare: true,
    group: "Processes",
    kind: early(PTY_TERM_TYPE, "a terminfo name such as xterm-256color"),
    fallback: () => PTY_TERM_TYPE.default,
    documentation: "TERM of the commands.",
    usedBy: "every shell"
  },
  maxConcurrentProcesses: {
    name: "MAX_CONCURRENT_PROCESSES",
    bare: true,
    group: "Limits",
    kind: wholeNumber("", 1, MAX_PTYS),
    fallback: () => 100,
    documentation: "How many processes may run at a time; the next is refused.",
    usedBy: "every process and shell beside the session's own"
  },
  maxBlockOutputSize: {
    name: "MAX_BLOCK_OUTPUT_SIZE",
    bare: true,
    group: "Limits",
    kind: wholeNumber("bytes", MIN_OUTPUT_BYTES, 4 * GIB),
    fallback: () => MAX_BLOCK_OUTPUT_BYTES,
    documentation: "Output kept per block: the first half and the last half.",
    usedBy: "every block"
  },
  maxSessionSize: {
    name: "MAX_SESSION_SIZE",
    bare: true,
    group: "Limits",
    kind: wholeNumber("bytes", MIN_OUTPUT_BYTES, 64 * GIB),
    fallback: () => MAX_SESSION_BYTES,
    documentation: "Size of a session's files from which its oldest blocks move to the archive.",
    usedBy: "every session on the screen"
  },
  resourcePoolSize: {
    name: "RESOURCE_POOL_SIZE",
    bare: true,
    group: "Limits",
    kind: wholeNumber("", 1, MAX_PTYS),
    fallback: () => 50,
    documentation: "The most shells beside the session's own.",
    usedBy: "pools of resources"
  },
  errorRetryMaxAttempts: {
    name: "ERROR_RETRY_MAX_ATTEMPTS",
    bare: true,
    group: "Error recovery",
    kind: wholeNumber("", 0, 100),
    fallback: () => 3,
    documentation: "How often an operation that failed in passing is tried again.",
    usedBy: "operations on disk and processes"
  },
  errorRetryBaseDelay: {
    name: "ERROR_RETRY_BASE_DELAY",
    bare: true,
    group: "Error recovery",
    kind: wholeNumber("milliseconds", 1, MINUTE_MS),
    fallback: () => 100,
    documentation: "Wait before the first retry; each further wait is twice as long.",
    usedBy: "operations on disk and processes"
  },
  errorRetryMaxDelay: {
    name: "ERROR_RETRY_MAX_DELAY",
    bare: true,
    group: "Error recovery",
    kind: wholeNumber("milliseconds", 1, HOUR_MS),
    fallback: () => 10 * SECOND_MS,
    documentation: "The longest wait before a retry.",
    usedBy: "operations on disk and processes"
  },
  metricsEnabled: {
    name: "METRICS_ENABLED",
    bare: true,
    group: "Monitoring",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether metrics are counted.",
    usedBy: "every session, and the metrics endpoint"
  },
  metricsInterval: {
    name: "METRICS_INTERVAL",
    bare: true,
    group: "Monitoring",
    kind: wholeNumber("milliseconds", SECOND_MS, DAY_MS),
    fallback: () => MINUTE_MS,
    documentation: "Time from one measurement of processes and memory to the next.",
    usedBy: "every session, and the metrics endpoint"
  },
  structuredLogging: {
    name: "STRUCTURED_LOGGING",
    bare: true,
    group: "Monitoring",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether the lines of the log are JSON; text otherwise.",
    usedBy: "the log"
  },
  auditLogEnabled: {
    name: "AUDIT_LOG_ENABLED",
    bare: true,
    group: "Monitoring",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether what is done to sessions is written to an audit log.",
    usedBy: "the audit log"
  },
  enableCors: {
    name: "ENABLE_CORS",
    bare: true,
    group: "Security",
    kind: trueOrFalse,
    fallback: () => false,
    documentation: "Whether pages of other origins may read the HTTP endpoints.",
    usedBy: "the HTTP endpoints"
  },
  enableCompression: {
    name: "ENABLE_COMPRESSION",
    bare: true,
    group: "Security",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether HTTP answers are compressed where the client asks for it.",
    usedBy: "the HTTP endpoints"
  },
  sessionIdLength: {
    name: "SESSION_ID_LENGTH",
    bare: true,
    group: "Security",
    kind: wholeNumber("", ...SESSION_ID_LENGTHS),
    fallback: () => 32,
    documentation: "Characters of a new session's id, of 5 random bits each.",
    usedBy: "new sessions"
  },
  sanitizeErrorMessages: {
    name: "SANITIZE_ERROR_MESSAGES",
    bare: true,
    group: "Security",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether error messages in logs and answers leave out stack traces, paths and quoted text.",
    usedBy: "the log and the HTTP endpoints"
  },
  enforceHttps: {
    name: "ENFORCE_HTTPS",
    bare: true,
    group: "Security",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether plain HTTP that came through a trusted proxy is redirected to HTTPS.",
    usedBy: "the HTTP endpoints"
  },
  trustedProxies: {
    name: "TRUSTED_PROXIES",
    bare: true,
    group: "Security",
    kind: networks,
    fallback: () => [],
    documentation: "Proxies whose X-Forwarded headers are believed.",
    usedBy: "the HTTP endpoints"
  },
  enablePtySecurity: {
    name: "ENABLE_PTY_SECURITY",
    bare: true,
    group: "Security",
    kind: alwaysTrue("what programs print is always made harmless before it is stored or shown"),
    fallback: () => true,
    documentation: "Whether output is freed of sequences that could act on the terminal.",
    usedBy: "every block"
  },
  dataDirPermissions: {
    name: "DATA_DIR_PERMISSIONS",
    bare: true,
    group: "Security",
    kind: fixedMode(0o700, PRIVATE),
    fallback: () => 0o700,
    documentation: "Mode of the directories below DATA_DIR.",
    usedBy: "every session"
  },
  sessionFilePermissions: {
    name: "SESSION_FILE_PERMISSIONS",
    bare: true,
    group: "Security",
    kind: fixedMode(0o600, PRIVATE),
    fallback: () => 0o600,
    documentation: "Mode of the files of sessions.",
    usedBy: "every session"
  },
  backupFilePermissions: {
    name: "BACKUP_FILE_PERMISSIONS",
    bare: true,
    group: "Security",
    kind: fixedMode(0o600, PRIVATE),
    fallback: () => 0o600,
    documentation: "Mode of backups.",
    usedBy: "every backup"
  },
  clipboard: {
    name: "CLIPBOARD",
    bare: false,
    group: "Security",
    kind: choice("never", "ask", "always"),
    fallback: () => "ask",
    documentation: "Whether programs may write to the terminal's clipboard (OSC 52); none can read it.",
    usedBy: "the screen"
  },
  prompt: {
    name: "PROMPT",
    bare: false,
    group: "Screen",
    kind: earlyChoice(PROMPT, "shell", "own"),
    fallback: () => PROMPT.default,
    documentation: "Whose prompt stands above the editor: the shell's own, or EffectTalk's (directory and branch).",
    usedBy: "the editor"
  },
  leader: {
    name: "LEADER",
    bare: false,
    group: "Screen",
    kind: choice(...(Object.keys(LEADERS) as [Leader, ...Array<Leader>])),
    fallback: () => "ctrl+\\",
    documentation: "The key that takes the keyboard from a running program.",
    usedBy: "the screen"
  },
  suggest: {
    name: "SUGGEST",
    bare: false,
    group: "Screen",
    kind: trueOrFalse,
    fallback: () => true,
    documentation: "Whether the editor shows, dim behind the text, how the history says that it goes on.",
    usedBy: "the editor"
  },
  mouse: {
    name: "MOUSE",
    bare: false,
    group: "Screen",
    kind: trueOrFalse,
    fallback: (environment) => !isInsideScreen(environment),
    documentation:
      "Whether wheel and clicks are EffectTalk's at the start; Shift leaves them to the terminal (unset inside GNU screen: false).",
    usedBy: "the screen"
  },
  foldFirstLines: {
    name: "FOLD_FIRST_LINES",
    bare: false,
    group: "Screen",
    kind: wholeNumber("", 0, MAX_FOLD_LINES),
    fallback: () => DEFAULT_FOLD_LINES.first,
    documentation: "First lines that a folded block shows.",
    usedBy: "the blocks"
  },
  foldLastLines: {
    name: "FOLD_LAST_LINES",
    bare: false,
    group: "Screen",
    kind: wholeNumber("", 0, MAX_FOLD_LINES),
    fallback: () => DEFAULT_FOLD_LINES.last,
    documentation: "Last lines that a folded block shows.",
    usedBy: "the blocks"
  },
  autoFoldLines: {
    name: "AUTO_FOLD_LINES",
    bare: false,
    group: "Screen",
    kind: wholeNumber("", 0, MAX_AUTO_FOLD_LINES),
    fallback: () => 0,
    documentation: "A command that succeeds with more lines of output than this folds when it ends; 0 folds none.",
    usedBy: "the blocks"
  },
  sidebar: {
    name: "SIDEBAR",
    bare: false,
    group: "Screen",
    kind: choice("auto", "open", "closed"),
    fallback: () => "auto",
    documentation: "Whether the sidebar is there at the start; auto opens it from 120 columns on.",
    usedBy: "the screen"
  }
}

/** The fields of `Config`. */
export type Field = keyof Config

/** The fields of `Config`, in the table's order. */
export const FIELDS = Object.keys(VARIABLES) as ReadonlyArray<Field>

/** Pairs of which the first may not be more than the second: a wait, a block, a backup would not fit. */
export const ORDERED = [
  ["backupInterval", "backupRetention"],
  ["maxBlockOutputSize", "maxSessionSize"],
  ["errorRetryBaseDelay", "errorRetryMaxDelay"]
] as const satisfies ReadonlyArray<readonly [Field, Field]>
