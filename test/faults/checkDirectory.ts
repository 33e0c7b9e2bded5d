import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert } from "vitest"
import { dataDirectory } from "../../src/services/persistence/dataDirectory.ts"
import { systemProcesses } from "../../src/services/persistence/ProcessLock.ts"
import { openSessionFiles } from "../../src/services/persistence/SessionReader.ts"
import { listSessions } from "../../src/services/persistence/sessionList.ts"
import { type Happenings, meaning, SESSION, seen } from "./happenings.ts"

/** The names in a directory; none when it is not there. */
export const namesIn = (directory: string): ReadonlyArray<string> =>
  existsSync(directory) ? readdirSync(directory).sort() : []

/**
 * Holds a session that was left in the middle of its work to what was promised: everything up to event `saved` is there,
 * and what is there is what happened up to one event, in full; no file is empty, no document unparseable, and the
 * list names the session. Gives that event's number, 0 when there is no session and none was promised.
 *
 * @param name of its files, where it is not the id
 */
export const checkLeft = (
  dataDir: string,
  happenings: Happenings,
  saved: number,
  where: string,
  directory = "active",
  name: string = SESSION
): number => {
  const files = namesIn(join(dataDir, directory)).filter((file) => file.startsWith(`${name}.`))
  for (const file of files) {
    // A lock is linked into place whole; after a power loss its content may be missing, and it binds nobody then.
    if (file.endsWith(".lock")) continue
    assert.isAbove(statSync(join(dataDir, directory, file)).size, 0, `${where}: ${file} is empty`)
    if (file.endsWith(".json")) JSON.parse(readFileSync(join(dataDir, directory, file), "utf8"))
  }
  const isThere = files.some((file) => /\.(json|journal)$/.test(file))
  if (!isThere) {
    assert.strictEqual(saved, 0, `${where}: the session is gone`)
    return 0
  }
  const reader = openSessionFiles(join(dataDir, directory), SESSION, name)
  try {
    assert.isAtLeast(reader.sequence, saved, `${where}: lost what was saved`)
    assert.deepStrictEqual(seen(reader), meaning(happenings.upTo(reader.sequence)), where)
    if (directory === "active") {
      const { sessions, refused } = listSessions(dataDirectory(dataDir), systemProcesses())
      assert.deepStrictEqual(refused.map(String), [], where)
      const listed = sessions.find(({ id }) => id === SESSION)
      assert.strictEqual(listed?.blocks, reader.session.blocks.length, where)
    }
    return reader.sequence
  } finally {
    reader.close()
  }
}
