import type { BlockHeader } from "../../../src/domain/Block.ts"
import type { BlockId } from "../../../src/domain/ids.ts"
import { accountOf, type BlockSketch, clock, FakeOutput, sketchBlock } from "./fakes.ts"

const APP = "/home/ada/work/effect-talk"

const git = [
  "On branch main",
  "Your branch is ahead of 'origin/main' by 2 commits.",
  "",
  "        modified:   src/terminal/cells.ts",
  "",
  'no changes added to commit (use "git add" and/or "git commit -a")'
]

const tests = [
  " ✓ test/terminal/cells.test.ts (14 tests) 31ms",
  " ✓ test/domain/reduce.test.ts (22 tests) 48ms",
  " ❯ test/shell/marks.test.ts (31 tests | 1 failed) 210ms",
  "   × an end mark that is split at every byte",
  "     → expected 'running' to be 'success'",
  "",
  " Test Files  1 failed | 2 passed (3)",
  "      Tests  1 failed | 66 passed (67)"
]

interface SketchedBlock {
  readonly sketch: BlockSketch
  readonly output?: FakeOutput
  readonly stderr?: FakeOutput
}

/** A morning's work, as the golden screens show it: every kind of block once. */
const TYPICAL: ReadonlyArray<SketchedBlock> = [
  { sketch: { command: "cd ~/work/effect-talk", directory: "/home/ada", start: clock("09:58:02"), took: 3 } },
  {
    sketch: {
      command: "git status",
      start: clock("09:58:09"),
      took: 38,
      notices: ["direnv: loading ~/work/effect-talk/.envrc", "direnv: export +DATABASE_URL +NODE_OPTIONS"]
    },
    output: new FakeOutput(git)
  },
  {
    sketch: { command: "npm test", start: clock("09:59:40"), took: 12_345, status: "failure", exitCode: 1 },
    output: new FakeOutput(tests)
  },
  {
    sketch: { command: "cargo build --release", start: clock("10:02:11"), took: 187_000, folded: true },
    output: new FakeOutput(Array.from({ length: 1214 }, (_, i) => `   Compiling crate-${i} v1.0.0`))
  },
  {
    sketch: {
      command: 'for f in *.log; do\n  gzip -9 "$f"\ndone',
      start: clock("10:06:00"),
      took: 4_210,
      directory: "/var/log/effecttalk/archive/2026/03",
      folded: true
    }
  },
  {
    sketch: {
      command: "cat > notes.md <<'END'\n# 会議 🚀\n\tindented with a tab\nEND",
      start: clock("10:07:31"),
      took: 5,
      directory: "/var/log/effecttalk/archive/2026/03"
    }
  },
  {
    sketch: {
      command: "journalctl --since yesterday",
      start: clock("10:08:12"),
      took: 2_950,
      directory: "/var/log/effecttalk/archive/2026/03",
      status: "interrupted",
      exitCode: 130,
      signal: "SIGINT"
    },
    output: (() => {
      const output = new FakeOutput(
        Array.from(
          { length: 12 },
          (_, i) => `Mar 14 10:08:${10 + i} host systemd[1]: Started session ${i + 1} of user ada.`
        )
      )
      output.hide(3, 6)
      output.hidden = { ...output.hidden, lines: 48_213, bytes: 8_241_000 }
      return output
    })()
  },
  {
    sketch: {
      command: "./worker --queue images --threads 8",
      start: clock("10:09:00"),
      took: 65_000,
      status: "failure",
      signal: "SIGKILL",
      exitCode: 137
    },
    output: new FakeOutput(["worker: 8 threads", "Killed"])
  },
  { sketch: { command: "export LOG_LEVEL=debug", start: clock("10:10:40"), took: 2 } },
  { sketch: { command: "printf '\u001b[2J\u202egpj.exe'", start: clock("10:10:52"), took: 2 } },
  {
    sketch: {
      command:
        "docker run --rm --network host --volume /home/ada/work/effect-talk/data:/data --env LOG_LEVEL=debug registry/effect-talk:latest serve --port 8080",
      start: clock("10:11:20"),
      status: "running"
    },
    output: new FakeOutput(["listening on http://127.0.0.1:8080", "GET /health/live 200 1ms", "GET /metrics 200 4ms"])
  }
]

/** The moment at which the golden screens are drawn. */
export const NOW = clock("10:13:05")

export const HOME = "/home/ada"

const curl = [
  "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current",
  "                                 Dload  Upload   Total   Spent    Left  Speed",
  "100  1256  100  1256    0     0   9812      0 --:--:-- --:--:-- --:--:--  9889"
]

const linted = (() => {
  const output = new FakeOutput(
    Array.from({ length: 9 }, (_, i) => `src/会議/${i + 1}.c:12:3: warning: unused 变量 🚀`)
  )
  output.hide(2, 5)
  return output
})()

/** Commands side by side: what ran beside, what waits, what has a time limit, what keeps its stderr apart. */
const BUSY: ReadonlyArray<SketchedBlock> = [
  {
    sketch: { command: "curl -v https://example.org/data.json | jq .name", start: clock("10:08:58"), took: 412 },
    output: new FakeOutput(['"effect-talk"']),
    stderr: new FakeOutput(curl)
  },
  {
    sketch: { command: "make 会議", start: clock("10:09:30"), took: 8_210, status: "failure", exitCode: 2 },
    output: new FakeOutput(["cc -o 会議 main.c"]),
    stderr: linted
  },
  {
    sketch: { command: "npm test", start: clock("10:10:01"), took: 30_000, folded: true },
    output: new FakeOutput(tests),
    stderr: new FakeOutput(["(node:4711) Warning: slow"])
  },
  {
    sketch: { command: "npm run dev", start: clock("10:10:40"), status: "running" },
    output: new FakeOutput(["  VITE ready in 312 ms", "", "  Local: http://localhost:5173/"])
  },
  {
    sketch: { command: "git log -1", start: clock("10:11:02"), took: 14, beside: true },
    output: new FakeOutput(["commit 8605b4c", "", "    Say that the sidebar goes by SIDEBAR"])
  },
  {
    sketch: {
      command: "curl --retry 5 --output big.iso https://example.org/images/big.iso",
      start: clock("10:12:00"),
      status: "running",
      timeLimit: 92_000,
      beside: true
    },
    output: new FakeOutput(["saving big.iso"])
  },
  { sketch: { command: "tail -f log", start: clock("10:12:10"), status: "running", beside: true, folded: true } },
  { sketch: { command: "npm run lint", start: null, status: "interrupted" } },
  { sketch: { command: "git add -A && git commit -m 'Say what waits'", start: null, status: "idle" } },
  { sketch: { command: "git push", start: null, status: "idle" } }
]

/** A session's blocks and outputs. */
export interface SketchedSession {
  readonly blocks: ReadonlyArray<BlockHeader>
  readonly output: (id: BlockId) => FakeOutput | null
  readonly stderr: (block: BlockHeader) => FakeOutput | null
}

const sessionOf = (sketched: ReadonlyArray<SketchedBlock>): SketchedSession => {
  const outputs = new Map<BlockId, FakeOutput>()
  const errors = new Map<BlockId, FakeOutput>()
  const blocks = sketched.map(({ sketch, output, stderr }, index) => {
    const lines = output === undefined ? 0 : output.lineCount + output.hidden.lines
    const account = stderr === undefined ? undefined : accountOf(stderr)
    const block = sketchBlock({
      directory: APP,
      ...sketch,
      number: index + 7,
      lines,
      hidden: output?.hidden,
      stderr: account
    })
    if (output !== undefined) outputs.set(block.id, output)
    if (stderr !== undefined) errors.set(block.id, stderr)
    return block
  })
  return { blocks, output: (id) => outputs.get(id) ?? null, stderr: ({ id }) => errors.get(id) ?? null }
}

/** The morning's work. */
export const typicalSession = (): SketchedSession => sessionOf(TYPICAL)

/** Commands side by side. */
export const busySession = (): SketchedSession => sessionOf(BUSY)
