import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { useCallback, useEffect, useRef, useState } from "react"
import {
  type CommandError,
  CommandExecutor,
  type CommandRequest,
  type CommandResult
} from "../../services/CommandExecutor.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"

/** Running commands from a component. */
export interface AsyncCommand {
  /** True while a command of this component runs or waits for its turn. */
  readonly loading: boolean
  /** Why the latest command did not run; null once the next one is given. */
  readonly error: CommandError | null
  /**
   * Runs a command and resolves with how it went, null when it did not run. Never rejects. It goes on when the component
   * is gone.
   */
  readonly executeCommand: (request: string | CommandRequest) => Promise<CommandResult | null>
}

/**
 * Runs commands and tells how they are doing.
 *
 * @param onError hears of a command that did not run, before anything else happens: with the next key, not a render later
 */
export const useAsyncCommand = (onError?: (error: CommandError, request: CommandRequest) => void): AsyncCommand => {
  const executor = useService(CommandExecutor)
  const run = useRun()
  const [state, setState] = useState<{ readonly running: number; readonly error: CommandError | null }>({
    running: 0,
    error: null
  })
  const heard = useRef(onError)
  heard.current = onError
  const mounted = useRef(false)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])

  const executeCommand = useCallback(
    (given: string | CommandRequest) => {
      const request = typeof given === "string" ? { command: given } : given
      setState(({ running }) => ({ running: running + 1, error: null }))
      return new Promise<CommandResult | null>((resolve) => {
        const fiber = run(
          executor.executeCommand(request).pipe(
            Effect.catchAll((error) =>
              Effect.sync(() => {
                heard.current?.(error, request)
                if (mounted.current) setState(({ running }) => ({ running, error }))
                return null
              })
            )
          )
        )
        fiber.addObserver((exit) => {
          if (mounted.current) setState(({ running, error }) => ({ running: running - 1, error }))
          // Interrupted with its session: it did not run to an end.
          resolve(Exit.isSuccess(exit) ? exit.value : null)
        })
      })
    },
    [executor, run]
  )
  return { loading: state.running > 0, error: state.error, executeCommand }
}
