import { expect, it } from "vitest"
import type { Early } from "../../src/Early.ts"
import { EarlyPrompt } from "../../src/ui/EarlyPrompt.ts"
import { Emulator } from "../harness/Emulator.ts"

const NONCE = 4711
const mark = (payload: string) => `\x1b]7717;${payload}\x07`
const PROMPT = `${mark(`D;${NONCE};0;1;'/'`)}\x1b[31mred\x1b[0m\r\r\n$ ${mark(`Q;${NONCE}`)}`

const shown = async (bytes: string): Promise<Emulator> => {
  const emulator = new Emulator({ cols: 80, rows: 24 })
  await new Promise<void>((resolve) => emulator.write(bytes, resolve))
  return emulator
}

/** A launcher's shell that prints piece by piece, one more at each look. */
const early = (
  pieces: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {},
  size = { columns: 80, rows: 24 }
) => {
  const written: Array<string> = []
  let looks = 0
  const shell = { nonce: NONCE, pty: { peek: () => Buffer.from(pieces.slice(0, ++looks).join("")) } }
  const terminal = { size, write: (data: string) => void written.push(data) }
  const environment = { TERM: "xterm-256color", ...variables }
  const prompt = new EarlyPrompt({ environment, shell, terminal } as unknown as Early)
  return { look: () => prompt.look(), written }
}

it("shows the prompt once, when all of it is there, with the cursor behind it above the status line", async () => {
  const { look, written } = early(["Welcome\r\n", PROMPT.slice(0, 40), PROMPT.slice(40), "late"])
  look()
  look()
  expect(written).toEqual([])
  look()
  look()
  expect(written).toHaveLength(1)
  const emulator = await shown(written[0]!)
  expect(emulator.screen().slice(20)).toEqual(["", "red", "$", ""])
  expect(emulator.cursor).toMatchObject({ x: 2, y: 22 })
  expect(written[0]).toContain("\x1b[0;31mred")
})

it("paints nothing of a prompt that could harm, and no colour that was not wanted", async () => {
  const hostile = PROMPT.replace("red", "red\x1b]0;title\x07\x1b[2J\x1b[5;5H")
  const { look, written } = early([hostile], { NO_COLOR: "1" })
  look()
  expect(written[0]).not.toMatch(/title|\x1b\[2J|\x1b\[5;5H|31/)
  expect((await shown(written[0]!)).screen()[21]).toBe("red")
})

it.each([
  ["another's nonce", [PROMPT.replaceAll(`${NONCE}`, "4712")], {}],
  ["a prompt of our own", [PROMPT], { EFFECTTALK_PROMPT: "own" }]
])("leaves %s to the screen", (_, pieces, options) => {
  const { look, written } = early(pieces, options)
  look()
  expect(written).toEqual([])
})

it("paints nothing on a screen that is too small for one", () => {
  const { look, written } = early([PROMPT], {}, { columns: 20, rows: 3 })
  look()
  expect(written.join("")).not.toContain("red")
})
