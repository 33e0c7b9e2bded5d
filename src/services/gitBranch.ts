/**
 * The git branch of a directory, read from the repository's files: a fork per prompt would cost more than the command.
 *
 * File formats: gitrepository-layout(5), git-worktree(1) DETAILS; names of unfinished operations as git's own
 * contrib/completion/git-prompt.sh finds them. GIT_DIR is ignored: it belongs to one command's environment, the header
 * speaks of a place.
 */

import { constants } from "node:fs"
import { lstat, open } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"

/** Parents looked at before giving up. */
const MAX_PARENTS = 256
/** Longest HEAD, `.git` file or counter that is read, in bytes: git's own names end at 4096. */
const MAX_FILE_BYTES = 8192
/** Longest branch name handed on, in UTF-16 units: it is for a header. */
const MAX_NAME = 255
/** Digits of an object name shown, git's own minimum default. */
const SHORT_HASH = 7

/** An operation that waits for the user to go on. */
export type GitOperation = "rebase" | "am" | "merge" | "cherry-pick" | "revert" | "bisect"

/** Where a directory stands in its repository. */
export interface GitBranch {
  /** Branch name, or the first digits of the commit when no branch is checked out. */
  readonly name: string
  /** True when `name` is a commit. */
  readonly detached: boolean
  /** What is under way; null in peaceful times. */
  readonly operation: GitOperation | null
  /** How far a rebase or am has come, such as `2/5`; null when unknown. */
  readonly progress: string | null
  /** Absolute path of the working tree's top. */
  readonly root: string
}

/** The beginning of a regular file as text, null when there is none. Never waits for a FIFO or a device. */
const readStart = async (path: string): Promise<string | null> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!(await file.stat()).isFile()) return null
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0)
      return buffer.toString("utf8", 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch {
    return null
  }
}

const firstLine = (text: string | null): string | null => text?.split("\n", 1)[0]?.trimEnd() ?? null

/** A name as it may be shown: git forbids control characters in names, a forged file does not. */
const presentable = (name: string): string => name.replace(/\p{C}/gu, "\ufffd").slice(0, MAX_NAME)

/** A name of a ref without what goes without saying. */
const shortRef = (ref: string): string => presentable(ref.replace(/^refs\/(heads\/)?/, ""))

interface Repository {
  readonly root: string
  /** The directory with HEAD: `.git`, or what a worktree's or submodule's `.git` file names. */
  readonly directory: string
  readonly head: string
}

/** The repository that a directory belongs to. A `.git` without HEAD is none, as for git, and the search goes on. */
const findRepository = async (start: string): Promise<Repository | null> => {
  let root = resolve(start)
  for (let i = 0; i < MAX_PARENTS; i++) {
    const entry = join(root, ".git")
    const link = firstLine(await readStart(entry))
    const target = link === null ? undefined : /^gitdir: (.+)$/.exec(link)?.[1]
    const directory = target === undefined ? entry : resolve(root, target)
    const head = firstLine(await readStart(join(directory, "HEAD")))
    if (head !== null) return { root, directory, head }
    const parent = dirname(root)
    if (parent === root) return null
    root = parent
  }
  return null
}

interface Operation extends Pick<GitBranch, "operation" | "progress"> {
  /** The branch that is being rebased, where HEAD does not name it. */
  readonly branch: string | null
}

/** `step/of`, when both counters are there. */
const progressOf = async (directory: string, step: string, of: string): Promise<string | null> => {
  const [done, all] = await Promise.all([readStart(join(directory, step)), readStart(join(directory, of))])
  const [a, b] = [firstLine(done) ?? "", firstLine(all) ?? ""]
  return /^\d{1,6}$/.test(a) && /^\d{1,6}$/.test(b) ? `${a}/${b}` : null
}

/** What git leaves in its directory while an operation waits, the one that wins first. */
const TRACES = [
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["BISECT_LOG", "bisect"]
] as const satisfies ReadonlyArray<readonly [string, GitOperation]>

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false
  )

const operationOf = async (directory: string): Promise<Operation> => {
  const found = await Promise.all(TRACES.map(([name]) => exists(join(directory, name))))
  const [trace, operation] = TRACES[found.indexOf(true)] ?? [null, null]
  if (trace === "BISECT_LOG") {
    return { operation, progress: null, branch: firstLine(await readStart(join(directory, "BISECT_START"))) }
  }
  if (trace !== "rebase-merge" && trace !== "rebase-apply") return { operation, progress: null, branch: null }
  const inside = join(directory, trace)
  const [step, of] = trace === "rebase-merge" ? (["msgnum", "end"] as const) : (["next", "last"] as const)
  const [branch, progress, applying] = await Promise.all([
    readStart(join(inside, "head-name")),
    progressOf(inside, step, of),
    exists(join(inside, "applying"))
  ])
  return { operation: applying ? "am" : "rebase", progress, branch: firstLine(branch) }
}

/**
 * The branch that `directory` (an absolute path) is on; null outside a repository, and where HEAD says nothing that can
 * be read without git (the reftable format). Never throws; reads a few small files, starts nothing.
 */
export const gitBranch = async (directory: string): Promise<GitBranch | null> => {
  const repository = await findRepository(directory)
  if (repository === null) return null
  const { head, root } = repository
  const { branch, operation, progress } = await operationOf(repository.directory)
  const ref = /^ref: *(\S.*)$/.exec(head)?.[1]
  // With reftables HEAD is this stub, and the true one is in a binary file.
  if (ref === "refs/heads/.invalid") return null
  if (ref !== undefined) return { name: shortRef(ref), detached: false, operation, progress, root }
  const commit = /^[0-9a-f]{40,64}$/.exec(head)?.[0]
  if (commit === undefined) return null
  return branch !== null && branch !== "detached HEAD" && !/^[0-9a-f]{40,64}$/.test(branch)
    ? { name: shortRef(branch), detached: false, operation, progress, root }
    : { name: commit.slice(0, SHORT_HASH), detached: true, operation, progress, root }
}

/** A branch for a header: `main`, `(1a2b3c4)` when detached, `topic rebase 2/5` while something is under way. */
export const branchLabel = ({ detached, name, operation, progress }: GitBranch): string =>
  [detached ? `(${name})` : name, operation, progress].filter((part) => part !== null).join(" ")
