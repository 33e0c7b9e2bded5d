import * as Schema from "effect/Schema"

/** Why the sidecar does not listen. */
export class HttpError extends Schema.TaggedError<HttpError>()("HttpError", {
  /**
   * `Taken`: another program listens there. `Forbidden`: the system does not let this user have the port. `NoAddress`:
   * this machine has no such address, or the name has none. `Io`: the system said no otherwise.
   */
  reason: Schema.Literal("Taken", "Forbidden", "NoAddress", "Io"),
  host: Schema.String,
  port: Schema.Int,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return MESSAGES[this.reason](this)
  }

  /** The error for what listening reported. */
  static from(cause: NodeJS.ErrnoException, host: string, port: number): HttpError {
    return new HttpError({ reason: REASONS[cause.code ?? ""] ?? "Io", host, port, cause })
  }
}

const REASONS: Readonly<Record<string, HttpError["reason"]>> = {
  EADDRINUSE: "Taken",
  EACCES: "Forbidden",
  EPERM: "Forbidden",
  EADDRNOTAVAIL: "NoAddress",
  EAFNOSUPPORT: "NoAddress",
  ENOTFOUND: "NoAddress",
  EAI_AGAIN: "NoAddress"
}

const MESSAGES: Record<HttpError["reason"], (error: HttpError) => string> = {
  Taken: ({ port, host }) => `port ${port} is taken on ${host}: choose another with --port or EFFECTTALK_PORT`,
  Forbidden: ({ port, host }) => `port ${port} on ${host} is not for this user: choose one from 1024 to 65535`,
  NoAddress: ({ host }) => `this machine has no address ${JSON.stringify(host)} to listen on`,
  Io: ({ port, host, cause }) =>
    `listening on port ${port} of ${host} failed: ${cause instanceof Error ? cause.message : "unknown error"}`
}
