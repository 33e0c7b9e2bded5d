import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { useRef } from "react"
import { OpenSessions, OpenSessionsError } from "../../services/OpenSessions.ts"
import { type ArchivingSession, SessionArchive } from "../../services/SessionArchive.ts"
import { formatCount, formatDay, formatTime } from "../blocks/format.ts"
import { visibleText } from "../blocks/visibleText.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useEffectTalk } from "../hooks/useEffectTalk.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"

/** Why, for a line that says itself what was not done: a session that cannot be saved says the same. */
const reasonOf = ({ message }: { readonly message: string }): string => message.replace(/^not saved: /, "")

/** `/clear` moves the finished blocks to the archive; `/save name` keeps the session there as it is now. */
export const useArchive = ({ list, say }: FeatureTools): Feature => {
  const { sessionStore: store } = useEffectTalk()
  const archive = useService(SessionArchive)
  const { state } = useService(OpenSessions)
  const run = useRun()
  /** The name that exists and was said once: the same again replaces it. */
  const warned = useRef<string | null>(null)

  const here = Effect.flatMap(SubscriptionRef.get(state), ({ active }) =>
    active.reading === null
      ? Effect.succeed<ArchivingSession>({ file: active.file, store })
      : new OpenSessionsError({ reason: "ReadOnly" })
  )

  const clear = () =>
    run(
      Effect.match(Effect.flatMap(here, archive.clear), {
        onFailure: (error) => say(`Nothing was cleared: ${reasonOf(error)}`),
        onSuccess: (moved) => {
          if (moved === null) return say("Nothing to clear: what runs, waits or is pinned stays")
          list.setBlocks(Effect.runSync(store.get).blocks)
          const { length } = moved.blocks
          const [blocks, them] = length === 1 ? ["block", "it"] : ["blocks", "them"]
          const from = moved.archive === null ? "" : " from the archive"
          say(`Cleared ${formatCount(length)} ${blocks}: /undo brings ${them} back${from}`)
        }
      })
    )

  const save = (name: string) => {
    const replace = warned.current === name
    warned.current = null
    run(
      Effect.match(
        Effect.flatMap(here, (session) => archive.save(session, name, replace)),
        {
          onFailure: (error) => {
            if (error.reason !== "NameTaken") return say(`Not saved: ${reasonOf(error)}`)
            warned.current = name
            const at = error.at ?? 0
            say(`There is one of ${formatDay(at)} ${formatTime(at)}: /save ${visibleText(name)} again replaces it`)
          },
          onSuccess: () => say(`Saved ${visibleText(name)}: /saved lists what is saved`)
        }
      )
    )
  }

  return {
    layer: null,
    act: () => false,
    word: ({ word, argument }) => {
      if (word === "clear") clear()
      else if (word === "save") save(argument)
      else return false
      return true
    }
  }
}
