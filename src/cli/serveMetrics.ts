import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { HttpError } from "../http/HttpError.ts"
import { ConfigService } from "../services/ConfigService.ts"
import { truncateText, visibleText } from "../ui/blocks/visibleText.ts"
import { CliError } from "./CliError.ts"
import { requireConfig } from "./configProblems.ts"
import type { Surroundings } from "./open.ts"

declare const __VERSION__: string

/** Longest part of a message that came from an argument, in cells. */
const MAX_MESSAGE_CELLS = 200

const host = Options.text("host").pipe(
  Options.withPseudoName("address"),
  Options.withDescription(
    "Listen on this address instead of this machine's own; whoever reaches it can read the metrics."
  ),
  Options.optional
)

const allowHost = Options.text("allow-host").pipe(
  Options.withPseudoName("name"),
  Options.withDescription("Answer requests for this host name too, beside localhost and addresses."),
  Options.repeated
)

const toCliError = (error: HttpError): CliError =>
  new CliError({
    // A port or address that cannot be had was asked for wrongly; anything else is the system's failure.
    exitCode: error.reason === "Io" ? 1 : 2,
    line: truncateText(visibleText(error.message), MAX_MESSAGE_CELLS)
  })

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i

const serve = Effect.fn("serveMetrics")(function* (
  host: string | null,
  allowedHosts: ReadonlyArray<string>,
  { configuration }: Surroundings
) {
  yield* requireConfig(configuration)
  const config = yield* ConfigService
  if (config.port === 0) {
    return yield* new CliError({ exitCode: 2, line: "port 0: whoever asks must know the port; choose one up to 65535" })
  }
  const { sidecar } = yield* Effect.promise(() => import("../http/sidecar.ts"))
  const { urls } = yield* Effect.mapError(
    sidecar({ config, version: __VERSION__, host, port: config.port, allowedHosts, live: null }),
    toCliError
  )
  yield* Effect.sync(() => {
    if (host !== null && !LOOPBACK.test(host)) {
      process.stderr.write(
        `effecttalk: ${urls.join(" ")} may be reached from other machines: whoever can, reads the metrics\n`
      )
    }
    process.stdout.write(`effecttalk: metrics and health at ${urls.join(" and ")}\n`)
  })
  // The end is a signal's: the scope then drains what is in flight.
  return yield* Effect.never
}, Effect.scoped)

/** `effecttalk serve-metrics`: health and metrics of every EffectTalk that shares DATA_DIR, until a signal ends it. */
export const serveMetrics = (surroundings: Surroundings) =>
  Command.make("serve-metrics", { host, allowHost }, (options) =>
    serve(Option.getOrNull(options.host), options.allowHost, surroundings)
  ).pipe(Command.withDescription("Serve health and metrics of all your sessions over HTTP (--port, PORT)."))
