import * as Effect from "effect/Effect"
import type { BlockHeader } from "../../domain/Block.ts"
import { BesideShells } from "../../services/BesideShells.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import type { SignalOutcome } from "../../shell/signalForeground.ts"
import { truncateText, visibleText } from "../blocks/visibleText.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { blockLabel } from "./whyNotAgain.ts"

/** The signals that can be chosen, by key, the usual ones first. */
const SIGNALS: ReadonlyArray<readonly [key: string, signal: NodeJS.Signals, meaning: string]> = [
  ["i", "SIGINT", "interrupt, as Ctrl+C does"],
  ["t", "SIGTERM", "ask it to end"],
  ["h", "SIGHUP", "its terminal is gone; many daemons read their settings anew"],
  ["q", "SIGQUIT", "end with a core dump, as Ctrl+\\ does"],
  ["k", "SIGKILL", "end it at once, whatever it was doing"],
  ["z", "SIGTSTP", "stop it, as Ctrl+Z does; fg goes on with it"],
  ["s", "SIGSTOP", "stop it, whether it wants to or not"],
  ["c", "SIGCONT", "go on after a stop"],
  ["1", "SIGUSR1", "the program's own meaning"],
  ["2", "SIGUSR2", "the program's own meaning"]
]

/** Cells of a program's command line in a message. */
const MAX_NAME_CELLS = 40

const nameOf = ({ group, name }: { readonly group: number; readonly name: string | null }): string =>
  name === null ? `process group ${group}` : `${group}, ${truncateText(visibleText(name), MAX_NAME_CELLS)}`

/** What became of a signal, in a line. */
export const signalMessage = (block: BlockHeader, signal: NodeJS.Signals, outcome: SignalOutcome | null): string => {
  const label = blockLabel(block)
  if (outcome === null) return `Not sent: nothing runs in ${label} any more`
  switch (outcome._tag) {
    case "Sent":
      return `Sent ${signal} in ${label} to ${nameOf(outcome)}`
    case "Refused":
      return `Not sent: another user's program runs in ${label}, ${nameOf(outcome)}`
    case "Gone":
      return `Not sent: the program in ${label} has just ended`
    case "Spared":
      return `Not sent: the shell itself is what runs in ${label}; x interrupts it`
  }
}

/** Sends a signal of the user's choice to the program that runs in a block. */
export const useSignals = ({ say, choose, selected }: FeatureTools): Feature => {
  const shell = useService(SessionShell)
  const besides = useService(BesideShells)
  const run = useRun()

  const send = (block: BlockHeader, signal: NodeJS.Signals) =>
    run(
      // Asked for at the moment of sending: what runs there may have changed while the menu was open.
      Effect.flatMap(besides.signal(block.id, signal), (outcome) =>
        outcome === null ? shell.signal(block.id, signal) : Effect.succeed(outcome)
      ).pipe(Effect.map((outcome) => say(signalMessage(block, signal, outcome))))
    )

  const ask = (block: BlockHeader) => {
    const label = blockLabel(block)
    if (block.status === "idle") return say(`${label} waits and has no process: x takes it out of the queue`)
    if (block.status !== "running") return say(`Nothing runs in ${label}`)
    choose({
      badge: "SIGNAL",
      title: `Signal to the program in ${label}`,
      items: SIGNALS.map(([key, signal, meaning]) => ({
        key,
        label: `${signal.slice(3).padEnd(6)}${meaning}`,
        pick: () => send(block, signal)
      }))
    })
  }

  return {
    layer: null,
    act: (action) => {
      if (action !== "signal") return false
      const block = selected()
      if (block !== undefined) ask(block)
      return true
    }
  }
}
