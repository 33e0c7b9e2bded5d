import { visibleText } from "../blocks/visibleText.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { labelChoices, seenInView } from "./choicesInView.ts"
import type { Found } from "./recognise.ts"
import { shellWord } from "./shellWord.ts"
import { usePicking } from "./usePicking.ts"

/**
 * What stands in a command line for something that was picked: a file without its line, quoted where it must be. One whose name
 * begins as an option (of vi, with `+`) is no option.
 */
export const asArgument = ({ file, text }: Pick<Found, "file" | "text">): string =>
  file === undefined ? shellWord(text) : shellWord(file.path.replace(/^[-+]/, "./$&"))

/** Copying a path, an address, a hash or a number from the screen by a letter, or putting it into the editor. */
export const useHints = ({ list, say, copy, editor, dispatch }: FeatureTools): Feature => {
  const picking = usePicking<Found>({
    list,
    badge: "HINTS",
    hints: [
      { keys: "letter", meaning: "copy" },
      { keys: "capital letter", meaning: "insert" },
      { keys: "Esc", meaning: "back" }
    ],
    onPick: (found, capital) => {
      if (!capital) return copy(found.text, (done) => `${visibleText(found.text)}: ${done}`)
      const { cursor, text } = editor.editor.buffer
      const blank = /\S$/.test(text.slice(0, cursor)) ? " " : ""
      list.select(null)
      dispatch({ type: "focus", focus: "edit" })
      editor.onKey({ type: "paste", text: blank + asArgument(found) })
    }
  })
  return {
    layer: picking.layer,
    act: (action) => {
      if (action !== "hints") return false
      const choices = labelChoices(seenInView(list), ({ found }) => ({ key: found.text, value: found }))
      if (choices.length === 0) say("No path, address, hash or number in the output on the screen")
      else picking.show(choices)
      return true
    }
  }
}
