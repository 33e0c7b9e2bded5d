import { expect, it } from "vitest"
import { ended, inForeground, run, screenOf } from "../harness/blocks.ts"
import { effecttalk } from "../harness/effecttalk.ts"

/** What differs from run to run, in the same number of cells: the session's id, durations and times. */
const settled = (rows: ReadonlyArray<string>): string =>
  rows
    .map((row) =>
      row
        .replace(/^(EffectTalk · )[0-9a-z]{8}/, "$1k3v9xq2m")
        .replace(/ {2,}(\d+(?:\.\d+)?(?:ms|s)) {2}\d\d:\d\d:\d\d$/, (whole) => "6ms  14:31:07".padStart(whole.length))
    )
    .join("\n")
    .concat("\n")

it("shows in the README what the program shows", async () => {
  await using t = await effecttalk({
    files: { "src/Makefile": "all:\n\tcc -o talk talk.c\n", "src/talk.c": "int main(void) { return 0; }\n" },
    rc: "PS1='ada@mill:\\w$ '"
  })
  await run(t, "cd src && git init -q && git checkout -q -b list")
  await run(t, "cat Makefile")
  await run(t, "for f in *; do\n  wc -c $f\ndone")
  await run(t, "ls /nowhere")
  t.type("sleep 60\r")
  await inForeground(t, "sleep 60")
  t.keys("ctrl+c")
  await ended(t, 4)
  t.type("make -n")
  await t.waitFor("$ make -n")
  await expect(settled(screenOf(t))).toMatchFileSnapshot("../../fixtures/screens/readme.txt")
})
