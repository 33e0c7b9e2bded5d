import { dirname } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { SessionId } from "../../domain/ids.ts"
import { removePrivateDirectory } from "../../shell/privateDirectory.ts"
import type { LockOwner } from "../persistence/ProcessLock.ts"
import type { GiveUp } from "./OwnerSocket.ts"
import { socketPath } from "./socketPath.ts"
import { silent, TakeoverError } from "./TakeoverError.ts"

/** The first frame comes before the socket, in milliseconds: who asks tries again meanwhile. */
const LISTEN_AFTER_MS = 250

/** How sessions change hands between the processes of a user, see takeoverProtocol.ts. */
export class Takeover extends Context.Tag("effecttalk/Takeover")<
  Takeover,
  {
    /** Absolute path of the socket on which this process can be asked, for its locks; null while it cannot be. Plain. */
    readonly socket: () => string | null
    /** Listens until the scope ends. Where there is no place for a socket nobody can ask, which costs nothing else. */
    readonly listen: (giveUp: GiveUp) => Effect.Effect<void, never, Scope.Scope>
    /** Has the owner of a session give it up: its lock is released then. */
    readonly ask: (id: SessionId, owner: LockOwner) => Effect.Effect<void, TakeoverError>
  }
>() {
  /** @param runtimeDirectory XDG_RUNTIME_DIR, in which the socket is put */
  static readonly layer = (runtimeDirectory: string | undefined) =>
    Layer.sync(this, () => {
      let socket: string | null = null
      return Takeover.of({
        socket: () => socket,
        listen: Effect.fn("Takeover.listen")(function* (giveUp) {
          // At once, for the locks; who listens there is loaded behind the first frame.
          const path = yield* Effect.acquireRelease(
            Effect.sync(() => socketPath(runtimeDirectory)),
            (made) =>
              Effect.sync(() => {
                socket = null
                if (made !== null) removePrivateDirectory(dirname(made))
              })
          )
          if (path === null) return
          socket = path
          yield* Effect.sleep(LISTEN_AFTER_MS).pipe(
            Effect.zipRight(Effect.promise(() => import("./OwnerSocket.ts"))),
            Effect.flatMap(({ OwnerSocket }) =>
              Effect.acquireRelease(
                Effect.sync(() => new OwnerSocket(path, giveUp)),
                (open) => Effect.sync(() => open.close())
              )
            ),
            Effect.zipRight(Effect.never),
            Effect.scoped,
            Effect.forkScoped
          )
        }),
        ask: Effect.fn("Takeover.ask")((id, owner) =>
          Effect.tryPromise({
            try: async () => (await import("./askOwner.ts")).askOwner(id, owner),
            catch: (cause) => (cause instanceof TakeoverError ? cause : silent(owner.pid))
          })
        )
      })
    })
}
