/**
 * Lets things happen to a session without end, and says on standard output up to which event it is saved. To be killed.
 *
 * Arguments: DATA_DIR, seed.
 */
import { existsSync, writeSync } from "node:fs"
import { join } from "node:path"
import { argv } from "node:process"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { CREATED, eventAt, isReopened, SESSION } from "./happenings.ts"
import { seeded } from "./seeded.ts"

const dataDir = argv[2]!
const seed = Number(argv[3])
const options = { directory: dataDirectory(dataDir), processes: systemProcesses(), now: () => Date.now() }
const say = (line: string) => writeSync(1, `${line}\n`)

let told = 0
const follow = (opened: SessionFile): SessionFile => {
  opened.subscribe(({ durable, failure }) => {
    if (failure !== null) say(failure)
    if (durable > told) say(`saved ${durable}`)
    told = Math.max(told, durable)
  })
  return opened
}

const { active } = options.directory
const isNew = !existsSync(join(active, `${SESSION}.json`)) && !existsSync(join(active, `${SESSION}.journal`))
let file = follow(isNew ? SessionFile.create(CREATED, options) : await SessionFile.open(SESSION, options))
for (const note of file.notes) say(`note ${note}`)
const resume = (number: number) => file.append({ _tag: "SessionResumed", at: 1000 + number })
say(`opened ${file.status.appended}`)
if (!isNew) resume(file.status.appended + 1)

// How fast the disk has to follow is chance: what happens is not.
const pace = seeded(seed ^ file.status.appended)
for (let number = file.status.appended + 1; ; number++) {
  if (isReopened(seed, number, file.session)) {
    await file.close()
    file = follow(await SessionFile.open(SESSION, options))
    resume(number)
  } else {
    file.append(eventAt(seed, number, file.session))
  }
  const step = pace(40)
  if (step < 6) await file.flush()
  else if (step === 6) void file.compact()
  else if (step === 7) await file.compact()
  else if (step < 20) await new Promise<void>((resolve) => setImmediate(resolve))
}
