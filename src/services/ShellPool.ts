import { basename } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { isAlive } from "../platform.ts"
import { endSession, NO_JOBS } from "../shell/endSession.ts"
import type { EnvironmentChange } from "../shell/integration/ShellIntegration.ts"
import { PlainShell, type PlainShellOptions, spawnPlainShell } from "../shell/PlainShell.ts"
import type { Pty } from "../shell/Pty.ts"
import { removePrivateDirectory } from "../shell/privateDirectory.ts"
import { ShellDriver, type ShellListener } from "../shell/ShellDriver.ts"
import { handOver, type ShellOptions, type SpawnedShell, spawnShell } from "../shell/spawnShell.ts"
import type { ProcessObserver } from "./ProcessService.ts"
import { ResourceManagement } from "./ResourceManagement.ts"
import type { PoolError } from "./ResourcePool.ts"
import { ShellStartError } from "./ShellError.ts"
import { countedShell } from "./telemetry/countedShell.ts"

/** Shells kept ready while nobody uses them. */
const MAX_WARM = 1

/** How the shells of a pool are started. */
export interface ShellPoolOptions extends Pick<ShellOptions, "shell" | "environment" | "columns" | "rows" | "term"> {
  /** Most shells at a time; RESOURCE_POOL_SIZE where it is left out. */
  readonly maxSize?: number
  /** Told of every shell that starts and ends. */
  readonly observer?: ProcessObserver
}

/** Where and how a plain shell begins. */
export type PlainShellPlace = Pick<PlainShellOptions, "directory" | "changes" | "columns" | "rows">

/** A shell that waits for what it is to be used for, behind its start files. */
export class PooledShell {
  readonly #shell: SpawnedShell
  #driver: ShellDriver | null = null

  constructor(shell: SpawnedShell) {
    this.#shell = shell
  }

  get pid(): number {
    return this.#shell.pty.pid
  }

  /** Has the shell go on, in a directory and with changed variables, under a driver. Once. */
  drive(directory: string, changes: EnvironmentChange, listener: ShellListener): ShellDriver | null {
    if (!handOver(this.#shell, directory, changes)) return null
    this.#driver = new ShellDriver(this.#shell, listener)
    return this.#driver
  }

  /** Ends it and what runs in it (see `endSession`). */
  async close(): Promise<void> {
    if (this.#driver !== null) return this.#driver.close()
    await endSession(this.#shell.pty, NO_JOBS)
    this.#shell.pty.close()
    removePrivateDirectory(this.#shell.files)
  }
}

/**
 * The shells of this process that run one command each, beside those of its sessions. None is started until one is needed;
 * then one more is kept ready, behind its start files.
 */
export class ShellPool extends Context.Tag("effecttalk/ShellPool")<
  ShellPool,
  {
    /** Lends one until the scope ends, which ends the shell. Fails with `PoolError`, or when none can be started. */
    readonly lease: Effect.Effect<PooledShell, PoolError | ShellStartError, Scope.Scope>
    /**
     * Starts a plain shell, which has the place of one of them until the scope ends it. Fails with `PoolError`, or when none
     * can be started.
     */
    readonly plain: (where: PlainShellPlace) => Effect.Effect<PlainShell, PoolError | ShellStartError, Scope.Scope>
    /** Makes the next one ready in the background: once the first one's start is over, which it would slow down. */
    readonly warmUp: Effect.Effect<void>
    /** The environment that they are started with, before their start files. */
    readonly environment: Readonly<Record<string, string | undefined>>
    /** How many wait, ready. Plain, like the next two: a metric reads them at any time. */
    readonly warm: () => number
    /** How many are in use. */
    readonly used: () => number
    /** `used` as a part of the most there may be, 0–1. */
    readonly utilisation: () => number
  }
>() {
  /** Shells like those of the sessions; all are ended with the layer. */
  static readonly layer = (options: ShellPoolOptions) => Layer.scoped(this, make(options))
}

const make = Effect.fn("ShellPool.make")(function* ({ maxSize, observer, ...options }: ShellPoolOptions) {
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const resources = yield* ResourceManagement
  const counted = <S extends { readonly pty: Pty }>(shell: S): S =>
    observer === undefined ? shell : countedShell(shell, observer, now)
  const pool = yield* resources.createResourcePool(
    Effect.try({
      // At home, like a terminal's window: one that waits elsewhere would keep a disk from being taken away.
      try: () => {
        const directory = options.environment.HOME ?? "/"
        return new PooledShell(counted(spawnShell({ ...options, directory, pooled: true })))
      },
      catch: (cause) => new ShellStartError({ cause })
    }),
    (shell) => Effect.promise(() => shell.close()),
    {
      name: "shells beside",
      ...(maxSize !== undefined && { maxSize }),
      maxIdle: MAX_WARM,
      reuse: false,
      isUsable: ({ pid }) => isAlive(pid, null)
    }
  )
  const scope = yield* Effect.scope
  return ShellPool.of({
    lease: pool.acquire,
    plain: (where) =>
      Effect.zipRight(
        pool.reserve,
        resources.trackResourceLifecycle({
          kind: "plain shell",
          name: basename(options.shell),
          acquire: Effect.try({
            try: () => new PlainShell(counted(spawnPlainShell({ ...options, ...where }))),
            catch: (cause) => new ShellStartError({ cause })
          }),
          release: (shell) => Effect.promise(() => shell.close())
        })
      ),
    warmUp: Effect.asVoid(Effect.forkIn(Effect.ignore(pool.warm), scope)),
    environment: options.environment,
    warm: () => pool.idle,
    used: () => pool.used,
    utilisation: () => pool.utilisation
  })
})
