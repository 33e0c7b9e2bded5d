/**
 * Runs something later, but not before what has come meanwhile was read: a loop that was busy runs the timers that are due
 * first. For timers that mean "nothing has come".
 *
 * @param ms how long to wait at least
 * @returns cancels it
 */
export const afterReading = (run: () => void, ms: number): (() => void) => {
  let turn: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    turn = setImmediate(run)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
