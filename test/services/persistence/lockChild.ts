/**
 * Wants the locks of sessions, one after the other: says `ready`, and answers a line of two indices with what became of the
 * sessions between them (`won`, or why not) in JSON. Holds them until its input ends. Arguments: the directory, the sessions.
 */
import { argv, stdin, stdout } from "node:process"
import { createInterface } from "node:readline"
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
for await (const line of createInterface({ input: stdin })) {
  const [from, to] = line.split(" ").map(Number)
  stdout.write(`${JSON.stringify(ids.slice(from, to).map(take))}\n`)
}
