import { dataDirectory } from "../persistence/dataDirectory.ts"
import { type FoundBlock, type SearchQuery, searchSessions } from "./searchSessions.ts"

/** What the thread is given. */
export interface SearchOrder {
  readonly type: "search"
  readonly dataDir: string
  readonly query: SearchQuery
  /** Blocks after which it stops. */
  readonly maxBlocks: number
}

/** What the thread says: what it has come upon, again and again, and at last how it ended. */
export type SearchMessage =
  | {
      readonly type: "news"
      /** In the order of the search. */
      readonly found: ReadonlyArray<FoundBlock>
      /** Blocks that were looked at since the search began. */
      readonly looked: number
    }
  | { readonly type: "refused"; readonly message: string }
  | { readonly type: "problem"; readonly problem: string }
  /** `stopped`: there may be more than `maxBlocks`. */
  | { readonly type: "end"; readonly looked: number; readonly stopped: boolean }

/** What was found is told together this often, in ms: the first at once. */
const NEWS_INTERVAL_MS = 50

/** Searches, and posts what is found as it is found. */
export const postSearch = (order: SearchOrder, post: (message: SearchMessage) => void): void => {
  const events = searchSessions(dataDirectory(order.dataDir), order.query)
  if ("problem" in events) return post({ type: "problem", problem: events.problem })
  let found: Array<FoundBlock> = []
  let told = 0
  let looked = 0
  let last = Number.NEGATIVE_INFINITY
  const tell = () => {
    last = performance.now()
    told += found.length
    post({ type: "news", found, looked })
    found = []
  }
  for (const event of events) {
    if (event.type === "refused") {
      post({ type: "refused", message: event.error.message })
      continue
    }
    looked++
    if (event.type === "found") found.push(event.found)
    const isFull = told + found.length >= order.maxBlocks
    if (isFull || performance.now() - last >= NEWS_INTERVAL_MS) tell()
    if (isFull) return post({ type: "end", looked, stopped: true })
  }
  if (found.length > 0) tell()
  post({ type: "end", looked, stopped: false })
}
