import { useMemo } from "react"
import { referredBlock } from "../../domain/referredBlock.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import type { BlockWord } from "../../shell/blockWords.ts"
import { useService } from "../contexts/EffectProvider.tsx"
import { useSession, useShellState } from "./useSession.ts"

/** Text up to here is looked through with every key, in UTF-16 units: 3 ms. */
const MAX_LENGTH = 100_000

const NONE: ReadonlyArray<BlockWord> = []

/** The words of a text that stand for blocks of the session; none in a text that is too long to be read with every key. */
export const useBlockWords = (text: string): ReadonlyArray<BlockWord> => {
  const shell = useService(SessionShell)
  const { blocks } = useSession()
  const { phase } = useShellState()
  const words = useMemo(
    () => (phase === "bare" || text.length > MAX_LENGTH ? NONE : shell.blockWords(text)),
    [shell, text, phase]
  )
  return useMemo(() => {
    const found = words.filter(({ name }) => referredBlock(blocks, name) !== null)
    return found.length === 0 ? NONE : found
  }, [words, blocks])
}
