import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { useEffect, useState } from "react"
import { GitService } from "../../services/GitService.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { type GitState, gitStateOfError } from "../sidebar/SidebarModel.ts"

/**
 * How the working tree around a directory is, null outside one. What was known stays until there is an answer.
 *
 * @param asked changes when the state may have (a command has ended); null asks nothing
 */
export const useGitState = (directory: string, asked: unknown): GitState | null => {
  const git = useService(GitService)
  const run = useRun()
  const [known, setKnown] = useState<{ readonly directory: string; readonly state: GitState | null }>()
  useEffect(() => {
    if (asked === null) return
    const told = (state: GitState | null) => setKnown({ directory, state })
    const fiber = run(
      Effect.match(git.status(directory), {
        onSuccess: (status) => told({ kind: "known", status }),
        onFailure: (error) => told(gitStateOfError(error))
      })
    )
    return () => void run(Fiber.interruptFork(fiber))
  }, [git, run, directory, asked])
  return known?.directory === directory ? known.state : { kind: "asking" }
}
