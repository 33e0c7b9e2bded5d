import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { afterEach, beforeEach, describe, expect } from "vitest"
import { isAlive } from "../../src/platform.ts"
import { GIT_TIMEOUT_MS, GitService } from "../../src/services/GitService.ts"
import { eventually } from "../harness/eventually.ts"
import { itWith } from "../harness/tools.ts"

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "effecttalk-git-")))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Real git, with nothing of the user's. */
const environment = (): Record<string, string> => ({
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  HOME: home,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.org",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.org",
  GIT_EDITOR: "true"
})

const git = (directory: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: environment()
  }).trim()

/** For commands that are meant to stop half-way. */
const tryGit = (directory: string, ...args: ReadonlyArray<string>): void => {
  expect(() => git(directory, ...args)).toThrow()
}

const commit = (root: string, text: string, file = "file"): void => {
  writeFileSync(join(root, file), text)
  git(root, "add", file)
  git(root, "commit", "-qm", text)
}

const repository = (name = "repository"): string => {
  const root = join(home, name)
  mkdirSync(root)
  git(root, "init", "-q", "-b", "main")
  commit(root, "one")
  return root
}

/** `main` and `topic` change the same line. */
const divergent = (): string => {
  const root = repository()
  git(root, "checkout", "-qb", "topic")
  commit(root, "topic 1")
  git(root, "checkout", "-q", "main")
  commit(root, "main 1")
  return root
}

/** A program called git in a folder of its own, in place of the true one. */
const fakeGit = (script: string): Record<string, string> => {
  const folder = join(home, "bin")
  mkdirSync(folder)
  writeFileSync(join(folder, "git"), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, "git"), 0o755)
  const env = environment()
  return { ...env, PATH: folder + delimiter + env.PATH }
}

/** On a clock that stands still unless a test moves it: on a busy machine git may take longer than its limit. */
const run = <A, E>(effect: Effect.Effect<A, E, GitService>, env = environment()): Promise<A> =>
  effect.pipe(Effect.provide(GitService.layer(env)), Effect.provide(TestContext.TestContext), Effect.runPromise)

const status = (directory: string, env = environment()) =>
  run(
    Effect.flatMap(GitService, (service) => service.status(directory)),
    env
  )

const failure = (directory: string, env = environment()) =>
  run(
    Effect.flatMap(GitService, (service) => Effect.flip(service.status(directory))),
    env
  )

const waitForFile = (path: string) =>
  Effect.promise(async () => {
    await eventually(() => expect(existsSync(path) && statSync(path).size).toBeGreaterThan(1))
    return readFileSync(path, "utf8").trim()
  })

const clean = { changed: 0, conflicts: 0, untracked: 0, ahead: null, behind: null }

describe("the state of a working tree", () => {
  itWith(["git"], "is clean, or counts what differs: staged, changed, removed, renamed, untracked", async () => {
    const root = repository()
    expect(await status(root)).toEqual(clean)
    commit(root, "second\nfile\n", "second")
    commit(root, "third", "third")
    appendFileSync(join(root, "file"), "more")
    git(root, "mv", "second", "? renamed")
    git(root, "rm", "-q", "third")
    mkdirSync(join(root, "new"))
    writeFileSync(join(root, "new", "a"), "")
    writeFileSync(join(root, "new", "b"), "")
    writeFileSync(join(root, "line\nbreak"), "")
    expect(await status(root)).toEqual({ ...clean, changed: 3, untracked: 2 })
    expect(await status(join(root, "new"))).toEqual({ ...clean, changed: 3, untracked: 2 })
  })

  itWith(["git"], "is counted before the first commit", async () => {
    git(home, "init", "-q", "-b", "trunk")
    writeFileSync(join(home, "a"), "")
    git(home, "add", "a")
    expect(await status(home)).toEqual({ ...clean, changed: 1 })
  })

  itWith(["git"], "tells how far it is from its upstream", async () => {
    const root = repository()
    git(home, "clone", "-q", root, "clone")
    const clone = join(home, "clone")
    expect(await status(clone)).toEqual({ ...clean, ahead: 0, behind: 0 })
    commit(root, "theirs", "theirs")
    git(clone, "fetch", "-q")
    commit(clone, "ours 1", "ours")
    commit(clone, "ours 2", "ours")
    expect(await status(clone)).toEqual({ ...clean, ahead: 2, behind: 1 })
    git(clone, "checkout", "-q", "--detach")
    expect(await status(clone)).toEqual(clean)
  })

  itWith(["git"], "has conflicts while merging and rebasing, beside what branch tells", async () => {
    const root = divergent()
    const branch = () => run(Effect.flatMap(GitService, (service) => service.branch(root)))
    tryGit(root, "merge", "topic")
    expect(await status(root)).toEqual({ ...clean, conflicts: 1 })
    expect(await branch()).toMatchObject({ name: "main", operation: "merge" })
    git(root, "merge", "--abort")
    tryGit(root, "rebase", "main", "topic")
    expect(await status(root)).toEqual({ ...clean, conflicts: 1 })
    expect(await branch()).toMatchObject({ name: "topic", operation: "rebase", progress: "1/1" })
  })

  itWith(["git"], "counts a changed submodule as one, and starts no watcher there either", async () => {
    const root = repository()
    const inner = repository("inner")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "sub")
    git(root, "commit", "-qm", "sub")
    const sub = join(root, "sub")
    writeFileSync(join(sub, "file"), "changed")
    const ran = join(home, "ran")
    for (const place of [root, sub]) git(place, "config", "core.fsmonitor", `touch '${ran}'; false`)
    expect(await status(root)).toEqual({ ...clean, changed: 1 })
    expect(await status(sub)).toMatchObject({ changed: 1 })
    expect(existsSync(ran)).toBe(false)
    // The same, asked as anyone would, does run it: so the silence above means something.
    git(root, "status")
    expect(existsSync(ran)).toBe(true)
  })

  itWith(["git"], "leaves the index as it was and runs no hook", async () => {
    const root = repository()
    const ran = join(home, "ran")
    writeFileSync(join(root, ".git", "hooks", "post-index-change"), `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 })
    // Times alone differ: git would write down what it found.
    git(root, "update-index", "--refresh")
    rmSync(ran, { force: true })
    execFileSync("touch", ["-d", "2001-02-03", join(root, "file")])
    const index = readFileSync(join(root, ".git", "index"))
    expect(await status(root)).toEqual(clean)
    expect(readFileSync(join(root, ".git", "index")).equals(index)).toBe(true)
    expect(existsSync(ran)).toBe(false)
    git(root, "status")
    expect(existsSync(ran)).toBe(true)
  })

  itWith(["git"], "is that of the directory, whatever repository the environment names", async () => {
    const root = repository()
    const other = repository("other")
    writeFileSync(join(root, "untracked"), "")
    const env = { ...environment(), GIT_DIR: join(other, ".git"), GIT_WORK_TREE: other, GIT_INDEX_FILE: "/nowhere" }
    expect(await status(root, env)).toEqual({ ...clean, untracked: 1 })
  })
})

describe("what git does not answer", () => {
  itWith(["git"], "outside a repository, in a bare one, inside .git, in a directory that is gone", async () => {
    const root = repository()
    git(home, "clone", "-q", "--bare", root, "bare")
    for (const directory of [home, join(home, "bare"), join(root, ".git"), join(home, "gone")]) {
      expect(await failure(directory)).toMatchObject({ reason: "NoWorkTree", directory })
    }
  })

  itWith(["git"], "a repository that belongs to somebody else", async () => {
    const root = repository()
    // Git's own switch for testing this: any repository counts as another user's.
    const error = await failure(root, { ...environment(), GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" })
    expect(error.reason).toBe("Refused")
    expect(error.message).toContain(`safe.directory "${root}"`)
  })

  itWith(["git"], "what is broken, in git's words", async () => {
    const root = repository()
    writeFileSync(join(root, ".git", "index"), "noise")
    const error = await failure(root)
    expect(error.reason).toBe("Failed")
    expect(error.message).toMatch(/^git could not look at ".*repository": fatal: /)
  })

  itWith(["git"], "anything, where it is missing or prints without end", async () => {
    expect(await failure(home, { ...environment(), PATH: home })).toMatchObject({ reason: "NoGit" })
    expect(await failure(home, fakeGit("yes"))).toMatchObject({ reason: "TooLarge" })
  })

  itWith(["git"], "what takes too long", async () => {
    const env = fakeGit(`echo $$ > '${home}/pid'; sleep 60`)
    const reason = Effect.gen(function* () {
      const service = yield* GitService
      const asked = yield* Effect.fork(Effect.flip(service.status(home)))
      const pid = Number(yield* waitForFile(join(home, "pid")))
      yield* TestClock.adjust(GIT_TIMEOUT_MS)
      const error = yield* Fiber.join(asked)
      return { reason: error.reason, alive: isAlive(pid, null) }
    })
    expect(await run(reason, env)).toEqual({
      reason: "TooLarge",
      alive: false
    })
  })
})

describe("many questions", () => {
  /** Each run writes its process ID to `runs` and ends once its own gate, a FIFO, has a line for it. */
  const gated = () =>
    fakeGit(`mkfifo '${home}'/gate-$$; echo $$ >> '${home}/runs'; read line < '${home}'/gate-$$; printf '? x\\0'`)
  const runs = () => readFileSync(join(home, "runs"), "utf8").trim().split("\n")
  /** Waits for the run of that number, from 0, and ends it. Opening a FIFO for writing waits for its reader. */
  const openGate = (run: number) =>
    Effect.promise(async () => {
      await eventually(() => expect(runs().length).toBeGreaterThan(run))
      await writeFile(join(home, `gate-${runs()[run]}`), "go\n")
    })

  itWith(["mkfifo"], "share the run that has not begun, and never one that has", async () => {
    const program = Effect.gen(function* () {
      const service = yield* GitService
      const first = yield* Effect.fork(service.status(home))
      yield* waitForFile(join(home, "runs"))
      const later = yield* Effect.forEach([1, 2, 3], () => Effect.fork(service.status(home)))
      yield* openGate(0)
      yield* Fiber.join(first)
      yield* openGate(1)
      const answers = yield* Effect.forEach(later, Fiber.join)
      expect(answers).toEqual([1, 2, 3].map(() => ({ ...clean, untracked: 1 })))
      expect(runs()).toHaveLength(2)
    })
    await run(program, gated())
  })

  itWith(["mkfifo"], "end git with the last who asks, and not before", async () => {
    const program = Effect.gen(function* () {
      const service = yield* GitService
      const blocker = yield* Effect.fork(service.status(join(home, "bin")))
      yield* waitForFile(join(home, "runs"))
      const two = yield* Effect.forEach([1, 2], () => Effect.fork(service.status(home)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(blocker)
      expect(isAlive(Number(runs()[0]), null)).toBe(false)
      yield* Effect.promise(() => eventually(() => expect(runs()).toHaveLength(2)))
      const pid = Number(runs()[1])
      yield* Fiber.interrupt(two[0]!)
      expect(isAlive(pid, null)).toBe(true)
      yield* Fiber.interrupt(two[1]!)
      expect(isAlive(pid, null)).toBe(false)
      // The next one is a run of its own.
      const next = yield* Effect.fork(service.status(home))
      yield* openGate(2)
      expect(yield* Fiber.join(next)).toEqual({ ...clean, untracked: 1 })
      expect(runs()).toHaveLength(3)
    })
    await run(program, gated())
  })

  itWith(["mkfifo"], "end with the service", async () => {
    const env = gated()
    const program = Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(GitService.layer(env), scope)
      const asked = yield* Effect.fork(
        Effect.provide(
          Effect.flatMap(GitService, (s) => s.status(home)),
          context
        )
      )
      const pid = Number(yield* waitForFile(join(home, "runs")))
      yield* Scope.close(scope, Exit.void)
      expect(isAlive(pid, null)).toBe(false)
      expect(Exit.isInterrupted(yield* Fiber.await(asked))).toBe(true)
    })
    await Effect.runPromise(Effect.provide(program, TestContext.TestContext))
  })
})
