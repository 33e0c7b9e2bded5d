import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type GitBranch, gitBranch } from "./gitBranch.ts"
import { type GitStatus, parseGitStatus } from "./gitStatus.ts"
import { type HelperError, type HelperResult, runHelper } from "./runHelper.ts"

/** How long git may look at a working tree, in milliseconds: a sidebar's answer that comes later is of no use. */
export const GIT_TIMEOUT_MS = 2000
/** What git may print about a working tree, in bytes: about 40,000 files. */
export const MAX_GIT_OUTPUT_BYTES = 4_194_304
/** Longest line of git's own that a message repeats, in UTF-16 units. */
const MAX_DETAIL = 200

/** Why git does not say how a working tree is. */
export class GitError extends Schema.TaggedError<GitError>()("GitError", {
  /**
   * `NoGit`: the program is missing. `NoWorkTree`: outside a repository, in a bare one, or inside `.git`.
   * `Refused`: the repository belongs to somebody else (git's `safe.directory`). `TooLarge`: too slow, or too much to
   * count. `Failed`: anything else, in git's words.
   */
  reason: Schema.Literal("NoGit", "NoWorkTree", "Refused", "TooLarge", "Failed"),
  directory: Schema.String,
  /** What git printed; escape it before it is shown. */
  detail: Schema.String
}) {
  override get message(): string {
    return GIT_MESSAGES[this.reason](JSON.stringify(this.directory), this.detail)
  }
}

const GIT_MESSAGES: Readonly<Record<GitError["reason"], (directory: string, detail: string) => string>> = {
  NoGit: () => "There is no git on PATH",
  NoWorkTree: (directory) => `${directory} is in no working tree`,
  Refused: (directory) =>
    `git refuses ${directory}, which belongs to another user: git config --global --add safe.directory ${directory}`,
  TooLarge: (directory) => `The working tree of ${directory} is too large to ask git about`,
  Failed: (directory, detail) => `git could not look at ${directory}: ${detail}`
}

/** Where directories stand in their repositories. Nothing is written, and no hook and no file watcher is started. */
export class GitService extends Context.Tag("effecttalk/GitService")<
  GitService,
  {
    /** The branch that an absolute directory is on, from a few small files; null outside a repository. */
    readonly branch: (directory: string) => Effect.Effect<GitBranch | null>
    /**
     * How the working tree is, by `git status`. One git runs at a time; whoever asks about a directory while it waits
     * its turn shares its answer, so an answer is never older than the question. Interrupting the last who asks ends it.
     */
    readonly status: (directory: string) => Effect.Effect<GitStatus, GitError>
  }
>() {
  /** @param environment the environment EffectTalk was started with */
  static readonly layer = (environment: Readonly<Record<string, string>>) => Layer.scoped(this, make(environment))
}

/**
 * Variables that tell git of another repository than the directory's, as `git rev-parse --local-env-vars` lists them;
 * but not those that carry settings of the user's. A header speaks of a place.
 */
const REPOSITORY_VARIABLES: ReadonlySet<string> = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_NAMESPACE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE"
])

const gitEnvironment = (environment: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => !REPOSITORY_VARIABLES.has(name))),
  // For the gits that git starts in submodules, too.
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  // Messages are told apart by their words.
  LC_ALL: "C"
})

/**
 * `--no-optional-locks`: the index is not refreshed on disk, so no lock is in the way of the user's own git and no
 * post-index-change hook runs. `core.fsmonitor=false`: neither a watcher of the user's choice nor git's own is started.
 */
const STATUS_ARGUMENTS = [
  "--no-optional-locks",
  "-c",
  "core.fsmonitor=false",
  "status",
  "--porcelain=v2",
  "--branch",
  "-z"
] as const

const ofHelper = (directory: string) => (error: HelperError) => {
  switch (error.reason) {
    case "NotFound":
      return new GitError({ reason: "NoGit", directory, detail: "" })
    case "NoDirectory":
      return new GitError({ reason: "NoWorkTree", directory, detail: "" })
    case "TooSlow":
    case "TooMuch":
      return new GitError({ reason: "TooLarge", directory, detail: "" })
    case "NotStarted":
      return new GitError({ reason: "Failed", directory, detail: error.message })
  }
}

/** What git's words mean (setup.c, builtin/status; 128 is its exit code for every fatal error). */
const ofWords = (directory: string, { exitCode, stderr }: HelperResult): GitError => {
  const line = /^fatal: .*$/m.exec(stderr)?.[0] ?? `exit ${exitCode ?? "by a signal"}`
  const reason = /not a git repository|must be run in a work tree/.test(line)
    ? "NoWorkTree"
    : /dubious ownership|unsafe repository/.test(line)
      ? "Refused"
      : "Failed"
  return new GitError({ reason, directory, detail: line.slice(0, MAX_DETAIL) })
}

const make = Effect.fn("GitService.make")(function* (environment: Readonly<Record<string, string>>) {
  const env = gitEnvironment(environment)
  const scope = yield* Effect.scope
  const turn = yield* Effect.makeSemaphore(1)

  const ask = Effect.fn("GitService.ask")(function* (directory: string) {
    const result = yield* runHelper({
      command: "git",
      args: STATUS_ARGUMENTS,
      cwd: directory,
      env,
      timeout: GIT_TIMEOUT_MS,
      maxOutputBytes: MAX_GIT_OUTPUT_BYTES
    }).pipe(Effect.mapError(ofHelper(directory)))
    if (result.exitCode !== 0) return yield* ofWords(directory, result)
    return parseGitStatus(result.stdout.toString("latin1"))
  })

  /** Questions that wait for their turn, by directory. */
  const waiting = new Map<string, Question>()

  const begin = Effect.fn("GitService.begin")(function* (directory: string) {
    let begun = false
    const answer = Effect.suspend(() => {
      // What has begun knows nothing of what happens from here on: later questions get an answer of their own.
      begun = true
      waiting.delete(directory)
      return ask(directory)
    })
    const fiber = yield* Effect.forkIn(Effect.interruptible(turn.withPermits(1)(answer)), scope)
    const question: Question = { fiber, askers: 0 }
    if (!begun) waiting.set(directory, question)
    return question
  })

  const leave = (directory: string, question: Question) =>
    Effect.suspend(() => {
      question.askers--
      if (question.askers > 0) return Effect.void
      // At once: nobody may join what is about to be interrupted.
      if (waiting.get(directory) === question) waiting.delete(directory)
      return Fiber.interrupt(question.fiber)
    })

  return GitService.of({
    branch: Effect.fn("GitService.branch")((directory) => Effect.promise(() => gitBranch(directory))),
    status: Effect.fn("GitService.status")((directory) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const question = waiting.get(directory) ?? (yield* begin(directory))
          question.askers++
          return yield* Effect.ensuring(restore(Fiber.join(question.fiber)), leave(directory, question))
        })
      )
    )
  })
})

/** A run of git that has not begun, and how many wait for it. */
interface Question {
  readonly fiber: Fiber.Fiber<GitStatus, GitError>
  askers: number
}
