/** Makes a backup and is killed in the midst of writing it. Arguments: DATA_DIR. */
import { argv, kill, pid } from "node:process"
import { makeBackup } from "../../../src/services/backup/makeBackup.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"

let looks = 0

await makeBackup({
  directory: dataDirectory(argv[2] ?? ""),
  processes: systemProcesses(),
  now: Date.now,
  maxBytes: 1e9,
  retention: 1e9,
  space: () => {
    // The first look is before anything is written.
    if (looks++ > 0) kill(pid, "SIGKILL")
    return { free: 1e12, total: 1e12 }
  }
})
