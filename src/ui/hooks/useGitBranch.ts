import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { useEffect, useState } from "react"
import { GitService } from "../../services/GitService.ts"
import type { GitBranch } from "../../services/gitBranch.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"

/**
 * The branch of a directory's repository, null outside one.
 *
 * @param asked changes when the branch may have (a command has ended)
 */
export const useGitBranch = (directory: string, asked: unknown): GitBranch | null => {
  const git = useService(GitService)
  const run = useRun()
  const [branch, setBranch] = useState<GitBranch | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` is the reason to look again
  useEffect(() => {
    const fiber = run(Effect.map(git.branch(directory), setBranch))
    return () => void run(Fiber.interruptFork(fiber))
  }, [git, run, directory, asked])
  return branch
}
