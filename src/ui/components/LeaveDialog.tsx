import type { Job } from "../../shell/ShellDriver.ts"
import { truncateText, visibleText, wrapText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import { CenteredOverlay, FRAME_COLUMNS, FRAME_ROWS } from "./CenteredOverlay.tsx"
import { Lines } from "./Lines.tsx"

export interface LeaveDialogProps {
  /** Programs that leaving would end. */
  readonly jobs: ReadonlyArray<Job>
  /** Why there is no shell any more, when the user did not end it. */
  readonly problem: string | null
  /** Why the session is not saved, null while it is. */
  readonly failure: string | null
  /** There is no shell: staying starts a new one. */
  readonly shellEnded: boolean
  /** Leaving ends EffectTalk; else this session alone. */
  readonly all: boolean
  readonly theme: Theme
  /** Size of the screen, in cells. */
  readonly columns: number
  readonly rows: number
}

/** Above the help. */
const DIALOG_Z = 20
/** Widest dialog, in cells. */
const MAX_WIDTH = 60
/** Programs named one by one; the rest are counted. */
const MAX_NAMED = 6

/** Asks, by name, about the programs that leaving would end, and about what it would lose. */
export const LeaveDialog = ({ jobs, problem, failure, shellEnded, all, theme, columns, rows }: LeaveDialogProps) => {
  const named = jobs.slice(0, MAX_NAMED)
  const running = jobs.length === 1 ? "One program is still running:" : `${jobs.length} programs are still running:`
  const rest = jobs.length - named.length
  const width = Math.min(MAX_WIDTH, columns)
  const strong = (text: string) => wrapText(text, width - FRAME_COLUMNS, width - FRAME_COLUMNS).map(theme.strong)
  const lines = [
    ...(problem === null ? [] : strong(problem)),
    // It begins with "not saved".
    ...(failure === null
      ? []
      : [...strong(`What is new is ${failure}`), theme.strong("It is lost when you leave now.")]),
    ...(jobs.length === 0 ? [] : [theme.strong(running)]),
    ...named.map((job) => {
      const pid = `(${job.pid})`
      const name = truncateText(visibleText(job.name), width - FRAME_COLUMNS - pid.length - 3, theme.signs.ellipsis)
      return `  ${name} ${theme.quiet(pid)}`
    }),
    ...(rest > 0 ? [theme.quiet(`  and ${rest} more`)] : []),
    "",
    `${theme.key("y")} ${jobs.length === 0 ? "" : jobs.length === 1 ? "end it and " : "end them and "}${all ? "leave" : "end this session"}`,
    `${theme.key("n")} ${shellEnded ? "stay, with a new shell here" : "stay"}`
  ]
  const height = lines.length + FRAME_ROWS
  return (
    <CenteredOverlay id="leave" z={DIALOG_Z} width={width} height={height} columns={columns} rows={rows} theme={theme}>
      <Lines id="leave-lines" rows={lines} />
    </CenteredOverlay>
  )
}
