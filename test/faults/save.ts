/**
 * One session's way through every kind of save, and into the archive; says on standard output what is saved. To be killed
 * at any of its system calls.
 *
 * Arguments: DATA_DIR, seed. A session that is there already is opened, mended, resumed and archived; else one is begun,
 * written, compacted, written again and closed before.
 */
import { writeSync } from "node:fs"
import { argv } from "node:process"
import { archiveSession } from "../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"
import { CREATED, eventAt, SESSION } from "./happenings.ts"

const dataDir = argv[2]!
const seed = Number(argv[3])
const options = { directory: dataDirectory(dataDir), processes: systemProcesses(), now: () => Date.now() }
const say = (line: string) => writeSync(1, `${line}\n`)

const follow = (file: SessionFile): SessionFile => {
  file.subscribe(({ durable, failure }) => say(failure ?? `saved ${durable}`))
  return file
}

const happen = async (file: SessionFile, count: number): Promise<void> => {
  for (let index = 0; index < count; index++) {
    file.append(eventAt(seed, file.status.appended + 1, file.session))
  }
  await file.flush()
}

const begin = async (): Promise<void> => {
  const file = follow(SessionFile.create(CREATED, options))
  await happen(file, 5)
  await file.compact()
  await happen(file, 3)
  await happen(file, 1)
  await file.close()
}

if (argv[4] === "new") await begin()
const file = follow(await SessionFile.open(SESSION, options))
file.append({ _tag: "SessionResumed", at: 1000 + file.status.appended + 1 })
await happen(file, 1)
await file.close()
await archiveSession(SESSION, options)
say("archived")
