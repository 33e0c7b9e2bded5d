import * as Effect from "effect/Effect"
import { useRef } from "react"
import type { BlockHeader } from "../../domain/Block.ts"
import { startDetached } from "../../services/startDetached.ts"
import { useRun } from "../contexts/EffectProvider.tsx"
import { useSession } from "../hooks/useSession.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { editorCall } from "../outside/editorCall.ts"
import { endMessage, programOf } from "../outside/userPrograms.ts"
import { browserCall } from "./browserCall.ts"
import { labelChoices, type Seen, seenInView } from "./choicesInView.ts"
import { absolutePath, existingFiles } from "./existingFiles.ts"
import type { FilePlace } from "./recognise.ts"
import { usePicking } from "./usePicking.ts"

/** Something that can be opened; a file by its absolute path. */
type Link =
  | { readonly type: "url"; readonly url: string }
  | { readonly type: "file"; readonly place: FilePlace; readonly directory: string }

const isWebAddress = (text: string): boolean => /^https?:\/\//i.test(text)

/** Opening an address of the screen in the browser, or a file of it in the editor, by a letter. */
export const useLinks = ({ list, home, say, copy, lend, environment }: FeatureTools): Feature => {
  const run = useRun()
  const session = useSession()
  const newest = useRef(session)
  newest.current = session

  const openUrl = (url: string): void => {
    const env = environment()
    const call = browserCall(env, process.platform, url)
    if (call === null) return copy(url, (done) => `No browser here: ${done}`)
    say(`Opening ${url}`)
    run(
      Effect.match(startDetached({ command: call.file, args: call.args, cwd: home, env }), {
        onSuccess: () => {},
        onFailure: ({ message }) => copy(url, (done) => `${message}: ${done}`)
      })
    )
  }

  const openFile = (place: FilePlace, directory: string): void => {
    const env = environment()
    const { command, file, args, graphical } = editorCall(env, place)
    if (graphical) {
      say(`Opening ${place.path}`)
      run(
        Effect.match(startDetached({ command: file, args, cwd: directory, env }, programOf(command)), {
          onSuccess: () => {},
          onFailure: (error) => say(error.message)
        })
      )
      return
    }
    lend({ file, args, cwd: directory, env }).then((end) => {
      const message = endMessage(command, end)
      if (message !== null) say(message)
    })
  }

  const picking = usePicking<Link>({
    list,
    badge: "OPEN",
    hints: [
      { keys: "letter", meaning: "open" },
      { keys: "Esc", meaning: "back" }
    ],
    onPick: (link) => (link.type === "url" ? openUrl(link.url) : openFile(link.place, link.directory))
  })

  /** Where a command began, and where it left the shell: one that begins with `cd` prints names of another directory. */
  const directoriesOf = ({ id, metadata }: BlockHeader): ReadonlyArray<string> => {
    const { blocks, workingDirectory } = newest.current
    const next = blocks[blocks.findIndex((block) => block.id === id) + 1]
    return [...new Set([metadata.directory, next?.metadata.directory ?? workingDirectory])]
  }

  const pathsOf = ({ in: { block }, found: { file } }: Seen) =>
    file === undefined
      ? []
      : directoriesOf(block).map((directory) => ({ directory, path: absolutePath(file.path, directory, home) }))

  const find = async (): Promise<void> => {
    const seen = seenInView(list).map((one) => ({ ...one, paths: pathsOf(one) }))
    // Asked all at once and not waited for: the screen goes on.
    const files = await existingFiles(seen.flatMap(({ paths }) => paths.map(({ path }) => path)))
    if (!picking.isOpen()) return
    const choices = labelChoices(seen, ({ found, paths }): { readonly key: string; readonly value: Link } | null => {
      if (found.kind === "url" && isWebAddress(found.text))
        return { key: found.text, value: { type: "url", url: found.text } }
      const there = paths.find(({ path }) => files.has(path))
      if (there === undefined) return null
      const place = { ...found.file, path: there.path }
      return { key: JSON.stringify(place), value: { type: "file", place, directory: there.directory } }
    })
    if (choices.length > 0) return picking.show(choices)
    picking.close()
    say("No address and no file that is there in the output on the screen")
  }

  return {
    layer: picking.layer,
    act: (action) => {
      if (action !== "openLink") return false
      picking.show(null)
      void find()
      return true
    }
  }
}
