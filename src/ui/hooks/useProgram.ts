import { useEffect, useLayoutEffect, useMemo, useRef } from "react"
import type { BlockId } from "../../domain/ids.ts"
import { BesideShells } from "../../services/BesideShells.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import { type MouseEvent, mouseEvent } from "../../terminal/inputEvents.ts"
import { DEFAULT_INPUT_MODES } from "../../terminal/inputModes.ts"
import { type Locate, MouseReports, type ProgramCell } from "../../terminal/MouseReports.ts"
import type { TerminalModes } from "../../terminal/TerminalModes.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"
import { useService } from "../contexts/EffectProvider.tsx"
import type { KeyboardGate } from "../KeyboardGate.ts"
import { useFullScreen } from "./useFullScreen.ts"
import { useOutputs } from "./useSession.ts"

export interface UseProgramOptions {
  readonly gate: Pick<KeyboardGate, "open" | "push" | "program">
  /** The block whose command has the terminal of the session's shell. */
  readonly running: BlockId | null
  /** The block beside it whose program was given the keyboard. */
  readonly attached: BlockId | null
  /** A program has the keyboard, and nothing of ours asks for a key. */
  readonly passes: boolean
  /** A program has the keyboard. */
  readonly owns: boolean
  /** Room for a program among the blocks, and for one that takes the screen. */
  readonly room: TerminalSize
  readonly screen: TerminalSize
  /** Finds the cell of a program that draws in its block under a cell of the terminal. */
  readonly locate: (block: BlockId, x: number, y: number) => ReturnType<Locate>
  /**
   * Mirrors what the program asked of its terminal to the outer one; null: nothing is asked. With `keepsMouse` the mouse
   * stays ours while it asks for none.
   */
  readonly mirror: (modes: TerminalModes | null, keepsMouse?: boolean) => void
  /** What the mouse does that the program has not asked for; null while it is left to the terminal. */
  readonly onMouse: ((event: MouseEvent) => void) | null
}

/** The program that has, or would have, the keyboard. */
export interface Program {
  readonly block: BlockId | null
  /** Its output while it is on the alternate screen. */
  readonly fullScreen: BlockOutput | null
  /** Plain: it is called for every key. */
  readonly write: (bytes: Uint8Array) => void
  /** Pastes text, with `\n` for line ends, as the program has asked for pastes. */
  readonly paste: (text: string) => void
}

/** Joins the keyboard, the outer terminal's modes and its size to the program that they belong to. */
export const useProgram = (options: UseProgramOptions): Program => {
  const { gate, running, attached, passes, owns, room, screen, locate, mirror, onMouse } = options
  const shell = useService(SessionShell)
  const beside = useService(BesideShells)
  const outputs = useOutputs()
  const block = attached ?? running
  const fullScreen = useFullScreen(block)
  const write = useMemo(
    () => (attached === null ? shell.write : (bytes: Uint8Array) => beside.write(attached, bytes)),
    [shell, beside, attached]
  )
  const newest = useRef({ screen, locate, onMouse })
  useLayoutEffect(() => {
    newest.current = { screen, locate, onMouse }
  })
  const type = useMemo(() => {
    const reports = new MouseReports()
    return (bytes: Uint8Array) => {
      // What has just begun has asked for nothing; Enter has begun it, and no render has seen it yet.
      const output = block === null ? null : outputs.live(block)
      const modes = output?.modes ?? DEFAULT_INPUT_MODES
      const place: Locate = (x, y) => {
        if (block === null || output === null) return null
        // Pixels cannot be told from here: no terminal says how large its cells are.
        if (modes.mouseEncoding === "sgrPixels") return output.alternate ? { x, y, inside: true } : null
        return output.alternate ? clampTo(newest.current.screen, x, y) : newest.current.locate(block, x, y)
      }
      const own = (...report: Parameters<typeof mouseEvent>) => {
        // Over a program that has the screen to itself a terminal has uses of its own for the wheel: what was under way to
        // us when it took the screen is nobody's.
        const event = output?.alternate ? null : mouseEvent(...report)
        if (event !== null) newest.current.onMouse?.(event)
      }
      const translated = reports.translate(bytes, modes, place, newest.current.onMouse === null ? null : own)
      if (translated.length > 0) write(translated)
    }
  }, [write, block, outputs])

  // Not with every render: the command line opens the gate for a command that no render has seen yet.
  useLayoutEffect(() => {
    gate.program = type
    gate.open = passes
  }, [gate, type, passes])

  // The program's wishes hold while it has the keyboard.
  const mirrored = owns && block !== null ? outputs.live(block) : null
  useEffect(() => {
    if (mirrored === null) return
    const tell = () => mirror(mirrored.modes, !mirrored.alternate)
    tell()
    const stop = outputs.subscribe(tell)
    return () => {
      stop()
      mirror(null)
    }
  }, [mirrored, outputs, mirror])

  // A size that has not changed changes nothing.
  useLayoutEffect(() => {
    shell.resize(atLeastOneRow(room), atLeastOneRow(screen))
    beside.resize(atLeastOneRow(room), atLeastOneRow(screen))
  })

  const paste = (text: string) => {
    const lines = text.replaceAll("\n", "\r")
    const inBrackets = block !== null && outputs.live(block)?.modes.bracketedPaste === true
    write(Buffer.from(inBrackets ? `\x1b[200~${lines}\x1b[201~` : lines))
  }

  return { block, fullScreen, write, paste }
}

/** A cell moved into a screen of this size. */
const clampTo = ({ columns, rows }: TerminalSize, x: number, y: number): ProgramCell => {
  const nearest = { x: Math.min(x, columns - 1), y: Math.min(y, rows - 1) }
  return { ...nearest, inside: nearest.x === x && nearest.y === y }
}

const atLeastOneRow = ({ columns, rows }: TerminalSize): TerminalSize => ({ columns, rows: Math.max(1, rows) })
