import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type GitStatus, parseGitStatus } from "../../src/services/gitStatus.ts"

const clean: GitStatus = { changed: 0, conflicts: 0, untracked: 0, ahead: null, behind: null }

const OID = "0123456789abcdef0123456789abcdef01234567"
const modified = (path: string) => `1 .M N... 100644 100644 100644 ${OID} ${OID} ${path}`
const renamed = (path: string, from: string) => `2 R. N... 100644 100644 100644 ${OID} ${OID} R100 ${path}\0${from}`
const unmerged = (path: string) => `u UU N... 100644 100644 100644 100644 ${OID} ${OID} ${OID} ${path}`

const output = (...records: ReadonlyArray<string>) => records.map((record) => `${record}\0`).join("")

describe("git status as counts", () => {
  it.each<readonly [string, ReadonlyArray<string>, Partial<GitStatus>]>([
    ["nothing at all", [], {}],
    ["before the first commit", ["# branch.oid (initial)", "# branch.head main"], {}],
    ["an upstream", ["# branch.upstream origin/main", "# branch.ab +2 -13"], { ahead: 2, behind: 13 }],
    ["an upstream that is gone", ["# branch.head main", "# branch.upstream origin/main"], {}],
    ["an upstream nobody counted", ["# branch.ab +? -?"], {}],
    ["changes, staged or not", [modified("a"), "1 A. N... 0 0 0 0 0 b", modified("? c")], { changed: 3 }],
    ["a rename whose old name looks like another record", [renamed("new", "? old"), modified("x")], { changed: 2 }],
    ["a rename of something called as a header", [renamed("new", "# branch.ab +9 -9")], { changed: 1 }],
    ["conflicts", [unmerged("a"), unmerged("b c"), modified("d")], { conflicts: 2, changed: 1 }],
    ["untracked and ignored", ["? dir/", "? a\nb", "! build/"], { untracked: 2 }],
    ["headers of a newer git", ["# stash 3", "# what.ever 1 2", "x y"], {}]
  ])("%s", (_, records, expected) => {
    expect(parseGitStatus(output(...records))).toEqual({ ...clean, ...expected })
  })

  it("counts any mixture right, whatever the files are called", () => {
    const path = fc.string({ minLength: 1 }).map((text) => text.replaceAll("\0", "") || "x")
    const record = fc.oneof(
      path.map((name) => ({ kind: "changed" as const, text: modified(name) })),
      fc.tuple(path, path).map(([to, from]) => ({ kind: "changed" as const, text: renamed(to, from) })),
      path.map((name) => ({ kind: "conflicts" as const, text: unmerged(name) })),
      path.map((name) => ({ kind: "untracked" as const, text: `? ${name}` }))
    )
    fc.assert(
      fc.property(fc.array(record), fc.nat(), fc.nat(), (records, ahead, behind) => {
        const count = (kind: string) => records.filter((one) => one.kind === kind).length
        expect(parseGitStatus(output(`# branch.ab +${ahead} -${behind}`, ...records.map(({ text }) => text)))).toEqual({
          changed: count("changed"),
          conflicts: count("conflicts"),
          untracked: count("untracked"),
          ahead,
          behind
        })
      })
    )
  })

  it("takes anything else for nothing", () => {
    fc.assert(
      fc.property(fc.fullUnicodeString(), (noise) => {
        const status = parseGitStatus(noise)
        for (const count of [status.changed, status.conflicts, status.untracked])
          expect(count).toBeGreaterThanOrEqual(0)
      })
    )
  })
})
