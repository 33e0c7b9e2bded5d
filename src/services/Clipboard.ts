import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { findProgram } from "../shell/findProgram.ts"
import { type ClipboardTarget, clipboardSequence, MAX_CLIPBOARD_BYTES, throughScreen } from "../terminal/clipboard.ts"
import { runHelper } from "./runHelper.ts"

/** How long a program has to take a text, in ms: xclip waits for the X server, tmux for a busy one. */
const COPY_TIMEOUT_MS = 3_000
/** Longest text that programs are given, in bytes of UTF-8: who holds a clipboard holds it in memory. */
export const MAX_HELPER_BYTES = 64 * 1024 * 1024
/** What a program may print: they print nothing. */
const MAX_COPY_OUTPUT_BYTES = 4096

/** Why nothing has the text. */
export class ClipboardError extends Schema.TaggedError<ClipboardError>()("ClipboardError", {
  /** `TooLong`: for everything there is. `Failed`: no program took it, and it is too long for the terminal. */
  reason: Schema.Literal("TooLong", "Failed"),
  /** One line, untrusted: it holds what programs said. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** Where a text is now. */
export interface Copied {
  /** What has it: a program that has said so, by its name, or the terminal, which says nothing. */
  readonly by: ReadonlyArray<string>
  /** Nobody has answered: it was sent to the terminal. */
  readonly sent: boolean
  /** What programs that were asked first had to say, one line, untrusted; null where all went well. */
  readonly problem: string | null
}

/** A program that takes text on its standard input. */
interface Helper {
  readonly name: string
  /** For one target; null where the program has none such. */
  readonly args: (target: "clipboard" | "primary") => ReadonlyArray<string> | null
  /** Variables it needs beside the user's. */
  readonly variables?: Readonly<Record<string, string>>
}

/** The type is told, because wl-copy would run another program to find it out. */
const WL_COPY: Helper = {
  name: "wl-copy",
  args: (target) => ["--type", "text/plain", ...(target === "primary" ? ["--primary"] : [])]
}
const XCLIP: Helper = { name: "xclip", args: (target) => ["-in", "-selection", target] }
const XSEL: Helper = { name: "xsel", args: (target) => ["--input", `--${target}`] }
/** It reads its input by the locale, and a start from the desktop has none. */
const PBCOPY: Helper = {
  name: "pbcopy",
  args: (target) => (target === "clipboard" ? [] : null),
  variables: { LC_CTYPE: "UTF-8" }
}
/** Into a buffer of its own and, by `-w` (tmux 3.2), to the terminal it is shown on, whatever `set-clipboard` lets others do. */
const TMUX: Helper = { name: "tmux", args: (target) => (target === "clipboard" ? ["load-buffer", "-w", "-"] : null) }

type Environment = Readonly<Record<string, string | undefined>>

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ""

/** The programs for the desktop that the user sits at: none over ssh, where `DISPLAY` is another machine's. */
const desktopHelpers = (environment: Environment): ReadonlyArray<Helper> => {
  if (isSet(environment.SSH_CONNECTION) || isSet(environment.SSH_TTY)) return []
  return [
    ...(isSet(environment.WAYLAND_DISPLAY) ? [WL_COPY] : []),
    ...(isSet(environment.DISPLAY) ? [XCLIP, XSEL] : []),
    PBCOPY
  ]
}

/** What the user's clipboard is reached by. */
export interface ClipboardOptions {
  /** The environment EffectTalk was started with. */
  readonly environment: Environment
  /** Writes to the outer terminal. */
  readonly write: (sequence: string) => void
}

/** The user's clipboard. */
export interface Clipboard {
  /**
   * Copies text, one after the other: to the desktop by the first program that is there, inside tmux to its buffer as well,
   * and where neither took it to the terminal, which does not answer.
   */
  readonly copy: (text: string, target?: ClipboardTarget) => Effect.Effect<Copied, ClipboardError>
}

/** The first line that a program said, or what became of it. */
const complaint = (name: string, said: string): string => `${name}: ${said.trim().split("\n")[0] || "failed"}`

/** The user's clipboard, by whatever leads there. */
export const makeClipboard = ({ environment, write }: ClipboardOptions): Clipboard => {
  const turn = Effect.unsafeMakeSemaphore(1)
  const env = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => isSet(entry[1]))
  )

  const give = ({ name, args, variables }: Helper, bytes: Buffer, target: "clipboard" | "primary") =>
    Effect.gen(function* () {
      const words = args(target)
      if (words === null) return null
      const result = yield* runHelper({
        command: name,
        args: words,
        cwd: "/",
        env: { ...env, ...variables },
        timeout: COPY_TIMEOUT_MS,
        maxOutputBytes: MAX_COPY_OUTPUT_BYTES,
        input: bytes,
        leavesProcess: true
      }).pipe(Effect.mapError(({ message }) => message))
      return result.exitCode === 0 ? name : yield* Effect.fail(complaint(name, result.stderr))
    })

  const copy = Effect.fn("Clipboard.copy")(function* (text: string, target: ClipboardTarget = "clipboard") {
    const bytes = Buffer.from(text, "utf8")
    const targets = target === "both" ? (["primary", "clipboard"] as const) : ([target] as const)
    const desktop = desktopHelpers(environment).find(({ name }) => findProgram(name, environment.PATH) !== null)
    const helpers = [...(desktop === undefined ? [] : [desktop]), ...(isSet(environment.TMUX) ? [TMUX] : [])]
    const answers =
      bytes.length > MAX_HELPER_BYTES
        ? []
        : yield* Effect.forEach(
            helpers.flatMap((helper) => targets.map((each) => ({ helper, each }))),
            ({ helper, each }) => Effect.either(give(helper, bytes, each)),
            { concurrency: "unbounded" }
          )
    const problem = answers.find(Either.isLeft)?.left ?? null
    const by = [...new Set(answers.filter(Either.isRight).flatMap(({ right }) => right ?? []))]
    if (by.length > 0) return { by, sent: false, problem }
    const sequence = clipboardSequence(text, target)
    if (sequence === null) {
      const limit = `longer than the ${MAX_CLIPBOARD_BYTES / 1000} kB that terminals take`
      if (problem !== null) return yield* new ClipboardError({ reason: "Failed", detail: `${limit}, and ${problem}` })
      const detail = helpers.length === 0 ? limit : `longer than ${MAX_HELPER_BYTES / 1024 / 1024} MB`
      return yield* new ClipboardError({ reason: "TooLong", detail })
    }
    const isScreen = isSet(environment.STY) && !isSet(environment.TMUX)
    write(isScreen ? throughScreen(sequence) : sequence)
    return { by: [isScreen ? "screen" : "terminal"], sent: true, problem }
  })

  return { copy: (text, target) => turn.withPermits(1)(copy(text, target)) }
}
