import { closeSync, openSync } from "node:fs"
import { highestDescriptor } from "./platform.ts"

/** Most descriptors that are covered for a child; a process with a higher one was started oddly. */
const MAX_COVERED_DESCRIPTORS = 4096
/** Standard input, output and error come before the first descriptor that is covered. */
const FIRST_COVERED_DESCRIPTOR = 3

/**
 * Starts a child with `/dev/null` in every descriptor past the first three, which `start` puts behind them in `stdio`. The
 * masters of our terminals are not close-on-exec: whoever inherits one can read and type into every block. Node leaves a
 * descriptor that it is told to ignore as it is, so each is covered by one that is given.
 */
export const withCoveredDescriptors = <A>(start: (covered: ReadonlyArray<number>) => A): A => {
  const nowhere = openSync("/dev/null", "r+")
  try {
    const highest = Math.min(highestDescriptor() ?? 0, MAX_COVERED_DESCRIPTORS)
    return start(Array<number>(Math.max(0, highest + 1 - FIRST_COVERED_DESCRIPTOR)).fill(nowhere))
  } finally {
    closeSync(nowhere)
  }
}
