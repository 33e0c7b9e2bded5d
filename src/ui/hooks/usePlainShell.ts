import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { BlockId, bytesOfId, idFromBytes } from "../../domain/ids.ts"
import { BesideShells } from "../../services/BesideShells.ts"
import { CommandExecutor } from "../../services/CommandExecutor.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import type { EditorHandle } from "../editor/useEditor.ts"
import type { KeyboardGate } from "../KeyboardGate.ts"
import type { UiEvent } from "../uiState.ts"

export interface UsePlainShellOptions {
  /** What is being written goes on there: the plain shell can complete it. */
  readonly editor: Pick<EditorHandle, "editor" | "replaceText">
  readonly gate: Pick<KeyboardGate, "open" | "program">
  readonly dispatch: (event: UiEvent) => void
  /** Says something on the status line. */
  readonly say: (text: string) => void
}

/**
 * Opens a plain shell in a block and gives it the keyboard: what is typed behind the key is for it already, and so is a line
 * that was begun in the editor, where undo has it still.
 */
export const usePlainShell = ({ editor, gate, dispatch, say }: UsePlainShellOptions): (() => void) => {
  const executor = useService(CommandExecutor)
  const beside = useService(BesideShells)
  const run = useRun()
  return () => {
    const id = BlockId.make(idFromBytes(randomBytes(bytesOfId())))
    const program = (bytes: Uint8Array) => beside.write(id, bytes)
    // At once, not with the next render.
    gate.program = program
    gate.open = true
    dispatch({ type: "attach", block: id })
    const begun = editor.editor.buffer.text
    run(
      Effect.catchAll(executor.openShell(id), ({ message }) =>
        Effect.sync(() => {
          // No render has seen it yet: none would close it.
          if (gate.program === program) gate.open = false
          dispatch({ type: "attach", block: null })
          say(message)
        })
      )
    )
    // What has refused it did so before this.
    if (gate.program !== program || !gate.open || begun === "" || begun.includes("\n")) return
    program(Buffer.from(begun))
    editor.replaceText("")
  }
}
