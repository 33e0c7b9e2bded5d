import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { useEffect, useRef } from "react"
import { type CommandError, CommandExecutor, type CommandRequest } from "../../services/CommandExecutor.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { type EditorHandle, type UseEditorOptions, useEditor } from "../editor/useEditor.ts"
import type { KeyboardGate } from "../KeyboardGate.ts"
import { readTyped } from "../slashCommands.ts"
import { useAsyncCommand } from "./useAsyncCommand.ts"
import { useKeptInput } from "./useKeptInput.ts"
import { useSession } from "./useSession.ts"

export interface UseCommandLineOptions extends Omit<UseEditorOptions, "initialText" | "past" | "onSubmit"> {
  readonly gate: Pick<KeyboardGate, "open" | "push" | "program">
  /** A command was taken from the editor. */
  readonly onEntered: () => void
  /** Says something on the status line. */
  readonly say: (text: string) => void
}

/** The editor, and what becomes of the commands that are written in it. */
export interface CommandLine extends EditorHandle {
  /** Runs the editor's text in a shell of its own. */
  readonly runBeside: () => void
}

/** The command line: an editor whose commands run in the session's shell, wait for it, or run beside it. */
export const useCommandLine = (options: UseCommandLineOptions): CommandLine => {
  const { gate, onEntered, say } = options
  const shell = useService(SessionShell)
  const executor = useService(CommandExecutor)
  const session = useSession()
  const run = useRun()

  const refused = (error: CommandError, request: CommandRequest) => {
    gate.open = false
    if (error.reason === "Incomplete") editor.continueLine()
    else if (error.reason !== "Cancelled") {
      editor.takeBack()
      say(error.reason === "ChangesShell" ? `${error.message}: Enter lets it wait for its turn` : error.message)
    }
    // What was typed behind Enter goes on where the text does.
    if ("typed" in error && request.beside !== true) gate.push(error.typed)
  }
  const { executeCommand } = useAsyncCommand(refused)

  const enter = (text: string, beside: boolean) => {
    const typed = readTyped(text)
    if ("problem" in typed) {
      editor.takeBack()
      return say(typed.problem)
    }
    onEntered()
    const { command, timeLimit } = typed
    if (!beside && !executor.willQueue()) {
      // At once, not with the next render: what is typed behind Enter is the command's. The shell holds it until then.
      gate.program = shell.write
      gate.open = true
    }
    void executeCommand({ command, ...(beside && { beside }), ...(timeLimit !== null && { timeLimit }) })
  }

  const editor = useEditor({
    ...options,
    initialText: session.metadata.input,
    past: () => [...shell.history(), ...session.blocks.map((block) => block.command).filter((text) => text !== "")],
    onSubmit: (text) => enter(text, false)
  })
  useKeptInput(editor.editor.buffer.text)

  const newest = useRef({ editor, say })
  newest.current = { editor, say }
  useEffect(() => {
    const fiber = run(
      shell.typedAhead.pipe(
        Stream.runForEach((text) =>
          Effect.sync(() => {
            newest.current.editor.insertTypeAhead(text)
            newest.current.say("Typed ahead: nothing of it has run")
          })
        )
      )
    )
    return () => void run(Fiber.interrupt(fiber))
  }, [run, shell])

  const runBeside = () => {
    const text = editor.take()
    if (text === null) say("Write a command first: this runs it beside, in a shell of its own")
    else enter(text, true)
  }
  return { ...editor, runBeside }
}
