import { env, stdout } from "node:process"

/** Numbers that a seed decides (mulberry32): `next(below)` gives one from 0 to `below - 1`. */
export const seeded = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** A seed that two numbers decide. */
export const seedOf = (seed: number, number: number): number => (Math.imul(seed, 0x9e3779b1) ^ number) >>> 0

/** SEED repeats a run that failed; else chance decides. */
export const suiteSeed = (): number => Number(env.SEED ?? Date.now() % 1_000_000_000)

/** How many processes are killed in all: 40 in CI, FAULT_KILLS in `npm run test:faults`. */
export const suiteKills = (): number => Number(env.FAULT_KILLS ?? 40)

/** Prints a line of the suite's result, also when everything passes. */
export const report = (line: string): void => {
  stdout.write(`${line}\n`)
}
