import { fileURLToPath } from "node:url"
import { ensureBuilt } from "./build.ts"
import { Terminal, type TerminalOptions } from "./Terminal.ts"

/** The program that users start. */
export const BINARY = fileURLToPath(new URL("../../bin/effecttalk.cjs", import.meta.url))

/** How to start EffectTalk: its arguments, and everything a terminal takes. */
export interface EffectTalkOptions extends TerminalOptions {
  readonly args?: ReadonlyArray<string> | undefined
}

/** Starts the real, built EffectTalk in a terminal, 80×24 unless said otherwise, in a home of its own. */
export const effecttalk = async (options: EffectTalkOptions = {}): Promise<Terminal> => {
  await ensureBuilt()
  return new Terminal({ file: process.execPath, args: [BINARY, ...(options.args ?? [])] }, options)
}
