import { appendFileSync, linkSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import type { SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { archiveBlocks } from "../../../src/services/archive/archiveBlocks.ts"
import { saveSnapshot } from "../../../src/services/archive/saveSnapshot.ts"
import { restoreBackup } from "../../../src/services/backup/restore/restoreBackup.ts"
import { HistoryStore } from "../../../src/services/HistoryStore.ts"
import { entryLine } from "../../../src/services/history/historyCodec.ts"
import { archiveSession } from "../../../src/services/persistence/archiveSession.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { SessionFile, type SessionFileOptions } from "../../../src/services/persistence/SessionFile.ts"
import { eventually } from "../../harness/eventually.ts"
import { backUp, HOUR_MS, NOW } from "../backup/backups.ts"
import { historyEntry } from "../fakeHistory.ts"
import { finished, optionsFor, printed, processes } from "../persistence/sessions.ts"

/** The session that tests forget, or a block of it, and one beside it. */
export const WANTED = SessionId.make("wanted00")
export const OTHER = SessionId.make("other000")

/** When a block's command starts: by that the history knows it. */
export const startTimeOf = (block: string): number => 2000 + block.charCodeAt(0)

/** The words that a block of a session has in its command and its output, and nothing else has. */
export const wordOf = (session: SessionId, block: string): string => `MARK-${session}-${block}-`

const blockOf = (session: SessionId, name: string): ReadonlyArray<SessionEvent> => {
  const word = wordOf(session, name)
  return [
    {
      _tag: "BlockStarted",
      at: startTimeOf(name),
      block: BlockId.make(`${session}-${name}`),
      command: `echo ${word}command`,
      directory: "/home/ada"
    },
    printed(`${session}-${name}`, 0, [`${word}output`]),
    finished(`${session}-${name}`, 1)
  ]
}

/** What is on the live screen of a running block. */
const liveOf = (session: SessionId, name: string) => ({
  block: BlockId.make(`${session}-${name}`),
  stream: "stdout" as const,
  runs: [{ firstLine: 0, lines: [`${wordOf(session, name)}live`] }],
  unfinished: false,
  hiddenBytes: 0
})

const createdAs = (session: SessionId) =>
  ({ _tag: "SessionCreated", at: 1000, session, workingDirectory: "/home/ada", shell: "/bin/bash" }) as const

/** Makes a session of these blocks, closed in order. */
const make = async (session: SessionId, blocks: ReadonlyArray<string>, options: SessionFileOptions): Promise<void> => {
  const file = SessionFile.create(createdAs(session), options)
  for (const block of blocks) for (const event of blockOf(session, block)) file.append(event)
  await file.close()
}

/** Each of those that die has a pid of its own, and nobody else is alive for the next. */
let lastPid = 100

/** Opens a session, appends, and ends as a killed process does: its files are as they were flushed, its lock stays. */
const workAndDie = async (
  session: SessionId,
  events: ReadonlyArray<SessionEvent>,
  dataDir: string,
  use: (file: SessionFile) => Promise<void> = async () => {}
): Promise<void> => {
  const file = await SessionFile.open(session, optionsFor(dataDir, processes(++lastPid)))
  for (const event of events) file.append(event)
  await file.flush()
  await use(file)
}

const pathIn = (dataDir: string, name: string): string => join(dataDir, "active", name)

/**
 * A DATA_DIR in which a session with the blocks `a` to `e` has left its text wherever there is a place for it, by the
 * code that puts it there (`d` and `e` run when it is killed); the other session has been through the same.
 */
export const leaveTraces = async (dataDir: string): Promise<void> => {
  const directory = dataDirectory(dataDir)
  const options = optionsFor(dataDir)
  for (const session of [WANTED, OTHER]) {
    // One that was archived whole, and goes on under the same id; it is archived once more below.
    await make(session, ["a"], options)
    await archiveSession(session, options)
    await make(session, ["a", "b"], options)
    await archiveSession(session, options)
    await make(session, ["a", "b", "c"], options)
    const file = await SessionFile.open(session, options)
    await saveSnapshot(file, `of ${session}`, SessionId.make(`saved${session}`), NOW, directory)
    const { blocks } = file.session
    await archiveBlocks(
      file,
      blocks.slice(0, 2).map(({ id }) => id),
      "clear",
      NOW,
      directory
    )
    await file.close()
  }
  await backUp(dataDir, { now: () => NOW })

  for (const session of [WANTED, OTHER]) {
    const word = wordOf(session, "a")
    const more = (line: number): ReadonlyArray<SessionEvent> => [
      { _tag: "NoticeAdded", at: 4000, block: BlockId.make(`${session}-a`), lines: [`${word}notice${line}`] },
      {
        _tag: "BlockStarted",
        at: 4100 + line,
        block: BlockId.make(`${session}-bg${line}`),
        command: "",
        directory: "/",
        origin: "background",
        from: { block: BlockId.make(`${session}-a`), command: `echo ${word}source` }
      }
    ]
    // Torn: the last record is cut short, and put aside when the session is opened again.
    await workAndDie(session, [...more(1), ...more(2), printed(`${session}-a`, 1, [`${word}torn`])], dataDir)
    const journal = pathIn(dataDir, `${session}.journal`)
    truncateSync(journal, statSync(journal).size - 3)
    // Damaged in the middle: the original goes to the quarantine.
    await workAndDie(session, more(3), dataDir, async () => {
      const bytes = readFileSync(journal)
      bytes[bytes.indexOf("notice1") - 40]! ^= 0xff
      writeFileSync(journal, bytes)
    })
    await workAndDie(session, more(4), dataDir)
    writeFileSync(pathIn(dataDir, `.${session}.json.abcdef.tmp`), `{"half":"${word}half`, { mode: 0o600 })
  }
  // What was there goes aside, the backup comes into its place; the next backup has all of it.
  await restoreBackup({
    directory,
    processes: processes(),
    now: () => NOW + HOUR_MS,
    backup: join(directory.backups, "2026-01-02T030405Z.tar.gz")
  })
  for (const session of [WANTED, OTHER]) {
    await workAndDie(session, [printed(`${session}-c`, 1, [`${wordOf(session, "c")}more`])], dataDir)
    const journal = pathIn(dataDir, `${session}.journal`)
    appendFileSync(journal, Buffer.from(`\x10\x20${wordOf(session, "a")}torn`))
    await workAndDie(session, [{ _tag: "SessionResumed", at: 9000 }], dataDir, async (file) => {
      file.append(printed(`${session}-b`, 1, [`${wordOf(session, "b")}live`]))
      for (const name of ["d", "e"]) file.append(blockOf(session, name)[0]!)
      file.keepScreens(["d", "e"].map((name) => liveOf(session, name)))
      await eventually(() => {
        if (!readFileSync(pathIn(dataDir, `${session}.screen`)).includes("live")) throw new Error("not written yet")
      })
    })
  }
  await backUp(dataDir, { now: () => NOW + 2 * HOUR_MS })

  await Effect.runPromise(
    Effect.gen(function* () {
      const history = yield* HistoryStore
      for (const session of [WANTED, OTHER]) {
        for (const block of ["a", "b"]) {
          history.record(historyEntry(`echo ${wordOf(session, block)}command`, { session, at: startTimeOf(block) }))
        }
      }
      yield* history.settled
    }).pipe(Effect.provide(HistoryStore.layer({ dataDir, processes: processes() })), Effect.scoped)
  )
  const history = join(dataDir, "history.jsonl")
  const entry = historyEntry(`echo ${wordOf(WANTED, "a")}command`, { session: WANTED, at: startTimeOf("a") })
  linkSync(history, join(dataDir, `.history.jsonl.${statSync(history).size}.abc.carry`))
  writeFileSync(join(dataDir, ".history.jsonl.abc.tmp"), `{"effecttalk":"history","version":1}\n${entryLine(entry)}`)
}

/** Files below a directory that hold a text, those in backups by `backup/path`: their raw bytes. */
export const filesWith = (dataDir: string, text: string): ReadonlyArray<string> =>
  filesIn(dataDir)
    .filter(([, bytes]) => bytes.includes(text))
    .map(([path]) => path)

/** Every file below a directory, and every file in every backup. */
export const filesIn = (dataDir: string): ReadonlyArray<readonly [string, Buffer]> =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) => {
      const name = path.slice(dataDir.length + 1)
      const bytes = readFileSync(path)
      return name.endsWith(".tar.gz") ? membersOf(name, gunzipSync(bytes)) : [[name, bytes] as const]
    })

/** The members of a tar, and its headers. */
const membersOf = (archive: string, tar: Buffer): ReadonlyArray<readonly [string, Buffer]> => {
  const members: Array<readonly [string, Buffer]> = []
  for (let at = 0; at + 512 <= tar.length; ) {
    const header = tar.subarray(at, at + 512)
    const size = Number.parseInt(header.toString("latin1", 124, 136).replace(/\0.*$/s, "").trim() || "0", 8)
    const name = header.toString("utf8", 0, 100).replace(/\0.*$/s, "")
    if (name !== "") members.push([`${archive}/${name}`, tar.subarray(at, at + 512 + size)])
    at += 512 + Math.ceil(size / 512) * 512
  }
  return members
}
