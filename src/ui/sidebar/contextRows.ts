import type { GitBranch, GitOperation } from "../../services/gitBranch.ts"
import type { GitStatus } from "../../services/gitStatus.ts"
import { formatCount, shortenPath, tildePath } from "../blocks/format.ts"
import { truncateMiddle, visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import type { SidebarContext } from "./SidebarModel.ts"
import { flowSpans, leftRoom, leftRow, plain, plainSpan, type SidebarRow, type Span } from "./sidebarRow.ts"

/** Rows of changed variables; the rest is counted. */
const MAX_ENVIRONMENT_ROWS = 4
/** Rows of what differs in the working tree. */
const MAX_STATE_ROWS = 2

/** What is under way, as a state one is in. */
const UNDER_WAY: Readonly<Record<GitOperation, string>> = {
  rebase: "rebasing",
  am: "applying patches",
  merge: "merging",
  "cherry-pick": "cherry-picking",
  revert: "reverting",
  bisect: "bisecting"
}

/** Commits ahead and behind, as `↑2 ↓1`; empty where there is nothing to say. */
const distance = ({ ahead, behind }: GitStatus, { signs }: Theme): string =>
  [ahead ? `${signs.above}${ahead}` : "", behind ? `${signs.below}${behind}` : ""]
    .filter((part) => part !== "")
    .join(" ")

const branchRow = (branch: GitBranch, status: GitStatus | null, width: number, theme: Theme): SidebarRow => {
  const { signs } = theme
  const name = visibleText(branch.detached ? `(${branch.name})` : branch.name)
  const text = status === null ? "" : distance(status, theme)
  const right = text === "" ? [] : [{ text, paint: theme.place }]
  const sign = `${signs.branch} `
  const room = leftRoom({ left: [plainSpan(sign + name)], right }, width) - sign.length
  return { left: [{ text: sign + truncateMiddle(name, Math.max(1, room), signs.ellipsis), paint: theme.place }], right }
}

const stateSpans = ({ branch, git }: SidebarContext, theme: Theme): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  if (branch !== null && branch.operation !== null) {
    const progress = branch.progress === null ? "" : ` ${visibleText(branch.progress)}`
    spans.push({ text: UNDER_WAY[branch.operation] + progress, paint: theme.warning })
  }
  if (git === null) return spans
  if (git.kind === "asking") return [...spans, { text: theme.signs.ellipsis, paint: theme.quiet }]
  if (git.kind === "unknown") return [...spans, { text: visibleText(git.why), paint: theme.quiet }]
  const { changed, conflicts, untracked } = git.status
  if (conflicts > 0)
    spans.push({ text: `${conflicts} ${conflicts === 1 ? "conflict" : "conflicts"}`, paint: theme.failure })
  if (changed > 0) spans.push({ text: `${changed} changed`, paint: plain })
  if (untracked > 0) spans.push({ text: `${untracked} untracked`, paint: plain })
  return conflicts + changed + untracked > 0 ? spans : [...spans, { text: "clean", paint: theme.quiet }]
}

/** Names that the user has set or changed, then those taken away; never a value. */
const environmentRows = (
  { redacted, set, unset }: SidebarContext["environment"],
  width: number,
  height: number,
  theme: Theme
): ReadonlyArray<SidebarRow> => {
  const { ellipsis } = theme.signs
  const secret = new Set(redacted)
  const name = (sign: string, text: string, mark: string): Span => ({
    text: sign + truncateMiddle(visibleText(text), Math.max(1, width - 2), ellipsis) + mark,
    paint: plain
  })
  const added = [...new Set([...set, ...redacted])].sort()
  const spans = [
    ...added.map((text) => name("+", text, secret.has(text) ? "*" : "")),
    ...unset.map((text) => name(theme.unicode ? "−" : "-", text, ""))
  ]
  const rows = flowSpans(spans, width, Math.min(height, MAX_ENVIRONMENT_ROWS), plainSpan(" "), (count) => ({
    text: `${ellipsis} ${count} more`,
    paint: theme.quiet
  }))
  if (redacted.length === 0 || rows.length >= height) return rows
  return [...rows, leftRow({ text: "* a secret, never stored", paint: theme.quiet })]
}

/**
 * Where the session stands, in at most `height` rows, the more important first: directory, branch, state, jobs, blocks that
 * have left for the archive, changed environment.
 */
export const contextRows = (
  context: SidebarContext,
  home: string,
  width: number,
  height: number,
  theme: Theme
): ReadonlyArray<SidebarRow> => {
  const { archived, branch, directory, environment, git, jobs } = context
  const { ellipsis, separator } = theme.signs
  const status = git?.kind === "known" ? git.status : null
  const path = shortenPath(tildePath(directory, home), Math.max(1, width), ellipsis)
  const between = { text: ` ${separator} `, paint: theme.quiet }
  const rows = [
    leftRow({ text: path, paint: theme.place }),
    ...(branch === null ? [] : [branchRow(branch, status, width, theme)]),
    ...flowSpans(stateSpans(context, theme), width, MAX_STATE_ROWS, between, () => plainSpan(ellipsis)),
    ...(jobs > 0 ? [leftRow(plainSpan(`${jobs} ${jobs === 1 ? "job" : "jobs"} in the background`))] : []),
    ...(archived > 0
      ? [
          leftRow({
            text: `${formatCount(archived)} ${archived === 1 ? "block" : "blocks"} archived`,
            paint: theme.quiet
          })
        ]
      : [])
  ].slice(0, height)
  return [...rows, ...environmentRows(environment, width, height - rows.length, theme)]
}
