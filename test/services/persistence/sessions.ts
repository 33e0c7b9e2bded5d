import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach } from "vitest"
import { EMPTY_ACCOUNT, type OutputAccount, type OutputStream } from "../../../src/domain/Block.ts"
import { lastDeleted } from "../../../src/domain/deletedBlocks.ts"
import { BlockId, SessionId } from "../../../src/domain/ids.ts"
import { emptySession, reduce } from "../../../src/domain/reduce.ts"
import type { Session } from "../../../src/domain/Session.ts"
import type { SessionCreated, SessionEvent } from "../../../src/domain/SessionEvent.ts"
import { dataDirectory } from "../../../src/services/persistence/dataDirectory.ts"
import { KeptOutput } from "../../../src/services/persistence/KeptOutput.ts"
import type { ProcessTable } from "../../../src/services/persistence/ProcessLock.ts"
import { SessionFile, type SessionFileOptions } from "../../../src/services/persistence/SessionFile.ts"

export const SESSION = SessionId.make("s1")

export const created: typeof SessionCreated.Type = {
  _tag: "SessionCreated",
  at: 1000,
  session: SESSION,
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
}

/** A machine on which only the processes of `alive` run. */
export const processes = (pid = 10, alive: ReadonlyArray<number> = [pid]): ProcessTable => ({
  self: { pid, startTime: 1, bootId: "b" },
  isAlive: (process) => process.bootId === "b" && process.startTime === 1 && alive.includes(process.pid)
})

const directories: Array<string> = []

afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** Memory where there is such a place: tests that open thousands of sessions need no disk to sync to. */
export const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** A fresh directory, gone after the test. */
export const temporaryDirectory = (): string => {
  const path = mkdtempSync(join(place, "persistence-"))
  directories.push(path)
  return path
}

export const optionsFor = (dataDir: string, table: ProcessTable = processes()): SessionFileOptions => ({
  directory: dataDirectory(dataDir),
  processes: table,
  now: () => Date.UTC(2026, 0, 2, 3, 4, 5)
})

export const started = (name: string, command = `echo ${name}`): SessionEvent => ({
  _tag: "BlockStarted",
  at: 2000,
  block: BlockId.make(name),
  command,
  directory: "/home/ada"
})

export const printed = (
  name: string,
  firstLine: number,
  lines: ReadonlyArray<string>,
  stream?: OutputStream
): SessionEvent => ({
  _tag: "OutputFrozen",
  block: BlockId.make(name),
  firstLine,
  lines,
  ...(stream !== undefined && { stream })
})

/** @param stderr lines of a `stderr` that was kept apart; left out for none */
export const finished = (name: string, lines: number, stderr?: number): SessionEvent => ({
  _tag: "BlockFinished",
  at: 3000,
  block: BlockId.make(name),
  status: "success",
  exitCode: 0,
  signal: null,
  ...EMPTY_ACCOUNT,
  lines,
  ...(stderr !== undefined && { stderr: { ...EMPTY_ACCOUNT, lines: stderr } })
})

/** A finished block that printed `lines`. */
export const block = (name: string, lines: ReadonlyArray<string>): ReadonlyArray<SessionEvent> => [
  started(name),
  printed(name, 0, lines),
  finished(name, lines.length)
]

interface VisibleOutput {
  readonly lines: ReadonlyArray<string>
  readonly unfinished: boolean
}

/** Everything a user can see of a session: headers, and lines block by block. */
export interface Visible {
  readonly session: Session
  readonly outputs: ReadonlyArray<VisibleOutput | null>
  /** Null where `stderr` was not kept apart. */
  readonly stderr: ReadonlyArray<VisibleOutput | null>
}

/** What an open file shows. */
export const visible = (file: Pick<SessionFile, "session" | "output">): Visible => {
  const shown = (stream: OutputStream) =>
    file.session.blocks.map(({ id }) => {
      const output = file.output(id, stream)
      return output === null ? null : { lines: output.lines, unfinished: output.unfinished }
    })
  return { session: file.session, outputs: shown("stdout"), stderr: shown("stderr") }
}

/** What the events mean, folded in memory. */
export const folded = (events: ReadonlyArray<SessionEvent>): Visible => {
  const session = events.reduce(reduce, emptySession(created))
  const shown = (stream: OutputStream) =>
    session.blocks.map(({ id, metadata }) => {
      const account = stream === "stdout" ? metadata : metadata.stderr
      if (account === undefined) return null
      const output = KeptOutput.empty()
      for (const event of events) {
        if (event._tag === "OutputFrozen" && event.block === id && (event.stream ?? "stdout") === stream) {
          output.add(event)
        }
      }
      output.trim(account)
      return { lines: output.lines, unfinished: output.unfinished }
    })
  return { session, outputs: shown("stdout"), stderr: shown("stderr") }
}

/** Opens a session, hands it to `body` and closes it whatever happens. */
export const withFile = async <A>(
  options: SessionFileOptions,
  body: (file: SessionFile) => A | Promise<A>
): Promise<A> => {
  const file = await SessionFile.open(SESSION, options)
  try {
    return await body(file)
  } finally {
    await file.close()
  }
}

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.fullUnicodeString({ maxLength: 8 }),
  fc.constantFrom("", "\t tab ", "\x1b[31mred\x1b[0m", 'quote " \\ ,"stdout":"', "…漢字🙂", "\ud83d", "\u202ebidi")
)

/** Text as the block store keeps it: one line, no control but tabs and SGR. */
export const storedLine = text
  .map((line) => line.replace(/[\x00-\x08\n-\x1a\x1c-\x1f\x7f-\x9f]/g, ""))
  .filter((line) => !line.replaceAll("\x1b[31m", "").replaceAll("\x1b[0m", "").includes("\x1b"))

const names = fc.constantFrom("a", "b", "c", "d")

/** The account of a finished stream that leaves out `wanted` lines, where it can. */
const hiding = ({ lines, hiddenLines, headLines }: OutputAccount, wanted: number): OutputAccount => {
  const hide = hiddenLines === 0 && lines > wanted + 1 ? wanted : hiddenLines
  return { lines, hiddenLines: hide, hiddenBytes: hide * 7, headLines: hide === 0 ? 0 : headLines || 1 }
}

/** What a session goes through, mostly in a sensible order, sometimes not. */
export const sessionEvents: fc.Arbitrary<ReadonlyArray<SessionEvent>> = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("start" as const), name: names, command: text }) },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant("print" as const),
          name: names,
          lines: fc.array(storedLine, { maxLength: 4 }),
          jump: fc.constantFrom(0, 0, 0, 0, 3, -1),
          unfinished: fc.boolean(),
          stream: fc.constantFrom<OutputStream | undefined>(undefined, undefined, "stdout", "stderr")
        })
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("finish" as const), name: names, hide: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("fold" as const), name: names, folded: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("all" as const), folded: fc.boolean() }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("some" as const),
          names: fc.subarray(["a", "b", "c"]),
          folded: fc.boolean()
        })
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("notice" as const), name: names, lines: fc.array(storedLine) })
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("directory" as const), path: text }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("input" as const), input: text }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("environment" as const), value: storedLine }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("rename" as const), name: names, to: fc.constantFrom("x", "y", null) })
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("note" as const), name: names, note: fc.option(storedLine) })
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("pin" as const), name: names, pinned: fc.boolean() }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("delete" as const), which: fc.array(fc.nat(3), { maxLength: 2 }) })
      },
      { weight: 2, arbitrary: fc.constant({ kind: "restore" as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: "clear" as const }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("archive" as const),
          which: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
          why: fc.constantFrom("clear" as const, "size" as const)
        })
      },
      { weight: 1, arbitrary: fc.constant({ kind: "resume" as const }) }
    ),
    { maxLength: 30 }
  )
  .map((steps) => {
    const events: Array<SessionEvent> = [created]
    let session = emptySession(created)
    let serial = 0
    const current = new Map<string, BlockId>()
    for (const step of steps) {
      const at = 2000 + events.length
      const id = "name" in step ? current.get(step.name) : undefined
      const header = session.blocks.find((candidate) => candidate.id === id)
      let event: SessionEvent | null = null
      switch (step.kind) {
        case "start": {
          const fresh = BlockId.make(`${step.name}${serial++}`)
          current.set(step.name, fresh)
          event = { _tag: "BlockStarted", at, block: fresh, command: step.command, directory: "/" }
          break
        }
        case "print": {
          if (header === undefined || header.status !== "running") break
          const account = step.stream === "stderr" ? (header.metadata.stderr ?? EMPTY_ACCOUNT) : header.metadata
          const firstLine = Math.max(0, account.lines + step.jump)
          const last = step.lines.at(-1)
          const unfinished = step.unfinished && last !== undefined && last !== ""
          const stream = step.stream === undefined ? {} : { stream: step.stream }
          // With a blank behind it nothing of the line is held back: what is, is told in redactEvents.test.ts.
          const lines = unfinished ? [...step.lines.slice(0, -1), `${last} `] : step.lines
          event = { _tag: "OutputFrozen", block: header.id, firstLine, lines, unfinished, ...stream }
          break
        }
        case "finish": {
          if (header === undefined) break
          const { stderr } = header.metadata
          event = {
            _tag: "BlockFinished",
            at,
            block: header.id,
            status: "failure",
            exitCode: 3,
            signal: null,
            ...hiding(header.metadata, step.hide),
            ...(stderr !== undefined && { stderr: hiding(stderr, step.hide) })
          }
          break
        }
        case "fold":
          if (header !== undefined) event = { _tag: "BlockFolded", at, block: header.id, folded: step.folded }
          break
        case "all":
          event = { _tag: "AllFolded", at, folded: step.folded }
          break
        case "some":
          event = {
            _tag: "BlocksFolded",
            at,
            blocks: step.names.map((name) => BlockId.make(name)),
            folded: step.folded
          }
          break
        case "notice":
          if (header !== undefined)
            event = { _tag: "NoticeAdded", at, block: header.id, lines: step.lines.map(visibleText) }
          break
        case "directory":
          event = { _tag: "DirectoryChanged", at, directory: step.path }
          break
        case "input":
          event = { _tag: "InputKept", at, input: step.input }
          break
        case "environment":
          event = { _tag: "EnvironmentChanged", at, set: { EDITOR: step.value }, unset: ["LESS"] }
          break
        case "rename":
          if (header !== undefined) event = { _tag: "BlockRenamed", at, block: header.id, name: step.to }
          break
        case "note":
          if (header !== undefined) event = { _tag: "BlockNoted", at, block: header.id, note: step.note }
          break
        case "pin":
          if (header !== undefined) event = { _tag: "BlockPinned", at, block: header.id, pinned: step.pinned }
          break
        case "delete": {
          const blocks = step.which.flatMap((index) => session.blocks[index]?.id ?? [])
          event = { _tag: "BlocksDeleted", at, blocks }
          break
        }
        case "restore":
          event = { _tag: "BlocksRestored", at, blocks: lastDeleted(session).map((block) => block.id) }
          break
        case "archive": {
          const blocks = step.which.flatMap((index) => session.blocks[index]?.id ?? [])
          event = { _tag: "BlocksArchived", at, blocks, archive: SessionId.make("archive"), why: step.why }
          break
        }
        case "clear":
          event = { _tag: "BlocksCleared", at }
          break
        case "resume":
          event = { _tag: "SessionResumed", at }
          break
      }
      if (event === null) continue
      events.push(event)
      session = reduce(session, event)
    }
    return events
  })

/** Notices are shown as text, so direction controls do not come back from disk. */
const visibleText = (line: string): string => line.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
