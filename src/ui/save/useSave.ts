import { useRef } from "react"
import { SESSION_VERSION, type Session } from "../../domain/Session.ts"
import type { ExportedBlock } from "../../export/ExportedBlock.ts"
import type { ExportedSession } from "../../export/exportDocument.ts"
import { lookAt, userPath, writeExport, writeProblem } from "../../export/exportFile.ts"
import { withoutIncognito } from "../../services/persistence/withoutIncognito.ts"
import { tildePath } from "../blocks/format.ts"
import { useOutputs, useSession } from "../hooks/useSession.ts"
import type { UiAction } from "../keymap.ts"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"

/** Characters of a session's id in a file name. */
const SHORT_ID = 8

/** What is saved, and under which name it is offered. */
interface Saved {
  readonly prompt: string
  /** Without the directory, and without a word of any command: those may hold secrets. */
  readonly name: string
  /** Loads what it takes when it is needed. */
  readonly blocks: () => Promise<Iterable<ExportedBlock>>
  readonly session: ExportedSession | null
}

/** The name of a session, as far as it can be part of a file's. */
const fileName = ({ id, metadata }: Session): string => {
  const name = (metadata.name ?? "").replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replaceAll(/^[-.]+|-+$/g, "")
  return `session-${name || id.slice(0, SHORT_ID)}`
}

/** Saves a block, or the whole session, to a file that is asked for; without what looks like a secret. */
export const useSave = ({ ask, say, selected, home }: FeatureTools): Feature => {
  const session = useSession()
  const outputs = useOutputs()
  /** The path of a file that exists and was named once: Enter on it again overwrites it. */
  const warned = useRef<string | null>(null)

  const write = async ({ blocks, session: exported }: Saved, path: string, overwrite: boolean): Promise<string> => {
    const [{ exportDocument }, { makeCensor }, { formatOf }] = await Promise.all([
      import("../../export/exportDocument.ts"),
      import("../../export/Censor.ts"),
      import("../../export/ExportFormat.ts")
    ])
    const censor = makeCensor()
    const document = exportDocument({
      format: formatOf(path),
      // The text of one block is for other programs; what is a session's is for readers.
      outputOnly: exported === null,
      session: exported,
      blocks: await blocks(),
      censor,
      home,
      forTerminal: false
    })
    await writeExport(path, document, overwrite)
    const count = censor.count()
    const redacted = count === 0 ? "" : `; ${count} ${count === 1 ? "secret" : "secrets"} redacted`
    return `Saved ${tildePath(path, home)}${redacted}`
  }

  const askFor = (saved: Saved) => {
    warned.current = null
    ask({
      badge: "SAVE",
      prompt: saved.prompt,
      initial: saved.name,
      placeholder: "a path; .md, .html and .json hold the whole block, anything else is text",
      verb: "save",
      answer: (text) => {
        if (text.trim() === "") return "A file needs a name"
        const path = userPath(text.trim(), session.workingDirectory, home)
        const found = lookAt(path)
        if (found !== null && found !== "file") return `Not saved: ${found.problem}`
        if (found === "file" && warned.current !== path) {
          warned.current = path
          return "It exists: Enter again overwrites it"
        }
        write(saved, path, found === "file").then(say, (cause) => say(`Not saved: ${writeProblem(cause)}`))
        return null
      }
    })
  }

  const saveBlock = () => {
    const header = selected()
    if (header === undefined) return
    askFor({
      prompt: `save the output of b${header.metadata.number} to: `,
      name: `block-${header.metadata.number}.txt`,
      session: null,
      blocks: async () => [(await import("../../export/ExportedBlock.ts")).openBlock(outputs, header)]
    })
  }

  const saveSession = () => {
    const kept = withoutIncognito(session)
    const { blocks } = kept
    if (blocks.length === 0) return say("Nothing to save: the session has no blocks that may be in a file")
    askFor({
      prompt: "save the session to: ",
      name: `${fileName(session)}.html`,
      // It is a copy: no journal goes on from it.
      session: { session: kept, version: SESSION_VERSION, sequence: 0 },
      blocks: async () => {
        const { openBlock } = await import("../../export/ExportedBlock.ts")
        return (function* () {
          for (const header of blocks) yield openBlock(outputs, header)
        })()
      }
    })
  }

  const actions: Partial<Record<UiAction, () => void>> = { saveBlock, saveSession }
  return {
    layer: null,
    act: (action) => {
      const act = actions[action]
      act?.()
      return act !== undefined
    }
  }
}
