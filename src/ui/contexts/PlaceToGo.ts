import { createContext, type RefObject } from "react"
import type { OutputStream } from "../../domain/Block.ts"
import type { BlockId, SessionId } from "../../domain/ids.ts"
import type { WrittenPattern } from "../find/LineMatcher.ts"

/** A block, or a line of it, in whichever session. */
export interface PlaceToGo {
  readonly session: SessionId
  readonly block: BlockId
  /** Counted from 1 over everything printed, the lines that are not kept too; null for the block itself. */
  readonly line: { readonly stream: OutputStream; readonly number: number } | null
  /** What was searched for: the session goes on finding it. */
  readonly pattern: WrittenPattern
}

/** Where the screen of the next session shall begin, kept while one session's screen takes the place of another's. */
export const PlaceToGoContext = createContext<RefObject<PlaceToGo | null>>({ current: null })
