import * as Effect from "effect/Effect"
import { useEffect, useRef } from "react"
import { BesideShells } from "../../services/BesideShells.ts"
import { OpenSessions } from "../../services/OpenSessions.ts"
import { SessionShell, type ShellState } from "../../services/SessionShell.ts"
import type { Job } from "../../shell/ShellDriver.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import type { UiEvent, UiState } from "../uiState.ts"
import { useSession } from "./useSession.ts"

export interface UseLeavingOptions {
  readonly ui: UiState
  readonly shellState: ShellState
  readonly dispatch: (event: UiEvent) => void
  /** Why the session on the screen is not saved, null while it is: then leaving loses something, and asks first. */
  readonly failure: string | null
  /** Ends EffectTalk. */
  readonly leave: () => void
}

/** The ways out: of a session, and of EffectTalk. */
export interface Leaving {
  /** The programs that the user is asked about; null while nothing is asked, and none where only the disk is the reason. */
  readonly asked: ReadonlyArray<Job> | null
  /** Leaves EffectTalk, after a question where something still runs or is not saved. */
  readonly leave: () => void
  /** Tells the session's shell that its input has ended, after the same question. */
  readonly endInput: () => void
  /** Answers the question. */
  readonly answer: (yes: boolean) => void
}

/** Sessions end with their shells, EffectTalk with its last session; what still runs is asked about first. */
export const useLeaving = ({ ui, shellState, dispatch, failure, leave }: UseLeavingOptions): Leaving => {
  const { id, blocks } = useSession()
  const shell = useService(SessionShell)
  const besides = useService(BesideShells)
  const sessions = useService(OpenSessions)
  const run = useRun()
  const { ending } = shellState
  // The user has ended the shell, and nothing of it is left.
  const done = ending?.byItself === true && ending.survivors.length === 0

  const loses = failure !== null && blocks.some(({ metadata }) => metadata.origin === undefined)

  const endSession = () => void run(Effect.map(sessions.close(id), (another) => (another ? undefined : leave())))
  const ask = (jobs: ReadonlyArray<Job>) => dispatch({ type: "ask", jobs, for: "session" })
  // What runs beside is not the shell's, which cannot have said that it leaves it behind.
  const shellDone = () =>
    void run(Effect.map(besides.jobs, (jobs) => (jobs.length === 0 && !loses ? endSession() : ask(jobs))))
  const ends = useRef(shellDone)
  ends.current = shellDone
  useEffect(() => {
    if (done) ends.current()
  }, [done])

  return {
    asked: ui.leaving?.jobs ?? (done ? null : (ending?.survivors ?? null)),
    leave: () =>
      void run(
        Effect.map(sessions.jobs, (jobs) =>
          jobs.length === 0 && !loses ? leave() : dispatch({ type: "ask", jobs, for: "all" })
        )
      ),
    endInput: () =>
      void run(
        Effect.map(Effect.all([shell.jobs, besides.jobs]), (running) => {
          const jobs = running.flat()
          if (jobs.length > 0 || loses) ask(jobs)
          // The shell ends as it does elsewhere: its traps run, and it may refuse.
          else if (shellState.phase === "ready" || shellState.phase === "bare") shell.endInput()
          else endSession()
        })
      ),
    answer: (yes) => {
      if (yes) return ui.leaving?.for === "all" ? leave() : endSession()
      dispatch({ type: "ask", jobs: null, for: "session" })
      run(shell.restart)
    }
  }
}
