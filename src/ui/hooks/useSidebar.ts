import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { useEffect, useMemo, useState } from "react"
import { isFinished } from "../../domain/Block.ts"
import type { GitBranch } from "../../services/gitBranch.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { type SidebarModel, sidebarModel } from "../sidebar/SidebarModel.ts"
import { useGitState } from "./useGitState.ts"
import { useSeconds } from "./useSeconds.ts"
import { useSessions } from "./useSessions.ts"

/** How often the data directory is looked at for other sessions while the sidebar shows them, in milliseconds. */
const REFRESH_MS = 5000

/** How often it is painted for the ages that it shows, which are minutes, in seconds. */
const AGE_SECONDS = 60

export interface UseSidebarOptions {
  /** Nothing is asked for, and nothing runs, while it is not. */
  readonly shown: boolean
  /** The session's shell waits for a command: what runs in it then runs in the background. */
  readonly ready: boolean
  readonly branch: GitBranch | null
  /** Absolute home directory, written `~`. */
  readonly home: string
  /** Changes when sessions behind this one are to be looked at again. */
  readonly tick: number
}

/** What the sidebar shows. */
export const useSidebar = ({ shown, ready, branch, home, tick }: UseSidebarOptions): SidebarModel => {
  const { sessions, activeSession: session, refresh } = useSessions(tick)
  const shell = useService(SessionShell)
  const run = useRun()
  const [jobs, setJobs] = useState(0)
  const { blocks } = session
  const unfinished = useMemo(
    () => blocks.flatMap(({ id, status }) => (isFinished(status) ? [] : [id])).join(" "),
    [blocks]
  )
  // Changes when a command has ended, which is when everything else may have changed.
  const asked = shown ? `${blocks.at(-1)?.id} ${unfinished}` : null
  useSeconds(shown, AGE_SECONDS)
  const git = useGitState(session.workingDirectory, asked)

  useEffect(() => {
    if (!shown) return
    void refresh()
    const timer = setInterval(() => void refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [shown, refresh])

  useEffect(() => {
    if (asked === null || !ready) return
    const fiber = run(Effect.map(shell.jobs, (running) => setJobs(running.length)))
    return () => void run(Fiber.interruptFork(fiber))
  }, [asked, ready, run, shell])

  return useMemo(
    () => sidebarModel({ session, sessions, branch, git, jobs, home }),
    [session, sessions, branch, git, jobs, home]
  )
}
