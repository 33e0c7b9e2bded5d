import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Config } from "../config.ts"
import { pidNamespace } from "../platform.ts"
import { systemProcesses } from "../services/persistence/ProcessLock.ts"
import { foldEnded, type LiveCounts, readAggregate } from "../services/telemetry/SharedCounts.ts"
import { type Answering, answer } from "./answer.ts"
import { exposition } from "./exposition.ts"
import type { HttpError } from "./HttpError.ts"
import { HTTP_LIMITS, type HttpLimits, type Listening, listen } from "./listen.ts"
import { networks } from "./origin.ts"
import { readinessProbe } from "./readiness.ts"

/** The part of the configuration that the endpoints need. */
export type SidecarConfig = Pick<
  Config,
  | "dataDir"
  | "metricsEnabled"
  | "metricsInterval"
  | "enableCors"
  | "enableCompression"
  | "enforceHttps"
  | "trustedProxies"
  | "sanitizeErrorMessages"
>

/** Where the endpoints are served, and for whom. */
export interface SidecarOptions {
  readonly config: SidecarConfig
  /** EffectTalk's. */
  readonly version: string
  /** null for this machine's own addresses. */
  readonly host: string | null
  /** 0 for any. */
  readonly port: number
  /** Names beside `localhost`, `host` and addresses under which it may be asked. */
  readonly allowedHosts: ReadonlyArray<string>
  /** Counts of this very process; null when it counts nothing. */
  readonly live: (() => LiveCounts) | null
  readonly limits?: HttpLimits
}

/**
 * Serves health and metrics of every EffectTalk that shares DATA_DIR until the scope ends, and adds up the counts of
 * those that have ended every METRICS_INTERVAL. Fails with `HttpError` when it cannot listen.
 */
export const sidecar = Effect.fn("sidecar")(function* (
  options: SidecarOptions
): Effect.fn.Return<Listening, HttpError, Scope.Scope> {
  const { config, version, host, port, allowedHosts, live, limits = HTTP_LIMITS } = options
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis()
  const shared = { dataDir: config.dataDir, processes: systemProcesses(), namespace: pidNamespace(), now }
  const aggregate = () => readAggregate(shared, live?.() ?? null)
  let draining = false
  const answering: Answering = {
    allowedHosts: host === null ? allowedHosts : [host, ...allowedHosts],
    trustedProxies: networks(config.trustedProxies),
    enforceHttps: config.enforceHttps,
    enableCors: config.enableCors,
    enableCompression: config.enableCompression,
    sanitizeErrorMessages: config.sanitizeErrorMessages,
    ready: readinessProbe({
      dataDir: config.dataDir,
      sanitizeErrorMessages: config.sanitizeErrorMessages,
      aggregate,
      now
    }),
    metrics: config.metricsEnabled ? () => exposition(aggregate(), version, now()) : null,
    isDraining: () => draining,
    now,
    startedAt: now()
  }
  const listening = yield* listen(host, port, (asked) => answer(answering, asked), limits)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      draining = true
    })
  )
  if (config.metricsEnabled) {
    // A disk that says no is told by /health/ready; the sums are right without, and the next try is not far.
    yield* Effect.ignore(Effect.tryPromise(() => foldEnded(shared))).pipe(
      Effect.zipRight(Effect.sleep(config.metricsInterval)),
      Effect.forever,
      Effect.forkScoped
    )
  }
  return listening
})
