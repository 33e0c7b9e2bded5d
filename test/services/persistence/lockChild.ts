/** Wants a session's lock: says `won` or `lost`, and holds it until its input ends. Argument: the directory. */
import { argv, stdin, stdout } from "node:process"
import { ProcessLock, systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"

try {
  ProcessLock.acquire(argv[2]!, "s1", systemProcesses())
  stdout.write("won\n")
} catch (cause) {
  stdout.write(`lost ${cause instanceof Error ? cause.message : ""}\n`)
}
for await (const _ of stdin);
