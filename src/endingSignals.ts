/** Signals that end EffectTalk in order, with their numbers for exit codes (128 + n, as shells do). */
export const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

/** The name of such a signal. */
export type EndingSignal = keyof typeof ENDING_SIGNALS

/** Who is told of ending signals. The program itself ends, unless a command has to know of them first. */
export interface SignalDesk {
  /** Tells `listener` of every signal in place of the program; returns how to give them back. */
  readonly take: (listener: (signal: EndingSignal) => void) => () => void
  /** Lets a signal pass without effect, one that is meant for somebody else; returns how to heed it again. */
  readonly ignore: (signal: EndingSignal) => () => void
}
