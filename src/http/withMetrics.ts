import * as Effect from "effect/Effect"
import { ConfigService } from "../services/ConfigService.ts"
import { Telemetry } from "../services/Telemetry.ts"

declare const __VERSION__: string

/**
 * Serves health and metrics beside the screen until the scope ends: this process as it is now, and all others that share
 * DATA_DIR. Gives the line to show; also when the port cannot be had, since the terminal is worth more than its metrics.
 *
 * @param port null for PORT of the configuration
 */
export const withMetrics = Effect.fn("withMetrics")(function* (port: number | null) {
  const config = yield* ConfigService
  const { live } = yield* Telemetry
  const { sidecar } = yield* Effect.promise(() => import("./sidecar.ts"))
  const options = { config, version: __VERSION__, host: null, port: port ?? config.port, allowedHosts: [], live }
  return yield* sidecar(options).pipe(
    Effect.map(({ urls }) => `metrics at ${urls[0]}/metrics`),
    Effect.catchAll((error) => Effect.succeed(`metrics are not served: ${error.message}`))
  )
})
