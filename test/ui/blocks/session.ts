import type { BlockHeader } from "../../../src/domain/Block.ts"
import type { BlockId } from "../../../src/domain/ids.ts"
import { type BlockSketch, clock, FakeOutput, sketchBlock } from "./fakes.ts"

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

/** A morning's work, as the golden screens show it: every kind of block once. */
const SKETCHES: ReadonlyArray<{ readonly sketch: BlockSketch; readonly output?: FakeOutput }> = [
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

/** The blocks and outputs of that session. */
export const typicalSession = (): {
  readonly blocks: ReadonlyArray<BlockHeader>
  readonly output: (id: BlockId) => FakeOutput | null
} => {
  const outputs = new Map<BlockId, FakeOutput>()
  const blocks = SKETCHES.map(({ sketch, output }, index) => {
    const lines = output === undefined ? 0 : output.lineCount + output.hidden.lines
    const block = sketchBlock({ directory: APP, ...sketch, number: index + 7, lines, hidden: output?.hidden })
    if (output !== undefined) outputs.set(block.id, output)
    return block
  })
  return { blocks, output: (id) => outputs.get(id) ?? null }
}
