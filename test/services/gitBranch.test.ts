import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { branchLabel, gitBranch } from "../../src/services/gitBranch.ts"
import { asOrdinaryUser } from "../harness/ordinaryUser.ts"

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "effecttalk-git-")))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Real git, with nothing of the user's. */
const git = (directory: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: home,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.org",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.org",
      GIT_EDITOR: "true"
    }
  }).trim()

/** For commands that are meant to stop half-way. */
const tryGit = (directory: string, ...args: ReadonlyArray<string>): void => {
  expect(() => git(directory, ...args)).toThrow()
}

const commit = (root: string, text: string): void => {
  writeFileSync(join(root, "file"), text)
  git(root, "add", "file")
  git(root, "commit", "-qm", text)
}

const repository = (): string => {
  const root = join(home, "repository")
  mkdirSync(root)
  git(root, "init", "-q", "-b", "main")
  commit(root, "one")
  return root
}

/** `main` and `topic` change the same line in two commits each. */
const divergent = (): string => {
  const root = repository()
  git(root, "checkout", "-qb", "topic")
  commit(root, "topic 1")
  commit(root, "topic 2")
  git(root, "checkout", "-q", "main")
  commit(root, "main 1")
  return root
}

const peaceful = { operation: null, progress: null, detached: false }

describe("the branch", () => {
  it("is that of the nearest repository above", async () => {
    const root = repository()
    const below = join(root, "a", "b")
    mkdirSync(below, { recursive: true })
    git(root, "checkout", "-qb", "feature/längs")
    expect(await gitBranch(below)).toEqual({ ...peaceful, name: "feature/längs", root })
  })

  it("has a name before the first commit", async () => {
    git(home, "init", "-q", "-b", "trunk")
    expect(await gitBranch(home)).toEqual({ ...peaceful, name: "trunk", root: home })
  })

  it("is a short commit when none is checked out", async () => {
    const root = repository()
    git(root, "checkout", "-q", "--detach")
    const name = git(root, "rev-parse", "--short=7", "HEAD")
    expect(await gitBranch(root)).toEqual({ ...peaceful, name, detached: true, root })
  })

  it("is a worktree's own", async () => {
    const root = repository()
    git(root, "worktree", "add", "-q", "-b", "beside", "../worktree")
    expect(await gitBranch(join(home, "worktree"))).toMatchObject({ name: "beside", root: join(home, "worktree") })
    expect(await gitBranch(root)).toMatchObject({ name: "main" })
  })

  it("is a submodule's own, by a relative gitdir", async () => {
    const root = repository()
    const inner = join(home, "inner")
    mkdirSync(inner)
    git(inner, "init", "-q", "-b", "inside")
    commit(inner, "x")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "sub")
    expect(await gitBranch(join(root, "sub"))).toMatchObject({ name: "inside", root: join(root, "sub") })
  })

  it("does not listen to GIT_DIR", async () => {
    const root = repository()
    const before = process.env.GIT_DIR
    process.env.GIT_DIR = join(root, ".git")
    try {
      expect(await gitBranch(home)).toBeNull()
    } finally {
      if (before === undefined) delete process.env.GIT_DIR
      else process.env.GIT_DIR = before
    }
  })
})

describe("an operation under way", () => {
  it("is a merge, and nothing once it is aborted", async () => {
    const root = divergent()
    tryGit(root, "merge", "topic")
    expect(await gitBranch(root)).toMatchObject({ name: "main", operation: "merge" })
    git(root, "merge", "--abort")
    expect(await gitBranch(root)).toMatchObject({ name: "main", operation: null })
  })

  it("is a rebase, which names the branch and how far it is", async () => {
    const root = divergent()
    tryGit(root, "rebase", "main", "topic")
    expect(await gitBranch(root)).toEqual({
      name: "topic",
      detached: false,
      operation: "rebase",
      progress: "1/2",
      root
    })
  })

  it("is a rebase by patches", async () => {
    const root = divergent()
    tryGit(root, "rebase", "--apply", "main", "topic")
    expect(await gitBranch(root)).toMatchObject({ name: "topic", operation: "rebase", progress: "1/2" })
  })

  it("is patches being applied", async () => {
    const root = divergent()
    git(root, "format-patch", "-q", "-2", "topic", "-o", "../patches")
    tryGit(root, "am", "../patches/0001-topic-1.patch", "../patches/0002-topic-2.patch")
    expect(await gitBranch(root)).toMatchObject({ name: "main", operation: "am", progress: "1/2" })
  })

  it("is a cherry-pick or a revert", async () => {
    const root = divergent()
    tryGit(root, "cherry-pick", "topic")
    expect(await gitBranch(root)).toMatchObject({ name: "main", operation: "cherry-pick" })
    git(root, "cherry-pick", "--abort")
    commit(root, "main 2")
    tryGit(root, "revert", "--no-edit", "HEAD~1")
    expect(await gitBranch(root)).toMatchObject({ name: "main", operation: "revert" })
  })

  it("is a bisection, which names the branch it began on", async () => {
    const root = repository()
    for (let i = 0; i < 5; i++) commit(root, `more ${i}`)
    git(root, "bisect", "start")
    git(root, "bisect", "bad", "HEAD")
    git(root, "bisect", "good", "HEAD~5")
    expect(await gitBranch(root)).toMatchObject({ name: "main", operation: "bisect" })
  })
})

describe("what is no repository", () => {
  const head = (text: string | Buffer): void => {
    mkdirSync(join(home, ".git"))
    writeFileSync(join(home, ".git", "HEAD"), text)
  }

  it("has none: no directory, an empty .git, a dangling gitdir", async () => {
    expect(await gitBranch(join(home, "missing"))).toBeNull()
    expect(await gitBranch("/")).toBeNull()
    mkdirSync(join(home, ".git"))
    expect(await gitBranch(home)).toBeNull()
    rmSync(join(home, ".git"), { recursive: true })
    writeFileSync(join(home, ".git"), "gitdir: ../nowhere\n")
    expect(await gitBranch(home)).toBeNull()
  })

  it.each([
    ["empty", ""],
    ["noise", Buffer.from(Array.from({ length: 9000 }, (_, i) => i % 256))],
    ["half a commit", "0123456789abcdef\n"],
    ["a reftable stub", "ref: refs/heads/.invalid\n"]
  ])("has none: a HEAD that is %s", async (_, text) => {
    head(text)
    expect(await gitBranch(home)).toBeNull()
  })

  it("does not wait for a FIFO or follow a loop", async () => {
    mkdirSync(join(home, ".git"))
    execFileSync("mkfifo", [join(home, ".git", "HEAD")])
    expect(await gitBranch(home)).toBeNull()
    rmSync(join(home, ".git"), { recursive: true })
    symlinkSync(".git", join(home, ".git"))
    expect(await gitBranch(home)).toBeNull()
  })

  it("cannot put control characters or a novel on the screen", async () => {
    head(`ref: refs/heads/a\x1b[2Jb\u202ec${"d".repeat(5000)}\n`)
    const branch = await gitBranch(home)
    expect(branch?.name).toMatch(/^a\ufffd\[2Jb\ufffdcd+$/)
    expect(branch?.name.length).toBe(255)
  })

  it("has none when it may not be read", async () => {
    const root = repository()
    chmodSync(root, 0o755)
    chmodSync(join(root, ".git"), 0)
    expect(await asOrdinaryUser(() => gitBranch(root))).toBeNull()
    chmodSync(join(root, ".git"), 0o700)
  })
})

describe("the label", () => {
  it("names branch, commit and what is under way", () => {
    const at = { ...peaceful, name: "main", root: "/" }
    expect(branchLabel(at)).toBe("main")
    expect(branchLabel({ ...at, name: "1a2b3c4", detached: true })).toBe("(1a2b3c4)")
    expect(branchLabel({ ...at, operation: "rebase", progress: "2/5" })).toBe("main rebase 2/5")
    expect(branchLabel({ ...at, operation: "merge" })).toBe("main merge")
  })
})
