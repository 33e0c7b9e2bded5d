import { basename } from "node:path"
import * as Effect from "effect/Effect"
import { startDetached } from "../../services/startDetached.ts"
import { useRun } from "../contexts/EffectProvider.tsx"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { browserCall } from "./browserCall.ts"
import { labelChoices, type Seen, seenInView } from "./choicesInView.ts"
import { editorCall } from "./editorCall.ts"
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

  const openUrl = (url: string): void => {
    const env = environment()
    const call = browserCall(env, process.platform, url)
    if (call === null) return copy(url, "no browser here")
    say(`Opening ${url}`)
    run(
      Effect.match(startDetached({ command: call.file, args: call.args, cwd: home, env }), {
        onSuccess: () => {},
        onFailure: (error) => copy(url, error.message)
      })
    )
  }

  const openFile = (place: FilePlace, directory: string): void => {
    const env = environment()
    const { file, args, graphical } = editorCall(env, place)
    if (graphical) {
      say(`Opening ${place.path}`)
      run(
        Effect.match(startDetached({ command: file, args, cwd: directory, env }), {
          onSuccess: () => {},
          onFailure: (error) => say(error.message)
        })
      )
      return
    }
    lend({ file, args, cwd: directory, env }).then((end) => {
      if (end._tag === "Failed") say(end.problem)
      else if (end.exitCode !== 0) say(`${basename(file)} ended with ${end.signal ?? `exit code ${end.exitCode}`}`)
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

  const pathOf = ({ block, found }: Seen): string | null =>
    found.file === undefined ? null : absolutePath(found.file.path, block.metadata.directory, home)

  const find = async (): Promise<void> => {
    const seen = seenInView(list)
    // Asked all at once and not waited for: the screen goes on.
    const files = await existingFiles(seen.flatMap((one) => pathOf(one) ?? []))
    if (!picking.isOpen()) return
    const choices = labelChoices<Link>(seen, (one) => {
      const { found, block } = one
      if (found.kind === "url" && isWebAddress(found.text))
        return { key: found.text, value: { type: "url", url: found.text } }
      const path = pathOf(one)
      if (path === null || found.file === undefined || !files.has(path)) return null
      const place = { ...found.file, path }
      return { key: JSON.stringify(place), value: { type: "file", place, directory: block.metadata.directory } }
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
