import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { backgroundThread } from "./backgroundThread.ts"
import { dataDirectory } from "./persistence/dataDirectory.ts"
import { PersistenceError } from "./persistence/PersistenceError.ts"
import type { BlockText } from "./persistence/Snapshot.ts"
import type { SearchOrder } from "./search/postSearch.ts"
import { type FoundBlock, readFound, type SearchQuery } from "./search/searchSessions.ts"

/** Blocks after which a search stops: nobody reads on, a better pattern is what helps. */
export const MAX_FOUND_BLOCKS = 500

/** Why a search has no result. */
export class SearchError extends Schema.TaggedError<SearchError>()("SearchError", {
  /** `BadPattern`: what was given is no regular expression. `Failed`: the thread could not be started, or broke. */
  reason: Schema.Literal("BadPattern", "Failed"),
  detail: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return this.detail
  }
}

/** What a search tells while it goes on. */
export type SearchNews =
  | { readonly type: "news"; readonly found: ReadonlyArray<FoundBlock>; readonly looked: number }
  /** A session, or a block of one, could not be read. */
  | { readonly type: "refused"; readonly message: string }
  /** The last one; `stopped` when there may be more than `MAX_FOUND_BLOCKS`. */
  | { readonly type: "end"; readonly looked: number; readonly stopped: boolean }

/** What the search needs. */
export interface SessionSearchOptions {
  readonly dataDir: string
  /** Absolute path of the thread's file (src/backgroundWorker.ts, built). */
  readonly worker: string
}

/**
 * Searches the sessions on disk, active and archived, on a thread of its own: neither a large session nor an expression
 * that never ends is felt by somebody who types.
 */
export class SessionSearch extends Context.Tag("effecttalk/SessionSearch")<
  SessionSearch,
  {
    /**
     * What is found, as it is found, newest first, and an `end`. To interrupt ends the thread. Fails with `SearchError`.
     */
    readonly search: (query: SearchQuery) => Stream.Stream<SearchNews, SearchError>
    /** The output of a block that was found, archived or not. Fails with `PersistenceError` when it is not there any more. */
    readonly read: (found: FoundBlock) => Effect.Effect<BlockText, PersistenceError>
  }
>() {
  static readonly layer = ({ dataDir, worker }: SessionSearchOptions) =>
    Layer.succeed(this, {
      read: (found) =>
        Effect.try({
          try: () => readFound(dataDirectory(dataDir), found),
          catch: (cause) => PersistenceError.from(cause, found.session)
        }),
      search: (query) =>
        backgroundThread<SearchOrder>(worker, { type: "search", dataDir, query, maxBlocks: MAX_FOUND_BLOCKS }).pipe(
          Stream.mapError(
            (cause) =>
              new SearchError({
                reason: "Failed",
                detail: `The search has failed: ${cause.message}`,
                cause: cause.cause
              })
          ),
          Stream.mapEffect((message) =>
            message.type === "problem"
              ? new SearchError({ reason: "BadPattern", detail: message.problem })
              : Effect.succeed(message)
          )
        )
    })
}
