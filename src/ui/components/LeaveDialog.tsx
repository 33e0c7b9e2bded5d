import { Text } from "ink"
import type { Job } from "../../shell/ShellDriver.ts"
import { visibleText } from "../blocks/visibleText.ts"
import type { Theme } from "../theme.ts"
import { Overlay } from "./Surface.tsx"

export interface LeaveDialogProps {
  /** Programs that leaving would end. */
  readonly jobs: ReadonlyArray<Job>
  /** The shell has ended by itself: staying starts a new one. */
  readonly shellEnded: boolean
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

/** Asks, by name, about the programs that leaving would end. */
export const LeaveDialog = ({ jobs, shellEnded, theme, columns, rows }: LeaveDialogProps) => {
  const named = jobs.slice(0, MAX_NAMED)
  const width = Math.min(MAX_WIDTH, columns)
  const height = named.length + (jobs.length > named.length ? 1 : 0) + 6
  return (
    <Overlay
      id="leave"
      z={DIALOG_Z}
      width={width}
      height={height}
      marginLeft={Math.max(0, Math.floor((columns - width) / 2))}
      marginTop={Math.max(0, Math.floor((rows - height) / 2))}
      borderStyle="round"
      paddingX={1}
      flexDirection="column"
    >
      <Text wrap="truncate">
        {theme.strong(
          jobs.length === 1 ? "One program is still running:" : `${jobs.length} programs are still running:`
        )}
      </Text>
      {named.map((job) => (
        <Text key={job.pid} wrap="truncate">
          {`  ${visibleText(job.name)} ${theme.quiet(`(${job.pid})`)}`}
        </Text>
      ))}
      {jobs.length > named.length && <Text dimColor>{`  and ${jobs.length - named.length} more`}</Text>}
      <Text> </Text>
      <Text wrap="truncate">{`${theme.key("y")} end them and leave`}</Text>
      <Text wrap="truncate">{`${theme.key("n")} ${shellEnded ? "stay, with a new shell here" : "stay"}`}</Text>
    </Overlay>
  )
}
