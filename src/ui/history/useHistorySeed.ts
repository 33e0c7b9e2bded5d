import { HistoryStore } from "../../services/HistoryStore.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useShellState } from "../hooks/useSession.ts"

/**
 * Takes the shell's own history over, once ever for each kind of shell: in the background, when the history is first of
 * use and the shell has shown a prompt (before that nobody knows where its file is).
 */
export const useHistorySeed = (): (() => void) => {
  const history = useService(HistoryStore)
  const shell = useService(SessionShell)
  const { phase } = useShellState()
  const run = useRun()
  return () => {
    if (phase !== "ready" && phase !== "running") return
    const { shell: name, read } = shell.past()
    run(history.seed(name, read))
  }
}
