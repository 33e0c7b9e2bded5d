import { MARK_OSC } from "../MarkParser.ts"

/** Payload of the mark that a pooled shell prints when it waits for what it is given; more may follow. */
export const WAITS = "W"

/** How that mark begins. */
export const WAITS_MARK = `\x1b]${MARK_OSC};${WAITS};`
