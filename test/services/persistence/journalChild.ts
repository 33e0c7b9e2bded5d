/**
 * Writes blocks to a session without end, and says on standard output which block is durable. To be killed.
 *
 * Arguments: DATA_DIR, number of the first block.
 */
import { argv, stdout } from "node:process"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"
import { SessionFile } from "../../../src/services/persistence/SessionFile.ts"

const [, , dataDir, first] = argv
const id = SessionId.make("s1")
const options = { directory: dataDirectory(dataDir!), processes: systemProcesses(), now: () => Date.now() }
let number = Number(first)

const created = { _tag: "SessionCreated", at: 1, session: id, workingDirectory: "/", shell: "/bin/sh" } as const
const file = number === 0 ? SessionFile.create(created, options) : await SessionFile.open(id, options)

/** Number of a block by the number of its last event. */
const ends = new Map<number, number>()
let told = 0
file.subscribe(({ durable, failure }) => {
  if (failure !== null) stdout.write(`${failure}\n`)
  for (; told < durable; told++) {
    const block = ends.get(told + 1)
    if (block !== undefined) stdout.write(`durable ${block}\n`)
  }
})
stdout.write(`opened ${file.session.blocks.length}\n`)

for (; ; number++) {
  const block = BlockId.make(`b${number}`)
  const lines = Array.from({ length: number % 7 }, (_, index) => `block ${number} line ${index} ${"x".repeat(500)}`)
  const events: ReadonlyArray<SessionEvent> = [
    { _tag: "BlockStarted", at: number, block, command: `echo ${number}`, directory: "/" },
    { _tag: "OutputFrozen", block, firstLine: 0, lines },
    { _tag: "OutputFrozen", block, firstLine: 0, lines: [`error ${number}`], stream: "stderr" },
    {
      _tag: "BlockFinished",
      at: number,
      block,
      status: "success",
      exitCode: 0,
      signal: null,
      lines: lines.length,
      hiddenLines: 0,
      hiddenBytes: 0,
      headLines: 0,
      stderr: { lines: 1, hiddenLines: 0, hiddenBytes: 0, headLines: 0 }
    }
  ]
  for (const event of events) file.append(event)
  ends.set(file.status.appended, number)
  // Three ways to go on: without waiting, after the disk, in the middle of a compaction.
  if (number % 3 === 1) await file.flush()
  else if (number % 11 === 0) void file.compact()
  else await new Promise<void>((resolve) => setImmediate(resolve))
}
