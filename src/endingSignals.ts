/** Signals that end EffectTalk in order, with their numbers for exit codes (128 + n, as shells do). */
export const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

/** The name of such a signal. */
export type EndingSignal = keyof typeof ENDING_SIGNALS
