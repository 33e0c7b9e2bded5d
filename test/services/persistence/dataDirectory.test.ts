import { existsSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import {
  dataDirectory,
  ensureDataDirectory,
  ensureSubdirectory
} from "../../../src/services/persistence/dataDirectory.ts"
import { PersistenceError } from "../../../src/services/persistence/PersistenceError.ts"
import { temporaryDirectory } from "./sessions.ts"

const refusedFor = async (made: Promise<unknown>): Promise<PersistenceError> => {
  const error = await made.then(
    () => null,
    (cause: unknown) => cause
  )
  assert.instanceOf(error, PersistenceError)
  return error
}

it.each([
  [
    "behind a link to a disk that is not there",
    () => {
      const directory = temporaryDirectory()
      symlinkSync(join(directory, "not mounted"), join(directory, "state"))
      return join(directory, "state/effecttalk")
    }
  ],
  // mkdir(2) says "no such file or directory" there, of a directory that is there; automounters do, too.
  ["where nothing can be made", () => "/proc/effecttalk/data"]
])("gives up a DATA_DIR %s", async (_, place) => {
  const root = place()
  for (const made of [ensureDataDirectory(dataDirectory(root)), ensureSubdirectory(root, "logs")]) {
    const error = await refusedFor(made)
    assert.strictEqual(error.reason, "Io")
    assert.include(error.message, root.slice(0, root.lastIndexOf("/")))
  }
})

it("makes all that is missing above a DATA_DIR", async () => {
  const root = join(temporaryDirectory(), "a/b/c")
  await ensureDataDirectory(dataDirectory(root))
  assert.isTrue(existsSync(dataDirectory(root).active))
})
