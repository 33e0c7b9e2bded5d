import { type RefObject, useLayoutEffect, useRef } from "react"
import type { SessionAt } from "../hooks/useMouse.ts"
import type { SidebarModel } from "../sidebar/SidebarModel.ts"
import { type SidebarRows, sidebarRows } from "../sidebar/sidebarRows.ts"
import type { SidebarState } from "../sidebar/sidebarState.ts"
import type { Theme } from "../theme.ts"
import { Surface } from "./Surface.tsx"

export interface SidebarProps {
  readonly model: SidebarModel
  readonly state: SidebarState
  readonly theme: Theme
  /** Cells, the separator included: see `sidebarWidth`. */
  readonly width: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told which session stands under a row, for clicks. */
  readonly sessionAt?: RefObject<SessionAt | null>
  /** Changes once a second while a command runs, so that its time goes on. */
  readonly tick?: number
}

/** What shows a time shows whole seconds. */
const SECOND = 1000

/** Gives the same rows until something that they are made of changes: every paint of the screen asks for them. */
const rememberRows = () => {
  let last: ReadonlyArray<unknown> = []
  let rows: SidebarRows = { rows: [], cursor: null, sessions: [] }
  return (...asked: Parameters<typeof sidebarRows>): SidebarRows => {
    const [model, state, width, height, theme, now] = asked
    const made = [model, state, width, height, theme, Math.floor(now / SECOND)]
    if (made.some((value, index) => value !== last[index])) rows = sidebarRows(...asked)
    last = made
    return rows
  }
}

/** Sessions, where this one stands, and what runs, in a column of the screen. */
export const Sidebar = ({ model, state, theme, width, now, sessionAt, tick = 0 }: SidebarProps) => {
  const remembered = useRef<ReturnType<typeof rememberRows> | null>(null)
  remembered.current ??= rememberRows()
  const painted = useRef<SidebarRows | null>(null)
  useLayoutEffect(() => {
    if (sessionAt !== undefined) sessionAt.current = (row) => painted.current?.sessions[row] ?? null
  }, [sessionAt])
  const layout = (cells: number, height: number) => remembered.current!(model, state, cells, height, theme, now())
  return (
    <Surface
      id="sidebar"
      width={width}
      flexShrink={0}
      version={tick}
      rows={(cells, height) => {
        painted.current = layout(cells, height)
        return painted.current.rows
      }}
      cursor={(cells, height) => layout(cells, height).cursor}
    />
  )
}
