import { describe } from "vitest"
import { itWith } from "../../harness/tools.ts"
import { SCREEN_PROGRAMS } from "./screenPrograms.ts"
import { nameOf, session } from "./session.ts"

describe("a full-screen program is painted as its own bytes say, live and resized, and leaves nothing behind", () => {
  for (const program of SCREEN_PROGRAMS)
    itWith([...program.tools, "script"], nameOf(program), () =>
      session(program, { COLORTERM: "truecolor" }, "truecolor")
    )
})
