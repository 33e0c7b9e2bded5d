/** Appends `count` commands to a history, one at a time, as a window does. Arguments: the directory, a name, `count`. */
import { argv, stdout } from "node:process"
import { HistoryFile } from "../../../src/services/history/HistoryFile.ts"
import { entryLine } from "../../../src/services/history/historyCodec.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"

const [, , directory = "", name = "", count = "0"] = argv
const file = new HistoryFile(directory, systemProcesses())
for (let number = 1; number <= Number(count); number++) {
  await file.append(
    entryLine({
      command: `${name} ${number}`,
      at: number,
      status: "success",
      exit: 0,
      duration: 1,
      directory: "/",
      session: name
    })
  )
}
stdout.write("done\n")
