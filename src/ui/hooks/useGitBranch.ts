import { useEffect, useState } from "react"
import { branchLabel, gitBranch } from "../../services/gitBranch.ts"

/**
 * The branch of a directory's repository as the header shows it, null outside one.
 *
 * @param asked changes when the branch may have (a command has ended)
 */
export const useGitBranch = (directory: string, asked: unknown): string | null => {
  const [branch, setBranch] = useState<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` is the reason to look again
  useEffect(() => {
    let current = true
    gitBranch(directory).then((found) => {
      if (current) setBranch(found === null ? null : branchLabel(found))
    })
    return () => {
      current = false
    }
  }, [directory, asked])
  return branch
}
