import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StructuredLoggingService } from "../../src/services/StructuredLoggingService.ts"

/** A log that is a list: `audit session.created`, `error a session was not opened`. */
export const fakeLogging = (lines: Array<string> = []) => {
  const write = (kind: string, text: string) => Effect.sync(() => void lines.push(`${kind} ${text}`))
  return Layer.succeed(
    StructuredLoggingService,
    StructuredLoggingService.of({
      log: write,
      logPerformance: (operation) => write("performance", operation),
      audit: (action) => write("audit", action),
      withRequest: (operation, effect) => Effect.zipRight(write("request", operation), effect),
      flush: Effect.void,
      health: () => ({ lost: 0, failure: null })
    })
  )
}
