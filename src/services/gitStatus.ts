/**
 * What `git status --porcelain=v2 --branch -z` says, as counts. Format: git-status(1), "Porcelain Format Version 2".
 * The names of files are never kept: a sidebar has no room for them.
 */

/** How a working tree differs from its last commit, and that from its upstream. */
export interface GitStatus {
  /** Tracked files that differ, in the index or in the working tree; those in conflict are not among them. */
  readonly changed: number
  /** Files with a merge conflict. */
  readonly conflicts: number
  /** Files and whole directories that git does not track. */
  readonly untracked: number
  /** Commits that the upstream does not have; null without an upstream, or when git was told not to count. */
  readonly ahead: number | null
  /** Commits of the upstream that are not here. */
  readonly behind: number | null
}

/** A count of commits in the header: sign and digits, or `?` with `status.aheadBehind=false`. */
const AHEAD_BEHIND = /^# branch\.ab \+(\d+|\?) -(\d+|\?)$/

const commits = (digits: string | undefined): number | null =>
  digits === undefined || digits === "?" ? null : Number(digits)

/** Reads the output of git status; lines that are not known, such as those of newer versions, say nothing. */
export const parseGitStatus = (output: string): GitStatus => {
  let [changed, conflicts, untracked] = [0, 0, 0]
  let upstream: RegExpExecArray | null = null
  const records = output.split("\0")
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!
    switch (record.slice(0, 2)) {
      case "1 ":
        changed++
        break
      case "2 ":
        // A rename or copy: the old path is a record of its own, whatever it begins with.
        changed++
        i++
        break
      case "u ":
        conflicts++
        break
      case "? ":
        untracked++
        break
      case "# ":
        upstream = AHEAD_BEHIND.exec(record) ?? upstream
    }
  }
  return { changed, conflicts, untracked, ahead: commits(upstream?.[1]), behind: commits(upstream?.[2]) }
}
