import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Config } from "../config.ts"

export type { Config } from "../config.ts"

/** The checked configuration, read once at the composition root. */
export class ConfigService extends Context.Tag("effecttalk/ConfigService")<ConfigService, Config>() {
  /** Serves a configuration that was already read. */
  static readonly layer = (config: Config) => Layer.succeed(this, config)
}
