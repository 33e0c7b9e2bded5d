import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BlockId } from "../../src/domain/ids.ts"
import { type BesideRequest, BesideShells } from "../../src/services/BesideShells.ts"
import { BlockService } from "../../src/services/BlockService.ts"
import { ProcessSlots } from "../../src/services/ProcessSlots.ts"

/** What reached the commands beside. */
export interface FakeBeside {
  readonly requests: Array<BesideRequest>
  /** Keys, by block. */
  readonly written: Array<readonly [BlockId, string]>
  /** Over a `BlockService`. */
  readonly layer: Layer.Layer<BesideShells | ProcessSlots, never, BlockService>
}

/**
 * Commands beside without shells: one opens its block and ends at once with 0; one called `hold` runs until it is
 * interrupted.
 *
 * @param slots commands that may run at a time
 */
export const fakeBeside = (slots = 100): FakeBeside => {
  const requests: Array<BesideRequest> = []
  const written: Array<readonly [BlockId, string]> = []
  const running = new Set<BlockId>()
  const beside = Layer.effect(
    BesideShells,
    Effect.map(BlockService, (blocks) =>
      BesideShells.of({
        run: (id, request) =>
          Effect.gen(function* () {
            requests.push(request)
            running.add(id)
            yield* blocks.createBlock(request.command, { id, directory: request.directory, beside: true })
            if (request.command === "hold") yield* Effect.never
            const end = { status: "success", exitCode: 0, signal: null } as const
            yield* blocks.finishBlock(id, end)
            return end
          }).pipe(Effect.ensuring(Effect.sync(() => running.delete(id)))),
        openShell: (id, { directory }) =>
          Effect.gen(function* () {
            running.add(id)
            yield* blocks.createBlock("bash", { id, directory, beside: true, plain: true })
            return yield* Effect.never
          }).pipe(Effect.ensuring(Effect.sync(() => running.delete(id)))),
        write: (id, bytes) => void written.push([id, Buffer.from(bytes).toString("latin1")]),
        endInput: () => {},
        signal: () => Effect.succeed(null),
        resize: () => {},
        running: () => [...running],
        jobs: Effect.succeed([]),
        environment: {},
        warm: () => 0,
        utilisation: () => running.size / 50
      })
    )
  )
  return { requests, written, layer: Layer.merge(beside, ProcessSlots.layer(slots)) }
}

/** What a fake session's shell tells of itself. */
export const fakeSurroundings = Effect.succeed({
  directory: "/home/ada",
  changes: { set: {}, unset: [] },
  names: {
    start: { functions: new Set<string>(), aliases: new Map<string, string>() },
    now: { functions: new Set<string>(), aliases: new Map<string, string>() },
    builtins: new Set<string>()
  }
})
