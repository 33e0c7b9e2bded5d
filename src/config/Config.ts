import type { Leader } from "./leaders.ts"

/** EffectTalk's configuration, every value checked. Durations in milliseconds, sizes in bytes. */
export interface Config {
  readonly nodeEnv: "development" | "production" | "test"
  readonly logLevel: "debug" | "info" | "warn" | "error"
  /** TCP port. */
  readonly port: number

  /** Absolute path. */
  readonly dataDir: string
  readonly backupInterval: number
  readonly backupRetention: number
  /** 0 for never. */
  readonly archiveAfter: number
  readonly backupMaxBytes: number

  readonly maxProcessTimeout: number
  readonly splitStderr: boolean
  readonly processSpawnTimeout: number
  /** Name or path; empty where SHELL decides. */
  readonly shell: string
  /** A terminfo name. */
  readonly ptyTermType: string

  readonly maxConcurrentProcesses: number
  readonly maxBlockOutputSize: number
  /** At least `maxBlockOutputSize`. */
  readonly maxSessionSize: number
  readonly resourcePoolSize: number

  /** Attempts after the first. */
  readonly errorRetryMaxAttempts: number
  readonly errorRetryBaseDelay: number
  /** At least `errorRetryBaseDelay`. */
  readonly errorRetryMaxDelay: number

  readonly metricsEnabled: boolean
  readonly metricsInterval: number
  readonly structuredLogging: boolean
  readonly auditLogEnabled: boolean

  readonly enableCors: boolean
  readonly enableCompression: boolean
  /** Characters of 5 bits each. */
  readonly sessionIdLength: number
  readonly sanitizeErrorMessages: boolean
  readonly enforceHttps: boolean
  /** Addresses and networks in CIDR notation. */
  readonly trustedProxies: ReadonlyArray<string>
  readonly enablePtySecurity: true
  readonly dataDirPermissions: 0o700
  readonly sessionFilePermissions: 0o600
  readonly backupFilePermissions: 0o600

  /** Whether what programs write to the clipboard gets there. */
  readonly clipboard: "never" | "ask" | "always"

  readonly prompt: "shell" | "own"
  readonly leader: Leader
  /** Whether the history suggests how a line goes on. */
  readonly suggest: boolean
  readonly mouse: boolean
  readonly foldFirstLines: number
  readonly foldLastLines: number
  readonly autoFoldLines: number
  /** `auto` is open from 120 columns on. */
  readonly sidebar: "auto" | "open" | "closed"
}
