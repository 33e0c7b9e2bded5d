import { vi } from "vitest"

/** How long a test waits for what must happen, in milliseconds: under the time of a test, over any load of the machine. */
const PATIENCE_MS = 10_000

/**
 * Asks again and again until the check no longer throws, and gives what it returned; after 10 s it throws what the check threw
 * last. vitest's own `vi.waitFor` gives up after one second, which a busy machine takes for nothing.
 */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 5 })
