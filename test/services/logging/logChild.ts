/** Writes 300 lines of one name to a log that others write to at the same time. Arguments: DATA_DIR, name. */
import { LogFile } from "../../../src/services/logging/LogFile.ts"

const [dataDir = "", name = ""] = process.argv.slice(2)
const file = new LogFile({
  dataDir,
  name: "a.log",
  maxBytes: 16_384,
  keep: 50,
  now: () => Date.now(),
  lostLine: () => "lost\n"
})
for (let index = 0; index < 300; index++) {
  file.append(`${name} ${index} ${name.repeat(200)}\n`)
  if (index % 3 === 0) await file.flush()
}
await file.close()
