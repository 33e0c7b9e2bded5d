/** Wants a session's lock: says `won` or `lost`, and holds it until its input ends. Argument: the directory. */
import { writeSync } from "node:fs"
import { argv, stdin } from "node:process"
import { ProcessLock, systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"

try {
  ProcessLock.acquire(argv[2]!, "s1", systemProcesses())
  writeSync(1, "won\n")
} catch (cause) {
  writeSync(1, `lost ${cause instanceof Error ? cause.message : ""}\n`)
}
for await (const _ of stdin);
