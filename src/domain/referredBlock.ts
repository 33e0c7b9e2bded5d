import { type BlockHeader, isFinished } from "./Block.ts"

/** `b12`: the block with that number in its header. */
const NUMBERED = /^b([1-9]\d{0,8})$/

/** Whether a command of the user's has run in the block and ended: not the shell's start, nor a plain shell. */
const hasRun = ({ status, startTime, command, metadata }: BlockHeader): boolean =>
  isFinished(status) && startTime !== null && command !== "" && metadata.plain !== true && metadata.origin === undefined

/**
 * The block that `@name` means in a session: `last` and `prev` are the newest that has ended and the one before it, `b12` is
 * that of the number, which may still run; anything else is a name that the user gave. Null when there is none, or nothing
 * has begun in it.
 */
export const referredBlock = (blocks: ReadonlyArray<BlockHeader>, name: string): BlockHeader | null => {
  const found = find(blocks, name)
  return found === undefined || found.startTime === null ? null : found
}

const find = (blocks: ReadonlyArray<BlockHeader>, name: string): BlockHeader | undefined => {
  if (name === "last" || name === "prev") {
    const last = blocks.findLastIndex(hasRun)
    return name === "last" ? blocks[last] : blocks.findLast((block, index) => index < last && hasRun(block))
  }
  const number = NUMBERED.exec(name)?.[1]
  if (number !== undefined) return blocks.findLast(({ metadata }) => metadata.number === Number(number))
  return blocks.findLast(({ metadata }) => metadata.name === name)
}

/** The block that a command line names: its number (`12`, `b12`, `@b12`) or its name (`build`, `@build`). Null for none. */
export const namedBlock = (blocks: ReadonlyArray<BlockHeader>, text: string): BlockHeader | null => {
  const [, number] = /^@?b?(\d+)$/.exec(text) ?? []
  const found = blocks.find(({ metadata }) =>
    number === undefined ? metadata.name === text.replace(/^@/, "") : metadata.number === Number(number)
  )
  return found ?? null
}
