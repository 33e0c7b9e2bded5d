/** Restores a backup and is killed before a step. Arguments: DATA_DIR, the archive, the step. */
import { argv, kill, pid } from "node:process"
import { restoreBackup } from "../../../src/services/backup/restore/restoreBackup.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"

const [, , dataDir = "", backup = "", last = ""] = argv

await restoreBackup({
  directory: dataDirectory(dataDir),
  processes: systemProcesses(),
  now: Date.now,
  backup,
  onStep: (step) => {
    if (step === last) kill(pid, "SIGKILL")
  }
})
