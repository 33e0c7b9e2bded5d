import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { readConfig } from "../../src/config.ts"
import type { BlockHeader } from "../../src/domain/Block.ts"
import { type BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import { BesideShells } from "../../src/services/BesideShells.ts"
import { BlockFiles } from "../../src/services/BlockFiles.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { CommandExecutor } from "../../src/services/CommandExecutor.ts"
import { ConfigService } from "../../src/services/ConfigService.ts"
import { ProcessSlots } from "../../src/services/ProcessSlots.ts"
import { ResourceManagement } from "../../src/services/ResourceManagement.ts"
import { SessionShell } from "../../src/services/SessionShell.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { ShellPool } from "../../src/services/ShellPool.ts"
import { BlockStore } from "../../src/terminal/BlockStore.ts"
import { fakeLogging } from "./fakeLogging.ts"

/** How the shells of a test are. */
export interface RealShellsOptions {
  /** Absolute path of another shell than bash. */
  readonly shell?: string
  /** The user's ~/.bashrc. */
  readonly rc?: string
  /** RESOURCE_POOL_SIZE. */
  readonly poolSize?: number
  /** MAX_CONCURRENT_PROCESSES. */
  readonly slots?: number
  /** Bytes of block files that are kept for no command's sake. */
  readonly heldFiles?: number
  readonly env?: Readonly<Record<string, string>>
}

const SIZE = { columns: 80, rows: 24 }

/** A session of real shells, seen from outside. */
export interface RealSession {
  /** The user's home, and the directory that private files are made in. */
  readonly home: string
  readonly runtime: string
  readonly events: ReadonlyArray<SessionEvent>
  /** The session's block once `holds`, such as that it runs. */
  readonly block: (
    command: string,
    holds?: (block: BlockHeader) => boolean
  ) => Effect.Effect<BlockHeader, never, SessionStore>
  /** Waits until a block's output holds a text; gives all of it. */
  readonly prints: (id: BlockId, text: string) => Effect.Effect<string>
  /** A block's output as it is. */
  readonly text: (id: BlockId) => string
}

/** A session with a real bash, and real ones beside it, at a home of its own. All of it has ended afterwards. */
export const withRealShells = <A, E>(
  options: RealShellsOptions,
  use: (
    session: RealSession
  ) => Effect.Effect<
    A,
    E,
    CommandExecutor | BesideShells | SessionShell | BlockService | SessionStore | ShellPool | ProcessSlots
  >
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => ["home-", "run-"].map((name) => mkdtempSync(join(tmpdir(), name))) as [string, string]),
    ([home, runtime]) => {
      writeFileSync(join(home, ".bashrc"), options.rc ?? "PS1='$ '\n")
      const environment = {
        PATH: process.env.PATH ?? "/usr/bin:/bin",
        HOME: home,
        LANG: "C.UTF-8",
        XDG_RUNTIME_DIR: runtime,
        ...options.env
      }
      const events: Array<SessionEvent> = []
      const session = emptySession({
        _tag: "SessionCreated",
        at: 0,
        session: SessionId.make("s1"),
        workingDirectory: home,
        shell: "/bin/bash"
      })
      const outputs = new BlockStore({ maxBytes: 1_000_000, restore: () => null })
      const shells = { shell: options.shell ?? "/bin/bash", environment, ...SIZE }
      const layer = CommandExecutor.layer.pipe(
        Layer.provideMerge(BesideShells.layer(SIZE)),
        Layer.provideMerge(SessionShell.layer(shells, null)),
        Layer.provideMerge(BlockFiles.layer(runtime, options.heldFiles)),
        Layer.provideMerge(BlockService.layer(outputs)),
        Layer.provideMerge(SessionStore.layer(session, { append: (event) => events.push(event) })),
        Layer.provideMerge(ShellPool.layer({ ...shells, ...(options.poolSize && { maxSize: options.poolSize }) })),
        Layer.provideMerge(ResourceManagement.layer({ resourcePoolSize: 5 })),
        Layer.provideMerge(ProcessSlots.layer(options.slots ?? 100)),
        Layer.provideMerge(fakeLogging()),
        Layer.provideMerge(ConfigService.layer(readConfig({}).config))
      )
      const text = (id: BlockId) => outputs.get(id)?.text() ?? ""
      const seen: RealSession = {
        home,
        runtime,
        events,
        block: (command, holds = () => true) =>
          Effect.flatMap(SessionStore, ({ changes }) =>
            changes.pipe(
              Stream.map(({ blocks }) => blocks.find((block) => block.command === command && holds(block))),
              Stream.filter((block) => block !== undefined),
              Stream.runHead,
              Effect.map(Option.getOrThrow)
            )
          ),
        prints: (id, what) =>
          Effect.async<string>((resume) => {
            const look = () => {
              if (text(id).includes(what)) resume(Effect.succeed(text(id)))
            }
            const stop = outputs.subscribe(look)
            look()
            return Effect.sync(stop)
          }),
        text
      }
      return Effect.provide(use(seen), layer)
    },
    ([home, runtime]) =>
      Effect.sync(() => {
        rmSync(home, { recursive: true, force: true })
        rmSync(runtime, { recursive: true, force: true })
      })
  )
