/**
 * Wants the locks of sessions, one after the other: says `ready`, waits for a line, and answers with what became of each
 * (`won`, or why not) in JSON. Holds them until its input ends. Arguments: the directory, the sessions.
 */
import { argv, stdin, stdout } from "node:process"
import { ProcessLock, systemProcesses } from "../../../src/services/persistence/ProcessLock.ts"

const [, , directory = "", ...ids] = argv
const table = systemProcesses()

const take = (id: string): string => {
  try {
    ProcessLock.acquire(directory, id, table)
    return "won"
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

stdout.write("ready\n")
let asked = false
for await (const _ of stdin) {
  if (!asked) stdout.write(`${JSON.stringify(ids.map(take))}\n`)
  asked = true
}
