import { describe } from "vitest"
import type { Depth } from "../../harness/reference.ts"
import { itWith } from "../../harness/tools.ts"
import { SCREEN_PROGRAMS } from "./screenPrograms.ts"
import { nameOf, session } from "./session.ts"

describe("a full-screen program on a terminal of fewer colours keeps those that it has and gets the nearest of others", () => {
  const depths: ReadonlyArray<readonly [Depth, string]> = [
    ["256", "xterm-256color"],
    ["16", "xterm-16color"]
  ]
  for (const [depth, term] of depths) {
    for (const program of SCREEN_PROGRAMS.filter(({ tools }) => ["vim", "less", "tmux"].includes(tools[0]!)))
      itWith([...program.tools, "script"], `${depth}: ${nameOf(program)}`, () =>
        session(program, { TERM: term }, depth)
      )
  }
})
