/** The thread for work that takes its time: its own file in dist/, started anew for every order and loaded by nobody else. */
import { parentPort, workerData } from "node:worker_threads"
import type { BackgroundOrder } from "./services/backgroundThread.ts"
import { postDiff } from "./services/diff/postDiff.ts"
import { postSearch } from "./services/search/postSearch.ts"

if (parentPort !== null) {
  const port = parentPort
  const post = (message: unknown) => port.postMessage(message)
  const order = workerData as BackgroundOrder
  if (order.type === "search") postSearch(order, post)
  else if (order.type === "backup") {
    // With what reads and writes archives, which the others need not load.
    void import("./services/backup/postBackup.ts").then(({ postBackup }) => postBackup(order, post))
  } else if (order.type === "archive") {
    void import("./services/archive/postArchived.ts").then(({ postArchived }) => postArchived(order, post))
  } else postDiff(order, post)
}
