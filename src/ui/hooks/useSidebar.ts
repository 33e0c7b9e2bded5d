import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { useEffect, useMemo, useState } from "react"
import type { GitBranch } from "../../services/gitBranch.ts"
import { OpenSessions } from "../../services/OpenSessions.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import { useRun, useService, useSubscriptionRef } from "../contexts/EffectProvider.tsx"
import { type SidebarModel, sidebarModel } from "../sidebar/SidebarModel.ts"
import { useGitState } from "./useGitState.ts"
import { useSession } from "./useSession.ts"

/** How often the data directory is looked at for other sessions while the sidebar shows them. */
const REFRESH_EVERY = "5 seconds"

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
  const session = useSession()
  const sessions = useService(OpenSessions)
  const shell = useService(SessionShell)
  const { open, active } = useSubscriptionRef(sessions.state)
  const stored = useSubscriptionRef(sessions.stored)
  const run = useRun()
  const [jobs, setJobs] = useState(0)
  const last = session.blocks.at(-1)
  // Changes when a command has ended, which is when everything else may have changed.
  const asked = shown ? `${last?.id} ${last?.status}` : null
  const git = useGitState(session.workingDirectory, asked)

  useEffect(() => {
    if (!shown) return
    const fiber = run(Effect.repeat(Effect.ignore(sessions.refresh), Schedule.spaced(REFRESH_EVERY)))
    return () => void run(Fiber.interruptFork(fiber))
  }, [shown, run, sessions])

  useEffect(() => {
    if (asked === null || !ready) return
    const fiber = run(Effect.map(shell.jobs, (running) => setJobs(running.length)))
    return () => void run(Fiber.interruptFork(fiber))
  }, [asked, ready, run, shell])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the sessions that the files hold change with these
  return useMemo(
    () =>
      sidebarModel({
        open: open.map(({ file }) => file.session),
        active: active.id,
        stored: stored.sessions,
        branch,
        git,
        jobs,
        home
      }),
    [session, tick, open, active, stored, branch, git, jobs, home]
  )
}
