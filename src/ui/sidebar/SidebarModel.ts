import { type BlockHeader, isFinished } from "../../domain/Block.ts"
import type { SessionId } from "../../domain/ids.ts"
import type { Session } from "../../domain/Session.ts"
import type { GitError } from "../../services/GitService.ts"
import type { GitBranch } from "../../services/gitBranch.ts"
import type { GitStatus } from "../../services/gitStatus.ts"
import type { SessionSummary } from "../../services/persistence/sessionList.ts"

/** Where a session is, seen from this process. */
export type SessionState =
  /** On the screen. */
  | { readonly kind: "here"; readonly running: number; readonly waiting: number }
  /** Open in this process, behind the one on the screen; its commands go on. */
  | { readonly kind: "open"; readonly running: number; readonly waiting: number }
  /** Another live process has it. */
  | { readonly kind: "elsewhere"; readonly pid: number }
  | { readonly kind: "stored" }

/** A session as the sidebar lists it. Its texts are as they are stored: escaped where they are drawn. */
export interface SidebarSession {
  readonly id: SessionId
  readonly name: string | null
  /** Absolute. */
  readonly directory: string
  readonly lastCommand: string | null
  /** Milliseconds since the epoch. */
  readonly lastModified: number
  readonly pinned: boolean
  /** Open here, but only to be looked at: it is another process's, or a newer EffectTalk wrote it. */
  readonly readOnly: boolean
  readonly state: SessionState
}

/** What is known of a working tree's state. */
export type GitState =
  | { readonly kind: "asking" }
  | { readonly kind: "known"; readonly status: GitStatus }
  /** Git was asked in vain; `why` in a few words. */
  | { readonly kind: "unknown"; readonly why: string }

/** What to show where git gave no answer; null where there is nothing to show: no git, or nothing it knows. */
export const gitStateOfError = ({ reason }: GitError): GitState | null => WHY[reason]

const WHY: Readonly<Record<GitError["reason"], GitState | null>> = {
  NoGit: null,
  NoWorkTree: null,
  Refused: { kind: "unknown", why: "git refuses: not yours" },
  TooLarge: { kind: "unknown", why: "too large to ask git" },
  Failed: { kind: "unknown", why: "git could not look" }
}

/** Where the session on the screen stands. */
export interface SidebarContext {
  /** Absolute. */
  readonly directory: string
  /** Null outside a repository. */
  readonly branch: GitBranch | null
  /** Null outside a working tree, and where nothing can be asked. */
  readonly git: GitState | null
  /** Jobs in the background of the session's shell. */
  readonly jobs: number
  /** Blocks that have moved to the archive because the session had become too large. */
  readonly archived: number
  /** Names of exported variables that the user changed; their values are never here. */
  readonly environment: {
    readonly set: ReadonlyArray<string>
    readonly unset: ReadonlyArray<string>
    /** Those that are set, and not stored because they look like secrets. */
    readonly redacted: ReadonlyArray<string>
  }
}

/** Everything the sidebar shows. */
export interface SidebarModel {
  /** In any order but for those open here, which stand in the order in which they were opened. */
  readonly sessions: ReadonlyArray<SidebarSession>
  readonly context: SidebarContext
  /** The blocks of the session on the screen that run or wait, oldest first. */
  readonly blocks: ReadonlyArray<BlockHeader>
  /** Absolute home directory, written `~`. */
  readonly home: string
}

/** A session that this process has open. */
export interface OpenHere {
  readonly session: Session
  /** As in `SidebarSession`. */
  readonly readOnly: boolean
}

/** Where sessions are found. */
export interface SessionSources {
  /** In the order in which they were opened. */
  readonly open: ReadonlyArray<OpenHere>
  /** The one of them that is on the screen. */
  readonly active: SessionId
  /** What the data directory holds; those that are open here are passed over. */
  readonly stored: ReadonlyArray<SessionSummary>
}

/** What a model is made of. */
export interface SidebarSources {
  /** The one on the screen. */
  readonly session: Session
  readonly sessions: ReadonlyArray<SidebarSession>
  readonly branch: GitBranch | null
  readonly git: GitState | null
  readonly jobs: number
  readonly home: string
}

const openSession = ({ session, readOnly }: OpenHere, active: SessionId): SidebarSession => {
  const count = (status: BlockHeader["status"]) => session.blocks.filter((block) => block.status === status).length
  return {
    id: session.id,
    name: session.metadata.name ?? null,
    directory: session.workingDirectory,
    lastCommand: session.blocks.findLast((block) => block.command !== "")?.command ?? null,
    lastModified: session.lastModified,
    pinned: session.metadata.pinned === true,
    readOnly,
    state: { kind: session.id === active ? "here" : "open", running: count("running"), waiting: count("idle") }
  }
}

const storedSession = (summary: SessionSummary): SidebarSession => ({
  id: summary.id,
  name: summary.name,
  directory: summary.workingDirectory,
  lastCommand: summary.lastCommand,
  lastModified: summary.lastModified,
  pinned: summary.pinned,
  readOnly: false,
  state: summary.owner === null ? { kind: "stored" } : { kind: "elsewhere", pid: summary.owner }
})

/** A command's own session, which a script has made: there may be hundreds, and nobody has said a word about it. */
const isScriptsOwn = ({ exec, name, pinned }: SessionSummary): boolean => exec && name === null && !pinned

/** Every session once: what is open here as it is now, the others as the data directory had them, but for those of `exec`. */
export const allSessions = ({ open, active, stored }: SessionSources): ReadonlyArray<SidebarSession> => {
  const isOpen = new Set<string>(open.map(({ session }) => session.id))
  return [
    ...open.map((one) => openSession(one, active)),
    ...stored.filter((summary) => !isOpen.has(summary.id) && !isScriptsOwn(summary)).map(storedSession)
  ]
}

/** The model of how things are now. */
export const sidebarModel = ({ session, sessions, branch, git, jobs, home }: SidebarSources): SidebarModel => ({
  sessions,
  context: {
    directory: session.workingDirectory,
    branch,
    git,
    jobs,
    archived: session.metadata.archivedBlocks ?? 0,
    environment: {
      set: Object.keys(session.environment).sort(),
      unset: session.metadata.unset,
      redacted: session.metadata.redacted ?? []
    }
  },
  blocks: session.blocks.filter((block) => !isFinished(block.status)),
  home
})
