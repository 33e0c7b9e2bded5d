/** The thread that searches the stored sessions: its own file in dist/, loaded when somebody searches. */
import { parentPort, workerData } from "node:worker_threads"
import { postSearch, type SearchOrder } from "./services/search/postSearch.ts"

if (parentPort !== null) {
  const port = parentPort
  postSearch(workerData as SearchOrder, (message) => port.postMessage(message))
}
