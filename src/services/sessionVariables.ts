import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { withoutHidden } from "../domain/environments.ts"
import type { EnvironmentChange } from "../shell/integration/ShellIntegration.ts"
import { storableEnvironment } from "./persistence/storableEnvironment.ts"
import type { SessionStore } from "./SessionStore.ts"

/** Names of variables that a notice tells at most. */
const MAX_NAMES = 8

/** What is said of exported variables that a new shell lacks. */
export const unsetNotice = (names: ReadonlyArray<string>): string => {
  const more = names.length - MAX_NAMES
  const shown = names.slice(0, MAX_NAMES).join(", ")
  return `Unset in this shell: ${shown}${more > 0 ? ` and ${more} more` : ""}. What looks like a secret is not saved.`
}

/** Of variables that a shell lacks those that it still does after a change; the same array when nothing differs. */
export const stillUnset = (unset: ReadonlyArray<string>, { set }: EnvironmentChange): ReadonlyArray<string> =>
  unset.some((name) => name in set) ? unset.filter((name) => !(name in set)) : unset

/**
 * The exported variables that the user has changed, as the session stores them and as its shell has them: the shell knows
 * secrets and what incognito commands have set, which reach no event.
 */
export const makeSessionVariables = (store: Pick<typeof SessionStore.Service, "get" | "dispatch">) => {
  /** What the shell has said last; null while the session knows all there is. */
  let latest: EnvironmentChange | null = null

  return {
    /**
     * The shell has said what is changed by now.
     *
     * @param hidden names of variables that are as they are since an incognito command ran
     */
    report: Effect.fn("sessionVariables.report")(function* (change: EnvironmentChange, hidden: ReadonlySet<string>) {
      latest = change
      const event = {
        _tag: "EnvironmentChanged",
        at: yield* Clock.currentTimeMillis,
        ...storableEnvironment(change.set),
        unset: change.unset
      } as const
      const told = hidden.size === 0 ? event : withoutHidden(event, yield* store.get, hidden)
      if (told !== null) yield* store.dispatch(told)
    }),
    /** The shell has ended, and what only it knew is gone. */
    forget: () => {
      latest = null
    },
    /** What a shell beside is given; with secrets, so it must not leave memory. */
    changes: Effect.map(
      store.get,
      ({ environment, metadata }): EnvironmentChange => latest ?? { set: environment, unset: metadata.unset }
    ),
    /** What a new shell of the session is given, and the names of what it lacks: their values were not stored. */
    forNewShell: Effect.map(store.get, ({ environment, metadata: { unset, redacted = [] } }) => ({
      // What a variable held before the user gave it a secret is not what it is to hold.
      changes: { set: environment, unset: [...unset, ...redacted] } satisfies EnvironmentChange,
      lacking: redacted
    }))
  }
}
