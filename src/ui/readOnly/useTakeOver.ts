import * as Effect from "effect/Effect"
import { OpenSessions } from "../../services/OpenSessions.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { useSession } from "../hooks/useSession.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"

/** Most cells of the commands that are named in a question. */
const MAX_COMMAND_CELLS = 40

/** On the screen of a session that is only read: takes it over from whoever has it, or closes it. */
export const useTakeOver = ({ readOnly, say, choose, act, theme }: FeatureTools): Feature => {
  const session = useSession()
  const sessions = useService(OpenSessions)
  const run = useRun()

  const take = (waiting: string) => {
    say(waiting)
    run(Effect.match(sessions.take(session.id), { onFailure: ({ message }) => say(message), onSuccess: () => {} }))
  }

  const takeOver = () => {
    if (readOnly === null) return
    const { owner, refusal, self } = readOnly
    if (refusal !== null) return say(refusal.message)
    if (owner === null || (owner.pid === self && owner.elsewhere === null)) return take("Opening the session")
    const asking = `Asking process ${owner.pid} for the session`
    if (owner.elsewhere !== null) return take(asking)
    const running = session.blocks.filter(({ status }) => status === "running")
    const command = running.at(-1)?.command.split("\n")[0] ?? ""
    const name = truncateText(visibleText(command), MAX_COMMAND_CELLS, theme.signs.ellipsis) || "A program"
    const others = running.length > 1 ? `, and ${running.length - 1} more` : ""
    const ends = running.length > 0 ? "; what runs is ended" : ""
    choose({
      badge: "TAKE",
      title:
        running.length > 0 ? `${name}${others} runs in process ${owner.pid}` : `Process ${owner.pid} has the session`,
      items: [
        { key: "y", label: `take it over${ends}`, pick: () => take(asking) },
        { key: "n", label: "leave it there", pick: () => {} }
      ]
    })
  }

  const close = () => run(Effect.map(sessions.close(session.id), (another) => (another ? undefined : act("leave"))))

  return {
    layer: null,
    act: (action) => {
      if (action === "takeOver") takeOver()
      else if (action === "closeReader") close()
      else return false
      return true
    }
  }
}
