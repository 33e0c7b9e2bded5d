import type { BlockHeader } from "../../../src/domain/Block.ts"
import type { SessionId } from "../../../src/domain/ids.ts"
import type { GitBranch } from "../../../src/services/gitBranch.ts"
import type { GitStatus } from "../../../src/services/gitStatus.ts"
import type { SidebarContext, SidebarModel, SidebarSession } from "../../../src/ui/sidebar/SidebarModel.ts"
import { clock, sketchBlock } from "../blocks/fakes.ts"

/** The moment at which tests look at the sidebar. */
export const NOW = clock("10:13:05")

export const HOME = "/home/ada"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A stored session used five minutes ago, with what a test says otherwise. */
export const sketchSession = (id: string, change: Partial<SidebarSession> = {}): SidebarSession => ({
  id: id as SessionId,
  name: null,
  directory: `${HOME}/${id}`,
  lastCommand: "ls -la",
  lastModified: NOW - 5 * MINUTE,
  pinned: false,
  readOnly: false,
  state: { kind: "stored" },
  ...change
})

export const peaceful: GitBranch = {
  name: "main",
  detached: false,
  operation: null,
  progress: null,
  root: `${HOME}/work/effect-talk`
}

export const cleanStatus: GitStatus = { changed: 0, conflicts: 0, untracked: 0, ahead: null, behind: null }

export const nothingChanged: SidebarContext["environment"] = { set: [], unset: [], redacted: [] }

export const plainContext: SidebarContext = {
  directory: `${HOME}/work`,
  branch: null,
  git: null,
  jobs: 0,
  archived: 0,
  environment: nothingChanged
}

/** A session of its own, with nothing else. */
export const emptyModel: SidebarModel = {
  sessions: [sketchSession("work", { state: { kind: "here", running: 0, waiting: 0 }, lastCommand: null })],
  context: plainContext,
  blocks: [],
  home: HOME
}

const here = { kind: "here", running: 2, waiting: 1 } as const
const behind = (running: number, waiting = 0) => ({ kind: "open", running, waiting }) as const

/** Many sessions of every kind: a day's work. */
export const busySessions: ReadonlyArray<SidebarSession> = [
  sketchSession("k3v9", { directory: `${HOME}/work/effect-talk`, lastCommand: "npm test", state: here }),
  sketchSession("deploy", {
    name: "deploy scripts",
    directory: `${HOME}/work/infrastructure/ansible`,
    lastCommand: "ansible-playbook -i inventories/production site.yml",
    state: behind(1)
  }),
  sketchSession("tmp", { directory: "/tmp", lastCommand: "git bisect run make", state: behind(0, 2) }),
  sketchSession("idle", { directory: HOME, lastCommand: "htop", state: behind(0), lastModified: NOW - 3 * HOUR }),
  sketchSession("logs", { name: "logs", directory: "/var/log", state: { kind: "elsewhere", pid: 4711 } }),
  sketchSession("notes", { name: "notes", pinned: true, lastModified: NOW - 2 * DAY, lastCommand: "vim todo.md" }),
  sketchSession("wide", { name: "会議 🚀 メモ", lastModified: NOW - 20 * DAY, lastCommand: "cat 議事録.txt" }),
  sketchSession("deep", {
    directory: `${HOME}/work/customers/acme-corporation/2026/annual-report`,
    lastCommand: "make\nmake install",
    lastModified: NOW - 26 * HOUR
  }),
  sketchSession("nasty", {
    name: "\u001b[2Ja\u202egpj",
    lastCommand: "printf '\u001b[31m'",
    lastModified: NOW - 40_000
  })
]

export const busyBlocks: ReadonlyArray<BlockHeader> = [
  { ...sketchBlock({ number: 9, command: "./server --port 8080", status: "running", start: NOW - 185_000 }) },
  { ...sketchBlock({ number: 12, command: "npm test -- --watch --coverage", status: "running", start: NOW - 7_000 }) },
  { ...sketchBlock({ number: 13, command: "git push\ngit push --tags", status: "idle", start: null }) }
].map((block, index) => (index === 0 ? { ...block, metadata: { ...block.metadata, beside: true } } : block))

/** Everything at once. */
export const busyModel: SidebarModel = {
  sessions: busySessions,
  context: {
    directory: `${HOME}/work/effect-talk`,
    branch: { ...peaceful, name: "sidebar/git-state", operation: "rebase", progress: "2/5" },
    git: { kind: "known", status: { changed: 3, conflicts: 1, untracked: 12, ahead: 2, behind: 1 } },
    jobs: 2,
    archived: 0,
    environment: {
      set: ["AWS_PROFILE", "DATABASE_URL", "LOG_LEVEL", "NODE_OPTIONS", "VIRTUAL_ENV"],
      unset: ["CI", "PAGER"],
      redacted: ["API_TOKEN"]
    }
  },
  blocks: busyBlocks,
  home: HOME
}
