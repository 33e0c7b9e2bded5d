import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BlockHeader } from "../../domain/Block.ts"
import type { Session } from "../../domain/Session.ts"
import { useRunNow } from "../contexts/EffectProvider.tsx"
import { useEffectTalk } from "../hooks/useEffectTalk.ts"
import type { UiAction } from "../keymap.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"

/** What the user says about blocks with a key: note, name, pin, that one shall go, and that it holds no secret. */
export const useBlockSayings = ({ list, say, ask }: FeatureTools): Feature => {
  const { sessionStore, blockService } = useEffectTalk()
  const run = useRunNow()

  /** The session as it is now, which the screen may not have heard of: several keys can come at once. */
  const session = (): Session => Effect.runSync(SubscriptionRef.get(sessionStore.ref))

  /** Changes the session, and tells what came of it once the list has it too: at once, unless the session is busy. */
  const change = <A>(
    effect: Effect.Effect<A, { readonly message: string }>,
    done: (value: A) => void,
    refused: (why: string) => void = say
  ) =>
    run(
      Effect.match(effect, {
        onFailure: ({ message }) => refused(message),
        onSuccess: (value) => {
          list.setBlocks(session().blocks)
          done(value)
        }
      })
    )

  /** Asks for a line about a block that begins with what there is; an empty one takes it away. */
  const askFor = (
    question: { readonly badge: "NOTE" | "NAME"; readonly prompt: string; readonly placeholder: string },
    initial: string | undefined,
    save: (text: string | null) => Effect.Effect<void, { readonly message: string }>
  ) =>
    ask({
      ...question,
      ...(initial !== undefined && {
        initial,
        placeholder: `empty takes the ${question.badge.toLowerCase()} away`
      }),
      verb: "save",
      answer: (text) => {
        let answered = false
        let problem: string | null = null
        const refused = (why: string) => {
          if (answered) say(why)
          else problem = why
        }
        change(save(text.trim() || null), () => {}, refused)
        answered = true
        return problem
      }
    })

  const note = ({ id, metadata }: BlockHeader) =>
    askFor(
      { badge: "NOTE", prompt: `note on b${metadata.number}: `, placeholder: "a line to remember it by" },
      metadata.note,
      (text) => blockService.noteBlock(id, text)
    )

  const name = ({ id, metadata }: BlockHeader) =>
    askFor(
      { badge: "NAME", prompt: `name of b${metadata.number}: @`, placeholder: "letters, digits, - and _" },
      metadata.name,
      // Who writes the sign too means the same.
      (text) => blockService.renameBlock(id, text?.replace(/^@/, "") || null)
    )

  const pin = ({ id, metadata: { number, pinned } }: BlockHeader) => {
    const text = pinned === true ? `b${number} is not pinned any more` : `Pinned b${number}: P comes back to it`
    change(blockService.setPinned(id, pinned !== true), () => say(text))
  }

  const nextPinned = () => {
    const { blocks } = session()
    const from = blocks.findIndex(({ id }) => id === list.selected)
    const isPinned = ({ metadata }: BlockHeader) => metadata.pinned === true
    const next = blocks.slice(from + 1).find(isPinned) ?? blocks.find(isPinned)
    if (next === undefined) return say("No block is pinned: p pins one")
    if (next.id === list.selected) say("No other block is pinned")
    show(next)
  }

  const show = ({ id }: BlockHeader) => {
    list.select(id)
    list.ensureVisible(id)
  }

  const remove = ({ id, metadata }: BlockHeader) => {
    const { blocks } = session()
    const index = blocks.findIndex((block) => block.id === id)
    const next = blocks[index + 1] ?? blocks[index - 1]
    change(blockService.deleteBlocks([id]), () => {
      if (next !== undefined) show(next)
      // What was cleared is aside as well, and in the archive.
      const count = session().deleted?.filter((block) => block.metadata.archive === undefined).length ?? 0
      const others = count > 1 ? ` (${count} deleted so far)` : ""
      say(`Deleted b${metadata.number}: u brings it back${others}`)
    })
  }

  const storeAsPrinted = ({ id, metadata: { number, redacted = 0 } }: BlockHeader) =>
    change(blockService.storeAsPrinted(id), () =>
      say(`b${number} is saved as it was printed, with ${suspects(redacted)} in it`)
    )

  const onBlock = (block: (selected: BlockHeader) => void) => () => {
    const selected = session().blocks.find(({ id }) => id === list.selected)
    if (selected === undefined) say("No block is selected")
    else block(selected)
  }

  const actions: Partial<Record<UiAction, () => void>> = {
    noteBlock: onBlock(note),
    nameBlock: onBlock(name),
    pinBlock: onBlock(pin),
    nextPinned,
    storeAsPrinted: onBlock(storeAsPrinted),
    deleteBlock: onBlock(remove)
  }

  return {
    layer: null,
    act: (action) => {
      const found = actions[action]
      found?.()
      return found !== undefined
    }
  }
}

const suspects = (count: number): string =>
  count === 1 ? "what looks like a secret" : `${count} that look like secrets`
