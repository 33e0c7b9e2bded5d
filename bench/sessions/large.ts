/** Sessions as large as they may become, for benchmarks. */
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { SessionFile } from "../../src/services/persistence/SessionFile.ts"

/** The id of every session made here. */
export const LARGE = SessionId.make("large")

/** Lines of a block of 10 KB: 10,000 of them are 100 MB. */
const LINES_PER_BLOCK = 100
const LINE_CHARACTERS = 97
/** Blocks between two waits for the disk, so that a large session is not in memory first. */
const BATCH = 200

/** What of the session's surroundings does not matter here: its process is dead for whoever opens it next. */
const options = (dataDir: string) => ({
  directory: dataDirectory(dataDir),
  processes: { self: { pid: process.pid, startTime: 1, bootId: "bench" }, isAlive: () => false },
  now: Date.now
})

/** Begins a session in `dataDir`. */
export const createLarge = (dataDir: string): SessionFile =>
  SessionFile.create(
    { _tag: "SessionCreated", at: Date.now(), session: LARGE, workingDirectory: "/", shell: "/bin/bash" },
    options(dataDir)
  )

/** Opens it again. */
export const openLarge = (dataDir: string): Promise<SessionFile> => SessionFile.open(LARGE, options(dataDir))

const outputOf = (number: number): ReadonlyArray<string> =>
  Array.from({ length: LINES_PER_BLOCK }, (_, line) => `block ${number} line ${line} `.padEnd(LINE_CHARACTERS, "x"))

/** What one command leaves: its start, its output and its end. `lines` of it, 10 KB unless given. */
export const appendBlock = (file: SessionFile, number: number, lines = outputOf(number)): void => {
  const block = BlockId.make(`b${number}`)
  const at = Date.now()
  file.append({ _tag: "BlockStarted", at, block, command: `print ${number}`, directory: "/" })
  file.append({ _tag: "OutputFrozen", block, firstLine: 0, lines })
  const account = { lines: lines.length, hiddenLines: 0, hiddenBytes: 0, headLines: 0 }
  file.append({ _tag: "BlockFinished", at, block, status: "success", exitCode: 0, signal: null, ...account })
}

/** Appends blocks `from` (inclusive) to `to` (exclusive), all on disk once it resolves. */
export const appendBlocks = async (file: SessionFile, from: number, to: number): Promise<void> => {
  for (let number = from; number < to; number++) {
    appendBlock(file, number)
    if (number % BATCH === 0) await file.flush()
  }
  await file.flush()
}
